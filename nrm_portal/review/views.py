"""The auditor's pages. Each needs the right `audit`, and each look is itself in the log.

A case or a person is opened with a reason, which holds for this auditor and eight hours.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Assignment, AuthenticatedRequest, right_required
from accounts.models import User
from cases.models import Case
from cases.services import references
from core import audit, clock, seals
from core.enums import AuditOutcome
from core.models import AuditEvent, JobRun
from nrm_portal.review import tables, trail
from nrm_portal.review.forms import CaseForm, PeopleForm, WhyForm
from nrm_portal.review.models import Alert, SampleReport

HOLDS: Final = timedelta(hours=8)
LATE: Final = timedelta(hours=1)
"""Sealing is a matter of minutes; after an hour somebody must look."""
FOUND_AT_MOST: Final = 50
INVALID: Final = 422
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@right_required("audit")
@require_safe
def home(request: AuthenticatedRequest) -> HttpResponse:
    """What waits, and whether the log was touched."""
    audit.record("review.home", by=request.assignment)
    checked = JobRun.objects.filter(name="verify").order_by("-started_at").first()
    sealed, waiting = seals.sealed_until(), seals.waiting()
    context = {
        "open_alerts": Alert.objects.filter(verdict="").count(),
        "open_reports": SampleReport.objects.filter(signed_at__isnull=True).count(),
        "sealed": sealed,
        "waiting": waiting,
        "stands_still": bool(waiting and sealed and clock.now() - sealed.sealed_at > LATE),
        "checked": checked,
    }
    return render(request, "review/home.html", context)


# --- one case -------------------------------------------------------------------------------------------


@right_required("audit")
@get_or_post
def cases(request: AuthenticatedRequest) -> HttpResponse:
    """By reference number. The number comes by POST and never stands in an address."""
    form = CaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        found = _found(form)
        if found:
            audit.record("review.case", found, by=request.assignment, reason=form.cleaned_data["reason"])
            return redirect("review:case", found.pk)
    if request.method != "POST":
        audit.record("review.home", by=request.assignment, page="cases")
    return render(request, "review/cases.html", {"form": form}, status=INVALID if form.errors else 200)


def _found(form: CaseForm) -> Case | None:
    """The case of the number, or why there is none, on the form."""
    try:
        reference = references.parse(form.cleaned_data["reference"])
    except ValueError:
        words = _("The check letter does not fit. Check the reference number: a digit may be wrong")
        form.add_error("reference", words)
        return None
    found = trail.find_case(reference) if reference else None
    if found is None:
        form.add_error("reference", _("There is no case with that number"))
    return found


@right_required("audit")
@get_or_post
def case(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Who has seen the case, and why. Nothing of the case but its number."""
    row = get_object_or_404(Case.objects.only("pk", "reference"), pk=case_id)
    asked = _asked(request, "review.case", row, row.reference)
    if asked is not None:
        return asked
    audit.record("review.read", row, by=request.assignment)
    page = trail.of_case(Case.objects.get(pk=case_id), _after(request))
    context = {
        "reference": row.reference,
        "table": tables.of_case(page.lines),
        "pages": _pages(page, reverse("review:case", args=[case_id]), request),
    }
    return render(request, "review/case.html", context)


def _asked(request: AuthenticatedRequest, verb: str, row: Any, title: str) -> HttpResponse | None:
    """The page that asks why, until a reason was given; None when it was."""
    if request.method != "POST" and _holds(request.assignment, verb, row.pk):
        return None
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        audit.record(verb, row, by=request.assignment, reason=form.cleaned_data["reason"])
        return redirect(request.path)
    audit.record("review.asked", row, by=request.assignment)
    status = INVALID if form.errors else 200
    return render(request, "review/why.html", {"form": form, "title": title}, status=status)


def _holds(by: Assignment, verb: str, target_id: uuid.UUID) -> bool:
    """Whether this auditor has said why within the last hours."""
    given = AuditEvent.objects.filter(user_id=by.user_id, at__gt=clock.now() - HOLDS, verb=verb)
    return given.filter(target_id=target_id, outcome=AuditOutcome.ALLOWED).exists()


def with_version(request: HttpRequest, version: int) -> QueryDict:
    """What was typed, with the version that stands now: shown again to be saved over it."""
    data = request.POST.copy()
    data["version"] = str(version)
    return data


def _after(request: HttpRequest) -> int | None:
    """The row to go on after, from the address."""
    text = request.GET.get("efter", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _pages(page: trail.Page, url: str, request: HttpRequest) -> dict[str, str]:
    """Links to the newest and to the next older lines."""
    older = f"{url}?efter={page.after}" if page.after else ""
    return {"newest": url if "efter" in request.GET else "", "older": older}


# --- somebody who works here ----------------------------------------------------------------------------


@right_required("audit")
@get_or_post
def people(request: AuthenticatedRequest) -> HttpResponse:
    """By name or e-mail, sent by POST."""
    form = PeopleForm(request.POST if request.method == "POST" else None)
    found: list[User] | None = None
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["q"].strip()
        rows = User.objects.filter(Q(name__icontains=words) | Q(email__icontains=words))
        found = list(rows.order_by("name", "pk")[:FOUND_AT_MOST])
    audit.record("review.people", by=request.assignment, target_ids=[user.pk for user in found or ()])
    context = {"form": form, "table": tables.of_users(found) if found else None, "none": found == []}
    return render(request, "review/people.html", context, status=INVALID if form.errors else 200)


@right_required("audit")
@get_or_post
def person(request: AuthenticatedRequest, user_id: uuid.UUID) -> HttpResponse:
    """What somebody has done, newest first."""
    row = get_object_or_404(User, pk=user_id)
    asked = _asked(request, "review.person", row, row.name or row.email)
    if asked is not None:
        return asked
    audit.record("review.trail", row, by=request.assignment)
    page = trail.of_person(user_id, _after(request))
    context = {
        "person": row,
        "table": tables.of_person(page.lines),
        "pages": _pages(page, reverse("review:person", args=[user_id]), request),
    }
    return render(request, "review/person.html", context)


# --- across the portal ----------------------------------------------------------------------------------


@right_required("audit")
@require_safe
def copies(request: AuthenticatedRequest) -> HttpResponse:
    """What has left the portal: files, papers, calendars."""
    audit.record("review.copies", by=request.assignment)
    page = trail.copies(_after(request))
    context = {
        "table": tables.across(_("What has left the portal, newest first"), page.lines),
        "pages": _pages(page, reverse("review:copies"), request),
    }
    return render(request, "review/copies.html", context)


@right_required("audit")
@require_safe
def refusals(request: AuthenticatedRequest) -> HttpResponse:
    """What somebody tried and was not let do."""
    audit.record("review.refusals", by=request.assignment)
    page = trail.refusals(_after(request))
    context = {
        "table": tables.across(_("What was refused, newest first"), page.lines),
        "pages": _pages(page, reverse("review:refusals"), request),
    }
    return render(request, "review/refusals.html", context)

"""Emergency access: the page that opens it, and the data protection officer's review of each."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, right_required
from cases.forms.emergency import EmergencyForm, ReviewForm
from cases.models import BreakGlass
from cases.services import emergency as service
from cases.views import timeline
from core import audit, clock, looks
from core.errors import TransitionNotAllowed
from core.fields import put

SHOWN: Final = 100


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(service.RIGHT)
@fresh_sign_in_required
def open_case(request: AuthenticatedRequest) -> HttpResponse:
    """Which case, why, and what follows; below it what one has opened before."""
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            glass = service.open_case(**form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            words = _("You read the case until %(time)s. The data protection officer has been told.")
            messages.warning(request, words % {"time": looks.time_text(glass.until)})
            return redirect("cases:case", glass.case_id)
    context = {"form": form, "lines": [_line(row) for row in service.own(request.assignment)[:SHOWN]]}
    return render(request, "cases/emergency/open.html", context, status=422 if form.errors else 200)


@require_POST
@right_required(service.RIGHT)
def close(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Done reading. Whoever never opened the case learns nothing here."""
    service.close(case_id=_of_hers(request, case_id), by=request.assignment)
    messages.success(request, _("The emergency access is closed."))
    return redirect("cases:emergency")


def _of_hers(request: AuthenticatedRequest, case_id: uuid.UUID) -> uuid.UUID:
    if not service.own(request.assignment).filter(case_id=case_id).exists():
        audit.refuse("emergency.close", case_id, by=request.assignment)
        raise Http404
    return case_id


def _line(row: BreakGlass) -> dict[str, Any]:
    """One of them as the lists print it; who the case is about stands in none."""
    now = clock.now()
    return {
        "row": row,
        "reference": row.case.reference,
        "is_open": not service.is_over(row),
        "opened": f"{looks.date_text(row.opened_at)} {looks.time_text(row.opened_at)}",
        "ended": looks.time_text(row.closed_at or row.until) if service.is_over(row) else "",
        "minutes": max(0, int((min(row.closed_at or row.until, now) - row.opened_at).total_seconds() // 60)),
    }


# --- the review ----------------------------------------------------------------------------------


@require_safe
@right_required("protect_data")
def review_list(request: AuthenticatedRequest) -> HttpResponse:
    """Those that wait first, then the rest, newest first."""
    rows = list(service.to_review(request.assignment)[:SHOWN])
    audit.record("emergency.list", by=request.assignment, target_ids={row.case_id for row in rows})
    lines = [_line(row) | {"own": row.user_id == request.assignment.user_id} for row in rows]
    return render(request, "cases/emergency/list.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("protect_data")
def review(request: AuthenticatedRequest, glass_id: uuid.UUID) -> HttpResponse:
    """Who, when, why and what was looked at; and the verdict, once, when it is over."""
    glass = service.get_or_404(glass_id, request.assignment)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            service.review(glass_id=glass_id, by=request.assignment, **form.told())
        except ValidationError as error:
            put(form, error)
        except TransitionNotAllowed as refusal:
            messages.warning(request, str(refusal.message))
            return redirect("cases:emergency-review", glass_id)
        else:
            messages.success(request, _("The review has been saved."))
            return redirect("cases:emergencies")
    audit.record("emergency.read", glass, by=request.assignment, case=glass.case_id)
    may = service.is_over(glass) and not glass.reviewed_at and glass.user_id != request.assignment.user_id
    context = _line(glass) | {"form": form if may else None, "events": timeline.told(service.looks(glass))}
    return render(request, "cases/emergency/review.html", context, status=422 if form.errors else 200)

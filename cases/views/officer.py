"""Wrong disclosures as the data protection officer handles them. She sees no case, only these."""

from __future__ import annotations

import uuid
from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_to_send, right_required
from cases.forms.breaches import AssessForm
from cases.models import Breach
from cases.services.breaches import assessing, exposure, reporting
from cases.services.breaches import sight as clearing
from cases.views import breach_words as words
from cases.views.breaches import INVALID, content, order, step_lines
from core import audit
from core.errors import StaleVersion
from core.fields import put

SHOWN: Final = 200
SAVED: Final = 302
STALE: Final = 409


@right_required(clearing.OFFICER)
@require_safe
def breach_list(request: AuthenticatedRequest) -> HttpResponse:
    """Those that wait by their clock, then the closed ones; reference, kind and time alone."""
    rows = clearing.officers_rows(request.assignment)
    found = list(rows.order_by(F("closed_at").desc(nulls_first=True), "due_at")[:SHOWN])
    audit.record("breach.list", by=request.assignment, target_ids=[row.pk for row in found])
    lines = [{"row": row, "status": words.status(row), "clock": words.due(row)} for row in found]
    waiting = [one for one in lines if one["row"].closed_at is None]
    closed = [one for one in lines if one["row"].closed_at is not None]
    return render(request, "cases/breaches/officer_list.html", {"waiting": waiting, "closed": closed})


@right_required(clearing.OFFICER)
@require_safe
def breach(request: AuthenticatedRequest, breach_id: uuid.UUID) -> HttpResponse:
    """What happened and who saw what, by kinds of data and names of fields; nothing of the case itself."""
    row = clearing.for_officer(breach_id, request.assignment)
    audit.record("breach.read", row, by=request.assignment, case=row.case_id)
    return _page(request, row)


def _page(request: AuthenticatedRequest, row: Breach, problems: list[str] | None = None) -> HttpResponse:
    found = exposure.exposure(row, names_documents=False)
    context = content(row, found) | {
        "steps": step_lines(row),
        "open_questions": assessing.open_questions(row) if row.closed_at is None else [],
        "problems": [("", words) for words in problems or []],
        "has_errors": bool(problems),
    }
    return render(request, "cases/breaches/officer.html", context, status=INVALID if problems else 200)


@right_required(clearing.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: AuthenticatedRequest, breach_id: uuid.UUID) -> HttpResponse:
    """Risk, who is told, and the decision. What somebody else saved meanwhile is shown, nothing is lost."""
    row = clearing.for_officer(breach_id, request.assignment)
    if row.closed_at is not None:
        return redirect("cases:officer-breach", breach_id)
    found = exposure.exposure(row, names_documents=False).categories
    form = AssessForm(request.POST if request.method == "POST" else None, breach=row, found=found)
    status = 200
    if request.method == "POST":
        status = _saved(request, row, form) if form.is_valid() else INVALID
    if status == SAVED:
        messages.success(request, _("The assessment is saved."))
        return redirect("cases:officer-breach", breach_id)
    context = {"breach": row, "form": form, "clock": words.due(row), "assessed": words.assessed(row)}
    return render(request, "cases/breaches/assess.html", context, status=status)


def _saved(request: AuthenticatedRequest, row: Breach, form: AssessForm) -> int:
    """The status of the answer: saved, refused at a field, or somebody else was first."""
    version = form.cleaned_data["version"]
    try:
        assessing.assess(breach_id=row.pk, version=version, told=form.told_so(), by=request.assignment)
    except ValidationError as error:
        put(form, error)
        return INVALID
    except StaleVersion:
        again = request.POST.copy()
        again["version"] = str(row.version)
        form.data = again
        form.add_error(None, _("Somebody else has saved meanwhile. Compare, and save again if yours holds."))
        return STALE
    return SAVED


@right_required(clearing.OFFICER)
@require_POST
def close(request: AuthenticatedRequest, breach_id: uuid.UUID) -> HttpResponse:
    try:
        assessing.close(breach_id=breach_id, by=request.assignment)
    except ValidationError as error:
        return _page(request, clearing.for_officer(breach_id, request.assignment), error.messages)
    messages.success(request, _("The wrong disclosure is closed."))
    return redirect("cases:officer-breaches")


@right_required(clearing.OFFICER)
@require_POST
def restore(request: AuthenticatedRequest, breach_id: uuid.UUID, recipient_id: uuid.UUID) -> HttpResponse:
    row = clearing.for_officer(breach_id, request.assignment)
    bar = reporting.restore(breach_id=row.pk, recipient_id=recipient_id, by=request.assignment)
    messages.success(request, _("%(name)s may see the case again.") % {"name": bar.user.name})
    return redirect("cases:officer-breach", breach_id)


@right_required(clearing.OFFICER)
@require_POST
@fresh_to_send
def on_paper(request: AuthenticatedRequest, breach_id: uuid.UUID) -> HttpResponse:
    """The report as PDF, for the authority's form and the officer's file."""
    row = clearing.for_officer(breach_id, request.assignment)
    job = order(row, by=request.assignment, names_documents=False, case_id=None)
    return redirect("cases:pdf", job.pk)

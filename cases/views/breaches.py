"""A wrong disclosure, for the case: reporting it, and what the desk sees and does."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest, fresh_to_send
from accounts.models import Agency
from cases.access import Sight, get_case_or_404, sight_of
from cases.forms.breaches import ProtectForm, ReportForm
from cases.models import Breach
from cases.notifications import breaches as telling
from cases.services.breaches import exposure, reporting, safeguards
from cases.services.breaches import sight as clearing
from cases.views import breach_words as words
from cases.views import case as case_views
from cases.views import items
from core import audit, clock, pdf
from core.fields import put
from core.models import PdfJob

PAPER: Final = "pdf/breach.html"
INVALID: Final = 422


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Who, what, when; and everybody named loses sight with the same press."""
    sight = _in_the_circle(request, case_id)
    form = ReportForm(request.POST if request.method == "POST" else None, whom=clearing.whom(sight))
    if request.method == "POST" and form.is_valid():
        try:
            breach = reporting.report(case_id=case_id, told=form.told(), by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            return _reported(request, breach)
    context = {"head": case_views.head(request, sight, "sharing"), "form": form}
    return render(request, "cases/breaches/report.html", context, status=INVALID if form.errors else 200)


def _in_the_circle(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    sight = get_case_or_404(request, case_id, verb="case.sharing")
    if not clearing.may_report(sight):
        audit.refuse("breach.report", sight.case, by=request.assignment)
        raise PermissionDenied
    return sight


def _reported(request: AuthenticatedRequest, breach: Breach) -> HttpResponse:
    """The desk goes on to the record; others see no more of it, and perhaps no more of the case."""
    messages.success(
        request, _("Reported. Sight has ended for those you named, and the data protection officer is told.")
    )
    sight = sight_of(request.assignment, breach.case)
    if sight is None:
        return redirect("cases:work")
    if clearing.breaches_of(sight).filter(pk=breach.pk).exists():
        return redirect("cases:breach", breach.case_id, breach.pk)
    return redirect("cases:case", breach.case_id)


def _cleared(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    """The desk that holds the whole case; anybody else with sight gets 404, recorded."""
    sight = get_case_or_404(request, case_id, verb="case.sharing")
    if not clearing.may_read(sight):
        audit.refuse("breach.list", sight.case, by=request.assignment)
        raise Http404
    return sight


@require_safe
def breach_list(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The case's wrong disclosures, the latest first."""
    sight = _cleared(request, case_id)
    rows = [{"row": row, "status": words.status(row)} for row in clearing.breaches_of(sight)]
    context = {"head": case_views.head(request, sight, "sharing"), "rows": rows}
    return render(request, "cases/breaches/list.html", context)


@require_safe
def breach(request: AuthenticatedRequest, case_id: uuid.UUID, breach_id: uuid.UUID) -> HttpResponse:
    """What happened, the clock, who saw what, what protects her, and what the officer has decided."""
    sight = _cleared(request, case_id)
    row = clearing.get_or_404(sight, breach_id)
    audit.record("breach.read", row, by=request.assignment, case=row.case_id)
    return _page(request, sight, row)


def _page(
    request: AuthenticatedRequest, sight: Sight, row: Breach, form: ProtectForm | None = None
) -> HttpResponse:
    found = exposure.exposure(row, names_documents=True)
    able = safeguards.able_agencies(row)
    offers = safeguards.offers(row, found.possible, able)
    may = safeguards.may_protect(row, sight.level, sight.desk_rights)
    if form is None and may:
        form = _protect_form(offers, able)
    context = content(row, found) | {
        "head": case_views.head(request, sight, "sharing"),
        "started": [
            {"title": items.title(offer.started, sight), "item": offer.started, "who": _owner(offer, sight)}
            for offer in offers
            if offer.started is not None
        ],
        "form": form if form is not None and form.fields["steps"].choices else None,  # type: ignore[attr-defined]
        "may_act": "triage" in sight.desk_rights,
        "is_over": not may,
        "has_officer": bool(telling.officers()),
    }
    return render(
        request, "cases/breaches/breach.html", context, status=INVALID if form and form.errors else 200
    )


def _owner(offer: safeguards.Offer, sight: Sight) -> str:
    return items.owner_name(offer.started, sight) if offer.started else ""


def _protect_form(offers: list[safeguards.Offer], able: list[Agency], data: Any = None) -> ProtectForm:
    agencies = [(str(agency.pk), agency.name) for agency in able]
    return ProtectForm(data, offers=offers, agencies=agencies)


def content(row: Breach, found: exposure.Exposure) -> dict[str, Any]:
    """What the desk, the officer and the paper have in common."""
    return {
        "breach": row,
        "title": words.title(row),
        "status": words.status(row),
        "clock": words.due(row),
        "facts": words.facts(row),
        "named": words.named(row),
        "found": words.listed(found),
        "assessed": words.assessed(row),
    }


@require_POST
def protect(request: AuthenticatedRequest, case_id: uuid.UUID, breach_id: uuid.UUID) -> HttpResponse:
    """Chosen proposals become steps of the case."""
    sight = _cleared(request, case_id)
    row = clearing.get_or_404(sight, breach_id)
    found, able = exposure.exposure(row, names_documents=True), safeguards.able_agencies(row)
    form = _protect_form(safeguards.offers(row, found.possible, able), able, request.POST)
    if form.is_valid():
        try:
            steps = safeguards.protect(breach_id=row.pk, chosen=form.chosen(), by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("%(n)s steps stand in the checklist now.") % {"n": len(steps)})
            return redirect("cases:breach", case_id, breach_id)
    return _page(request, sight, row, form)


@require_POST
def restore(
    request: AuthenticatedRequest, case_id: uuid.UUID, breach_id: uuid.UUID, recipient_id: uuid.UUID
) -> HttpResponse:
    """A single person may see the case again."""
    sight = _cleared(request, case_id)
    row = clearing.get_or_404(sight, breach_id)
    bar = reporting.restore(breach_id=row.pk, recipient_id=recipient_id, by=request.assignment)
    messages.success(request, _("%(name)s may see the case again.") % {"name": bar.user.name})
    return redirect("cases:breach", case_id, breach_id)


@require_POST
@fresh_to_send
def on_paper(request: AuthenticatedRequest, case_id: uuid.UUID, breach_id: uuid.UUID) -> HttpResponse:
    """The report as PDF, for the file."""
    sight = _cleared(request, case_id)
    row = clearing.get_or_404(sight, breach_id)
    job = order(row, by=request.assignment, names_documents=True, case_id=row.case_id)
    return redirect("cases:pdf", job.pk)


def order(row: Breach, *, by: Assignment, names_documents: bool, case_id: uuid.UUID | None) -> PdfJob:
    """The report as it stands. `case_id`: set for the desk, whose order ends with its sight of the case."""
    now = clock.now()
    told = content(row, exposure.exposure(row, names_documents=names_documents))
    context = {
        "reference": row.case.reference,
        "title": told["title"],
        "printed_by": f"{by.user.name}, {by.agency.name}",
        "printed_at": words.at(now),
        "facts": told["facts"],
        "named": [words.line(one["name"], one["state"]) for one in told["named"]],
        "found": told["found"],
        "assessed": told["assessed"],
        "steps": step_lines(row),
        "needs": {"breach": str(row.pk), "membership": str(by.membership_id), "categories": []},
    }
    with transaction.atomic():
        audit.record("breach.pdf", row, by=by, case=row.case_id)
        name = f"{row.case.reference}-{_('wrong-disclosure')}.pdf"
        return pdf.request(PAPER, context, by=by, filename=name, case_id=case_id)


def step_lines(row: Breach) -> list[dict[str, str]]:
    """Steps by their proposals; what was written in them stays in the case."""
    links = row.steps.select_related("step").order_by("step__created_at", "pk")
    return [
        words.line(str(safeguards.BY_CODE[link.code].wording), link.step.get_status_display())
        for link in links
        if link.code in safeguards.BY_CODE
    ]

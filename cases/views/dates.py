"""The dates of a case: periods that count down, dated facts and corrections, clocks that stand still."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404
from cases.enums import Level, Verb
from cases.forms.dates import MilestoneForm
from cases.models import ClockStop, RecordedMilestone
from cases.services import dates as service
from cases.views import case as case_views
from cases.views import items, spans
from core import looks
from core.fields import put
from manual.enums import Milestone
from manual.library import milestone_label, milestone_meaning

KINDS: Final = frozenset(kind.value for kind in service.BY_HAND)
NEWEST_FIRST: Final = ("-happened_at", "-recorded_at")


@dataclass(frozen=True)
class Line:
    """One dated fact, current or replaced."""

    row: RecordedMilestone
    name: str
    status: str
    source: str
    may_change: bool


@require_http_methods(["GET", "HEAD", "POST"])
def dates(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everything dated in the case, and the form for a dated fact: a new one, or a correction."""
    sight = get_case_or_404(request, case_id, need=Level.FULL)
    verbs = {row.verb for row in workflow.available(sight)}
    may = Verb.RECORD in verbs
    form = _form(request, sight.case.edition_id)
    if request.method == "POST" and form.is_valid():
        try:
            service.record(case_id=case_id, by=request.assignment, **form.recorded())
        except ValidationError as error:
            put(form, error)
        else:
            words = _("The date has been recorded. Deadlines that depend on it have been worked out.")
            messages.success(request, words)
            return redirect("cases:dates", case_id)
    found = sight.case.milestones.select_related("recorded_by", "data_key").order_by(*NEWEST_FIRST)
    context = {
        "head": case_views.head(request, sight, "dates"),
        "form": form if may else None,
        "lines": [_line(row, sight, may) for row in found if sight.tells(row.kind)],
        "periods": spans.shown(sight),
        "may_time": Verb.TIME in verbs,
        "stops": _stops(sight),
        "meanings": _meanings(sight.case.edition_id) if may else (),
    }  # fmt: skip
    return render(request, "cases/case/dates.html", context, status=422 if form.errors else 200)


def _form(request: AuthenticatedRequest, edition_id: uuid.UUID) -> MilestoneForm:
    """Bound when sent; opened on the fact to be corrected when one is named in the address."""
    kinds = [(kind.value, milestone_label(kind, edition_id)) for kind in service.BY_HAND]
    if request.method == "POST":
        return MilestoneForm(request.POST, kinds=kinds)
    kind = request.GET.get("ratta", "")
    return MilestoneForm(kinds=kinds, initial={"kind": kind} if kind in KINDS else None)


def _meanings(edition_id: uuid.UUID) -> list[tuple[str, str]]:
    """Each fact that may be recorded here, and which date is meant."""
    told = [
        (milestone_label(kind, edition_id), milestone_meaning(kind, edition_id)) for kind in service.BY_HAND
    ]
    return [(name, meaning) for name, meaning in told if meaning]


def _line(row: RecordedMilestone, sight: Sight, may: bool) -> Line:
    current = row.replaced_at is None
    status = _("Current") if current else _("Replaced or withdrawn %(day)s") % {
        "day": looks.date_text(row.replaced_at or row.recorded_at)
    }  # fmt: skip
    by_hand = Milestone(row.kind) in service.BY_HAND
    name = milestone_label(row.kind, sight.case.edition_id)
    return Line(row, name, status, str(row.source or ""), may and current and by_hand)


def _stops(sight: Sight) -> list[dict[str, Any]]:
    """Clocks that somebody has stopped, of the steps this viewer may see."""
    rows = ClockStop.objects.filter(step__case=sight.case, resumed_at__isnull=True)
    found = rows.select_related("step__template", "step__agency", "step__desk__region", "stopped_by")
    return [
        {
            "step": stop.step,
            "owner": items.owner_name(stop.step, sight),
            "reason": stop.get_reason_display(),
            "since": looks.date_text(stop.stopped_at),
            "who": stop.stopped_by.name if items.names_people(stop.step, sight) else "",
        }
        for stop in found.order_by("stopped_at")
        if sight.reads(stop.step)
    ]


@require_POST
def withdraw(request: AuthenticatedRequest, case_id: uuid.UUID, kind: str) -> HttpResponse:
    """A date that was wrong, with no other known: what stands on it waits again."""
    get_case_or_404(request, case_id, need=Level.FULL)
    if kind not in KINDS:
        raise Http404
    try:
        service.withdraw(case_id=case_id, kind=Milestone(kind), by=request.assignment)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The date has been withdrawn. Steps that stood on it wait for it again."))
    return redirect("cases:dates", case_id)

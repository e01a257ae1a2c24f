"""Väntar på andra: what other houses owe in the cases one follows, and reminding them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest
from cases.access import Sight, sights_of
from cases.models import Step
from cases.services import waiting as service
from cases.views import items
from cases.views.steps import step_or_404
from coordinators.access import desks_of
from core import audit, clock, looks
from core.tables import reference, row_meta

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One step somebody else owes."""

    title: str
    url: str
    clock: looks.Clock | str
    meta: SafeString
    nudge: str
    """Where the reminder is sent in; empty when one was sent today."""


@require_safe
def waiting(request: AuthenticatedRequest) -> HttpResponse:
    """Soonest first, late ones with it; a page of fifty."""
    by = request.assignment
    desks = {desk: rights for desk, rights in desks_of(by).items() if "triage" in rights}
    if not (desks or by.has("work_cases")):
        audit.refuse("waiting.read", by=by)
        raise PermissionDenied
    everything = request.GET.get("visa") == "alla"
    found = list(_after(service.owed_by_others(by, desks, mine=not everything), request)[: PAGE_SIZE + 1])
    lines = _lines(found[:PAGE_SIZE], by, desks)
    audit.record("waiting.read", by=by, target_ids={step.case_id for step in found[:PAGE_SIZE]})
    more = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    context = {
        "lines": lines,
        "views": [
            {"label": _("My cases"), "url": "?", "count": "", "current": not everything},
            {"label": _("All cases I see"), "url": "?visa=alla", "count": "", "current": everything},
        ],
        "next": _address(more, everything) if more else "",
        "first": "?visa=alla" if everything else "?",
        "later": bool(request.GET.get("efter")),
    }
    return render(request, "cases/agencies/waiting.html", context)


def _after(steps: Any, request: AuthenticatedRequest) -> Any:
    """The rows after the place that the address names."""
    due, _tilde, pk = request.GET.get("efter", "").partition("~")
    at: datetime | None = clock.read(due) if due else None
    try:
        return steps.filter(Q(due_at__gt=at) | Q(due_at=at, pk__gt=uuid.UUID(pk))) if at else steps
    except ValueError:
        return steps


def _address(step: Step, everything: bool) -> str:
    assert step.due_at is not None, "only dated steps are listed"
    due = step.due_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"?{'visa=alla&' if everything else ''}efter={due}~{step.pk}"


def _lines(steps: list[Step], by: Assignment, desks: dict[uuid.UUID, frozenset[str]]) -> list[Line]:
    """Those the viewer may read. Two queries, however many."""
    now = clock.now()
    sights = sights_of(by, {step.case_id: step.case for step in steps}.values(), desks)
    seen = [s for s in steps if s.case_id in sights and sights[s.case_id].reads(s)]
    reminded = service.nudged_today(step.pk for step in seen)
    return [_line(step, sights[step.case_id], step.pk in reminded, now) for step in seen]


def _line(step: Step, sight: Sight, reminded: bool, now: datetime) -> Line:
    meta = row_meta(
        reference(step.case.reference),
        step.case.title,
        items.owner_name(step, sight),
        step.assignee.name if step.assignee and items.names_people(step, sight) else "",
        looks.deadline_text(step.due_at, now) if step.due_at else "",
        _("reminded today") if reminded else "",
    )
    may = service.may_nudge(sight, step) and not reminded
    return Line(
        items.title(step, sight),
        reverse("cases:step", args=[step.case_id, step.pk]),
        items.time_left(step, now),  # type: ignore[arg-type]
        meta,
        reverse("cases:step-nudge", args=[step.case_id, step.pk]) if may else "",
    )


@require_POST
def nudge(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """Remind whoever owes the step; once a day."""
    step, sight = step_or_404(request, case_id, step_id)
    if not service.may_nudge(sight, step):
        audit.refuse(service.NUDGE, step_id, by=request.assignment)
        raise PermissionDenied
    try:
        service.nudge(step_id=step_id, by=request.assignment)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("A reminder has been sent."))
    return redirect("cases:waiting")

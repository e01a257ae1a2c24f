"""Clocks that stand still: the desk's while a case waits for its referrer, and single ones with a reason.

`Step.paused_at` says since when a clock stands still, whatever the reasons; it runs again when none is left,
and the time it stood still is added to the due time once (ADR 0502, 0852).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef

from cases import notifications
from cases.enums import LIVE_STEPS, Stage, StepStatus
from cases.models import Case, ClockStop, Step
from cases.services import chasing
from core import clock, workdays
from manual.enums import Unit


def pause(case: Case) -> None:
    """Stop the clock of the desk's steps while the case waits for the referrer."""
    case.steps.filter(desk_id=case.desk_id, status__in=LIVE_STEPS, paused_at__isnull=True).update(
        paused_at=clock.now(), chase_at=None
    )
    chasing.settle(case)


def resume(case: Case) -> None:
    """The case waits no more: clocks run again, but those that somebody has stopped stay as they are."""
    stopped = ClockStop.objects.filter(step=OuterRef("pk"), resumed_at__isnull=True)
    paused = case.steps.filter(~Exists(stopped), paused_at__isnull=False)
    run_on(case, paused.select_related("template"))
    chasing.settle(case)


def run_on(case: Case, paused: Iterable[Step]) -> None:
    """Start clocks again: the time that stood still is added to the due time. Does not settle."""
    now = clock.now()
    steps = list(paused)
    for step in steps:
        assert step.due_at and step.paused_at and step.starts_at, "a live step has a due time (constraint)"
        stood = now - max(step.paused_at, min(step.starts_at, now))
        step.due_at = moved(step.due_at, stood, Unit(step.template.unit))
        step.paused_at, step.case = None, case
        if step.status in LIVE_STEPS and not case.practice:
            step.chase_at = chasing.next_chase(step, now)
    chasing.write(steps, "due_at", "paused_at", "chase_at")


def moved(due_at: datetime, stood_still: timedelta, unit: Unit) -> datetime:
    """A due time after a pause. Days stay whole days; none ends when nobody works."""
    later = due_at + stood_still
    if unit == Unit.HOURS:
        return later
    if unit == Unit.OFFICE_HOURS:
        return workdays.add_office_hours(later, 0)
    day = clock.local(later - timedelta(microseconds=1)).date()
    if unit == Unit.WORKING_DAYS and not workdays.is_working_day(day):
        day = workdays.next_working_day(day)
    return datetime.combine(day + timedelta(days=1), time(0), clock.STOCKHOLM)


def stood_still(case: Case) -> dict[uuid.UUID, list[tuple[datetime, datetime]]]:
    """Step → the stops that are over: a due time counted anew from another date keeps them."""
    found: dict[uuid.UUID, list[tuple[datetime, datetime]]] = {}
    rows = ClockStop.objects.filter(step__case=case, resumed_at__isnull=False)
    for step_id, since, until in rows.values_list("step_id", "stopped_at", "resumed_at"):
        if until is not None:
            found.setdefault(step_id, []).append((since, until))
    return found


def with_stops(step: Step, stops: Iterable[tuple[datetime, datetime]]) -> None:
    """Add what stood still since the step's new start to its newly counted due time."""
    assert step.due_at and step.starts_at
    start = step.starts_at
    total = sum((max(until - max(since, start), timedelta()) for since, until in stops), timedelta())
    if total:
        step.due_at = moved(step.due_at, total, Unit(step.template.unit))


def end_stops(step_ids: Iterable[uuid.UUID]) -> None:
    """The steps have ended: nothing stands still any more. By the portal's hand."""
    open_ones = ClockStop.objects.filter(step_id__in=list(step_ids), resumed_at__isnull=True)
    open_ones.update(resumed_at=clock.now())


def back_to_waiting(steps: Iterable[Step]) -> None:
    """The date they stand on was withdrawn: they wait for it again. What was written about them stays."""
    ids = [step.pk for step in steps]
    if not ids:
        return
    Step.objects.filter(pk__in=ids).update(
        status=StepStatus.WAITING,
        starts_at=None,
        due_at=None,
        chase_at=None,
        paused_at=None,
        stage=Stage.NONE,
        blocked_on="",
        next_check_on=None,
    )
    end_stops(ids)
    notifications.settled(ids)

"""The nightly look: whose time comes, who is warned, what keeps a case. Bounded, and may run twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from cases import notifications
from cases.enums import LIVE_STEPS, Obstacle, StepStatus
from cases.models import Breach, Case, Merge, RequestedCase, Retention, RetentionRule
from cases.services.disposal import holds, schedules
from core import audit, clock

FIRST: Final = timedelta(days=60)
LAST: Final = timedelta(days=30)
BATCH: Final = 1000
"""Cases of each kind looked at in one night: the rest is next night's, and loses nothing by it."""


def look() -> tuple[int, int]:
    """Take up cases whose time comes within sixty days, and warn their desks; returns (looked at, warned)."""
    schedules.sync()
    holds.end_due()
    looked = warned = 0
    for case in _new():
        _take_up(case)
        looked += 1
    for retention in list(_to_warn()):
        looked += 1
        warned += _warn(retention.pk)
    return looked, warned


def _new() -> Iterator[Case]:
    """Cases that are over and old enough for the shortest period, and have not been looked at."""
    shortest = min(schedules.rules().values(), key=lambda rule: schedules.add(clock.today(), rule))
    until = _before(clock.today() + FIRST, shortest)
    rows = Case.objects.filter(status__in=schedules.OVER, retention__isnull=True)
    old = rows.filter(Q(closed_at__date__lte=until) | Q(closed_at__isnull=True, received_at__date__lte=until))
    yield from old.select_related("desk__agency").order_by("received_at", "pk")[:BATCH]


def _before(day: date, rule: RetentionRule) -> date:
    """So long before a day, a few days too late rather than too early: the exact day is worked out later."""
    return day - (schedules.add(day, rule) - day) + timedelta(days=3)


def _take_up(case: Case) -> None:
    found = schedules.due(case)
    with transaction.atomic():
        Retention.objects.bulk_create(
            [Retention(case=case, rule=found.rule, counts_from=found.counts_from, due_on=found.on)],
            ignore_conflicts=True,
        )


def _to_warn() -> QuerySet[Retention]:
    today = clock.today()
    first = Q(warned_first_on__isnull=True, due_on__lte=today + FIRST)
    last = Q(
        warned_last_on__isnull=True, warned_first_on__lte=today - (FIRST - LAST), due_on__lte=today + LAST
    )
    return Retention.objects.filter(first | last).order_by("due_on", "pk")[:BATCH]


@transaction.atomic(durable=True)
def _warn(pk: int) -> int:
    """Warn once for each stage. Something new in the case moves the day, and the warnings begin anew."""
    rows = Retention.objects.select_for_update(of=("self",), no_key=True)
    retention = rows.select_related("case__desk__agency", "case__desk__region").filter(pk=pk).first()
    if retention is None or not still_counts(retention) or holds.living(retention.case):
        return 0
    today, first = clock.today(), retention.warned_first_on is None
    if retention.due_on > today + (FIRST if first else LAST):
        return 0
    if first:
        retention.warned_first_on = today
    else:
        retention.warned_last_on = today
    retention.save(update_fields=["warned_first_on", "warned_last_on"])
    audit.record("case.dispose.warn", retention.case, by=None, last=not first, due=retention.due_on)
    notifications.disposal_near(retention.case, last=not first)
    return 1


def still_counts(retention: Retention) -> bool:
    """Whether the day still holds. A case taken up again is forgotten, one with a new entry moved."""
    case = retention.case
    if case.status not in schedules.OVER:
        retention.delete()
        return False
    found = schedules.due(case)
    if (found.on, found.rule) != (retention.due_on, retention.rule):
        if found.on > retention.due_on:
            retention.warned_first_on = retention.warned_last_on = None
        retention.due_on, retention.rule, retention.counts_from = found.on, found.rule, found.counts_from
        retention.save()
    return True


def obstacle(case: Case) -> Obstacle | None:
    """Why a case cannot be disposed of today; None when nothing is in the way. Worked out anew each time."""
    retention = Retention.objects.filter(case=case).select_related("rule").first()
    if case.status not in schedules.OVER:
        return Obstacle.OPEN
    if holds.living(case):
        return Obstacle.HELD
    if case.steps.filter(status__in=[*LIVE_STEPS, StepStatus.WAITING]).exists():
        return Obstacle.STEPS
    if _can_be_parted(case):
        return Obstacle.MERGE
    if is_asked_about(case):
        return Obstacle.ASKED
    today = clock.today()
    if retention is None or schedules.due(case).on > today:
        return Obstacle.EARLY
    if retention.warned_last_on is None or retention.warned_last_on > today - LAST:
        return Obstacle.WARNED
    return None


def _can_be_parted(case: Case) -> bool:
    open_still = Merge.objects.filter(undone_at__isnull=True, undo_until__gt=clock.now())
    return open_still.filter(Q(survivor=case) | Q(absorbed=case)).exists()


def is_asked_about(case: Case) -> bool:
    """Whether a question or a report about the person is open."""
    asked = RequestedCase.objects.filter(case=case, request__closed_at__isnull=True)
    return asked.exists() or Breach.objects.filter(case=case, closed_at__isnull=True).exists()


def goes_on(retention: Retention) -> date:
    """The first day on which it may go: its day, and never sooner than thirty days after the last warning."""
    today = clock.today()
    if retention.warned_last_on:
        return max(retention.due_on, retention.warned_last_on + LAST)
    first = retention.warned_first_on or max(today, retention.due_on - FIRST)
    return max(retention.due_on, first + FIRST)

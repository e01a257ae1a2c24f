"""Chasing: one sweep finds what is late and tells the next person in line.

State is rows. A step carries when it is chased next (`chase_at`, indexed) and the last stage carried
out. The sweep claims steps by an update that names the old stage; claim, ledger and notices share a
transaction, so running it twice, or in two processes, equals running it once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Agency
from cases import notifications
from cases.enums import LIVE_STEPS, Stage, Urgency
from cases.models import Case, Step
from cases.services import tallies
from coordinators import routing
from core import clock, workdays
from manual.enums import Priority

BATCH: Final = 2000
EVERYWHERE: Final = Q()
RUN: Final = timedelta(seconds=30)
"""What one run has touched it does not touch again: one stage a step and run, however late."""
SWEEPING: Final = 778_877_01
"""Number of the database's advisory lock."""
MORNING: Final = time(8)
EVENING: Final = time(17)
QUARTER: Final = 0.75
"""A reminder goes when 25 % of the time is left."""


@dataclass(frozen=True)
class Rung:
    """When a stage comes after the due time: working days, or hours for critical steps."""

    stage: Stage
    working_days: int = 0
    hours: int = 0


LADDER: Final[dict[bool, tuple[Rung, ...]]] = {
    False: (
        Rung(Stage.DUE),
        Rung(Stage.MANAGERS, working_days=1),
        Rung(Stage.COORDINATOR, working_days=2),
        Rung(Stage.NATIONAL, working_days=4),
    ),
    True: (
        Rung(Stage.DUE),
        Rung(Stage.MANAGERS, hours=2),
        Rung(Stage.COORDINATOR, hours=4),
        Rung(Stage.NATIONAL, working_days=1),
    ),
}
"""After the reminder. The key says whether the step is critical. Design 15, portal default."""


def next_chase(step: Step, since: datetime) -> datetime | None:
    """When a step is chased after `since`: a warning, its due time, or the next rung. None at the top."""
    assert step.due_at is not None
    if step.stage < Stage.DUE:
        return next((moment for moment in warnings(step, since) if moment > since), step.due_at)
    following = after(Stage(step.stage), step.due_at, step.priority == Priority.CRITICAL)
    return following[1] if following else None


def warnings(step: Step, since: datetime) -> list[datetime]:
    """The moments before the due time: the manual's own days, else when a quarter of the time is left."""
    assert step.due_at is not None and step.starts_at is not None
    if days := sorted(step.template.warn_days, reverse=True):
        end = clock.local(step.due_at)  # whole days on the calendar, whatever summer time does
        return [_in_time(step, end - timedelta(days=number), since) for number in days]
    return [step.starts_at + (step.due_at - step.starts_at) * QUARTER] if step.due_at > step.starts_at else []


def _in_time(step: Step, moment: datetime, since: datetime) -> datetime:
    """A warning that would wait for the weekend to pass goes out the working day before (ADR 0851).

    When that is past already it keeps its time.
    """
    if may_disturb(step.case, moment):
        return moment
    before = datetime.combine(workdays.add_working_days(moment.date(), -1), MORNING, clock.STOCKHOLM)
    return before if before > since or step.stage >= Stage.REMINDED else moment


def after(stage: Stage, due_at: datetime, critical: bool) -> tuple[Stage, datetime] | None:
    """The rung that follows a stage, with its time; None at the top."""
    for rung in LADDER[critical]:
        if rung.stage > stage:
            return rung.stage, _moment(rung, due_at)
    return None


def _moment(rung: Rung, due_at: datetime) -> datetime:
    """Hours count on; working days lead to that morning, or to the deadline's own hour in office time."""
    if rung.hours:
        return due_at + timedelta(hours=rung.hours)
    if not rung.working_days:
        return due_at
    last = clock.local(due_at - timedelta(microseconds=1))
    day = workdays.add_working_days(last.date(), rung.working_days)
    return datetime.combine(
        day, last.time() if MORNING <= last.time() < EVENING else MORNING, clock.STOCKHOLM
    )


def may_disturb(case: Case, at: datetime) -> bool:
    """Nothing leaves on non-working days except danger and child protection (S13), however critical."""
    return case.danger or case.urgency <= Urgency.CHILD or workdays.is_working_day(clock.local(at).date())


def next_morning(at: datetime) -> datetime:
    return datetime.combine(workdays.next_working_day(clock.local(at).date()), MORNING, clock.STOCKHOLM)


def sweep(limit: int = BATCH) -> tuple[int, int]:
    """Chase until nothing is left to chase. Returns (steps found, notices written). May run twice."""
    found = told = 0
    while True:
        batch_found, batch_told = _one_batch(limit)
        found, told = found + batch_found, told + batch_told
        if batch_found < limit:
            return found, told


@transaction.atomic
def chase(case_id: uuid.UUID) -> tuple[int, int]:
    """What a sweep of this moment finds in one case, and only there. It needs the case alone, so it may run
    while sweeps are held (demo)."""
    now = clock.now()
    return _chased(_lock_due(now, BATCH, Q(case=case_id)), now)


@transaction.atomic
def _one_batch(limit: int) -> tuple[int, int]:
    now = clock.now()
    return _chased(_lock_due(now, limit) if _is_only_sweep() else [], now)


def _chased(steps: list[Step], now: datetime) -> tuple[int, int]:
    claimed: list[tuple[Step, Stage]] = []
    for step in steps:
        if not may_disturb(step.case, now):
            step.chase_at = next_morning(now)
            continue
        step.stage = stage = _reached(step, now)
        following = next_chase(step, now)
        step.chase_at = max(following, now + RUN) if following else None
        claimed.append((step, stage))
    write(steps, "stage", "chase_at")
    _count_late(claimed)
    return len(steps), notifications.chased(claimed, at=now)


def _lock_due(now: datetime, limit: int, among: Q = EVERYWHERE) -> list[Step]:
    """The due steps. Cases are locked before steps, as in every service; what is in use waits a minute."""
    due = Step.objects.filter(among, chase_at__lte=now, status__in=LIVE_STEPS).order_by("chase_at", "id")
    ids = {case for case, _key in due.values_list("case_id", "id")[:limit]}
    cases = Case.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk__in=ids)
    free = list(cases.order_by("pk").values_list("pk", flat=True))
    steps = due.select_for_update(of=("self",), no_key=True).filter(case_id__in=free)
    return list(steps.select_related("case", "case__desk", "template")[:limit])


def _is_only_sweep() -> bool:
    """One sweep at a time, and none while `hold` is in force: the next one is a minute away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SWEEPING])
        return bool(cursor.fetchone()[0])


def hold() -> None:
    """Keep every sweep away as long as this database connection lives: the past is being told (demo)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [SWEEPING])


def _count_late(claimed: list[tuple[Step, Stage]]) -> None:
    recount({step.case_id for step, stage in claimed if stage >= Stage.DUE})
    late = [step for step, stage in claimed if stage == Stage.DUE]
    kinds = dict(
        Agency.objects.filter(pk__in={s.agency_id for s in late if s.agency_id}).values_list("pk", "kind")
    )
    tallies.steps_late((step, kinds[step.agency_id] if step.agency_id else "coordination") for step in late)


def _reached(step: Step, now: datetime) -> Stage:
    """One stage a run: the highest whose time has come. A late start skips what is past."""
    assert step.due_at is not None
    if now < step.due_at:
        return Stage.REMINDED
    stage = Stage.DUE
    while (following := after(stage, step.due_at, step.priority == Priority.CRITICAL)) and following[
        1
    ] <= now:
        stage = following[0]
    # Never jump over the people in between: they are told one run apart at the most.
    return min(stage, Stage(max(step.stage, Stage.REMINDED) + 1))


_TYPES: Final = {
    "status": "varchar", "cancel_reason": "varchar", "stage": "smallint", "version": "integer",
    "desk_id": "uuid", "assignee_id": "uuid", "template_id": "uuid", "phase": "varchar",
    "priority": "varchar", "deadline_kind": "varchar", "milestone": "varchar",
}  # fmt: skip
"""Column → type in the database; all others hold times."""


def write(steps: Sequence[Step], *columns: str) -> None:
    """Write some columns of many steps back in one statement. The steps or their case are locked."""
    if not steps:
        return
    arrays = ", ".join(f"%s::{_TYPES.get(name, 'timestamptz')}[]" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE cases_step AS s SET {', '.join(f'{name} = v.{name}' for name in columns)}"
            f" FROM unnest(%s::uuid[], {arrays}) AS v(id, {', '.join(columns)}) WHERE s.id = v.id",
            [[step.id for step in steps], *([getattr(step, name) for step in steps] for name in columns)],
        )


_RECOUNT: Final = """
WITH f AS (
  SELECT k.id, min(s.due_at) AS next_due, count(s.id) FILTER (WHERE s.stage >= %s) AS late
  FROM unnest(%s::uuid[]) AS k(id)
  LEFT JOIN cases_step s ON s.case_id = k.id AND s.status = ANY(%s) AND s.paused_at IS NULL
  GROUP BY k.id
), counted AS (
  UPDATE cases_case AS c SET next_due_at = f.next_due, overdue_count = f.late FROM f
  WHERE c.id = f.id AND (c.next_due_at, c.overdue_count) IS DISTINCT FROM (f.next_due, f.late)
), sorted AS (
  SELECT c.id, c.status, c.status IN ('received', 'waiting', 'active') AS is_open, c.urgency,
    CASE WHEN c.status = 'received' THEN c.answer_by ELSE f.next_due END AS due_at,
    c.snoozed_until, c.assignee_id, c.age_band <> 'adult' AS is_child
  FROM f JOIN cases_case c ON c.id = f.id
), copied AS (
  UPDATE cases_casegrant AS g SET is_open = sorted.is_open, status = sorted.status,
    urgency = sorted.urgency, due_at = sorted.due_at, snoozed_until = sorted.snoozed_until,
    assignee_id = sorted.assignee_id, is_child = sorted.is_child
  FROM sorted WHERE g.case_id = sorted.id
    AND (g.is_open, g.status, g.urgency, g.due_at, g.snoozed_until, g.assignee_id, g.is_child)
    IS DISTINCT FROM (sorted.is_open, sorted.status, sorted.urgency, sorted.due_at,
      sorted.snoozed_until, sorted.assignee_id, sorted.is_child)
)
SELECT id, next_due, late FROM f
"""


def recount(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[datetime | None, int]]:
    """Copy "next due" and "how many late" from the steps to cases, and what lists sort by to their grants.

    One statement for a bounded number of cases, saved before. Returns both numbers for each.
    """
    ids = list(case_ids)
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, [int(Stage.DUE), ids, [s.value for s in LIVE_STEPS]])
        return {case_id: (next_due, late) for case_id, next_due, late in cursor.fetchall()}


def settle(case: Case) -> None:
    """`recount` for a case at hand, which then knows its numbers too. The last word of most services."""
    case.next_due_at, case.overdue_count = recount([case.id])[case.id]


def alarm_uncovered() -> int:
    """Tell the national desk once a day about each desk where nobody answers. Office hours only.

    Nobody on duty there either: whoever answers for the national desk, and its mailbox. Never silence (S10).
    """
    now = clock.now()
    local = clock.local(now)
    if not workdays.is_working_day(local.date()) or not time(8) <= local.time() <= time(16, 30):
        return 0
    desks = routing.uncovered_desks(now)
    for desk in desks:
        notifications.desk_uncovered(desk, now)
    return len(desks)

"""Periods that authorities decide: reflection, permit, support programme. One truth: the dates in the
checklists follow from them, in the same transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import workflow
from cases.access import require
from cases.enums import PeriodEnd, PeriodKind, Status, Verb
from cases.models import Case, Period
from cases.services import casework, checklists, dates
from core import audit, clock
from manual import deadlines
from manual.deadlines import Rule
from manual.enums import Condition, Milestone, Unit


@dataclass(frozen=True)
class Kind:
    """What follows from a period of one kind."""

    ends: Milestone
    condition: Condition
    starts: Milestone | None = None
    length: Rule | None = None
    """How long it is by law when the decision says nothing else."""
    least: Rule | None = None
    """The shortest the law knows, of a first one."""


KINDS: Final[dict[PeriodKind, Kind]] = {
    PeriodKind.REFLECTION: Kind(
        Milestone.REFLECTION_EXPIRES,
        Condition.REFLECTION_GRANTED,
        Milestone.REFLECTION_GRANTED,
        length=Rule(30, Unit.CALENDAR_DAYS),
    ),
    PeriodKind.PERMIT: Kind(Milestone.PERMIT_EXPIRES, Condition.PERMIT_GRANTED, least=Rule(6, Unit.MONTHS)),
    PeriodKind.SUPPORT_PROGRAMME: Kind(Milestone.NSP_PERIOD_EXPIRES, Condition.NSP_ACTIVE),
}
"""UtlL 5 kap. 15 §: a reflection period is 30 days, a permit for the investigation at least six months."""
AHEAD: Final = timedelta(days=366)
"""How far ahead a period may begin: further is a slip of the pen."""


def last_day(kind: PeriodKind, starts_on: date) -> date | None:
    """The last day by law, when it has a length by law. Weekends and holidays play no part."""
    rule = KINDS[kind].length
    return deadlines.last_day(deadlines.due_at(rule, starts_on)) if rule else None


def current(case: Case) -> list[Period]:
    """The periods that hold, one of a kind: the latest extension of each that has not been ended."""
    rows = case.periods.filter(extended_by__isnull=True, ended_on__isnull=True)
    return list(rows.select_related("data_key").order_by("ends_on"))


@transaction.atomic(durable=True)
def record(
    *,
    case_id: uuid.UUID,
    kind: PeriodKind,
    starts_on: date,
    ends_on: date | None,
    source: str,
    by: Assignment,
) -> Period:
    """A first period of its kind, as decided. One that has run out makes room for it.

    Raises ValidationError at the field that cannot be.
    """
    case = _begin(case_id, by)
    ends_on = ends_on or last_day(kind, starts_on)
    _possible(kind, starts_on, ends_on, source)
    assert ends_on is not None, "checked above"
    for row in _chain(case, kind):
        if row.ends_on >= starts_on:
            raise ValidationError({"kind": _("There is such a period already. Extend it, or end it first.")})
    _end(case, kind, None, PeriodEnd.OVER, "", by)
    period = _add(case, kind, starts_on, ends_on, source, by)
    facts = _follow(case, kind, by, starts_on, ends_on)
    audit.record("period.record", case, by=by, period=period.pk, kind=kind, **facts)
    return period


@transaction.atomic(durable=True)
def extend(*, period_id: uuid.UUID, ends_on: date, source: str, by: Assignment) -> Period:
    """A new row that goes on where the period ended, on a decision of its own: the end moves, and with it
    what is still to be done. What is done stays done."""
    case, period = _at(period_id, by)
    if ends_on <= period.ends_on:
        words = _("Choose a day after the present last day, %(day)s.") % {"day": period.ends_on.isoformat()}
        raise ValidationError({"ends_on": words})
    _sourced(source)
    longer = _add(
        case, PeriodKind(period.kind), period.ends_on + timedelta(days=1), ends_on, source, by, extends=period
    )
    facts = _follow(case, PeriodKind(period.kind), by, None, ends_on)
    audit.record("period.extend", case, by=by, period=longer.pk, kind=period.kind, **facts)
    return longer


@transaction.atomic(durable=True)
def end(*, period_id: uuid.UUID, ended_on: date, reason: PeriodEnd, words: str, by: Assignment) -> Period:
    """The period ends before its last day, with the reason; one recorded by mistake never was.

    What counts down to its end is due that day. After a mistake its dates are withdrawn: steps wait or end.
    """
    case, period = _at(period_id, by)
    kind = PeriodKind(period.kind)
    first = _chain(case, kind)[0]
    if reason == PeriodEnd.MISTAKE:
        ended_on = clock.today()
    if not first.starts_on <= ended_on <= clock.today() and reason != PeriodEnd.MISTAKE:
        raise ValidationError({"ended_on": _("Choose a day between the first day and today.")})
    if ended_on >= period.ends_on and reason != PeriodEnd.MISTAKE:
        raise ValidationError({"ended_on": _("The period has run out that day. It need not be ended.")})
    if not words.strip():
        raise ValidationError({"words": _("Write why the period ends, and which document says so.")})
    _end(case, kind, ended_on, reason, words, by)
    facts = _undo(case, kind, by) if reason == PeriodEnd.MISTAKE else _follow(case, kind, by, None, ended_on)
    audit.record("period.end", case, by=by, period=period.pk, kind=kind, reason_code=reason, **facts)
    return period


def _begin(case_id: uuid.UUID, by: Assignment) -> Case:
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.TIME].right)
    workflow.check(Verb.TIME, case)
    return case


def _at(period_id: uuid.UUID, by: Assignment) -> tuple[Case, Period]:
    """The period that holds, with its case locked."""
    found = Period.objects.get(pk=period_id)
    case = _begin(found.case_id, by)
    period = case.periods.filter(pk=period_id, extended_by__isnull=True, ended_on__isnull=True).first()
    if period is None:
        raise ValidationError(_("Somebody has changed the period. Load the page again."), code="stale")
    return case, period


def _possible(kind: PeriodKind, starts_on: date, ends_on: date | None, source: str) -> None:
    """Raises ValidationError for what no decision can say."""
    granted = KINDS[kind].starts is not None
    if starts_on > clock.today() + (timedelta() if granted else AHEAD):
        raise ValidationError({"starts_on": _("The first day lies too far ahead.")})
    if ends_on is None:
        raise ValidationError({"ends_on": _("Enter the last day that the decision says.")})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": _("The last day comes before the first one.")})
    least = KINDS[kind].least
    if least and ends_on < deadlines.last_day(deadlines.due_at(least, starts_on)) - timedelta(days=1):
        raise ValidationError({"ends_on": _("The law says at least six months. Check the decision.")})
    _sourced(source)


def _sourced(source: str) -> None:
    if not source.strip():
        raise ValidationError({"source": _("Write which document says so: authority, date, number.")})


def _chain(case: Case, kind: PeriodKind) -> list[Period]:
    """The period and its extensions that have not been ended, the first one first."""
    return list(case.periods.filter(kind=kind, ended_on__isnull=True).order_by("starts_on"))


def _add(
    case: Case,
    kind: PeriodKind,
    starts_on: date,
    ends_on: date,
    source: str,
    by: Assignment,
    *,
    extends: Period | None = None,
) -> Period:
    return Period.objects.create(
        case=case,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        extends=extends,
        data_key_id=case.data_key_id,
        source=source,
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )


def _end(
    case: Case, kind: PeriodKind, on: date | None, reason: PeriodEnd, words: str, by: Assignment
) -> None:
    """Every row of the chain ends, each on its own last day when none is given."""
    for row in _chain(case, kind):
        row.ended_on, row.ended_by_id = on or row.ends_on, by.user_id
        row.end_reason, row.end_words = reason, words or None
        row.save(update_fields=["ended_on", "ended_by", "end_reason", "end_words"])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), clock.STOCKHOLM)


def _follow(
    case: Case, kind: PeriodKind, by: Assignment, starts_on: date | None, ends_on: date
) -> dict[str, Any]:
    """The milestones and the condition that say the same, and the checklists that follow them.

    Returns the rows of the end before and after, for the history.
    """
    follows = KINDS[kind]
    if starts_on and follows.starts:
        dates.write(case, follows.starts, _midnight(starts_on), by=by)
    before = dates.write(case, follows.ends, _midnight(ends_on), by=by)
    dates.set_conditions(case, add=[follows.condition])
    dates.finish(case, checklists.refresh(case), by)
    rows = {"before": before, "after": dates.current(case, follows.ends)}
    return {name: row.pk for name, row in rows.items() if row}


def _undo(case: Case, kind: PeriodKind, by: Assignment) -> dict[str, Any]:
    """As if it had never been recorded; an earlier period of the kind does not come back."""
    follows = KINDS[kind]
    before = dates.current(case, follows.ends)
    dates.remove(case, [m for m in (follows.starts, follows.ends) if m])
    dates.set_conditions(case, drop=[follows.condition])
    dates.finish(case, checklists.refresh(case), by)
    return {"before": before.pk} if before else {}


def days_left(period: Period, today: date) -> int:
    """Whole days after today; 0 on the last day, less when it is over."""
    return (period.ends_on - today).days


def running(cases: Any, until: date) -> list[Period]:
    """The periods of these cases, a queryset of ids, that hold and end no later than a day, nearest first."""
    rows = Period.objects.filter(
        case_id__in=cases, extended_by__isnull=True, ended_on__isnull=True, ends_on__lte=until
    )
    open_ones = rows.filter(case__status=Status.ACTIVE, case__practice=False)
    return list(open_ones.select_related("case__county").order_by("ends_on", "pk")[:60])

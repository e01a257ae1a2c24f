"""When something is due. Pure functions: no database, no clock.

Two kinds of result. Hours and office hours give an instant. Days and months give a date, and a date ends at
24.00 Stockholm time that day: `due_at` returns that instant, `last_day` the date. The day after the start
is day 1, and `before` counts the same way back. Calendar days, months and hours know no holidays; working
days follow `core.workdays`.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core import clock, workdays
from manual.enums import Direction, Unit


@dataclass(frozen=True, slots=True)
class Rule:
    """So much time, counted in `unit`, after or before a milestone."""

    amount: int
    unit: Unit
    direction: Direction = Direction.AFTER

    def __post_init__(self) -> None:
        """Accept the plain strings of rows and files.

        Raises ValueError for a negative amount, an unknown unit or direction, and office hours counted back.
        """
        object.__setattr__(self, "unit", Unit(self.unit))
        object.__setattr__(self, "direction", Direction(self.direction))
        if self.amount < 0:
            raise ValueError("the amount must be zero or more; use the direction to count back")
        if self.unit is Unit.OFFICE_HOURS and self.direction is Direction.BEFORE:
            raise ValueError("office hours count forward only")


def due_at(rule: Rule, start: datetime | date, *, known_at: datetime | None = None) -> datetime:
    """The instant (UTC) when the time of `rule` is up, counted from `start`.

    A naive datetime is Stockholm time. Months clamp to the end of the month (31 January plus one month is the
    last of February). A date with hours counts from the start of that day, unless it is told when the date
    became known: then from that instant if it lies within the day, else from the end of the day. So a
    suspicion dated today is not late when it is written down. Raises ValueError when the result lies outside
    the calendar.
    """
    try:
        if rule.unit.is_clock_time:
            return _instant(rule, _begun(start, known_at))
        return _end_of(_day(rule, start))
    except OverflowError as error:
        raise ValueError("the result lies outside the calendar") from error


def last_day(due: datetime) -> date:
    """The Stockholm date that ends at, or contains, `due`: the date people are told."""
    return clock.local(due - timedelta(microseconds=1)).date()


def _begun(start: datetime | date, known_at: datetime | None) -> datetime:
    if isinstance(start, datetime):
        return clock.aware(start)
    opens = datetime.combine(start, time.min, clock.STOCKHOLM)
    return opens if known_at is None else max(opens, min(clock.aware(known_at), _end_of(start)))


def _instant(rule: Rule, begun: datetime) -> datetime:
    if rule.unit is Unit.OFFICE_HOURS:
        return workdays.add_office_hours(begun, rule.amount)
    elapsed = timedelta(hours=rule.amount)
    utc = begun.astimezone(UTC)
    return utc - elapsed if rule.direction is Direction.BEFORE else utc + elapsed


def _day(rule: Rule, start: datetime | date) -> date:
    day = clock.local(start).date() if isinstance(start, datetime) else start
    amount = -rule.amount if rule.direction is Direction.BEFORE else rule.amount
    if rule.unit is Unit.WORKING_DAYS:
        return workdays.add_working_days(day, amount) if amount else day
    if rule.unit is Unit.MONTHS:
        return _add_months(day, amount)
    return day + timedelta(days=amount)


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= years <= date.max.year:
        raise OverflowError
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, clock.STOCKHOLM).astimezone(UTC)

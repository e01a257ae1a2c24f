"""When the helpline for professionals is staffed: dated rows, public holidays and days that differ.

The agency says "office hours on weekdays"; the exact hours are not published. Rows that nobody has
confirmed are shown as "to be confirmed", never as a promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Final

from django.conf import settings
from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from core import clock, workdays
from hotline.models import OpeningHours, SpecialDay

FURTHEST: Final = 400
"""Days looked ahead for the next opening. Closed for longer is closed until further notice."""
ANSWER_HOURS: Final = 1
"""What is left while the helpline is closed is answered within the first opening hour (portal default)."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """One time of staffing, both ends on a Stockholm clock."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class Calendar:
    """The hours from one day on, read once: two queries, however far one looks."""

    hours: tuple[OpeningHours, ...]
    special: dict[date, SpecialDay]

    @classmethod
    def since(cls, day: date) -> Calendar:
        hours = OpeningHours.objects.within(day, None).order_by("weekday", "opens", "valid_from")
        return cls(tuple(hours), {row.day: row for row in SpecialDay.objects.filter(day__gte=day)})

    def rows_on(self, day: date) -> list[OpeningHours]:
        """The ordinary hours of a date, whether or not it is a holiday."""
        return [
            row
            for row in self.hours
            if row.weekday == day.weekday()
            and row.valid_from <= day
            and (row.valid_until is None or day <= row.valid_until)
        ]

    def on(self, day: date) -> list[Span]:
        """When it is staffed that day. A day that differs comes before a holiday, that before the week."""
        if special := self.special.get(day):
            return [_span(day, special.opens, special.closes)] if special.opens and special.closes else []
        if workdays.holiday_name(day):
            return []
        return [_span(day, row.opens, row.closes) for row in self.rows_on(day)]

    def spans(self, at: datetime) -> Iterator[Span]:
        """The running time of staffing and those that follow."""
        first = clock.local(at).date()
        for number in range(FURTHEST):
            yield from (span for span in self.on(first + _DAY * number) if span.closes > at)


@dataclass(frozen=True)
class Line:
    """Some weekdays that share their hours, in words; no hours: closed."""

    days: str
    hours: str


@dataclass(frozen=True)
class Helpline:
    """What a page says about the helpline at one moment."""

    number: str
    is_open: bool
    next_day: date | None
    """The day on which it is next staffed, today while it is open or opens later; None: nobody knows."""
    week: list[Line]
    confirmed: bool
    closes: datetime | None
    """When it closes, while it is open."""
    next_text: str
    """The same in words, with its weekday: tisdag 30 mars 2027."""
    closed_days: list[tuple[date, str]]
    """Until it opens again: days on which it would have been staffed, and what the holiday is called."""


def _span(day: date, opens: time, closes: time) -> Span:
    return Span(datetime.combine(day, opens, clock.STOCKHOLM), datetime.combine(day, closes, clock.STOCKHOLM))


def _calendar(at: datetime, calendar: Calendar | None) -> Calendar:
    return calendar or Calendar.since(clock.local(at).date())


def opening(at: datetime, calendar: Calendar | None = None) -> Span | None:
    """The time of staffing that runs at an instant, else the next one; None within more than a year."""
    return next(_calendar(at, calendar).spans(at), None)


def is_open(at: datetime, calendar: Calendar | None = None) -> bool:
    """Is the helpline staffed at an instant?"""
    span = opening(at, calendar)
    return span is not None and span.opens <= at


def next_day(at: datetime, calendar: Calendar | None = None) -> date | None:
    """The first day of staffing, today included while its hours are not over."""
    span = opening(at, calendar)
    return span.opens.date() if span else None


def after_hours(at: datetime, hours: int, calendar: Calendar | None = None) -> datetime | None:
    """The instant when it has been staffed for so many hours since `at`; None: not within a year."""
    left = timedelta(hours=hours)
    for span in _calendar(at, calendar).spans(at):
        begun = max(clock.local(at), span.opens)
        # Instants are subtracted in UTC: on a wall clock the night summer time ends would be an hour short.
        length = _utc(span.closes) - _utc(begun)
        if left <= length:
            return _utc(begun) + left
        left -= length
    return None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def answer_by(at: datetime, calendar: Calendar | None = None) -> datetime | None:
    """By when what is left now is answered: within the running or the next opening hour."""
    return after_hours(at, ANSWER_HOURS, calendar)


def offers(at: datetime, days: int = 5) -> list[Span]:
    """The times a call-back may be promised for: before noon and after noon of the next days of staffing.

    Nothing lies outside the hours, so nobody is promised a call on Maundy Thursday night (S34).
    """
    found: list[Span] = []
    seen: set[date] = set()
    for span in Calendar.since(clock.local(at).date()).spans(at):
        seen.add(span.opens.date())
        if len(seen) > days:
            break
        noon = datetime.combine(span.opens.date(), time(12), clock.STOCKHOLM)
        halves = [Span(span.opens, min(noon, span.closes)), Span(max(noon, span.opens), span.closes)]
        found += [half for half in halves if half.opens < half.closes and half.closes > at]
    return found


def helpline(at: datetime | None = None) -> Helpline:
    """The helpline now, or at another instant."""
    moment = at or clock.now()
    today = clock.local(moment).date()
    calendar = Calendar.since(today)
    span = opening(moment, calendar)
    open_now = span is not None and span.opens <= moment
    rows = [row for row in calendar.hours if in_force_on(row, today)]
    return Helpline(
        number=settings.HELPLINE,
        is_open=open_now,
        next_day=span.opens.date() if span else None,
        week=week(calendar, today),
        confirmed=bool(rows) and all(row.confirmed for row in rows),
        closes=span.closes if span and open_now else None,
        next_text=formats.date_format(span.opens.date(), "l j F Y") if span else "",
        closed_days=_closed_days(calendar, today, span.opens.date() if span else today),
    )


def _closed_days(calendar: Calendar, first: date, until: date) -> list[tuple[date, str]]:
    days = [first + _DAY * number for number in range((until - first).days)]
    closed = [day for day in days if calendar.rows_on(day) and not calendar.on(day)]
    return [(day, workdays.holiday_name(day)) for day in closed]


def in_force_on(row: OpeningHours, day: date) -> bool:
    return row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)


def week(calendar: Calendar, day: date) -> list[Line]:
    """The ordinary week as it is on a day: neighbours that share their hours on one line."""
    rows: dict[int, list[str]] = {weekday: [] for weekday in range(7)}
    for row in calendar.hours:
        if in_force_on(row, day):
            rows[row.weekday].append(hours_text(row.opens, row.closes))
    texts = {weekday: ", ".join(hours) for weekday, hours in rows.items()}
    lines = []
    for hours, group in groupby(range(7), key=lambda weekday: texts[weekday]):
        days = list(group)
        lines.append(Line(_day_names(days[0], days[-1]), hours))
    return lines


def hours_text(opens: time, closes: time) -> str:
    """8.00–16.30."""
    return f"{formats.time_format(opens)}–{formats.time_format(closes)}"


def day_name(weekday: int) -> str:
    """Måndag."""
    return str(WEEKDAYS[weekday]).capitalize()


def _day_names(first: int, last: int) -> str:
    if first == last:
        return day_name(first)
    names = {"first": WEEKDAYS[first], "last": WEEKDAYS[last]}
    return (_("%(first)s to %(last)s") % names).capitalize()

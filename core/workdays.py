"""Swedish working days and office hours.

Free are Saturdays, Sundays, public holidays (lag 1989:253 om allmänna helgdagar) and the eves that count
as holidays in the same way by agreement and in the statutes on time limits: Midsummer's, Christmas and
New Year's Eve (lag 1930:173 om beräkning av lagstadgad tid, 2 §). The dates come from the package
`holidays`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import holidays

from core import clock

OPENS: Final = time(8, 0)
CLOSES: Final = time(16, 30)
_DAY: Final = timedelta(days=1)


@lru_cache(maxsize=64)
def _free_days(year: int) -> dict[date, str]:
    calendar = holidays.country_holidays(
        "SE", years=year, categories=("public", "de_facto"), language="sv", include_sundays=False
    )
    return dict(calendar.items())


def holiday_name(day: date) -> str:
    """The Swedish name of a public holiday or free eve, else an empty string."""
    return _free_days(day.year).get(day, "")


def is_working_day(day: date) -> bool:
    """Is it neither weekend, public holiday nor a free eve?"""
    return day.weekday() < 5 and day not in _free_days(day.year)


def next_working_day(day: date) -> date:
    """The first working day after the given day."""
    return add_working_days(day, 1)


def add_working_days(day: date, n: int) -> date:
    """The nth working day after `day` (before it when n is negative); the day itself never counts.

    With n = 0 a working day is itself and a free day becomes the next working day.
    """
    if n == 0:
        return day if is_working_day(day) else add_working_days(day, 1)
    step = _DAY if n > 0 else -_DAY
    left = abs(n)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(a: date, b: date) -> int:
    """How many working days there are after a, up to and including b; negative when b is before a."""
    if b < a:
        return -working_days_between(b, a)
    return sum(is_working_day(a + timedelta(days=n)) for n in range(1, (b - a).days + 1))


def add_office_hours(start: datetime, hours: int, opens: time = OPENS, closes: time = CLOSES) -> datetime:
    """The instant (UTC) when so many office hours have passed; hours outside opening times do not count.

    `start` is an instant; naive means Stockholm time. Opening times are Stockholm wall clock on working
    days and must lie within one day. Zero hours gives the start itself when open, else the next opening.
    """
    if hours < 0 or opens >= closes:
        raise ValueError("office hours count forward, and the office closes after it opens")
    at = clock.local(start)
    left = timedelta(hours=hours)
    while True:
        opening = datetime.combine(at.date(), opens, clock.STOCKHOLM)
        closing = datetime.combine(at.date(), closes, clock.STOCKHOLM)
        if is_working_day(at.date()) and at < closing:
            begun = max(at, opening)
            if left <= closing - begun:
                return (begun.astimezone(UTC) + left).astimezone(UTC)
            left -= closing - begun
        at = datetime.combine(at.date() + _DAY, opens, clock.STOCKHOLM)

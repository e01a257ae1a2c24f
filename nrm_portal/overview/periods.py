"""Which periods are published. Fixed ones only: whatever can be chosen freely can be subtracted.

National totals without any other dimension are shown month by month and for the running month. Tables that
divide cases by county, group, form, agency or region are shown for whole calendar years, and first when the
year is over and its answers have come in (docs/adr/0701-cross-tables-by-closed-year.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

SETTLED: Final = (2, 1)
"""Month and day of the next year from which a year's tables are shown."""


def months_of(year: int) -> list[date]:
    return [date(year, month, 1) for month in range(1, 13)]


def closed_months(year: int, today: date, first: date) -> list[date]:
    """Months of the year that are over, from the first month of the portal."""
    running = today.replace(day=1)
    return [month for month in months_of(year) if first.replace(day=1) <= month < running]


def settled_year(today: date) -> int:
    """The latest year whose tables are shown."""
    return today.year - 1 if (today.month, today.day) >= SETTLED else today.year - 2


def years(months: Iterable[date], today: date) -> list[int]:
    """Years that can be chosen, newest first: from the first counted month to the running year."""
    first = min(months, default=today).year
    return list(range(today.year, min(first, today.year) - 1, -1))

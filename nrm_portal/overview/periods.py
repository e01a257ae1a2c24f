"""Which periods are published. Fixed ones only: whatever can be chosen freely can be subtracted.

A month is published when it is over, with national totals; a quarter with tables of one dimension; a year
with tables of two (docs/adr/1121-months-are-sealed.md). Whatever is published of a period rests on months
that have been sealed and never changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Self

from django.utils.formats import date_format
from django.utils.translation import gettext as _

Kind = Literal["month", "quarter", "year"]
MONTH: Final = "month"
QUARTER: Final = "quarter"
YEAR: Final = "year"
LENGTHS: Final[dict[Kind, int]] = {"month": 1, "quarter": 3, "year": 12}

_CODE: Final = re.compile(r"(?P<year>\d{4})(-(Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?", re.ASCII)

EARLIEST: Final = 2000
"""Years before it are no periods of the portal."""


@dataclass(frozen=True)
class Period:
    """A calendar month, quarter or year. `first` is its first day."""

    kind: Kind
    first: date

    def __post_init__(self) -> None:
        if self.first.day != 1 or (self.first.month - 1) % LENGTHS[self.kind]:
            raise ValueError(f"no {self.kind} begins on {self.first}")

    @classmethod
    def of(cls, kind: Kind, day: date) -> Self:
        """The period of this kind that holds the day."""
        length = LENGTHS[kind]
        return cls(kind, date(day.year, (day.month - 1) // length * length + 1, 1))

    @classmethod
    def parse(cls, text: object) -> Self | None:
        """The period with this code; None for anything that is none."""
        found = _CODE.fullmatch(text) if isinstance(text, str) else None
        if found is None or int(found["year"]) < EARLIEST:
            return None
        year = int(found["year"])
        if found["month"]:
            return cls(MONTH, date(year, int(found["month"]), 1))
        if found["quarter"]:
            return cls(QUARTER, date(year, int(found["quarter"]) * 3 - 2, 1))
        return cls(YEAR, date(year, 1, 1))

    @property
    def code(self) -> str:
        """ "2025", "2025-Q3" or "2025-11": in addresses, files and stored rows."""
        if self.kind == YEAR:
            return f"{self.year:04}"
        if self.kind == QUARTER:
            return f"{self.year:04}-Q{self.quarter}"
        return f"{self.year:04}-{self.first.month:02}"

    @property
    def label(self) -> str:
        """In words, in the reader's language."""
        if self.kind == YEAR:
            return str(self.year)
        if self.kind == QUARTER:
            return _("Quarter %(number)s, %(year)s") % {"number": self.quarter, "year": self.year}
        return date_format(self.first, "F Y")

    @property
    def said(self) -> str:
        """The label inside a sentence."""
        if self.kind == QUARTER:
            return _("quarter %(number)s, %(year)s") % {"number": self.quarter, "year": self.year}
        return self.label

    @property
    def year(self) -> int:
        return self.first.year

    @property
    def quarter(self) -> int:
        """The quarter in which it begins, 1 to 4."""
        return (self.first.month + 2) // 3

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its months."""
        return tuple(self.first.replace(month=self.first.month + n) for n in range(LENGTHS[self.kind]))

    @property
    def parts(self) -> tuple[Self, ...]:
        """What it is the sum of: a year's quarters, a quarter's months."""
        if self.kind == MONTH:
            return ()
        finer: Kind = QUARTER if self.kind == YEAR else MONTH
        cls = type(self)
        return tuple(dict.fromkeys(cls.of(finer, month) for month in self.months))

    @property
    def end(self) -> date:
        """The first day after it."""
        last = self.months[-1]
        return date(last.year + last.month // 12, last.month % 12 + 1, 1)

    @property
    def before(self) -> Self:
        """The same period a year earlier."""
        return type(self)(self.kind, self.first.replace(year=self.year - 1))

    def is_over(self, today: date) -> bool:
        return today >= self.end

    def __str__(self) -> str:
        return self.code


def begun(out: Iterable[Period]) -> date | None:
    """Where the portal's figures begin: the first month among what is out."""
    return min((one.first for one in out if one.kind == MONTH), default=None)


def since(period: Period, first: date | None) -> date | None:
    """From when a period is counted, when figures begin (`first`) later than it: it is no whole one."""
    return first if first is not None and period.first < first < period.end else None


def label_since(label: str, day: date | None) -> str:
    """ "2023, from November" of a period that is not whole."""
    if day is None:
        return label
    return _("%(period)s, from %(month)s") % {"period": label, "month": date_format(day, "F")}


def months_of(year: int) -> list[date]:
    return [date(year, month, 1) for month in range(1, 13)]


def newest_first(found: Iterable[Period]) -> list[Period]:
    """By their end; of those that end together the longest first: 2025, 2025-Q4, 2025-12, 2025-11."""
    return sorted(found, key=lambda one: (one.end, LENGTHS[one.kind]), reverse=True)

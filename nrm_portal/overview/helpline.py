"""The figures of the helpline: counts of its tallies, published. Nothing here reads a call.

Calls by month are national totals. What divides them (who was on the line, profession, county, topic, hour)
is published for whole years that have settled, like the tables of cases: sums that grow month by month could
be subtracted from each other. Each is shown only when the total it shares with the others is: a number that
is hidden in one place is hidden everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform

from core.publish import TOTAL, Cube, Published, publish, publish_chain
from hotline.enums import OTHER_CALLERS, Profession, Topic
from hotline.models import Tally
from hotline.services import tallies
from nrm_portal.overview import periods
from nrm_portal.overview.figures import UNKNOWN, Rows, flat

FIRST: Final = "first"
AGAIN: Final = "again"
CALLERS: Final = (FIRST, AGAIN, *(caller.value for caller in OTHER_CALLERS))
"""Professionals with a new matter, professionals about an earlier one, and the others one by one."""
HOURS: Final = (*(f"{hour:02d}" for hour in range(8, 17)), "other")
MATTER: Final = ("matter",)
LED: Final = ("referral", "none")


@dataclass(frozen=True)
class Counted:
    """Exact numbers of calls by month and by who called; for publishing only."""

    by_month: Mapping[date, Mapping[str, int]]
    today: date

    @property
    def years(self) -> list[int]:
        return periods.years(self.by_month, self.today)

    @property
    def first(self) -> date:
        return min(self.by_month, default=self.today)

    def of(self, month: date) -> int:
        return sum(self.by_month.get(month, {}).values())


def counted(today: date) -> Counted:
    """One query."""
    found: dict[date, dict[str, int]] = {}
    for row in _by_codes(Tally.objects.filter(unit=tallies.CALLS), "caller", "again"):
        month = found.setdefault(row["month"], {})
        code = row["again"] if row["caller"] == "professional" else row["caller"]
        month[code] = month.get(code, 0) + row["total"]
    return Counted(found, today)


def _by_codes(rows: QuerySet[Tally], *names: str) -> QuerySet[Any, dict[str, Any]]:
    codes = {name: KeyTextTransform(name, "codes") for name in names}
    made: QuerySet[Any, dict[str, Any]] = (
        rows.annotate(**codes).values("unit", "month", *names).annotate(total=Sum("amount")).order_by()
    )
    return made


@dataclass(frozen=True)
class CallYear:
    """A year of the helpline, as far as its months are over."""

    year: int
    months: tuple[date, ...]
    calls: Published
    """By month, `month.isoformat()`."""
    callers: Published | None
    """By who was on the line; None until the year has settled, and when showing it would tell too much."""


def year_of(known: Counted, year: int) -> CallYear:
    months = periods.closed_months(year, known.today, known.first)
    codes = [month.isoformat() for month in months]
    calls = publish(Cube({"month": codes}, {(m.isoformat(),): known.of(m) for m in months}))
    if year > periods.settled_year(known.today):
        return CallYear(year, tuple(months), calls, None)
    sums = {code: sum(known.by_month.get(m, {}).get(code, 0) for m in months) for code in CALLERS}
    callers = flat({"caller": CALLERS}, {(code,): number for code, number in sums.items() if number > 0})
    agree = calls.total.value is not None and callers.total == calls.total
    return CallYear(year, tuple(months), calls, callers if agree else None)


def running_month(known: Counted) -> Published:
    """Calls of the month that is running, live: one number."""
    return publish(Cube({}, {(): known.of(known.today.replace(day=1))}))


@dataclass(frozen=True)
class CallTables:
    """What is published of a closed year. None: too little to show without telling about single calls."""

    year: int
    professions: Published | None
    counties: Published | None
    topics: Published | None
    hours: Published | None
    led: Published | None
    """Matters that led to a referral or a consultation, and those that did not."""


def tables_of(year: CallYear, counties: Iterable[str]) -> CallTables | None:
    """One query. None when nothing that divides the year may be shown."""
    if year.callers is None:
        return None
    rows = Tally.objects.filter(month__year=year.year)
    found = list(_by_codes(rows, "profession", "county", "topic", "hour"))
    professions, places = _matters(found, year.callers, (*counties, UNKNOWN))
    hours = flat({"hour": HOURS}, _counted(found, tallies.CALLS, "hour", HOURS, "other"))
    topics = flat({"topic": tuple(Topic.values)}, _counted(found, tallies.TOPICS, "topic", Topic.values))
    return CallTables(
        year=year.year,
        professions=professions,
        counties=places,
        topics=topics if topics.total.value is not None else None,
        hours=hours if hours.total == year.calls.total else None,
        led=_led(found, year.callers),
    )


def _matters(
    rows: list[dict[str, Any]], callers: Published, counties: tuple[str, ...]
) -> tuple[Published | None, Published | None]:
    """Matters by profession and by county, protected together through the total they share."""
    by_profession = _counted(rows, tallies.MATTERS, "profession", Profession.values, UNKNOWN)
    by_county = _counted(rows, tallies.MATTERS, "county", counties, UNKNOWN)
    if sum(by_profession.values()) != sum(by_county.values()):
        return None, None
    one, other = _chained(tuple(by_profession.items()), tuple(by_county.items()), counties,
                          settings.PUBLISH_THRESHOLD)  # fmt: skip
    shared = one[(TOTAL, TOTAL)].value
    if shared is None or shared != callers[(FIRST,)].value:
        return None, None
    return one.margin("profession"), other.margin("county")


@lru_cache(maxsize=32)
def _chained(
    left: Rows, right: Rows, counties: tuple[str, ...], threshold: int
) -> tuple[Published, Published]:
    return publish_chain(
        Cube(
            {"profession": (*Profession.values, UNKNOWN), "matter": MATTER},
            {(code, MATTER[0]): number for (code,), number in left},
        ),
        Cube({"matter": MATTER, "county": counties}, {(MATTER[0], code): n for (code,), n in right}),
        threshold,
    )


def _led(rows: list[dict[str, Any]], callers: Published) -> Published | None:
    matters = callers[(FIRST,)].value
    led = sum(row["total"] for row in rows if row["unit"] == tallies.REFERRALS)
    if matters is None or not 0 <= led <= matters:
        return None
    table = flat({"led": LED}, {("referral",): led, ("none",): matters - led})
    return table if table.total.value == matters else None


def _counted(
    rows: Iterable[Mapping[str, Any]], unit: str, name: str, codes: Iterable[str], other: str = ""
) -> dict[tuple[str, ...], int]:
    """Sums of one unit by one code; what is not among the codes counts as `other`."""
    known, found = set(codes), dict[tuple[str, ...], int]()
    for row in rows:
        if row["unit"] == unit:
            code = row[name] if row[name] in known else other
            found[(code,)] = found.get((code,), 0) + row["total"]
    return {key: number for key, number in sorted(found.items()) if number > 0 and key != ("",)}

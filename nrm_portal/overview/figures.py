"""The national figures: counts of the tallies, published. Nothing here reads a case.

Referrals are cases and consultations together, so the three totals are published as one table, and each step
further down is shown only when the total it shares with the one above is shown: a number that is hidden in
one place is hidden everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import get_language

from accounts.enums import AgencyKind
from cases.enums import Citizenship, Sex
from cases.models import Tally
from cases.services import tallies
from cases.services.tallies import PERSONS
from coordinators.enums import AgeBand
from coordinators.models import County, Region
from core.publish import Cube, Key, Published, publish, publish_chain
from manual.enums import Exploitation, Phase
from nrm_portal.overview import periods
from nrm_portal.overview.codes import wait_class

UNKNOWN: Final = "unknown"
GROUPS: Final = ("women", "men", "girls", "boys", "other")
"""Women, men, girls, boys; "other" is every other combination of sex and age, also unknown and unsure."""
_GROUP_OF: Final = {
    (Sex.WOMAN.value, AgeBand.ADULT.value): "women",
    (Sex.MAN.value, AgeBand.ADULT.value): "men",
    (Sex.WOMAN.value, AgeBand.CHILD.value): "girls",
    (Sex.MAN.value, AgeBand.CHILD.value): "boys",
}
STEPS: Final = tuple(phase.value for phase in Phase if phase is not Phase.CLOSE)
WAITS: Final = {"1h": "4h", "4h": "4h", "1d": "1d", "3d": "3d", "7d": "later", "later": "later"}
"""Classes of the tally → published classes: within 4 hours, within a day, within 3 days, later."""
WAIT_CLASSES: Final = ("4h", "1d", "3d", "later")


@dataclass(frozen=True)
class Places:
    """Counties and regions that can stand in a table: code → name, in order."""

    counties: Mapping[str, str]
    regions: Mapping[str, str]


def places() -> Places:
    """Two queries."""
    english = (get_language() or "").startswith("en")
    return Places(
        {row.code: row.name_en if english else row.name_sv for row in County.objects.all()},
        {row.key: row.name for row in Region.objects.all()},
    )


# --- national totals ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Totals:
    """Exact national counts by unit and month; for publishing only."""

    by_unit: Mapping[str, Mapping[date, int]]
    today: date

    @property
    def first(self) -> date:
        return min(self.by_unit[tallies.REFERRALS], default=self.today)

    @property
    def years(self) -> list[int]:
        return periods.years(self.by_unit[tallies.REFERRALS], self.today)

    def of(self, unit: str, months: Iterable[date]) -> int:
        return sum(self.by_unit.get(unit, {}).get(month, 0) for month in months)


def totals(today: date) -> Totals:
    """One query."""
    found: dict[str, dict[date, int]] = {
        unit: {} for unit in (tallies.REFERRALS, tallies.CASES, tallies.CONSULTATIONS, PERSONS)
    }
    rows = Tally.objects.filter(unit__in=found).values_list("unit", "month").annotate(total=Sum("amount"))
    for unit, month, total in rows:
        found[unit][month] = total
    return Totals(found, today)


@dataclass(frozen=True)
class Year:
    """The national totals of a year, as far as its months are over."""

    year: int
    months: tuple[date, ...]
    referrals: Published
    """By month, `month.isoformat()`."""
    kinds: Published | None
    """Cases and consultations of those months; None when showing them would tell too much."""

    persons: Published | None = None
    """Of a whole year: cases that were the first about the person in it, and those that were not."""

    @property
    def is_complete(self) -> bool:
        """May anything that divides its cases further be shown?"""
        return self.kinds is not None and self.kinds.is_complete


def year_of(counted: Totals, year: int) -> Year:
    months = periods.closed_months(year, counted.today, counted.first)
    by_month = counted.by_unit[tallies.REFERRALS]
    codes = [month.isoformat() for month in months]
    referrals = publish(Cube({"month": codes}, {(m.isoformat(),): by_month.get(m, 0) for m in months}))
    kinds = publish(
        Cube(
            {"kind": [tallies.CASES, tallies.CONSULTATIONS]},
            {(unit,): counted.of(unit, months) for unit in (tallies.CASES, tallies.CONSULTATIONS)},
        )
    )
    agree = referrals.total.value is not None and kinds.total == referrals.total
    return Year(year, tuple(months), referrals, kinds if agree else None, _persons(counted, months, kinds))


def _persons(counted: Totals, months: Sequence[date], kinds: Published) -> Published | None:
    """Each person once a year (S30). Shown together with how many cases were of somebody already counted, so
    that the difference between the two tells nothing about a few."""
    cases, persons = counted.of(tallies.CASES, months), counted.of(PERSONS, months)
    if len(months) < 12 or not 0 < persons <= cases or kinds[(tallies.CASES,)].value is None:
        return None
    return publish(Cube({"person": ["first", "again"]}, {("first",): persons, ("again",): cases - persons}))


def running_month(counted: Totals) -> Published:
    """Referrals of the month that is running, live: one number."""
    month = counted.today.replace(day=1)
    return publish(Cube({}, {(): counted.of(tallies.REFERRALS, [month])}))


# --- tables of a closed year ----------------------------------------------------------------------


@dataclass(frozen=True)
class Tables:
    """What is published of a closed year. Tables of one unit are protected together."""

    year: int
    counties: Published
    """Cases by county and group."""
    forms: Published
    """Cases by group and main form of exploitation."""
    citizenship: Published | None
    """Cases by whether the group of citizenship is known."""
    steps: Published
    """Cases by step they came to during the year."""
    late: Published
    """Steps that became late, by kind of agency and step of the manual."""
    answers: Published
    """First answers by region and class of time."""


def tables_of(year: Year, at: Places) -> Tables | None:
    """Two queries. None when there is too little to show anything without telling about single persons."""
    if not year.is_complete:
        return None
    first, last = date(year.year, 1, 1), date(year.year, 12, 1)
    rows = Tally.objects.filter(month__gte=first, month__lte=last)
    cases = list(_by_codes(rows.filter(unit=tallies.CASES), "county", "sex", "age", "form", "citizenship"))
    others = list(
        _by_codes(
            rows.filter(unit__in=(tallies.PHASES, tallies.LATE_STEPS, tallies.ANSWERS)),
            "region",
            "agency",
            "detail",
            "wait",
        )
    )
    counties, forms = _chain(
        _counts(((_known(r["county"], at.counties), group_of(r)), r) for r in cases),
        _counts(((group_of(r), _known(r["form"], Exploitation.values)), r) for r in cases),
        (*at.counties, UNKNOWN),
    )
    if counties.total.value is None:
        return None
    return Tables(
        year=year.year,
        counties=counties,
        forms=forms,
        citizenship=_citizenship(cases),
        steps=flat({"step": STEPS}, _counts(_of(others, tallies.PHASES, lambda r: (r["detail"],)))),
        late=_late(others),
        answers=_answers(others, at),
    )


def _late(rows: list[dict[str, Any]]) -> Published:
    late = _of(rows, tallies.LATE_STEPS, lambda r: (_known(r["agency"], AgencyKind.values), r["detail"]))
    return flat({"agency": (*AgencyKind.values, UNKNOWN), "step": tuple(Phase.values)}, _counts(late))


def _answers(rows: list[dict[str, Any]], at: Places) -> Published:
    def key(row: Mapping[str, Any]) -> Key:
        return _known(row["region"], at.regions), wait_class(row["wait"] or row["detail"])

    waits = _of(rows, tallies.ANSWERS, key)
    return flat({"region": (*at.regions, UNKNOWN), "wait": WAIT_CLASSES}, _counts(waits))


def _by_codes(rows: QuerySet[Tally], *names: str) -> Iterable[dict[str, Any]]:
    codes = {name: KeyTextTransform(name, "codes") for name in names}
    grouped: Iterable[dict[str, Any]] = (
        rows.annotate(**codes).values("unit", *names).annotate(total=Sum("amount")).order_by()
    )
    return grouped


def _of(rows: Iterable[dict[str, Any]], unit: str, key: Any) -> Iterable[tuple[Key, dict[str, Any]]]:
    return ((key(row), row) for row in rows if row["unit"] == unit)


def _counts(rows: Iterable[tuple[Key, Mapping[str, Any]]]) -> dict[Key, int]:
    """Sums by key. What was undone in a later period than it was done counts as nothing, not as less."""
    found: dict[Key, int] = defaultdict(int)
    for key, row in rows:
        found[key] += row["total"]
    return {key: count for key, count in sorted(found.items()) if count > 0}


def _known(code: str | None, codes: Iterable[str]) -> str:
    return code if code is not None and code in codes else UNKNOWN


def group_of(row: Mapping[str, Any]) -> str:
    return _GROUP_OF.get((row["sex"], row["age"]), "other")


def _citizenship(cases: Sequence[Mapping[str, Any]]) -> Published | None:
    counts = _counts(
        ((UNKNOWN if row["citizenship"] == Citizenship.UNKNOWN else "known",), row) for row in cases
    )
    table = flat({"citizenship": ("known", UNKNOWN)}, counts)
    return table if table.total.value is not None else None


Rows = tuple[tuple[Key, int], ...]
"""Counts as something a cache can compare."""


def _chain(
    left: dict[Key, int], right: dict[Key, int], counties: tuple[str, ...]
) -> tuple[Published, Published]:
    return _publish_chain(tuple(left.items()), tuple(right.items()), counties, settings.PUBLISH_THRESHOLD)


@lru_cache(maxsize=32)
def _publish_chain(
    left: Rows, right: Rows, counties: tuple[str, ...], threshold: int
) -> tuple[Published, Published]:
    """Finding what to hide takes a fifth of a second; the same counts always give the same answer."""
    return publish_chain(
        Cube({"county": counties, "group": GROUPS}, dict(left)),
        Cube({"group": GROUPS, "form": tuple(Exploitation.values)}, dict(right)),
        threshold,
    )


def flat(dimensions: dict[str, tuple[str, ...]], counts: dict[Key, int]) -> Published:
    """One published table. Counts outside the dimensions do not belong to the table."""
    codes = [set(values) for values in dimensions.values()]
    inside = tuple(
        (key, count)
        for key, count in counts.items()
        if all(code in known for code, known in zip(key, codes, strict=True))
    )
    return _publish(tuple(dimensions.items()), inside, settings.PUBLISH_THRESHOLD)


@lru_cache(maxsize=128)
def _publish(dimensions: tuple[tuple[str, tuple[str, ...]], ...], counts: Rows, threshold: int) -> Published:
    return publish(Cube(dict(dimensions), dict(counts)), threshold)

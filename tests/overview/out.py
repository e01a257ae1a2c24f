"""A country with a year that is published, as stored rows. What is hidden follows a simple rule, not the
search of `core.publish`: formats have to agree whatever is hidden, and so it takes no time."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from pytest_django.plugin import DjangoDbBlocker

from cases.services import tallies
from coordinators.services import load_reference
from core.publish import TOTAL, Cell, Cube, Key, Published, Shown
from hotline.services import tallies as calls
from nrm_portal.overview import counting, places, publications
from nrm_portal.overview.catalogue import CASES, HOTLINE, families
from nrm_portal.overview.counting import Row
from nrm_portal.overview.models import TIMES, Publication
from nrm_portal.overview.periods import Period
from nrm_portal.overview.quantiles import quantiles
from tests.access.world import rolled_back

YEAR: Final = Period("year", date(2025, 1, 1))
MADE: Final = datetime(2026, 1, 12, 14, tzinfo=UTC)
PERIODS: Final = (YEAR, *YEAR.parts, *(month for quarter in YEAR.parts for month in quarter.parts))
COUNTIES: Final = ("01", "12", "14", "03", "23", "09", "not_stated")
REGIONS: Final = {"01": "stockholm", "12": "syd", "14": "vast", "23": "nord"}
Counted = list[tuple[date, Row]]


def counted(cases: int = 300) -> Counted:
    """So many cases and what happened in them, many of it seldom; the same each time."""
    drawn = random.Random(20250712)
    found: Counted = []
    for _n in range(cases):
        month, base = date(2025, drawn.choice((2, 5, 8, 11)), 1), _case(drawn)
        for unit, codes in _facts(drawn):
            names = tallies.BARE.get(unit)
            kept = {name: base[name] for name in base if names is None or name in names}
            found.append((month, Row(CASES, unit, kept | codes, 1)))
    for amount, caller in ((40, "professional"), (3, "public"), (9, "silent")):
        codes = {"caller": caller, "hour": "09", "again": "first", "profession": "police", "county": "01"}
        found.append((date(2025, 3, 1), Row(HOTLINE, calls.CALLS, codes, amount)))
    return found


def _facts(drawn: random.Random) -> Iterator[tuple[str, dict[str, str]]]:
    yield tallies.CASES, {}
    yield tallies.REFERRALS, {}
    yield tallies.ANSWERS, {"wait": drawn.choice(("1h", "8h", "2d", "7d"))}
    if drawn.random() < 0.8:
        yield tallies.PERSONS, {"detail": ""}
    if drawn.random() < 0.4:
        yield tallies.LATE_STEPS, {"detail": drawn.choice(("1_identify", "2_acute", "3_initial"))}
    if drawn.random() < 0.5:
        yield tallies.PHASES, {"detail": drawn.choice(("1_identify", "2_acute")), "days": "5d"}
    if drawn.random() < 0.5:
        yield tallies.CLOSED, {"detail": drawn.choice(("support_completed", "returned", "lost_contact"))}
        for kind in tallies.ASSISTANCE_KINDS:
            given = tallies.GIVEN if drawn.random() < 0.3 else tallies.NOT_GIVEN
            yield tallies.ASSISTANCE, {"detail": kind, "given": given}


def _case(drawn: random.Random) -> dict[str, str]:
    county = drawn.choices(COUNTIES, (90, 60, 50, 20, 4, 3, 6))[0]
    return {
        "kind": "case",
        "county": county,
        "region": REGIONS.get(county, "unknown"),
        "sex": drawn.choices(("woman", "man", "other", "unknown"), (50, 44, 1, 5))[0],
        "age": drawn.choices(("adult", "child", "unsure"), (90, 6, 4))[0],
        "form": drawn.choices(("sexual", "labour", "begging", "unknown", "not_stated"), (45, 40, 5, 6, 4))[0],
        "citizenship": drawn.choices(("eu", "other", "sweden", "not_stated"), (40, 50, 3, 7))[0],
        "agency": drawn.choices(("police", "ngo_platform", "mika"), (60, 36, 4))[0],
    }


def hiding(cube: Cube) -> Published:
    """Small ones, and every seventh of the others but for totals."""
    cells: dict[Key, Cell] = {}
    for place, (key, count) in enumerate(sorted(cube.sums().items())):
        if 0 < count < 5:
            cells[key] = Cell(Shown.SMALL)
        elif TOTAL not in key and count and place % 7 == 0:
            cells[key] = Cell(Shown.HIDDEN)
        else:
            cells[key] = Cell(Shown.NUMBER, count)
    return Published(cube.dimensions, 5, cells, cube.within, labelled=True)


def rows_of(period: Period, found: Counted) -> Iterator[Publication]:
    rows = [row for month, row in found if month in period.months]
    for family, tables in families(period.kind).items():
        cubes = counting.cubes_of(tables, period, rows, places.on(date(2025, 12, 31)))
        made = {key: publications.stored(hiding(cube)) for key, cube in cubes.items()}
        yield Publication(family=family, period=period.code, made_at=MADE, tables=made)
    if period == YEAR:
        yield Publication(family=TIMES, period=period.code, made_at=MADE, tables={"answers": _times(rows)})


def _times(rows: list[Row]) -> dict[str, Any]:
    """Of the country and of each region that has answers enough."""
    waits: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.unit == tallies.ANSWERS:
            for code in (row.codes["region"], TOTAL):
                waits[code][row.codes["wait"]] += row.amount
    found = {code: quantiles(tallies.WAITS, counts) for code, counts in waits.items()}
    return {code: asdict(one) for code, one in found.items() if one}


@pytest.fixture(scope="module")
def stored(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> list[dict[str, Any]]:
    names = ("family", "period", "made_at", "tables")
    with django_db_blocker.unblock(), rolled_back():
        load_reference()
        found = counted()
        rows = [row for period in PERIODS for row in rows_of(period, found)]
        return [{name: getattr(row, name) for name in names} for row in rows]


@pytest.fixture
def out(db: None, stored: list[dict[str, Any]]) -> None:
    """The year 2025, its quarters and months are published."""
    load_reference()
    Publication.objects.bulk_create(Publication(**row) for row in stored)

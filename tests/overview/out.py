"""A country with a year that is published: made once for a module, as stored rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import pytest
from pytest_django.plugin import DjangoDbBlocker

from cases.models import Tally
from cases.services import tallies
from coordinators.services import load_reference
from core import clock
from hotline.models import Tally as CallTally
from hotline.services import tallies as calls
from nrm_portal.overview import publishing
from nrm_portal.overview.models import Publication
from nrm_portal.overview.periods import Period
from tests.access.world import rolled_back

YEAR: Final = Period("year", date(2025, 1, 1))
MADE: Final = datetime(2026, 1, 12, 15)
COUNTIES: Final = ("01", "12", "14", "03", "23", "09", "not_stated")
REGIONS: Final = {"01": "stockholm", "12": "syd", "14": "vast"}


def count() -> None:
    """Three hundred cases and what happened in them, many of it seldom; the same each time."""
    drawn = random.Random(20250712)
    rows: list[Tally] = []

    def add(unit: str, base: dict[str, str], **codes: str) -> None:
        names = tallies.BARE.get(unit)
        kept = {name: base[name] for name in base if names is None or name in names} | codes
        rows.append(Tally(month=date(2025, month, 1), unit=unit, amount=1, codes=kept))

    for _n in range(300):
        month = drawn.choice((2, 5, 8, 11))
        base = _case(drawn)
        add(tallies.CASES, base)
        add(tallies.REFERRALS, base)
        add(tallies.ANSWERS, base, wait=drawn.choice(("1h", "8h", "2d", "7d")))
        if drawn.random() < 0.4:
            add(tallies.LATE_STEPS, base, detail=drawn.choice(("1_identify", "2_acute", "3_initial")))
        if drawn.random() < 0.5:
            add(tallies.PHASES, base, detail=drawn.choice(("1_identify", "2_acute")), days="5d")
        if drawn.random() < 0.5:
            add(tallies.CLOSED, base, detail=drawn.choice(("support_completed", "returned", "lost_contact")))
    Tally.objects.bulk_create(rows)
    CallTally.objects.bulk_create(
        CallTally(month=date(2025, 3, 1), unit=calls.CALLS, amount=amount, codes=_call(caller))
        for amount, caller in ((40, "professional"), (3, "public"), (9, "silent"))
    )


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


def _call(caller: str) -> dict[str, str]:
    again = {"again": "first", "profession": "police", "county": "01"} if caller == "professional" else {}
    return {"caller": caller, "hour": "09", **again}


@pytest.fixture(scope="module")
def stored(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[dict[str, Any]]]:
    with django_db_blocker.unblock(), rolled_back(), clock.frozen(MADE):
        load_reference()
        count()
        assert YEAR in publishing.publish_due()
        found = Publication.objects.values("family", "period", "made_at", "tables")
        rows: list[dict[str, Any]] = [dict(row) for row in found]
    yield rows


@pytest.fixture
def out(db: None, stored: list[dict[str, Any]]) -> None:
    """The year 2025, its quarters and months are published."""
    load_reference()
    Publication.objects.bulk_create(Publication(**row) for row in stored)

"""Counted facts without cases, and the portal of tests/cases where real ones are needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cases.models import Tally
from cases.services import tallies
from tests.cases.conftest import on_duty, referrer, send

__all__ = ["on_duty", "referrer", "send"]

CODES = {
    "region": "stockholm",
    "county": "01",
    "age": "adult",
    "sex": "woman",
    "form": "sexual",
    "citizenship": "other",
    "agency": "police",
    "detail": "",
}
Count = Callable[..., None]


@pytest.fixture
def count(db: None) -> Count:
    """`count("case", 7, county="23", sex="man")`: that many facts in the month, and referrals with cases."""

    def add(unit: str, amount: int, month: date = date(2025, 3, 1), **codes: Any) -> None:
        rows = [Tally(month=month, unit=unit, amount=amount, codes=CODES | codes)]
        if unit in (tallies.CASES, tallies.CONSULTATIONS):
            rows.append(Tally(month=month, unit=tallies.REFERRALS, amount=amount, codes=CODES | codes))
        Tally.objects.bulk_create(rows)

    return add


@pytest.fixture
def jamtland(count: Count) -> None:
    """Scenario S19: 2 men and 7 women in Jämtland, and a country around it."""
    count("case", 2, county="23", sex="man", form="labour")
    count("case", 7, county="23", sex="woman", form="sexual")
    for county, women, men in (("01", 60, 50), ("03", 9, 14), ("12", 30, 25), ("14", 20, 22), ("24", 11, 6)):
        count("case", women, county=county, sex="woman", form="sexual")
        count("case", men, county=county, sex="man", form="labour")
    count("consultation", 20, month=date(2025, 5, 1))
    count("case", 12, month=date(2024, 5, 1))
    count("case", 30, month=date(2026, 4, 1))

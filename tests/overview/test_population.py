"""Inhabitants of the counties, and what is counted per 100 000 of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.templatetags.charts import shapes
from nrm_portal.overview import population

TOTAL_OF_2024 = 10_587_710
"""As Statistics Sweden published it."""


def test_every_county_is_there_and_they_add_up_to_the_country() -> None:
    held = population.on(date(2026, 1, 1))
    assert set(held.counties) == set(shapes()[1])
    assert sum(held.counties.values()) == held.total == TOTAL_OF_2024
    assert held.on == date(2024, 12, 31)
    assert not held.is_confirmed


def test_before_the_first_known_day_the_first_is_used() -> None:
    assert population.on(date(2019, 1, 1)) is population.on(date(2030, 1, 1))


@pytest.mark.parametrize(
    ("county", "count", "rate"),
    [
        ("09", 12, Decimal("19.7")),  # 12 of 60 971
        ("01", 0, Decimal("0.0")),
        ("23", None, None),
        ("unknown", 30, None),
    ],
)
def test_a_rate_is_made_from_shown_numbers_of_counties_alone(
    county: str, count: int | None, rate: Decimal | None
) -> None:
    assert population.on(date(2026, 1, 1)).rate(county, count) == rate


def test_the_whole_country() -> None:
    held = population.on(date(2026, 1, 1))
    assert held.rate_of_all(530) == Decimal("5.0")
    assert held.rate_of_all(None) is None

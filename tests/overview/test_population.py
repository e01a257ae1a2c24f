"""Inhabitants of the counties, and what is counted per 100 000 of them."""

from __future__ import annotations

from dataclasses import replace
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


def test_the_latest_known_on_a_day_is_used_and_before_all_of_them_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = population.on(date(2026, 1, 1))
    other = replace(one, on=date(2025, 12, 31))
    monkeypatch.setattr(population, "_known", lambda: (one, other))
    used = {day: population.on(day) for day in (date(2019, 1, 1), one.on, date(2025, 12, 30))}
    assert all(held is one for held in used.values())
    assert population.on(other.on) is population.on(date(2030, 1, 1)) is other


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

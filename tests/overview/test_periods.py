"""Months, quarters and years: their codes, their parts, and when they are over."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Kind, Period, newest_first


@pytest.mark.parametrize(
    ("code", "kind", "first", "months"),
    [
        ("2025", YEAR, 1, 12),
        ("2025-Q1", QUARTER, 1, 3),
        ("2025-Q4", QUARTER, 10, 3),
        ("2025-08", MONTH, 8, 1),
    ],
)
def test_a_code_and_back(code: str, kind: Kind, first: int, months: int) -> None:
    found = Period.parse(code)
    assert found == Period(kind, date(2025, first, 1)) and found.code == code == str(found)
    assert len(found.months) == months and found.months[0] == found.first


NONE: tuple[object, ...] = (
    "",
    "25",
    "2025-Q5",
    "2025-13",
    "2025-00",
    "2025-1",
    "0001",
    "1999",
    "2025-Q1 ",
    "２０２５",
    None,
    7,
    [],
)


@pytest.mark.parametrize("text", NONE)
def test_anything_else_is_no_period(text: object) -> None:
    assert Period.parse(text) is None


def test_no_quarter_begins_in_february() -> None:
    wrong: list[tuple[Kind, date]] = [
        (QUARTER, date(2025, 2, 1)), (YEAR, date(2025, 4, 1)), (MONTH, date(2025, 4, 2)),
    ]  # fmt: skip
    for kind, first in wrong:
        with pytest.raises(ValueError, match="begins"):
            Period(kind, first)


def test_parts_and_ends() -> None:
    year = Period(YEAR, date(2025, 1, 1))
    assert [one.code for one in year.parts] == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert [one.code for one in year.parts[3].parts] == ["2025-10", "2025-11", "2025-12"]
    assert year.parts[0].parts[0].parts == ()
    assert {one.end for one in (year, year.parts[3], year.parts[3].parts[2])} == {date(2026, 1, 1)}
    assert year.before.code == "2024" and year.parts[1].before.code == "2024-Q2"
    assert Period.of(QUARTER, date(2025, 9, 30)).code == "2025-Q3"
    assert not year.is_over(date(2025, 12, 31)) and year.is_over(date(2026, 1, 1))


def test_newest_first_and_the_longest_of_those() -> None:
    found = [Period.parse(code) for code in ("2025-10", "2025", "2025-12", "2026-01", "2025-Q4", "2025-Q3")]
    order = [one.code for one in newest_first(one for one in found if one)]
    assert order == ["2026-01", "2025", "2025-Q4", "2025-12", "2025-10", "2025-Q3"]


def test_in_words() -> None:
    with translation.override("sv"):
        assert Period(MONTH, date(2025, 5, 1)).label == "maj 2025"
        assert Period(YEAR, date(2025, 1, 1)).label == "2025"
        assert Period(QUARTER, date(2025, 7, 1)).label == "Kvartal 3 2025"
        assert Period(QUARTER, date(2025, 7, 1)).said == "kvartal 3 2025"

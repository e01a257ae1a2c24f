"""Median, nine of ten, and the interval around the median, from the order of the times alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb

import pytest

from nrm_portal.overview import own
from nrm_portal.overview.own import agencies, answers
from nrm_portal.overview.own.waits import class_of, times
from nrm_portal.overview.own.wording import days_text, time_text


def hours(*values: float) -> list[timedelta]:
    return [timedelta(hours=value) for value in values]


def test_too_few_say_nothing() -> None:
    assert times([]).median is None
    took = times(hours(*range(9)))
    assert (took.n, took.median, took.low, took.far) == (9, None, None, None)


def test_the_middle_of_an_even_number_lies_between_two() -> None:
    took = times(hours(*range(1, 11)))
    assert took.median == timedelta(hours=5.5)
    assert (took.low, took.high) == tuple(hours(2, 9)), "the tables of order statistics: 2nd and 9th of ten"
    assert took.far is None


@pytest.mark.parametrize(
    ("n", "low", "high"), [(10, 2, 9), (20, 6, 15), (30, 10, 21), (50, 18, 33), (101, 41, 61)]
)
def test_the_interval_is_that_of_the_tables(n: int, low: int, high: int) -> None:
    took = times(hours(*range(n, 0, -1)))
    assert (took.low, took.high) == tuple(hours(low, high))
    missed = 2 * Fraction(sum(comb(n, k) for k in range(low)), 2**n)
    assert missed <= Fraction(5, 100), "95 % confidence"


def test_nine_of_ten_from_thirty_on() -> None:
    assert times(hours(*range(1, 30))).far is None
    assert times(hours(*range(1, 31))).far == timedelta(hours=27)
    assert times(hours(*range(1, 36))).far == timedelta(hours=32), "of 35 nine of ten are 32"


@pytest.mark.parametrize(
    ("waited", "code"),
    [(0, "4h"), (4, "4h"), (4.01, "1d"), (24, "1d"), (72, "3d"), (72.01, "later"), (None, "")],
)
def test_classes(waited: float | None, code: str) -> None:
    assert class_of(None if waited is None else timedelta(hours=waited)) == code


def test_thousands_of_times_have_a_median_too() -> None:
    took = times([timedelta(minutes=n) for n in range(5001)])
    assert took.median == timedelta(minutes=2500)
    assert took.low is not None and took.high is not None
    assert timedelta(minutes=2420) < took.low < timedelta(minutes=2440)
    assert timedelta(minutes=2560) < took.high < timedelta(minutes=2580)


@pytest.mark.parametrize(
    ("took", "nearest", "within"),
    [
        (timedelta(seconds=20), "0 min", "1 min"),
        (timedelta(hours=3, seconds=30), "3 tim 1 min", "3 tim 1 min"),
        (timedelta(hours=48), "2 dygn", "2 dygn"),
        (timedelta(hours=49), "2 dygn", "3 dygn"),
        (timedelta(hours=60), "3 dygn", "3 dygn"),
        (timedelta(hours=71), "3 dygn", "3 dygn"),
        (None, "–", "–"),
    ],
)
def test_within_a_time_is_never_less_than_it_was(took: timedelta | None, nearest: str, within: str) -> None:
    assert (time_text(took), time_text(took, within=True)) == (nearest, within)


def test_days_of_a_step() -> None:
    half = timedelta(hours=11)
    assert (days_text(half), days_text(half, within=True)) == ("mindre än ett dygn", "1 dygn")
    assert (days_text(half * 5), days_text(half * 5, within=True)) == ("2 dygn", "3 dygn")


def test_half_were_answered_only_when_all_were() -> None:
    """A referral merged into a case that had its answer waited no time, not less."""
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    sent = [agencies.Mine(at, at + timedelta(hours=hour), "active") for hour in range(-2, 9)]
    choice = own.choice_of({"period": "2026"})
    assert [one.waited for one in sent[:3]] == [timedelta()] * 3
    assert agencies._answers(sent, choice).title == "Hälften fick svar inom 3 tim"
    assert (
        agencies._answers([*sent, agencies.Mine(at, None, "received")], choice).title
        == "Tid till första svar"
    )


def test_one_answer_is_one() -> None:
    said = [answers._span("Mitt", times(hours(*range(n)))).note for n in (1, 2)]
    assert said == ["1 svar, för lite för att säga något", "2 svar, för få för att säga något"]

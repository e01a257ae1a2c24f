"""Median, nine of ten, and the interval around the median, from the order of the times alone."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from math import comb

import pytest

from nrm_portal.overview.own.waits import class_of, times


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

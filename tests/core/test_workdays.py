from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.workdays import (
    add_office_hours,
    add_working_days,
    holiday_name,
    is_working_day,
    next_working_day,
    working_days_between,
)

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def stockholm(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.STOCKHOLM)


def test_christmas_2026_as_in_the_scenario() -> None:
    received = date(2026, 12, 22)
    assert add_working_days(received, 3) == date(2026, 12, 29)
    assert add_working_days(received, 5) == date(2027, 1, 4)
    for free in (date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 1)):
        assert not is_working_day(free)


EASTER = {
    2020: (4, 12), 2021: (4, 4), 2022: (4, 17), 2023: (4, 9), 2024: (3, 31), 2025: (4, 20),
    2026: (4, 5), 2027: (3, 28), 2028: (4, 16), 2029: (4, 1), 2030: (4, 21),
}  # fmt: skip


def _midsummer_eve(year: int) -> date:
    """Friday between 19 and 25 June (lag 1989:253 makes the Saturday after it Midsummer's Day)."""
    return next(d for n in range(19, 26) if (d := date(year, 6, n)).weekday() == 4)


@pytest.mark.parametrize("year", EASTER)
def test_free_weekdays_of_a_year_are_exactly_those_of_the_law_and_the_eves(year: int) -> None:
    easter = date(year, *EASTER[year])
    free = {date(year, *d) for d in ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31))}
    free |= {easter + timedelta(days=n) for n in (-2, 1, 39)} | {_midsummer_eve(year)}
    first, count = date(year, 1, 1), 366 if year % 4 == 0 else 365
    every = {first + timedelta(days=n) for n in range(count)}
    assert {d for d in every if is_working_day(d)} == {d for d in every if d.weekday() < 5 and d not in free}


def test_a_free_day_has_its_swedish_name() -> None:
    assert holiday_name(date(2026, 6, 19)) == "Midsommarafton"
    assert holiday_name(date(2026, 6, 18)) == ""


def test_backwards_skips_the_same_days() -> None:
    assert add_working_days(date(2026, 12, 29), -3) == date(2026, 12, 22)
    assert add_working_days(date(2027, 1, 4), -5) == date(2026, 12, 22)


def test_zero_days_moves_only_off_a_free_day() -> None:
    assert add_working_days(date(2026, 12, 22), 0) == date(2026, 12, 22)
    assert add_working_days(date(2026, 12, 24), 0) == date(2026, 12, 28)


def test_leap_day_counts() -> None:
    assert next_working_day(date(2028, 2, 28)) == date(2028, 2, 29)


@given(days, st.integers(-40, 40).filter(bool))
def test_adding_and_counting_agree(day: date, n: int) -> None:
    end = add_working_days(day, n)
    assert is_working_day(end)
    if is_working_day(day):
        assert working_days_between(day, end) == n
    else:
        assert abs(working_days_between(day, end)) in {abs(n), abs(n) - 1}


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-20T09:00", 1, "2026-11-20T10:00"),
        ("2026-11-20T16:00", 1, "2026-11-23T08:30"),
        ("2026-11-20T18:00", 1, "2026-11-23T09:00"),
        ("2026-11-21T03:00", 4, "2026-11-23T12:00"),
        ("2026-12-23T16:15", 1, "2026-12-28T08:45"),
        ("2026-11-20T08:00", 17, "2026-11-23T16:30"),
        ("2026-11-20T06:00", 0, "2026-11-20T08:00"),
        ("2026-03-27T16:00", 1, "2026-03-30T08:30"),  # clocks go forward in that weekend
        ("2026-10-23T16:00", 1, "2026-10-26T08:30"),  # and back in this
    ],
)
def test_office_hours(start: str, hours: int, end: str) -> None:
    assert add_office_hours(stockholm(start), hours) == stockholm(end)


def test_office_hours_come_back_in_utc_and_read_naive_as_stockholm() -> None:
    assert add_office_hours(datetime(2026, 7, 1, 9, 0), 1) == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert add_office_hours(datetime(2026, 7, 1, 9, 0), 1).tzinfo is UTC


def test_a_desk_may_have_hours_of_its_own() -> None:
    end = add_office_hours(stockholm("2026-11-20T14:30"), 2, time(9, 0), time(15, 0))
    assert end == stockholm("2026-11-23T10:30")


def test_office_hours_never_run_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_office_hours(datetime(2026, 7, 1, 9, 0), -1)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)), st.integers(1, 60))
def test_office_hours_end_within_office_hours(start: datetime, hours: int) -> None:
    end = clock.local(add_office_hours(start, hours))
    assert is_working_day(end.date())
    assert time(8, 0) < end.time() <= time(16, 30)

"""Due times. `deadlines_expected.csv` is the contract: a changed rule shows as a changed row."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from manual.deadlines import Rule, due_at, last_day
from manual.enums import Direction, Unit

ROWS = list(csv.DictReader((Path(__file__).parent / "deadlines_expected.csv").open(encoding="utf-8")))


def due(*arguments: str) -> str:
    out = StringIO()
    call_command("due", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['amount']} {row['unit']}: {row['why']}" for row in ROWS])
def test_expected_row(row: dict[str, str]) -> None:
    printed = due(
        f"--amount={row['amount']}", f"--unit={row['unit']}", f"--from={row['start']}",
        f"--direction={row['direction']}", "--json",
    )  # fmt: skip
    assert json.loads(printed) == {"due": row["due"]}


def test_a_date_ends_at_midnight_local_time() -> None:
    assert due_at(Rule(3, Unit.WORKING_DAYS), datetime(2026, 12, 22, 15, 10)) == datetime(
        2026, 12, 29, 23, 0, tzinfo=UTC
    )
    assert due_at(Rule(1, Unit.CALENDAR_DAYS), date(2026, 6, 30)) == datetime(2026, 7, 1, 22, 0, tzinfo=UTC)


def test_last_day_is_the_day_that_ends() -> None:
    assert last_day(due_at(Rule(30, Unit.CALENDAR_DAYS), date(2026, 11, 9))) == date(2026, 12, 9)
    assert last_day(datetime(2026, 12, 9, 12, tzinfo=UTC)) == date(2026, 12, 9)


def test_naive_is_stockholm_and_result_is_utc() -> None:
    result = due_at(Rule(1, Unit.HOURS), datetime(2026, 7, 1, 12))
    assert result == datetime(2026, 7, 1, 11, tzinfo=UTC)
    assert result.tzinfo is UTC


def test_plain_strings_make_a_rule() -> None:
    rule = Rule(1, "months", "before")  # type: ignore[arg-type]
    assert rule == Rule(1, Unit.MONTHS, Direction.BEFORE)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rule(-1, Unit.HOURS),
        lambda: Rule(1, "weeks"),  # type: ignore[arg-type]
        lambda: Rule(1, Unit.OFFICE_HOURS, Direction.BEFORE),
        lambda: due_at(Rule(99999, Unit.MONTHS), date(2026, 1, 1)),
        lambda: due_at(Rule(1, Unit.CALENDAR_DAYS), date(9999, 12, 31)),
    ],
)
def test_impossible_rules_are_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize(
    ("known_at", "due_hour"),
    [
        (None, "2026-11-09T02:00:00+01:00"),
        (datetime(2026, 11, 9, 15), "2026-11-09T17:00:00+01:00"),
        (datetime(2026, 11, 12, 15), "2026-11-10T02:00:00+01:00"),
        (datetime(2026, 11, 8, 15), "2026-11-09T02:00:00+01:00"),
    ],
)
def test_a_date_with_hours_counts_from_when_it_became_known(known_at: datetime | None, due_hour: str) -> None:
    result = due_at(Rule(2, Unit.HOURS), date(2026, 11, 9), known_at=known_at)
    assert result == datetime.fromisoformat(due_hour)


@given(
    st.integers(0, 400),
    st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.MONTHS]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 2, 5)),
)
def test_a_longer_time_is_never_due_earlier(amount: int, unit: Unit, start: datetime) -> None:
    first, then = due_at(Rule(amount, unit), start), due_at(Rule(amount + 1, unit), start)
    assert first < then
    assert clock.local(first).time().isoformat() == "00:00:00"


@pytest.mark.parametrize("offset", range(0, 400, 7))
def test_every_week_of_400_days_a_day_is_a_day(offset: int) -> None:
    start = clock.aware(datetime(2026, 1, 1, 12)) + timedelta(days=offset)
    assert last_day(due_at(Rule(1, Unit.CALENDAR_DAYS), start)) == start.date() + timedelta(days=1)


def test_the_command_prints_the_bare_result_without_json() -> None:
    assert due("--amount=1", "--unit=hours", "--from=2026-11-09T10:00") == "2026-11-09T11:00:00+01:00"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--amount=x", "--unit=hours", "--from=2026-11-09"), "amount"),
        (("--amount=-1", "--unit=hours", "--from=2026-11-09"), "amount"),
        (("--amount=1", "--unit=weeks", "--from=2026-11-09"), "unit"),
        (("--amount=1", "--unit=hours", "--from=9 november"), "from"),
        (("--amount=1", "--unit=hours", "--from=2026-02-30"), "from"),
        (("--amount=1", "--unit=hours", "--from=2026-11-09", "--direction=sideways"), "direction"),
        (("--amount=1", "--unit=office_hours", "--from=2026-11-09", "--direction=before"), "office hours"),
        (("--amount=1000000", "--unit=months", "--from=2026-11-09"), "calendar"),
    ],
)
def test_bad_input_ends_with_code_2_and_says_what(arguments: tuple[str, ...], word: str) -> None:
    with pytest.raises(CommandError, match=word) as caught:
        due(*arguments)
    assert caught.value.returncode == 2

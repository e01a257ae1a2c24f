from datetime import UTC, date, datetime

from core import clock


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_frozen_clock_stands_still_and_is_given_back() -> None:
    with clock.frozen(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)) as at:
        assert clock.now() == at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        with clock.frozen(datetime(2027, 1, 1, 12, 0, tzinfo=UTC)):
            assert clock.today() == date(2027, 1, 1)
        assert clock.now() == at
    assert clock.now() != at


def test_naive_time_is_stockholm_time() -> None:
    with clock.frozen(datetime(2026, 7, 1, 0, 30)):
        assert clock.now() == datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
        assert clock.today() == date(2026, 7, 1)


def test_today_is_the_date_in_stockholm_not_in_utc() -> None:
    with clock.frozen(datetime(2026, 11, 20, 23, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 11, 21)

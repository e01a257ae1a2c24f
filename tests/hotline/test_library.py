"""The helpline promises nothing it does not keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from core import clock
from hotline import library
from hotline.models import OpeningHours, SpecialDay

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


def box() -> str:
    """What an open page says about the helpline."""
    return Template("{% load hotline %}{% helpline %}").render(Context())


@pytest.mark.parametrize(
    ("moment", "open_now", "next_day"),
    [
        ("2026-11-20 07:59", False, date(2026, 11, 20)),
        ("2026-11-20 08:00", True, date(2026, 11, 20)),
        ("2026-11-20 16:30", False, date(2026, 11, 23)),
        ("2026-11-21 12:00", False, date(2026, 11, 23)),
        ("2026-12-24 10:00", False, date(2026, 12, 28)),
        ("2027-03-25 17:40", False, date(2027, 3, 30)),  # Maundy Thursday; Easter Monday is free
        ("2026-03-29 12:00", False, date(2026, 3, 30)),
    ],
)
def test_open_only_in_the_hours_of_working_days(moment: str, open_now: bool, next_day: date) -> None:
    assert (library.is_open(at(moment)), library.next_day(at(moment))) == (open_now, next_day)


def test_a_change_holds_from_its_day_and_not_before() -> None:
    OpeningHours.objects.filter(weekday=2).update(valid_until=date(2027, 4, 6))
    OpeningHours.objects.create(weekday=2, opens=time(10), closes=time(14), valid_from=date(2027, 4, 7))
    assert library.is_open(at("2027-03-31 08:30"))  # a Wednesday before
    assert not library.is_open(at("2027-04-07 08:30"))  # a Wednesday after
    assert library.is_open(at("2027-04-07 10:00")) and not library.is_open(at("2027-04-07 14:00"))


def test_a_day_that_differs_comes_before_week_and_holiday() -> None:
    SpecialDay.objects.create(day=date(2027, 4, 14))
    SpecialDay.objects.create(day=date(2027, 5, 6), opens=time(9), closes=time(12))  # Ascension Day
    assert library.next_day(at("2027-04-14 09:00")) == date(2027, 4, 15)
    assert library.is_open(at("2027-05-06 11:59")) and not library.is_open(at("2027-05-06 12:00"))


def test_without_hours_it_is_closed_until_further_notice(freeze: Callable[[str], datetime]) -> None:
    OpeningHours.objects.all().delete()
    now = freeze("2027-02-03 10:00")
    assert library.opening(now) is None and library.answer_by(now) is None and library.offers(now) == []
    assert "Stängd tills vidare" in box() or "Closed until further notice" in box()


@pytest.mark.parametrize(
    ("left", "answered"),
    [
        ("2027-02-03 10:00", "2027-02-03 11:00"),
        ("2027-02-03 16:10", "2027-02-04 08:40"),  # twenty minutes today, forty tomorrow
        ("2027-02-05 16:30", "2027-02-08 09:00"),  # Friday at closing
        ("2027-06-24 18:00", "2027-06-28 09:00"),  # the eve of Midsummer is free
        ("2028-06-05 16:45", "2028-06-07 09:00"),  # the national day, a Tuesday
        ("2027-03-26 12:00", "2027-03-30 09:00"),  # summer time begins on the Sunday between
    ],
)
def test_what_is_left_is_answered_within_the_next_opening_hour(left: str, answered: str) -> None:
    assert library.answer_by(at(left)) == at(answered)


def test_offers_lie_in_opening_hours_and_not_behind() -> None:
    offers = library.offers(at("2027-02-04 13:00"))  # a Thursday
    assert [(half.opens.hour, half.closes.hour) for half in offers[:3]] == [(12, 16), (8, 12), (12, 16)]
    assert {half.opens.date() for half in offers} == {
        date(2027, 2, 4), date(2027, 2, 5), date(2027, 2, 8), date(2027, 2, 9), date(2027, 2, 10),
    }  # fmt: skip
    assert all(half.closes > at("2027-02-04 13:00") for half in offers)


def test_hours_are_to_be_confirmed_until_somebody_has(freeze: Callable[[str], datetime]) -> None:
    freeze("2027-02-03 10:00")
    with translation.override("en"):
        assert "8:00–16:30" in box() and box().count("to be confirmed") == 1
        OpeningHours.objects.update(confirmed=True)
        assert "8:00–16:30" in box() and "to be confirmed" not in box()


def test_page_names_the_number_and_the_way_out(freeze: Callable[[str], datetime]) -> None:
    freeze("2027-03-25 17:40")
    html = box()
    assert settings.HELPLINE in html
    assert "112" in html and "114 14" in html
    assert "30 mars 2027" in html
    assert "26 mars 2027" in html and "Långfredagen" in html and "Annandag påsk" in html
    assert "27 mars" not in html  # a Saturday is closed anyway

"""True numbers beside those of another period: words, line, table and title follow one choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from accounts.access import Assignment
from cases.models import Case, Referral
from cases.services import triage
from nrm_portal.overview import periods
from nrm_portal.overview.own import quality
from tests.overview.own_page import card, merge, number, row, shown

Send = Callable[..., Referral]


@pytest.fixture
def mitt(on_duty: Callable[..., Assignment]) -> Assignment:
    return on_duty("mitt")


@pytest.fixture
def two_years(mitt: Assignment, referrer: Assignment, send: Send, freeze: Callable[[str], Any]) -> Assignment:
    """Two in March, one in June and five in December of 2025; of 2026 three in March and one in November."""
    sent_on = (("2025-03-04", 2), ("2025-06-04", 1), ("2025-12-04", 5), ("2026-03-04", 3), ("2026-11-20", 1))
    for day, times in sent_on:
        freeze(f"{day} 10:00")
        for _number in range(times):
            send(referrer, consent_date=day)
    freeze("2026-11-23 09:00")
    send(referrer)
    return mitt


def test_a_running_year_says_how_far_it_is_compared(two_years: Assignment, referrer: Assignment) -> None:
    """The number holds the running month, what is compared does not: words, table and title say so."""
    for page in (shown(two_years), shown(referrer)):
        words = page.numbers[0].comparison
        assert (number(page), words) == ("5", "Lika många som samma månader 2025, till och med oktober")
        assert (
            card(page, "manader").title
            == "Ungefär lika många hänvisningar som året före, till och med oktober"
        )
        assert row(page, "manader", "Till och med oktober") == ["3", "3"]
        assert row(page, "manader", "november 2026 hittills") == ["2", "0"]
        assert row(page, "manader", "Totalt") == ["5", ""]
        assert "November" not in words and card(page, "manader").points[-1].running


def test_what_it_is_compared_with_is_drawn_and_named(two_years: Assignment, referrer: Assignment) -> None:
    """The key number, the line, the table and the title follow one choice."""
    just = {"period": "2026-Q1", "jamfor": "narmast-fore"}
    for by in (two_years, referrer):
        alone = shown(by, jamfor="inget")
        months = card(alone, "manader")
        assert alone.numbers[0].comparison == "" and months.before == ""
        assert all(point.before is None for point in months.points)
        assert row(alone, "manader", "mars 2026") == ["3"], "no column of the year before"
        assert months.title == "Hänvisningar per månad", "November is not over"
        quarter = shown(by, **just)
        label = periods.Period.parse("2025-Q4").said
        assert (number(quarter), quarter.numbers[0].comparison) == ("3", f"40 % färre än {label}")
        months = card(quarter, "manader")
        assert label in months.before and months.title == "Färre hänvisningar än perioden före"
        assert [point.before for point in months.points] == [0, 0, 5]
        assert row(quarter, "manader", "Totalt") == ["3", "5"]
        running = shown(by, period="2026-Q4", jamfor="narmast-fore")
        assert (number(running), running.numbers[0].comparison) == ("2", "")
        assert not any(
            one.key == "manader" for part in shown(by, period="2026-11").parts for one in part.cards
        )


def test_persons_are_compared_each_once(two_years: Assignment) -> None:
    """A case merged of two referrals of March is one of March, and one of the year."""
    one, other = Case.objects.filter(received_at__year=2026, received_at__month=3)[:2]
    triage.accept(case_id=one.pk, by=two_years)
    merge(one, other, two_years)
    page = shown(two_years)
    assert [number(page, place) for place in range(2)] == ["5", "4"]
    assert page.numbers[0].comparison == "Lika många som samma månader 2025, till och med oktober"
    assert page.numbers[1].comparison == "33 % färre än samma månader 2025, till och med oktober"


def test_not_known_and_not_stated_are_two_titles() -> None:
    asked = {"sex": Counter(unknown=2, known=9), "county": Counter(not_stated=5, known=6)}
    answers: dict[str, Mapping[object, str]] = {
        question: dict(enumerate(counts.elements())) for question, counts in asked.items()
    }
    assert quality._title(answers) == "Oftast inte angivet: län"
    answers["county"] = dict(enumerate(Counter(not_stated=1, known=9).elements()))
    assert quality._title(answers) == "Oftast okänt: kön"
    assert quality._title({"sex": {1: "known"}}) == "Allt är känt"
    answers["sex"] = dict(enumerate(Counter(unknown=1, known=9).elements()))
    assert quality._title(answers) == "Svar som är ”Vet inte” eller saknas", "nobody in a tie"

"""How many cases follow which edition: published like every count, for the national desk alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cases.models import Case
from core import clock, looks
from tests.case_factories import browser, text_of
from tests.manual.following import follow_on

pytestmark = pytest.mark.django_db
URL = "/statistik/utgavor/"


def cells(client: Any) -> dict[str, list[str]]:
    """First word of a row to its numbers, as they are read."""
    html = client.get(URL).content.decode()
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", html, re.S)
    strip = re.compile(r"<[^>]+>")
    return {
        strip.sub("", head).strip(): [
            strip.sub("", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", rest)
        ]
        for head, rest in rows
    }


@pytest.fixture
def many(send: Any, referrer: Any) -> None:
    """Seven cases and two consultations under edition 1, six cases under edition 2."""
    for _n in range(7):
        send(referrer)
    follow_on()
    for _n in range(6):
        send(referrer)


def test_the_national_desk_sees_how_many(many: None, on_duty: Any) -> None:
    client = browser(on_duty("national"))
    assert cells(client) == {
        "Utgåva 2": [_today(), "6", "0"],
        "Utgåva 1": [_today(), "7", "0"],
        "Alla": ["", "13", "0"],
    }


def _today() -> str:
    return looks.date_text(clock.today())


def test_a_few_are_not_shown_and_cannot_be_calculated(
    many: None, on_duty: Any, send: Any, referrer: Any
) -> None:
    some = Case.objects.filter(edition__number=1).values_list("pk", flat=True)[:4]
    Case.objects.filter(pk__in=list(some)).update(practice=True)
    rows = cells(browser(on_duty("national")))
    shown = [rows["Utgåva 2"][1], rows["Utgåva 1"][1], rows["Alla"][1]]
    assert "3" not in shown
    assert sum(text.isdigit() for text in shown) < 2


def test_without_open_cases_it_says_so(on_duty: Any) -> None:
    assert "Inget ärende är öppet" in text_of(browser(on_duty("national")).get(URL))

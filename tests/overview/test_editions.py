"""Roughly how many cases follow which edition, for the national desk alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.enums import Role
from cases.models import Case
from core import clock, looks
from manual.models import Edition
from nrm_portal.overview.editions import roughly
from tests.case_factories import browser, text_of
from tests.factories import member
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


def test_before_any_edition_the_page_says_so() -> None:
    """The first test of the module: the others stand on a portal with the manual in it."""
    page = text_of(browser(member(Role.NATIONAL_COORDINATOR)).get(URL))
    assert "Ingen utgåva av manualen är publicerad än" in page


@pytest.fixture
def many(send: Any, referrer: Any) -> None:
    """Seven cases and two consultations under edition 1, six cases under edition 2."""
    for _n in range(7):
        send(referrer)
    follow_on()
    for _n in range(6):
        send(referrer)


def test_the_national_desk_sees_roughly_how_many(many: None, on_duty: Any) -> None:
    client = browser(on_duty("national"))
    first = Edition.objects.get(number=1).valid_from
    assert first
    assert cells(client) == {
        "Utgåva 2": [looks.date_text(clock.today()), "0–19", "0–19"],
        "Utgåva 1": [looks.date_text(first), "0–19", "0–19"],
    }


@pytest.mark.security("S19", "the same page today and tomorrow")
def test_a_case_more_or_less_changes_nothing(many: None, on_duty: Any, send: Any, referrer: Any) -> None:
    client = browser(on_duty("national"))
    before = cells(client)
    send(referrer)
    assert cells(client) == before
    Case.objects.filter(edition__number=1).update(practice=True)
    assert cells(client) == before, "an edition that nobody follows any more stands there as before"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0–19"), (19, "0–19"), (20, "20–49"), (100, "100–199"), (731, "500+")]
)
def test_steps(number: int, words: str) -> None:
    assert roughly(number) == words

"""The signs of the questionnaire follow the edition in force; what was ticked under another one stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from cases import sections
from cases.models import Referral
from cases.sections import BY_KEY, clean
from manual.models import Edition, Indicator, MilestoneWords
from tests.cases.conftest import ADULT
from tests.cases.wizard import PAGES, Wizard
from tests.factories import sign_in
from tests.manual.following import draft_after, put_in_force

pytestmark = pytest.mark.django_db
HELD, LURED = "docs_debt.docs_held", "recruit.relationship_lure"
WORDS = "Pass, id eller bankkort förvaras av någon annan"


def follow(change: Callable[[Edition], None]) -> Edition:
    """A new edition in force, in which `change` has been made."""
    draft = draft_after(Edition.objects.get(status="published"))
    change(draft)
    return put_in_force(draft)


def without(key: str) -> Callable[[Edition], None]:
    def change(draft: Edition) -> None:
        assert Indicator.objects.filter(edition=draft, key=key).delete()[0]

    return change


def say(key: str, words: str) -> Callable[[Edition], None]:
    def change(draft: Edition) -> None:
        assert Indicator.objects.filter(edition=draft, key=key).update(text_sv=words)

    return change


def offered(answers: dict[str, Any]) -> dict[str, str]:
    question = BY_KEY["event"].by_key["indicators"]
    return {option.value: str(option.label) for option in question.offered(answers)}


def test_the_question_follows_the_edition_in_force(portal: None) -> None:
    assert offered({})[LURED] != "Lockades med kärlek"
    follow(say(LURED, "Lockades med kärlek"))
    assert offered({})[LURED] == "Lockades med kärlek"


def test_a_removed_sign_is_not_asked_for_but_stays_where_it_was_ticked(portal: None) -> None:
    assert offered({})[HELD] == WORDS
    follow(without(HELD))
    assert HELD not in offered({})
    assert offered({"indicators": [HELD]})[HELD] == WORDS
    event = BY_KEY["event"]
    raw = {"forms": ["labour"], "indicators": [HELD, "recruit.false_offer"], "narrative": "Arbetar utan lön."}
    assert clean(event, raw, ADULT).answers["indicators"] == [HELD, "recruit.false_offer"]


def test_a_draft_begun_before_keeps_its_tick_on_the_page(
    client: Client, portal: None, referrer: Assignment
) -> None:
    draft = Wizard(client, referrer).begin().fill({key: PAGES[key] for key in ("consent", "person", "place")})
    draft.post("event", PAGES["event"])
    follow(without(HELD))
    page = draft.get("event")
    field = page[page.index(f'value="{HELD}"') :]
    assert "checked" in field[: field.index(">")]
    assert WORDS in page
    fresh = Wizard(client, referrer).begin().fill({key: PAGES[key] for key in ("consent", "person", "place")})
    assert HELD not in fresh.get("event")


def test_a_referral_says_what_was_asked_when_it_was_sent(
    client: Client, portal: None, referrer: Assignment, send: Callable[..., Referral]
) -> None:
    sent = send(referrer)
    follow(without(HELD))
    follow(say(LURED, "Lockades med kärlek"))
    page = sign_in(client, referrer).get(reverse("cases:referral", args=[sent.pk])).content.decode()
    assert WORDS in page
    assert str(sections.words(BY_KEY["event"].by_key["indicators"], [HELD])) == WORDS


def test_an_unknown_sign_is_no_answer(portal: None) -> None:
    event = BY_KEY["event"]
    raw = {"forms": ["labour"], "indicators": ["made.up"], "narrative": "Arbetar utan lön."}
    assert "indicators" in clean(event, raw, ADULT).errors


def test_a_case_calls_its_dates_what_its_own_edition_calls_them(
    client: Client, on_duty: Callable[..., Assignment], referrer: Assignment, send: Callable[..., Referral]
) -> None:
    coordinator = on_duty("mitt")
    older = send(referrer)

    def change(draft: Edition) -> None:
        rows = MilestoneWords.objects.filter(edition=draft, key="referral_received")
        assert rows.update(label_sv="Inkommen till samordnaren")

    follow(change)
    newer = send(referrer)
    browser = sign_in(client, coordinator)
    pages = [
        browser.get(reverse("cases:dates", args=[sent.case_id])).content.decode() for sent in (older, newer)
    ]
    assert ["Inkommen till samordnaren" in page for page in pages] == [False, True]
    assert "Hänvisning mottagen hos regionkoordinator" in pages[0]

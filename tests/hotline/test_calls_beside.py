"""What stands beside the form of a call, and the list of the day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind
from accounts.models import Agency
from core import clock
from core.models import AuditEvent
from hotline.enums import Topic
from hotline.models import Call
from hotline.services import suggestions
from manual.library import current_edition
from tests.case_factories import queries, text_of
from tests.factories import sign_in
from tests.hotline.phone import ORDINARY, fresh
from tests.hotline.ringing import answered, operator

pytestmark = pytest.mark.django_db

# --- what stands beside the form ----------------------------------------------------------------------------


def test_the_manual_is_searched_and_what_is_ticked_is_kept_as_advice(browser: Client, portal: None) -> None:
    answer = browser.post("/samtal/nytt/", fresh(browser) | ORDINARY | {"q": "betänketid", "look": "1"})
    page = answer.content.decode()
    anchors = re.findall(r'name="advice" value="([^"]+)"', page)
    assert answer.status_code == 200 and len(anchors) == len(set(anchors)) > 3
    row = Call.objects.get()
    assert row.is_open and row.advice == [] and row.edition is None
    browser.post(f"/samtal/{row.pk}/", ORDINARY | {
        "advice": [anchors[0], "99-99-99"], "end": "1", "version": str(row.version),
    })  # fmt: skip
    row.refresh_from_db()
    assert row.advice == [anchors[0]] and row.edition == current_edition()
    assert anchors[0].replace("-", ".") in text_of(browser.get(f"/samtal/{row.pk}/"))


def test_every_topic_finds_something_in_the_manual(portal: None) -> None:
    for topic in set(Topic.values) - {Topic.OTHER}:
        found = suggestions.offer(given=[], edition=None, topics=[topic])
        assert found.suggested, topic
    assert not suggestions.offer(given=[], edition=None, topics=[Topic.OTHER]).suggested


def test_the_contacts_are_those_of_the_place_and_missing_numbers_are_said_to_be_missing(
    browser: Client, on_duty: Callable[..., Assignment]
) -> None:
    on_duty("syd", "Signe Sydlind")
    Agency.objects.create(
        name="Socialjouren Lund",
        kind=AgencyKind.SOCIAL_EMERGENCY,
        municipality_code="1281",
        phone="046-000 00 00",
    )
    lund = text_of(browser.post("/samtal/bredvid/", {"place": "m1281"}))
    assert "Signe Sydlind" in lund and "046-000 00 00" in lund
    assert "att bekräfta" in lund, "the desk's own number is not known"
    ystad = text_of(browser.post("/samtal/bredvid/", {"place": "m1286"}))
    assert "Ystad" in ystad and "046-000 00 00" not in ystad
    assert browser.post("/samtal/bredvid/", {"place": "m9999"}).status_code == 200, (
        "an unknown code shows none"
    )
    assert not Call.objects.exists(), "nothing is stored by looking"


def test_recent_calls_tell_what_they_were_about_in_codes_alone(browser: Client, by: Assignment) -> None:
    words: dict[str, Any] = {
        "agency_kind": "school",
        "municipality_id": "0580",
        "county_id": "05",
        "topics": ["shelter"],
    }
    row = answered(by, **words, summary="Elev i årskurs nio")
    answered(by, **words | {"municipality_id": "0581"})
    page = browser.post("/samtal/bredvid/", {"place": "m0580", "agency_kind": "school"}).content.decode()
    assert page.count("/samtal/") == 1 and str(row.pk) in page and "årskurs" not in page
    assert AuditEvent.objects.filter(verb="call.list", target_ids=[row.pk]).exists()


# --- the list of the day ------------------------------------------------------------------------------------


def test_the_list_shows_a_day_and_what_is_to_be_followed_up(
    browser: Client, by: Assignment, freeze: Callable[[str], datetime]
) -> None:
    answered(
        by,
        municipality_id="0880",
        county_id="08",
        summary="Hemligt",
        follow_up_on=clock.today() + timedelta(1),
    )
    answered(operator(by.agency), about="urgent", profession="police")
    page = text_of(browser.get("/samtal/"))
    assert page.count("Samtal 10.20") == 2 and "Kalmar" in page and "Hemligt" not in page
    assert text_of(browser.get("/samtal/?mina=on")).count("Samtal 10.20") == 1
    assert text_of(browser.get("/samtal/?om=urgent")).count("Samtal 10.20") == 1
    assert text_of(browser.get("/samtal/?vem=silent")).count("Samtal 10.20") == 0
    freeze("2026-11-19 09:00")
    sign_in(browser, by)
    assert text_of(browser.get("/samtal/")).count("Samtal 10.20") == 1, "to be followed up"
    assert text_of(browser.get("/samtal/?dag=2026-11-18")).count("Samtal 10.20") == 2
    assert browser.get("/samtal/?dag=igår").status_code == 200


def test_as_many_queries_for_many_calls_as_for_one(browser: Client, by: Assignment) -> None:
    def made(times: int) -> Call:
        for _number in range(times):
            row = answered(
                by, agency_kind="police", municipality_id="0880", county_id="08", topics=["health"]
            )
        return row

    row = made(1)
    before = queries(browser, "/samtal/"), queries(browser, f"/samtal/{row.pk}/")
    made(6)
    after = queries(browser, "/samtal/"), queries(browser, f"/samtal/{row.pk}/")
    assert after[0] == before[0] <= 16 and after[1] <= before[1] + 1 <= 34

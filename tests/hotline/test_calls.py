"""The page of a call: begun by its first save, kept while somebody speaks, ended."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from hotline.models import Call
from hotline.services import calls, numbers
from tests.case_factories import text_of
from tests.factories import AgencyFactory, sign_in
from tests.hotline.phone import ORDINARY, fresh, log, value
from tests.hotline.ringing import answered, operator, said

pytestmark = pytest.mark.django_db

# --- an ordinary call ---------------------------------------------------------------------------------------


def test_looking_makes_no_call_and_one_press_logs_it(browser: Client, by: Assignment) -> None:
    browser.get("/samtal/nytt/")
    assert not Call.objects.exists()
    answer = log(browser)
    row = Call.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/samtal/{row.pk}/"
    assert (row.profession, row.agency_kind, row.municipality_id, row.county_id) == (
        "dental_care", "health_care", "0880", "08",
    )  # fmt: skip
    assert (row.about, row.danger, row.child, row.forms, row.topics, row.referred_to) == (
        "advice", "no", "no", ["domestic_servitude"], ["consent"], ["coordinator"],
    )  # fmt: skip
    assert row.summary == ORDINARY["summary"] and row.operator == by.user and row.agency == by.agency
    assert row.ended_at == clock.now() and row.started_at == clock.now() - timedelta(minutes=6)
    assert numbers.parse(row.number.lower().replace("-", " ")) == row.number
    page = text_of(browser.get(answer["Location"]))
    assert row.number in page and ORDINARY["summary"] in page
    assert [*AuditEvent.objects.filter(verb__startswith="call.").values_list("verb", flat=True)] == [
        "call.start", "call.end", "call.read",
    ]  # fmt: skip


def test_pressed_twice_it_is_one_call(browser: Client) -> None:
    body = fresh(browser) | ORDINARY | {"end": "1"}
    assert browser.post("/samtal/nytt/", body)["Location"] == browser.post("/samtal/nytt/", body)["Location"]
    assert Call.objects.count() == 1 and AuditEvent.objects.filter(verb="call.end").count() == 1


def test_what_is_needed_is_said_at_the_field_and_nothing_is_lost(browser: Client) -> None:
    answer = log(browser, profession="", about="")
    assert answer.status_code == 422 and not Call.objects.exists()
    page = answer.content.decode()
    assert 'href="#id_profession"' in page and 'href="#id_about_0"' in page
    assert ORDINARY["summary"] in page and re.search(r'value="m0880" selected', page)
    assert log(browser, "keep", profession="", about="").status_code == 302, "an open call may lack anything"
    assert Call.objects.get().ended_at is None


def test_danger_alone_makes_it_urgent_and_shows_what_to_do(browser: Client) -> None:
    page = browser.get("/samtal/nytt/").content.decode()
    panel = page[page.index("when-danger") :]
    assert "tel:112" in panel and "tel:11414" in panel
    log(browser, danger="yes", about="", profession="")  # nothing else is asked for then
    assert Call.objects.get().about == "urgent"


@pytest.mark.parametrize("caller", ["silent", "test", "wrong_number", "public"])
def test_others_are_logged_with_one_press_and_say_nothing(browser: Client, caller: str) -> None:
    body = fresh(browser)
    answer = browser.post("/samtal/nytt/", body | ORDINARY | {"summary": "", "caller": caller})
    assert answer["Location"] == "/samtal/"
    row = Call.objects.get()
    assert (row.caller, row.profession, row.forms, row.municipality_id, row.about) == (
        caller,
        "",
        [],
        None,
        "",
    )
    assert row.ended_at and row.summary is None
    page = browser.get(f"/samtal/{row.pk}/").content.decode()
    assert 'id="call-form"' not in page
    browser.post(f"/samtal/{row.pk}/", {"caller": "professional"})
    assert Call.objects.get().is_open and Call.objects.get().caller == "professional"
    assert 'id="call-form"' in browser.get(f"/samtal/{row.pk}/").content.decode()


def test_words_are_not_thrown_away_by_the_wrong_press(browser: Client) -> None:
    answer = browser.post("/samtal/nytt/", fresh(browser) | ORDINARY | {"caller": "silent"})
    assert answer.status_code == 422 and not Call.objects.exists()
    assert ORDINARY["summary"] in answer.content.decode()


# --- what points somebody out -------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["summary", "advice_words"])
def test_a_number_is_refused_at_its_field_and_the_text_stays(browser: Client, field: str) -> None:
    text = "Hon nås på 0704-55 12 88 efter sex"
    answer = log(browser, **{field: text})
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and not Call.objects.exists()
    assert f'id="id_{field}_error"' in page and text in page and "0704-55 12 88" in page


def test_a_name_is_asked_about_and_stored_only_when_it_is_said_to_be_none(browser: Client) -> None:
    text = "Bor hos familjen Zetterqvist. Kvinnan Danuta lagar mat."
    first = log(browser, summary=text)
    assert first.status_code == 422 and not Call.objects.exists()
    asked = value(first.content.decode(), "not_names")
    assert asked == "Zetterqvist|Danuta"
    assert log(browser, summary=text + " Även Bogdan.", not_names=asked).status_code == 422, "a new one"
    log(browser, summary=text, not_names=asked)
    assert Call.objects.get().summary == text


def test_the_tick_covers_the_words_it_was_given_for_and_no_later_ones(browser: Client) -> None:
    body = fresh(browser) | ORDINARY | {"summary": "Hon tränar i Bergaklubben.", "look": "1"}
    text = "Hon tränar i Bergaklubben med Zoltana Murescu."
    page = browser.post("/samtal/nytt/", body | {"not_names": "Bergaklubben"}).content.decode()
    assert " checked" in re.findall(r'<input[^>]*name="not_names"[^>]*>', page)[0], "said of every word asked"
    longer = browser.post("/samtal/nytt/", body | {"summary": text, "not_names": "Bergaklubben"})
    box = re.findall(r'<input[^>]*name="not_names"[^>]*>', longer.content.decode())[0]
    assert 'value="Bergaklubben|Zoltana Murescu"' in box and " checked" not in box
    assert [row.summary for row in Call.objects.all()] == [body["summary"]], "the name is not stored"


def test_an_autosave_names_every_word_the_tick_must_stand_for(browser: Client) -> None:
    body = fresh(browser) | ORDINARY | {"summary": "Hon bor hos Zetterqvist. Kvinnan Danuta lagar mat."}
    itself = {"X-NRM-Autosave": "1"}
    told = browser.post("/samtal/nytt/", body | {"not_names": "Zetterqvist"}, headers=itself).json()
    assert told["names"] == "Zetterqvist|Danuta"
    ticked = body | {"version": told["version"], "not_names": told["names"]}
    again = browser.post(told["url"], ticked, headers=itself)
    assert "names" not in again.json() and Call.objects.get().summary == body["summary"]


def test_an_autosave_stores_all_but_the_text_that_points_somebody_out(browser: Client) -> None:
    body = (
        fresh(browser) | ORDINARY | {"summary": "Skriv till maja@exempel.se", "advice_words": "Ring oss igen"}
    )
    answer = browser.post("/samtal/nytt/", body, headers={"X-NRM-Autosave": "1"})
    row = Call.objects.get()
    assert answer.status_code == 200 and (row.summary, row.advice_words) == (None, "Ring oss igen")
    said_so = answer.json()
    assert "maja@exempel.se" in said_so["note"] and said_so["number"] == row.number
    assert said_so["url"] == f"/samtal/{row.pk}/" and row.is_open and row.profession == "dental_care"
    again = body | {"summary": "Bor hos en familj", "version": str(said_so["version"])}
    asked = again | {"summary": "Kvinnan Danuta bor hos en familj"}
    assert browser.post(said_so["url"], asked, headers={"X-NRM-Autosave": "1"}).json()["names"] == "Danuta"
    assert "note" not in browser.post(said_so["url"], again, headers={"X-NRM-Autosave": "1"}).json()
    row.refresh_from_db()
    assert row.summary == "Bor hos en familj"


# --- two at once, and somebody else -------------------------------------------------------------------------


def test_two_calls_are_open_at_once_and_named_by_their_time(browser: Client) -> None:
    log(browser, "keep", started="9.50")
    log(browser, "keep", started="10.14")
    page = text_of(browser.get("/samtal/nytt/"))
    assert "Samtal 9.50" in page and "Samtal 10.14" in page and "Samtal 10.20" in page
    assert Call.objects.still_open().count() == 2


def test_a_call_saved_elsewhere_in_between_is_not_overwritten_unseen(browser: Client, by: Assignment) -> None:
    row = answered(by, ended=False, summary="Första versionen")
    body = ORDINARY | {"version": "0", "view": "another", "summary": "Andra versionen", "keep": "1"}
    answer = browser.post(f"/samtal/{row.pk}/", body)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Första versionen" in page and "Andra versionen" in page
    row.refresh_from_db()
    assert row.summary == "Första versionen"
    quiet = browser.post(f"/samtal/{row.pk}/", body, headers={"X-NRM-Autosave": "1"})
    assert quiet.status_code == 409
    with pytest.raises(StaleVersion):
        calls.save(call_id=row.pk, said=said(about="advice"), by=by, version=0, view="another")
    sent = browser.post(f"/samtal/{row.pk}/", body | {"version": str(row.version)})
    row.refresh_from_db()
    assert sent.status_code == 302 and row.summary == "Andra versionen"


@pytest.mark.parametrize("press", ["end", "keep"])
def test_a_late_autosave_does_not_undo_what_was_saved_by_a_press(browser: Client, press: str) -> None:
    body = fresh(browser) | ORDINARY
    browser.post("/samtal/nytt/", body | {press: "1"})
    late = browser.post("/samtal/nytt/", body | {"summary": "Halvt"}, headers={"X-NRM-Autosave": "1"})
    row = Call.objects.get()
    assert late.status_code == 200 and row.summary == ORDINARY["summary"]
    assert (row.ended_at is None) == (press == "keep")
    twice = browser.post("/samtal/nytt/", body | {press: "1"})  # pressed twice is no conflict
    assert twice.status_code == 302


def test_colleagues_read_and_only_the_operator_changes(browser: Client, by: Assignment) -> None:
    row = answered(by, summary="Frågar om boende")
    colleague = sign_in(Client(), operator(by.agency))
    page = colleague.get(f"/samtal/{row.pk}/").content.decode()
    assert "Frågar om boende" in page and 'id="call-form"' not in page
    assert colleague.post(f"/samtal/{row.pk}/", ORDINARY | {"keep": "1", "version": "9"}).status_code == 403
    with pytest.raises(PermissionDenied):
        calls.save(call_id=row.pk, said=said(about="urgent"), by=operator(by.agency), version=9)
    assert AuditEvent.objects.filter(verb="call.change", outcome="refused").count() == 2


def test_a_call_somebody_left_open_is_ended_by_whoever_finds_it(
    by: Assignment, freeze: Callable[[str], datetime]
) -> None:
    row = answered(by, ended=False, summary="Frågar om boende")
    colleague = operator(by.agency)
    url, body = f"/samtal/{row.pk}/", ORDINARY | {"end": "1", "version": "9", "started": "10.20"}
    freeze("2026-11-19 10:19")
    browser = sign_in(Client(), colleague)
    assert 'id="call-form"' not in browser.get(url).content.decode()
    assert browser.post(url, body).status_code == 403
    freeze("2026-11-19 10:20")
    sign_in(browser, colleague)
    assert (
        "Samtal 10.20" in text_of(browser.get("/samtal/"))
        and 'id="call-form"' in browser.get(url).content.decode()
    )
    assert browser.post(url, body).status_code == 302
    ended = Call.objects.get()
    assert ended.ended_at == row.saved_at, "when somebody last wrote in it, not when it was found"
    assert ended.operator == by.user and AuditEvent.objects.get(verb="call.end").user_id == colleague.user_id
    assert "Samtal 10.20" not in text_of(browser.get("/samtal/"))


def test_another_desk_learns_nothing(by: Assignment) -> None:
    row = answered(by, agency_kind="police", municipality_id="0880", county_id="08", summary="x")
    stranger = operator(AgencyFactory.create(kind=AgencyKind.COORDINATION))
    other = sign_in(Client(), stranger)
    for address in (f"/samtal/{row.pk}/", f"/samtal/{uuid.uuid4()}/"):
        assert other.get(address).status_code == 404
        assert other.post(address, ORDINARY | {"end": "1"}).status_code == 404
    body = fresh(other) | ORDINARY | {"call": str(row.pk), "end": "1"}
    assert other.post("/samtal/nytt/", body).status_code == 404
    with pytest.raises(Http404):
        calls.save(call_id=row.pk, said=said(about="advice"), by=stranger)
    assert "10.20" not in text_of(other.get("/samtal/"))
    beside = other.post("/samtal/bredvid/", {"place": "m0880", "agency_kind": "police"}).content.decode()
    assert str(row.pk) not in beside
    assert AuditEvent.objects.filter(verb="call.read", outcome="refused").count() == 5


def test_a_day_after_its_end_the_call_is_closed_to_changes(
    browser: Client, by: Assignment, freeze: Callable[[str], datetime]
) -> None:
    row = answered(by, summary="Frågar om boende")
    freeze("2026-11-19 10:19")
    sign_in(browser, by)
    page = browser.get(f"/samtal/{row.pk}/").content.decode()
    assert 'id="call-form"' not in page and f"/samtal/{row.pk}/?andra=1" in page
    assert 'id="call-form"' in browser.get(f"/samtal/{row.pk}/?andra=1").content.decode()
    url, body = f"/samtal/{row.pk}/", ORDINARY | {"end": "1", "version": "9", "started": "10.20"}
    assert browser.post(url, body).status_code == 302
    row.refresh_from_db()
    assert row.summary == ORDINARY["summary"] and clock.local(row.ended_at).day == 18, "its end stays"  # type: ignore[arg-type]
    freeze("2026-11-19 10:20")
    sign_in(browser, by)
    with pytest.raises(TransitionNotAllowed):
        calls.save(call_id=row.pk, said=said(about="urgent"), by=by, version=9)
    late = browser.post(url, body | {"summary": "För sent skrivet"})
    assert late.status_code == 409 and "För sent skrivet" in late.content.decode(), "nothing is lost"
    assert 'id="call-form"' not in browser.get(f"{url}?andra=1").content.decode()


def test_a_call_neither_begins_later_than_now_nor_ends_before_it_began(
    browser: Client, by: Assignment
) -> None:
    answer = log(browser, started="10.45")
    assert answer.status_code == 422 and 'id="id_started_error"' in answer.content.decode()
    row = answered(by)
    with pytest.raises(ValidationError):
        later = clock.now() + timedelta(hours=1)
        calls.save(
            call_id=row.pk, said=said(about="advice", profession="school", started_at=later), by=by, version=9
        )

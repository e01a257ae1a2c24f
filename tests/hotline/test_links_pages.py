"""The pages between a call and what it becomes: nothing that was typed is lost, and every state says so."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.access import Assignment
from accounts.enums import Role
from cases.models import Draft
from coordinators.services import load_reference
from core import clock, vault
from hotline.models import Call, Callback, DraftOffer
from hotline.services import becoming, offers
from tests.factories import AgencyFactory, member, sign_in
from tests.hotline.ringing import answered, operator

pytestmark = pytest.mark.django_db
FORM: dict[str, Any] = {
    "profession": "police", "about": "advice", "danger": "unknown", "child": "unsure",
    "summary": "Om boende.",
}  # fmt: skip


@pytest.fixture
def desk(db: None) -> Assignment:
    load_reference()
    return operator()


@pytest.fixture
def browser(desk: Assignment) -> Client:
    return sign_in(Client(), desk)


def onward(browser: Client, call_id: uuid.UUID, to: str, **typed: Any) -> Any:
    """The press of a button in the form of a call, as a browser without script sends it."""
    data = FORM | {"call": str(call_id), "version": "0", "view": "a", "to": to} | typed
    return browser.post(f"/samtal/{call_id}/vidare/", data)


@pytest.mark.parametrize(("to", "page"), [("hanvisning", "hanvisning/"), ("arende", "arende/"), ("", "")])
def test_what_stands_in_the_form_is_kept_before_the_press_leads_on(
    browser: Client, to: str, page: str
) -> None:
    call_id = uuid.uuid4()
    answer = onward(browser, call_id, to)
    assert answer["Location"] == f"/samtal/{call_id}/{page}"
    call = Call.objects.get(pk=call_id)
    assert call.is_open and str(call.summary) == "Om boende." and call.profession == "police"
    assert browser.get(answer["Location"]).status_code == 200


def test_words_that_point_somebody_out_stop_the_press_and_stay_on_the_page(browser: Client) -> None:
    call_id, words = uuid.uuid4(), "Ring henne på 070-174 06 05 efter sju."
    page = onward(browser, call_id, "hanvisning", summary=words)
    assert page.status_code == 422 and words in page.content.decode()
    assert not Call.objects.exists() and not Draft.objects.exists()


def test_a_number_in_the_form_finds_the_call_and_a_wrong_one_is_said_at_its_field(
    browser: Client, desk: Assignment
) -> None:
    before = answered(desk, municipality_id="1280", county_id="12")
    call_id = uuid.uuid4()
    wrong = onward(browser, call_id, "tidigare", earlier_number="S26-00000-A")
    assert wrong.status_code == 422 and 'value="S26-00000-A"' in wrong.content.decode()
    assert str(Call.objects.get(pk=call_id).summary) == "Om boende.", "what was typed is kept"
    empty = onward(browser, call_id, "tidigare", earlier_number=" ", version="9")
    assert empty["Location"].endswith("/tidigare/")
    found = browser.post(f"/samtal/{call_id}/tidigare/", {"number": before.number})
    assert found["Location"] == f"/samtal/{call_id}/"
    page = browser.get(found["Location"]).content.decode()
    assert before.number in page and f"/samtal/{before.pk}/" in page
    assert Call.objects.get(pk=call_id).municipality_id == "1280"
    assert browser.post(f"/samtal/{call_id}/tidigare/", {"undo": "1"}).status_code == 302
    assert Call.objects.get(pk=call_id).earlier_id is None


def test_who_writes_must_be_chosen_and_the_code_is_told_once(browser: Client, desk: Assignment) -> None:
    call = answered(desk, summary="Om boende.", danger="no")
    url = f"/samtal/{call.pk}/hanvisning/"
    page = browser.post(url, {})
    assert page.status_code == 422 and not Draft.objects.exists() and not DraftOffer.objects.exists()
    told = browser.post(url, {"who": "caller", "words": "on"}).content.decode()
    code = re.findall(r"\b[A-Z]{4}-\d{4}\b", told)[0]
    again = browser.get(url).content.decode()
    assert code not in again and code not in browser.get(f"/samtal/{call.pk}/").content.decode()
    assert browser.post(url, {"withdraw": "1"}).status_code == 302 and not DraftOffer.objects.exists()
    mine = browser.post(url, {"who": "self"})
    draft = Draft.objects.get()
    assert mine["Location"] == f"/hanvisning/{draft.pk}/samtycke/"
    assert "narrative_general" not in draft.answers, "the words were left out"
    assert call.number in browser.get(f"/hanvisning/{draft.pk}/").content.decode()


def test_danger_leads_to_who_has_been_contacted(browser: Client, desk: Assignment) -> None:
    call = answered(desk, danger="yes")
    answer = browser.post(f"/samtal/{call.pk}/hanvisning/", {"who": "self"})
    assert answer["Location"].endswith("/fara/")


def test_every_state_of_the_page_says_where_it_stands(browser: Client, desk: Assignment) -> None:
    colleague, caller = operator(desk.agency), member(Role.CASEWORKER, agency=AgencyFactory.create())
    mine, theirs, taken = (answered(desk) for _number in range(3))
    draft = becoming.convert(call_id=mine.pk, with_words=False, by=desk)
    becoming.convert(call_id=theirs.pk, with_words=False, by=colleague)
    fetched = offers.fetch(code=offers.make(call_id=taken.pk, with_words=False, by=desk), by=caller)
    pages = {
        call.pk: browser.get(f"/samtal/{call.pk}/hanvisning/").content.decode()
        for call in (mine, theirs, taken)
    }
    assert f"/hanvisning/{draft.pk}/" in pages[mine.pk]
    assert str(fetched.pk) not in pages[taken.pk] and caller.user.name not in pages[taken.pk]
    for page in pages.values():
        assert 'name="who"' not in page
    for call in (theirs, taken):
        assert browser.post(f"/samtal/{call.pk}/hanvisning/", {"who": "self"}).status_code == 302
    assert Draft.objects.count() == 3


def test_a_draft_that_has_run_out_frees_the_call(browser: Client, desk: Assignment) -> None:
    from cases.services import drafts

    call = answered(desk)
    first = becoming.convert(call_id=call.pk, with_words=False, by=desk)
    with clock.frozen(clock.now() + timedelta(days=29)):
        drafts.delete_expired()
        again = becoming.convert(call_id=call.pk, with_words=False, by=desk)
    assert again.pk != first.pk and Call.objects.get(pk=call.pk).draft_id == again.pk


def test_the_caller_enters_the_code(desk: Assignment) -> None:
    caller = member(Role.CASEWORKER, agency=AgencyFactory.create())
    browser, url = sign_in(Client(), caller), "/samtal/hamta-utkast/"
    assert browser.get(url).status_code == 200
    code = offers.make(call_id=answered(desk, danger="no").pk, with_words=False, by=desk)
    wrong = browser.post(url, {"code": "ABCD-0000"})
    assert wrong.status_code == 422 and 'value="ABCD-0000"' in wrong.content.decode()
    assert browser.post(url, {"code": ""}).status_code == 422
    answer = browser.post(url, {"code": code.replace("-", " ")})
    draft = Draft.objects.get(owner=caller.user)
    assert answer["Location"] == f"/hanvisning/{draft.pk}/samtycke/"
    assert sign_in(Client(), desk).get(f"/hanvisning/{draft.pk}/").status_code == 404


def test_a_code_that_has_run_out_frees_the_call(browser: Client, desk: Assignment) -> None:
    call = answered(desk)
    offers.make(call_id=call.pk, with_words=False, by=desk)
    assert not becoming.became(call, desk).is_free
    with clock.frozen(clock.now() + offers.LIVES):
        assert becoming.became(call, desk).is_free
        offers.make(call_id=call.pk, with_words=False, by=desk)
        assert not becoming.became(call, desk).is_free


@pytest.mark.parametrize("living", ["promise", "code", "draft"])
def test_what_only_a_professional_has_is_ended_before_the_call_is_filed_as_another(
    browser: Client, desk: Assignment, living: str
) -> None:
    call = answered(desk, ended=False)
    if living == "promise":
        made = Callback(call=call, agency=call.agency, data_key=vault.new_key("callback", call.pk))
        made.created_by, made.created_at = desk.user, clock.now()
        made.due_at = clock.now() + timedelta(hours=3)
        made.save()
    elif living == "code":
        offers.make(call_id=call.pk, with_words=False, by=desk)
    else:
        becoming.convert(call_id=call.pk, with_words=False, by=desk)
    url, body = f"/samtal/{call.pk}/", {"caller": "wrong_number", "version": "9", "danger": "no"}
    refused = browser.post(url, body)
    assert refused.status_code == 422 and 'class="error-summary"' in refused.content.decode()
    assert Call.objects.get().caller == "professional" and Call.objects.get().is_open
    Callback.objects.update(done_at=clock.now(), done_by=desk.user, outcome="answered")
    DraftOffer.objects.all().delete()
    Draft.objects.all().delete()
    assert browser.post(url, body).status_code == 302 and Call.objects.get().caller == "wrong_number"


def test_a_code_of_a_call_that_was_no_professionals_does_not_work(desk: Assignment) -> None:
    call = answered(desk)
    code = offers.make(call_id=call.pk, with_words=False, by=desk)
    Call.objects.update(caller="public", about="", profession="")
    with pytest.raises(ValidationError):
        offers.fetch(code=code, by=member(Role.CASEWORKER, agency=AgencyFactory.create()))
    assert not Draft.objects.exists()

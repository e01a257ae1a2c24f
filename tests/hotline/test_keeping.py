"""Corrections after a day, and the end of calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import Client

from accounts.access import Assignment
from accounts.enums import Role
from coordinators.services import load_reference
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, DataKey
from hotline.models import Call, CorrectionNote, DraftOffer
from hotline.services import calls, correcting, keeping, matters, offers
from hotline.tasks import delete_old_calls, fold_calls, link_calls
from tests.factories import AgencyFactory, member, sign_in
from tests.hotline.ringing import answered, counted, operator, said

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


@pytest.fixture
def desk(db: None) -> Assignment:
    load_reference()
    return operator()


def later(by: timedelta) -> Any:
    return clock.frozen(clock.now() + by)


# --- corrections --------------------------------------------------------------------------------------------


def test_within_a_day_the_call_itself_is_put_right_then_a_note_stands_beside_it(desk: Assignment) -> None:
    call = answered(desk, summary="Gällde boende.")
    with later(DAY - timedelta(minutes=1)):
        with pytest.raises(TransitionNotAllowed):
            correcting.add_note(call_id=call.pk, words="Det gällde pengar.", by=desk)
        told = said(about="advice", profession="police", summary="Gällde pengar.")
        calls.save(call_id=call.pk, said=told, by=desk, version=9)
    with later(DAY + timedelta(minutes=1)):
        with pytest.raises(TransitionNotAllowed):
            calls.save(call_id=call.pk, said=told, by=desk, version=9)
        correcting.add_note(call_id=call.pk, words="Det gällde boende ändå.", by=desk)
        page = sign_in(Client(), desk).get(f"/samtal/{call.pk}/").content.decode()
    assert "Gällde pengar." in page and "Det gällde boende ändå." in page
    assert counted()["call"] == 1


def test_a_colleague_writes_a_note_at_once_and_nobody_else(desk: Assignment) -> None:
    call = answered(desk)
    colleague = operator(desk.agency)
    correcting.add_note(call_id=call.pk, words="Det var i tisdags.", by=colleague)
    with pytest.raises(Http404):
        correcting.add_note(
            call_id=call.pk, words="Hej.", by=operator(AgencyFactory.create(kind="coordination"))
        )
    for role in (Role.NATIONAL_COORDINATOR, Role.CASEWORKER):
        with pytest.raises(PermissionDenied):
            correcting.add_note(call_id=call.pk, words="Hej.", by=member(role))
    with pytest.raises(TransitionNotAllowed):
        correcting.add_note(call_id=answered(desk, ended=False).pk, words="Hej.", by=colleague)
    assert CorrectionNote.objects.count() == 1


@pytest.mark.parametrize("words", ["", "   ", "Ring 070-174 06 05", "Född 19990307-2384", "x" * 1001])
def test_a_note_says_something_and_points_nobody_out(desk: Assignment, words: str) -> None:
    call, colleague = answered(desk), operator(desk.agency)
    page = sign_in(Client(), colleague).post(f"/samtal/{call.pk}/ratta/", {"words": words})
    assert page.status_code == 422 and not CorrectionNote.objects.exists()
    assert words.strip()[:100] in page.content.decode(), "what was typed stays"


def test_what_looks_like_a_name_is_asked_about_once(desk: Assignment) -> None:
    call, colleague = answered(desk), operator(desk.agency)
    browser, url = sign_in(Client(), colleague), f"/samtal/{call.pk}/ratta/"
    words = "Det var på Zvenigorod inte i Kalmar."
    page = browser.post(url, {"words": words})
    assert page.status_code == 422 and 'value="Zvenigorod"' in page.content.decode()
    assert browser.post(url, {"words": words, "not_names": "Zvenigorod"}).status_code == 302
    assert str(CorrectionNote.objects.get().words) == words


def test_a_note_is_sealed_under_the_calls_key(desk: Assignment) -> None:
    call = answered(desk)
    note = correcting.add_note(call_id=call.pk, words="Fel tid.", by=operator(desk.agency))
    assert note.data_key_id == call.data_key_id
    with pytest.raises(ValidationError):
        correcting.add_note(call_id=call.pk, words="anna@person.example", by=operator(desk.agency))


# --- the end ------------------------------------------------------------------------------------------------


def test_calls_go_with_their_keys_when_their_time_has_passed(desk: Assignment, settings: Any) -> None:
    first, second = answered(desk, summary="Ett."), answered(desk, ended=False, summary="Två.")
    matters.follow(call_id=second.pk, number=first.number, by=desk)
    correcting.add_note(call_id=first.pk, words="Fel dag.", by=operator(desk.agency))
    offers.make(call_id=first.pk, with_words=True, by=desk)
    Call.objects.filter(pk=second.pk).update(started_at=second.started_at + timedelta(days=5))
    figures = counted()
    with later(timedelta(days=settings.CALL_DAYS) - timedelta(hours=1)):
        assert keeping.delete_old() == (0, 0)
    with later(timedelta(days=settings.CALL_DAYS) + timedelta(minutes=1)):
        delete_old_calls()
        assert keeping.delete_old() == (0, 0), "may run twice"
        left = Call.objects.get()
        assert left.pk == second.pk and left.earlier_id is None and str(left.summary) == "Två."
        assert not CorrectionNote.objects.exists() and not DraftOffer.objects.exists()
        assert DataKey.objects.get(pk=first.data_key_id).destroyed_at is not None
        assert DataKey.objects.get(pk=left.data_key_id).destroyed_at is None
    assert AuditEvent.objects.filter(verb="call.expire", target_id=first.pk).count() == 1
    assert counted() == figures, "what was counted stays"


def test_the_clock_may_run_with_nothing_to_do(desk: Assignment) -> None:
    answered(desk)
    before = counted()
    for job in (link_calls, fold_calls, delete_old_calls):
        job()
        job()
    assert counted() == before and Call.objects.count() == 1

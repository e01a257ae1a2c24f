"""Promised calls: made, taken, tried again, done; and chased until somebody has called."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.models import Notice
from coordinators.models import Desk
from coordinators.services import load_reference, put_on_duty
from core import clock, vault
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent, DataKey, OutboundEmail
from core.vault import ERASED
from hotline import tasks
from hotline.enums import ChaseStage
from hotline.models import Callback, CallbackReminder, Shift
from hotline.models.call import kept_since
from hotline.services import callbacks, chase, roster
from tests.factories import AgencyFactory, member, sign_in
from tests.hotline import desk
from tests.hotline.phone import value

pytestmark = pytest.mark.django_db
Freeze = Callable[[datetime | str], datetime]
TUESDAY = "2027-02-09"


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


@pytest.fixture
def national(db: None) -> Assignment:
    """Somebody on duty at the national desk."""
    load_reference()
    row = Desk.objects.select_related("agency").get(key="national")
    who = member(Role.NATIONAL_COORDINATOR, agency=row.agency)
    put_on_duty(desk=row, membership=Membership.objects.select_related("user", "agency").get(
        pk=who.membership_id), first=at("2020-01-01").date(), by=None)  # fmt: skip
    return who


def promised(by: Assignment, due: str = f"{TUESDAY} 12:00") -> Callback:
    return desk.promised(desk.call(by), by, due_at=at(due))


def on_shift(who: Assignment, day: str, opens: str = "08:00", closes: str = "16:30") -> Shift:
    return Shift.objects.create(
        agency=who.agency, user=who.user, starts_at=at(f"{day} {opens}"), ends_at=at(f"{day} {closes}")
    )


# --- the chase ------------------------------------------------------------------------------------------


def test_owner_then_the_others_then_the_national_desk(freeze: Freeze, national: Assignment) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    row = promised(nina)
    expected: list[tuple[uuid.UUID, str]] = []
    for moment, user, kind in (
        (f"{TUESDAY} 11:00", nina.user_id, "callback_waits"),  # a quarter of four hours is left
        (f"{TUESDAY} 12:00", nina.user_id, "callback_due"),
        (f"{TUESDAY} 14:00", olle.user_id, "callback_late"),
        (
            "2027-02-10 11:30",
            national.user_id,
            "callback_late",
        ),  # four and a half hours today, the rest tomorrow
    ):
        freeze(at(moment) - timedelta(minutes=1))
        assert chase.sweep() == (0, 0)
        freeze(moment)
        assert chase.sweep() == (1, 1)
        expected.append((user, kind))
        assert desk.told() == expected
    row.refresh_from_db()
    assert (row.stage, row.chase_at) == (ChaseStage.NATIONAL, None)


def test_a_sweep_may_run_twice(freeze: Freeze, national: Assignment) -> None:
    freeze(f"{TUESDAY} 08:00")
    row = promised(member(Role.HOTLINE_OPERATOR))
    now = freeze(f"{TUESDAY} 11:00")
    assert (chase.sweep(), chase.sweep()) == ((1, 1), (0, 0))
    Callback.objects.filter(pk=row.pk).update(
        chase_at=now, stage=ChaseStage.NONE
    )  # as if the claim were lost
    assert chase.sweep() == (1, 0)
    assert Notice.objects.count() == CallbackReminder.objects.count() == 1


def test_however_late_nobody_in_between_is_left_out(freeze: Freeze, national: Assignment) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    promised(nina)
    now = freeze("2027-02-12 09:00")
    for number in range(4):
        freeze(now + timedelta(minutes=number))
        chase.sweep()
    assert desk.told() == [
        (nina.user_id, "callback_due"), (olle.user_id, "callback_late"), (national.user_id, "callback_late"),
    ]  # fmt: skip


def test_nobody_is_told_while_it_is_closed(freeze: Freeze, national: Assignment) -> None:
    freeze("2027-02-05 14:00")  # a Friday
    row = promised(member(Role.HOTLINE_OPERATOR), due="2027-02-05 16:30")
    freeze("2027-02-05 16:30")
    chase.sweep()
    row.refresh_from_db()
    assert row.chase_at == at("2027-02-08 08:00") and desk.told() == []
    freeze("2027-02-07 10:00")
    assert chase.sweep() == (0, 0)
    freeze("2027-02-08 08:00")
    assert chase.sweep() == (1, 1)


def test_whoever_is_on_the_roster_hears_of_a_question_first(freeze: Freeze, national: Assignment) -> None:
    freeze("2027-02-08 20:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    on_shift(olle, TUESDAY)
    desk.asked(member(Role.CASEWORKER))
    freeze(f"{TUESDAY} 08:00")
    chase.sweep()
    assert desk.told() == [(olle.user_id, "callback_waits")]
    freeze(f"{TUESDAY} 09:00")
    chase.sweep()
    freeze(f"{TUESDAY} 11:00")  # nobody else is on the roster: the others who may answer
    chase.sweep()
    assert desk.told()[1:] == [(olle.user_id, "callback_due"), (olle.user_id, "callback_late")]
    assert nina.user_id not in {user for user, _kind in desk.told()}


def test_an_owner_who_has_left_is_not_waited_for(freeze: Freeze, national: Assignment) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    promised(nina)
    Membership.objects.filter(pk=nina.membership_id).update(valid_until=at("2027-02-08").date())
    freeze(f"{TUESDAY} 12:00")
    chase.sweep()
    assert desk.told() == [(olle.user_id, "callback_due")]


def test_without_operators_the_national_desk_is_told(freeze: Freeze, national: Assignment) -> None:
    freeze(f"{TUESDAY} 09:00")
    desk.asked(member(Role.CASEWORKER))
    chase.sweep()
    assert desk.told() == [(national.user_id, "callback_waits")]


def test_without_anybody_the_mailbox_is(freeze: Freeze, db: None) -> None:
    load_reference()
    Desk.objects.filter(key="national").update(mailbox="nspm@myndighet.example")
    freeze(f"{TUESDAY} 09:00")
    desk.asked(member(Role.CASEWORKER))
    chase.sweep()
    assert OutboundEmail.objects.filter(to="nspm@myndighet.example").count() == 1
    assert CallbackReminder.objects.get().recipient == "mailbox"


# --- what is done with a promise --------------------------------------------------------------------------


def test_done_destroys_name_number_and_question(freeze: Freeze, national: Assignment) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina = member(Role.HOTLINE_OPERATOR)
    row = promised(nina)
    freeze(f"{TUESDAY} 12:00")
    chase.sweep()
    callbacks.finish(callback_id=row.pk, outcome="answered", version=0, by=nina)
    row = Callback.objects.get(pk=row.pk)
    assert (row.name, row.phone) == (ERASED, ERASED)
    assert DataKey.objects.get(pk=row.data_key_id).destroyed_at is not None
    assert row.done_by_id == nina.user_id and row.chase_at is None
    assert not Notice.objects.filter(read_at__isnull=True).exists()
    freeze("2027-02-20 10:00")
    assert chase.sweep() == (0, 0)


def test_two_operators_at_once_one_wins(freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    row = desk.asked(member(Role.CASEWORKER))
    callbacks.take(callback_id=row.pk, user_id=nina.user_id, version=0, by=nina)
    with pytest.raises(StaleVersion):
        callbacks.take(callback_id=row.pk, user_id=olle.user_id, version=0, by=olle)
    callbacks.finish(callback_id=row.pk, outcome="answered", version=1, by=nina)
    with pytest.raises(TransitionNotAllowed):
        callbacks.finish(callback_id=row.pk, outcome="not_needed", version=1, by=olle)
    assert Callback.objects.get().owner_id == nina.user_id


def test_nobody_answered_is_a_new_time_and_a_new_chase(freeze: Freeze, national: Assignment) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina = member(Role.HOTLINE_OPERATOR)
    row = promised(nina)
    freeze(f"{TUESDAY} 12:10")
    chase.sweep()
    again = at("2027-02-10 12:00")
    row = callbacks.try_again(callback_id=row.pk, due_at=again, version=0, by=nina)
    assert (row.attempts, row.stage, row.due_at) == (1, ChaseStage.NONE, again)
    assert not Notice.objects.filter(read_at__isnull=True).exists()
    freeze("2027-02-10 12:00")
    chase.sweep()
    assert desk.told()[-1] == (nina.user_id, "callback_due")


def test_only_the_desk_it_was_promised_at_sees_it(freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina = member(Role.HOTLINE_OPERATOR)
    elsewhere = member(Role.HOTLINE_OPERATOR, agency=AgencyFactory.create(kind=AgencyKind.NGO_PLATFORM))
    row = promised(nina)
    assert list(callbacks.queue(elsewhere)) == []
    for act in (callbacks.read, lambda **ids: callbacks.finish(outcome="answered", version=0, **ids)):
        with pytest.raises(Http404):
            act(callback_id=row.pk, by=elsewhere)
    with pytest.raises(PermissionDenied):
        callbacks.read(callback_id=row.pk, by=member(Role.CASEWORKER))
    with pytest.raises(Http404):
        desk.promised(row.call, elsewhere, due_at=at(f"{TUESDAY} 16:30"))  # type: ignore[arg-type]
    assert AuditEvent.objects.using("audit").filter(outcome="refused").count() == 4


def test_the_national_desk_sees_when_and_whose_and_may_give_it(
    client: Client, freeze: Freeze, national: Assignment
) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    row = promised(nina)
    sign_in(client, national)
    page = client.get("/samtal/ring-upp/").content.decode()
    assert nina.user.name in page and "Tandsköterskan" not in page and f'/ring-upp/{row.pk}/"' not in page
    assert client.get(f"/samtal/ring-upp/{row.pk}/").status_code == 403
    given = {"user_id": str(olle.user_id), "version": "0"}
    assert client.post(f"/samtal/ring-upp/{row.pk}/vem/", given).status_code == 302
    row.refresh_from_db()
    assert row.owner_id == olle.user_id
    with pytest.raises(PermissionDenied):
        callbacks.finish(callback_id=row.pk, outcome="answered", version=1, by=national)


@pytest.mark.parametrize("phone", ["", "hemma", "12", "+46"])
def test_a_promise_needs_a_number_that_can_be_dialled(freeze: Freeze, phone: str) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina = member(Role.HOTLINE_OPERATOR)
    with pytest.raises(ValidationError) as refused:
        desk.promised(desk.call(nina), nina, due_at=at(f"{TUESDAY} 12:00"), phone=phone)
    assert "phone" in refused.value.error_dict


def test_a_call_of_nobody_we_help_leaves_no_promise(freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina = member(Role.HOTLINE_OPERATOR)
    silent = desk.call(nina, caller="silent", ended_at=clock.now())
    with pytest.raises(TransitionNotAllowed):
        desk.promised(silent, nina, due_at=at(f"{TUESDAY} 12:00"))
    assert not Callback.objects.exists() and not DataKey.objects.filter(subject_kind="callback").exists()


@pytest.mark.parametrize("name", ["Maria 19900101-1234", "Maria 070-174 06 05", "maria@vard.example"])
def test_a_name_is_no_place_for_a_number(freeze: Freeze, name: str) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina = member(Role.HOTLINE_OPERATOR)
    with pytest.raises(ValidationError) as refused:
        desk.promised(desk.call(nina), nina, due_at=at(f"{TUESDAY} 12:00"), name=name)
    assert list(refused.value.error_dict) == ["name"] and not Callback.objects.exists()


def test_she_who_left_a_question_takes_it_back_and_nobody_else_does(freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 08:00")
    member(Role.HOTLINE_OPERATOR)
    nurse = member(Role.CASEWORKER)
    row = desk.asked(nurse)
    with pytest.raises(Http404):
        callbacks.withdraw(callback_id=row.pk, by=member(Role.CASEWORKER))
    callbacks.withdraw(callback_id=row.pk, by=nurse)
    callbacks.withdraw(callback_id=row.pk, by=nurse)  # pressed twice
    row.refresh_from_db()
    assert row.outcome == "not_needed" and list(callbacks.own_questions(nurse)) == []


def test_a_question_answered_or_not_goes_with_the_calls_of_its_time(freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 08:00")
    nina, nurse = member(Role.HOTLINE_OPERATOR), member(Role.CASEWORKER)
    answered, waits = desk.asked(nurse), desk.asked(nurse)
    callbacks.finish(callback_id=answered.pk, outcome="answered", version=0, by=nina)
    time = clock.now() - kept_since()
    freeze(at(f"{TUESDAY} 08:00") + time - timedelta(minutes=1))
    tasks.delete_old_calls()
    assert set(Callback.objects.all()) == {answered, waits}
    freeze(at(f"{TUESDAY} 08:00") + time + timedelta(minutes=1))
    later = desk.asked(nurse)
    tasks.delete_old_calls()
    assert list(Callback.objects.all()) == [later]  # nobody answered the other one: it is not kept for that
    assert DataKey.objects.get(pk=waits.data_key_id).destroyed_at is not None


def test_name_and_number_are_sealed(freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 08:00")
    row = promised(member(Role.HOTLINE_OPERATOR))
    assert Callback.objects.get(pk=row.pk).phone == "+46480450000"
    vault.shred(row.data_key, by=None)
    assert Callback.objects.get(pk=row.pk).phone == ERASED


# --- pages ----------------------------------------------------------------------------------------------


def test_from_the_call_to_the_queue_to_done(client: Client, freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 09:00")
    nina = member(Role.HOTLINE_OPERATOR)
    call = desk.call(nina)
    sign_in(client, nina)
    key = value(client.get(f"/samtal/{call.pk}/ring-upp/").content.decode(), "key")
    given = {"name": "Tandsköterskan", "phone": "0480-45 00 00", "due_at": at(f"{TUESDAY} 12:00").isoformat()}
    for _press in range(2):
        assert client.post(f"/samtal/{call.pk}/ring-upp/", given | {"key": key}).status_code == 302
    row = Callback.objects.get()
    assert "1 att ringa upp" in client.get("/samtal/").content.decode()
    queue = client.get("/samtal/ring-upp/").content.decode()
    assert call.number in queue and "Tandsköterskan" not in queue and "+46480450000" not in queue
    one = client.get(f"/samtal/ring-upp/{row.pk}/").content.decode()
    assert "Tandsköterskan" in one and "tel:+46480450000" in one and "0480-45 00 00" in one
    assert AuditEvent.objects.filter(verb="callback.read", target_id=row.pk).count() == 1
    wrong = client.post(f"/samtal/ring-upp/{row.pk}/klart/", {"version": "0"})
    assert wrong.status_code == 422 and "Välj hur det gick" in wrong.content.decode()
    assert (
        client.post(f"/samtal/ring-upp/{row.pk}/klart/", {"version": "0", "outcome": "answered"}).status_code
        == 302
    )
    assert "Tandsköterskan" not in client.get(f"/samtal/ring-upp/{row.pk}/").content.decode()
    assert "Ingen väntar på att bli uppringd" in client.get("/samtal/ring-upp/").content.decode()


def test_the_queue_asks_as_often_for_many_as_for_one(client: Client, freeze: Freeze) -> None:
    freeze(f"{TUESDAY} 09:00")
    nina = member(Role.HOTLINE_OPERATOR)
    sign_in(client, nina)
    promised(nina)
    with CaptureQueriesContext(connection) as few:
        client.get("/samtal/ring-upp/")
    for _number in range(6):
        promised(nina)
        desk.asked(member(Role.CASEWORKER))
    with CaptureQueriesContext(connection) as many:
        client.get("/samtal/ring-upp/")
    assert len(many) == len(few)


def test_on_duty_is_the_roster_or_everybody(freeze: Freeze) -> None:
    now = freeze(f"{TUESDAY} 09:00")
    nina, olle = member(Role.HOTLINE_OPERATOR), member(Role.HOTLINE_OPERATOR)
    assert set(roster.on_duty(nina.agency_id)) == {nina.user_id, olle.user_id}
    on_shift(nina, TUESDAY, "08:00", "12:00")
    assert roster.on_duty(nina.agency_id, now) == [nina.user_id]
    assert set(roster.on_duty(nina.agency_id, at(f"{TUESDAY} 12:00"))) == {nina.user_id, olle.user_id}

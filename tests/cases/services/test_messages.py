"""Notes stay in the house; messages reach those chosen and nobody else."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.access import Sight, sight_of
from cases.enums import Category, NoticeKind, NotTakenReason, Outcome
from cases.models import Message, MessageRecipient, Notice
from cases.services import casework, following, messages, notices, participation, triage
from coordinators.models import Desk
from core import clock
from core.models import AuditEvent, OutboundEmail
from tests.cases.services.conftest import World, refusals, sent
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def sight(by: Assignment, world: World) -> Sight:
    found = sight_of(by, world.case)
    assert found is not None
    return found


def notes(by: Assignment, world: World) -> list[str]:
    return [str(note.text) for note in messages.notes_for(sight(by, world))]


def inbox(by: Assignment, world: World) -> list[str]:
    return [str(message.text) for message in messages.messages_for(sight(by, world))]


def send(world: World, by: Assignment, *to: str, text: str = "Hej") -> Message:
    return messages.send(case_id=world.case_id, to=to, text=text, by=by)


def told(who: Assignment) -> int:
    return Notice.objects.filter(user=who.user, kind=NoticeKind.MESSAGE).count()


# --- notes --------------------------------------------------------------------------------------------------


def test_a_note_is_read_in_its_own_house_only(taken: World) -> None:
    police, social = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    colleague = member(Role.CASEWORKER, agency=police.agency)
    messages.add_note(case_id=taken.case_id, text="Polisens", by=police)
    messages.add_note(case_id=taken.case_id, text="Mottagningens", by=taken.karin)
    assert notes(police, taken) == notes(colleague, taken) == ["Polisens"]
    assert notes(taken.karin, taken) == notes(taken.per, taken) == ["Mottagningens"]
    assert notes(social, taken) == []
    assert not Notice.objects.filter(kind=NoticeKind.MESSAGE).exists(), "a note tells nobody"


def test_notes_of_the_old_desk_stay_there(taken: World) -> None:
    messages.add_note(case_id=taken.case_id, text="Vårt", by=taken.karin)
    taken.move("syd", taken.karin, taken.syd)
    assert notes(taken.syd, taken) == []
    messages.add_note(case_id=taken.case_id, text="Syds", by=taken.syd)
    assert notes(taken.syd, taken) == ["Syds"]


def test_the_invited_and_those_without_steps_write_no_notes(taken: World) -> None:
    invited = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    taken.invite(invited.agency)
    for by in (invited, taken.referrer, taken.syd, taken.national):
        with pytest.raises(PermissionDenied):
            messages.add_note(case_id=taken.case_id, text="x", by=by)
        assert refusals("case.act", by) == 1


def test_words_are_in_no_column_notice_mail_or_audit(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    messages.add_note(case_id=taken.case_id, text="CNRY-anteckning", by=police)
    send(taken, taken.karin, f"agency:{police.agency_id}", text="CNRY-meddelande")
    for model in (AuditEvent, Notice, OutboundEmail):
        assert "CNRY" not in str(list(model._default_manager.values()))
    with connection.cursor() as cursor:
        for table in ("cases_note", "cases_message"):
            cursor.execute(f"SELECT text FROM {table}")
            assert all(b"CNRY" not in bytes(text) for (text,) in cursor.fetchall())


# --- messages -----------------------------------------------------------------------------------------------


def test_a_message_reaches_those_chosen_and_nobody_else(taken: World) -> None:
    police, social = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    send(taken, taken.karin, f"agency:{police.agency_id}", text="Till polisen")
    assert inbox(police, taken) == inbox(taken.karin, taken) == ["Till polisen"]
    assert inbox(social, taken) == [] and list(following.messages_to(taken.referral, taken.referrer)) == []
    assert (told(police), told(social), told(taken.referrer), told(taken.karin)) == (1, 0, 0, 0)
    send(taken, police, f"agency:{social.agency_id}", f"desk:{taken.case.desk_id}", text="Från polisen")
    assert inbox(social, taken) == ["Från polisen"] and told(taken.karin) == 1 and told(taken.per) == 0


def test_recipients_are_only_those_in_the_case(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    outside = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.IOM))
    invited = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT))
    taken.invite(invited.agency)
    other = sent(taken.referrer)
    wrong: list[tuple[Assignment, str]] = [
        (taken.karin, f"agency:{outside.agency_id}"),
        (taken.karin, f"agency:{invited.agency_id}"),
        (taken.karin, f"agency:{taken.referrer.agency_id}"),
        (taken.karin, f"referral:{other.pk}"),
        (taken.karin, f"desk:{taken.case.desk_id}"),
        (police, f"agency:{police.agency_id}"),
        (police, f"referral:{taken.referral.pk}"),
        (police, f"desk:{Desk.objects.get(key='syd').pk}"),
        (police, f"agency:{uuid.uuid4()}"),
        (police, "agency:x"),
        (police, ""),
    ]
    for by, code in wrong:
        with pytest.raises(ValidationError):
            send(taken, by, code)
        with pytest.raises(ValidationError):
            send(taken, by, code, *[c for c, _name in messages.recipients_for(sight(by, taken))][:1])
    with pytest.raises(ValidationError):
        send(taken, taken.karin)
    assert not Message.objects.exists()


def test_the_same_recipient_twice_is_one(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    made = send(taken, taken.karin, f"agency:{police.agency_id}", f"agency:{police.agency_id}")
    assert made.recipients.count() == 1


def test_who_ended_reads_nothing_and_can_be_written_to_no_more(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    send(taken, taken.karin, f"agency:{police.agency_id}")
    made = taken.case.participations.get(agency=police.agency)
    participation.end(participation_id=made.pk, by=taken.karin)
    assert sight_of(police, taken.case) is None
    with pytest.raises(ValidationError):
        send(taken, taken.karin, f"agency:{police.agency_id}")
    with pytest.raises(PermissionDenied):
        send(taken, police, f"desk:{taken.case.desk_id}")


def test_the_agencys_contact_is_told_else_her_managers_else_all(taken: World) -> None:
    contact = taken.join(AgencyKind.POLICE)
    colleague = member(Role.CASEWORKER, agency=contact.agency)
    manager = member(Role.CASEWORKER, agency=contact.agency, is_manager=True)
    code = f"agency:{contact.agency_id}"
    send(taken, taken.karin, code)
    assert (told(contact), told(colleague), told(manager)) == (1, 0, 0)
    Membership.objects.filter(pk=contact.membership_id).update(ended_at=clock.now())
    send(taken, taken.karin, code)
    assert (told(contact), told(colleague), told(manager)) == (1, 0, 1), "she has left"
    Membership.objects.filter(pk=manager.membership_id).update(is_manager=False)
    send(taken, taken.karin, code)
    assert (told(contact), told(colleague), told(manager)) == (1, 1, 2)


def test_the_contact_of_an_earlier_time_or_of_the_referral_is_not_told(taken: World) -> None:
    """The referrer's agency takes part with somebody else; she hears nothing of what is written to it."""
    first = member(Role.CASEWORKER, agency=taken.referrer.agency)
    second = member(Role.CASEWORKER, agency=taken.referrer.agency)
    made = taken.invite(taken.referrer.agency)
    participation.answer(participation_id=made.pk, accepts=True, by=first)
    participation.end(participation_id=made.pk, by=taken.karin)
    again = taken.invite(taken.referrer.agency)
    participation.answer(participation_id=again.pk, accepts=True, by=second)
    send(taken, taken.karin, f"agency:{taken.referrer.agency_id}")
    assert (told(first), told(second), told(taken.referrer)) == (0, 1, 0)


def test_the_desk_that_takes_over_reads_what_the_case_has_been_written_about(taken: World) -> None:
    """“The other desk sees the case and its history”: a question from an agency must not be lost."""
    police = taken.join(AgencyKind.POLICE)
    send(taken, police, f"desk:{taken.case.desk_id}", text="När kan vi ses?")
    taken.move("syd", taken.karin, taken.syd)
    assert inbox(taken.syd, taken) == ["När kan vi ses?"]
    left = sight_of(taken.karin, taken.case)
    assert left is not None and left.only_reads, "until the day is over"


# --- the referrer -------------------------------------------------------------------------------------------


def test_the_referrer_reads_and_answers_without_sight(taken: World) -> None:
    send(taken, taken.karin, f"referral:{taken.referral.pk}", text="Vilken tid?")
    (letter,) = following.messages_to(taken.referral, taken.referrer)
    assert str(letter.text) == "Vilken tid?" and told(taken.referrer) == 1
    notice = Notice.objects.get(user=taken.referrer.user, kind=NoticeKind.MESSAGE)
    assert notice.referral_id == taken.referral.pk and notice.case_id is None, "her own page, not the case"
    messages.reply_as_referrer(referral_id=taken.referral.pk, text="Klockan tio", by=taken.referrer)
    assert set(inbox(taken.karin, taken)) == {"Klockan tio", "Vilken tid?"}
    assert told(taken.karin) == 1
    assert sight_of(taken.referrer, taken.case) is None
    assert {str(m.text) for m in following.messages_to(taken.referral, taken.referrer)} == {
        "Klockan tio", "Vilken tid?",
    }  # fmt: skip


def test_only_she_answers_as_the_referrer(taken: World) -> None:
    colleague = member(Role.CASEWORKER, agency=taken.referrer.agency)
    for by in (colleague, taken.karin, taken.national):
        with pytest.raises(Http404):
            messages.reply_as_referrer(referral_id=taken.referral.pk, text="x", by=by)
        assert refusals("message.send", by) == 1
    assert not Message.objects.exists()


def test_a_colleague_of_the_referrer_reads_none_of_it(taken: World) -> None:
    send(taken, taken.karin, f"referral:{taken.referral.pk}", text="Vilken tid?")
    colleague = member(Role.CASEWORKER, agency=taken.referrer.agency)
    assert sight_of(colleague, taken.case) is None
    page = following.agency_list(colleague)
    assert [row.pk for row in page.rows] == [taken.referral.pk]
    assert "wanted" in page.rows[0].get_deferred_fields() and "answers" in page.rows[0].get_deferred_fields()


def test_other_parties_do_not_read_what_the_referrer_and_the_desk_write(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.IDENTITY])
    send(taken, taken.karin, f"referral:{taken.referral.pk}", text="Mellan oss")
    messages.reply_as_referrer(referral_id=taken.referral.pk, text="Svar", by=taken.referrer)
    assert inbox(police, taken) == []


@pytest.mark.parametrize("way", ["closed", "not taken"])
def test_nothing_is_written_to_a_case_that_is_over(world: World, way: str) -> None:
    if way == "closed":
        world.accept()
        casework.close(case_id=world.case_id, outcome=Outcome.RETURNED, by=world.karin)
    else:
        triage.not_take(case_id=world.case_id, reason=NotTakenReason.TEST, text="", by=world.karin)
    with pytest.raises(PermissionDenied):
        messages.reply_as_referrer(referral_id=world.referral.pk, text="x", by=world.referrer)
    with pytest.raises(PermissionDenied):
        send(world, world.karin, f"referral:{world.referral.pk}")
    assert not Message.objects.exists()
    assert refusals("message.send", world.karin) == refusals("message.send", world.referrer) == 1


# --- read ---------------------------------------------------------------------------------------------------


def test_reading_is_noted_once_with_who_and_when(taken: World, freeze: Any) -> None:
    police = taken.join(AgencyKind.POLICE)
    colleague = member(Role.CASEWORKER, agency=police.agency)
    social = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    made = send(taken, taken.karin, f"agency:{police.agency_id}", f"agency:{social.agency_id}")
    freeze("2026-11-23 11:00")
    seen = sight(police, taken)
    messages.mark_read(seen, messages.messages_for(seen))
    row = MessageRecipient.objects.get(message=made, agency=police.agency)
    assert (row.read_by_id, row.read_at) == (police.user_id, clock.now())
    assert MessageRecipient.objects.get(message=made, agency=social.agency).read_at is None
    freeze("2026-11-23 12:00")
    later = sight(colleague, taken)
    messages.mark_read(later, messages.messages_for(later))
    again = MessageRecipient.objects.get(pk=row.pk)
    assert (again.read_by_id, again.read_at) == (row.read_by_id, row.read_at)


def test_the_senders_own_look_reads_nothing_for_the_others(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    send(taken, taken.karin, f"agency:{police.agency_id}")
    own = sight(taken.karin, taken)
    messages.mark_read(own, messages.messages_for(own))
    assert not MessageRecipient.objects.filter(read_at__isnull=False).exists()


def test_the_referrers_reading_is_noted(taken: World) -> None:
    send(taken, taken.karin, f"referral:{taken.referral.pk}")
    shown = list(following.messages_to(taken.referral, taken.referrer))
    following.mark_read(referral=taken.referral, shown=shown, by=taken.referrer)
    assert MessageRecipient.objects.get().read_by_id == taken.referrer.user_id


def test_notices_are_ones_own(taken: World) -> None:
    notice = Notice.objects.filter(user=taken.referrer.user).earliest("made_at")
    with pytest.raises(Http404):
        notices.read(notice_id=notice.pk, by=taken.karin)
    assert notices.read(notice_id=notice.pk, by=taken.referrer).read_at == clock.now()
    unread = notices.unread(taken.karin.user_id)
    assert notices.read_all(by=taken.karin) == unread and notices.unread(taken.karin.user_id) == 0
    with pytest.raises(Http404):
        notices.read(notice_id=uuid.uuid4(), by=taken.karin)

"""Invitations that are chased, contact persons, what is asked for, meetings, reminders by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.access import sight_of
from cases.enums import LIVE_STEPS, CancelReason, NoticeKind, Outcome, ParticipationStatus, Stage, StepStatus
from cases.models import Decision, Meeting, Notice, Participation, Step
from cases.services import acts, casework, chasing, meetings, participation, steps, waiting
from cases.services.meetings import DESK, Agreed
from coordinators.access import desks_of
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from tests.cases.services.conftest import World, day_due, refusals, undone
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def worker(kind: str = AgencyKind.POLICE, **more: Any) -> Assignment:
    return member(Role.CASEWORKER, agency=AgencyFactory.create(kind=kind), **more)


def told(who: Assignment, kind: NoticeKind, **more: Any) -> int:
    return Notice.objects.filter(user=who.user, kind=kind, **more).count()


# --- the invitation is chased -------------------------------------------------------------------------


def invitation_step(by: Assignment) -> Step:
    return Step.objects.get(agency=by.agency, key=acts.INVITATION)


def test_the_answer_is_a_step_of_the_invited_agency_due_with_the_invitation(taken: World) -> None:
    boss = worker(is_manager=True)
    row = taken.invite(boss.agency)
    step = invitation_step(boss)
    assert (step.agency_id, step.due_at, step.status) == (boss.agency_id, row.answer_by, StepStatus.OPEN)
    assert day_due(step) == "2026-11-26", "three working days"


def test_escalation_owner_managers_coordinator_national(taken: World, freeze: Callable[[str], Any]) -> None:
    boss, colleague = worker(is_manager=True), None
    colleague = member(Role.CASEWORKER, agency=boss.agency)
    taken.invite(boss.agency)
    step = invitation_step(boss)
    seen: dict[str, set[uuid.UUID]] = {}
    for moment in ("2026-11-27 08:00", "2026-11-27 09:00", "2026-11-30 09:00", "2026-12-02 09:00"):
        freeze(moment)
        chasing.sweep()
        seen[moment] = set(Notice.objects.filter(step=step).values_list("user_id", flat=True))
    step.refresh_from_db()
    assert step.stage == Stage.NATIONAL
    assert boss.user_id in seen["2026-11-27 08:00"] and taken.karin.user_id not in seen["2026-11-27 09:00"]
    assert taken.karin.user_id in seen["2026-11-30 09:00"]
    assert taken.national.user_id in seen["2026-12-02 09:00"]
    assert colleague.user_id not in seen["2026-12-02 09:00"], "managers speak for an agency that has them"
    assert sight_of(taken.national, taken.case) is None


@pytest.mark.parametrize("accepts", [True, False])
def test_an_answer_ends_the_chase(taken: World, freeze: Callable[[str], Any], accepts: bool) -> None:
    boss = worker(is_manager=True)
    row = taken.invite(boss.agency)
    participation.answer(participation_id=row.pk, accepts=accepts, reason="Inte vår.", by=boss)
    assert invitation_step(boss).status == StepStatus.DONE
    Step.objects.filter(agency=boss.agency).exclude(key=acts.INVITATION).update(chase_at=None)
    freeze("2026-12-10 09:00")
    chasing.sweep()
    assert not Notice.objects.filter(step=invitation_step(boss)).exists()


def test_ending_the_part_or_the_case_ends_the_chase(taken: World) -> None:
    boss = worker()
    row = taken.invite(boss.agency)
    with undone():
        participation.end(participation_id=row.pk, by=taken.karin)
        assert invitation_step(boss).cancel_reason == CancelReason.AGENCY_LEFT
    casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    assert invitation_step(boss).cancel_reason == CancelReason.CASE_CLOSED


def test_the_step_ends_by_the_answer_alone(taken: World) -> None:
    boss = worker()
    taken.invite(boss.agency)
    step = invitation_step(boss)
    with pytest.raises(TransitionNotAllowed):
        steps.done(step_id=step.pk, by=taken.karin, reported_by="Chefen, telefon")
    with pytest.raises(PermissionDenied):
        steps.done(step_id=step.pk, by=boss)
    assert invitation_step(boss).status == StepStatus.OPEN


def test_invited_again_is_chased_again(taken: World) -> None:
    boss = worker()
    for _time in range(2):
        row = taken.invite(boss.agency)
        participation.answer(participation_id=row.pk, accepts=False, reason="Nej tack.", by=boss)
    found = Step.objects.filter(agency=boss.agency, key=acts.INVITATION).order_by("occurrence")
    assert list(found.values_list("occurrence", flat=True)) == [1, 2]


def test_the_coordinator_writes_down_the_answer_of_an_agency_without_people(taken: World) -> None:
    empty = AgencyFactory.create(kind=AgencyKind.POLICE, mailbox="polis@myndighet.example")
    row = taken.invite(empty)
    good: dict[str, Any] = {"participation_id": row.pk, "accepts": True, "by": taken.karin}
    for wrong in ({"reported_by": " "}, {"reported_by": "Vakthavande", "accepts": False}):
        with pytest.raises(ValidationError):
            participation.answer_for(**good | wrong)
    with pytest.raises(PermissionDenied):
        participation.answer_for(participation_id=row.pk, accepts=True, reported_by="Jag", by=taken.syd)
    participation.answer_for(
        participation_id=row.pk, accepts=True, reported_by="Vakthavande, telefon", by=taken.karin
    )
    step = Step.objects.get(agency=empty, key=acts.INVITATION)
    assert (step.status, str(step.reported_by)) == (StepStatus.DONE, "Vakthavande, telefon")
    row.refresh_from_db()
    assert (row.status, row.contact_id) == (ParticipationStatus.ACCEPTED, None)
    manned = worker()
    other = taken.invite(manned.agency, categories=[])
    with pytest.raises(ValidationError):
        participation.answer_for(participation_id=other.pk, accepts=True, reported_by="x", by=taken.karin)


# --- the contact person ---------------------------------------------------------------------------------


def part(by: Assignment) -> Participation:
    return Participation.objects.get(agency=by.agency, is_referrer=False)


def test_one_contact_person_changed_by_the_agency_or_the_coordinator(taken: World) -> None:
    first = taken.join()
    second, third = (member(Role.CASEWORKER, agency=first.agency) for _n in range(2))
    assert part(first).contact_id == first.user_id, "whoever accepted, unless another was chosen"
    participation.change_contact(participation_id=part(first).pk, contact_id=second.user_id, by=third)
    assert part(first).contact_id == second.user_id
    assert told(second, NoticeKind.CONTACT_PERSON) == told(first, NoticeKind.CONTACT_CHANGED) == 1
    assert told(third, NoticeKind.CONTACT_PERSON) == 0, "she did it herself"
    participation.change_contact(participation_id=part(first).pk, contact_id=third.user_id, by=taken.karin)
    assert told(third, NoticeKind.CONTACT_PERSON) == told(second, NoticeKind.CONTACT_CHANGED) == 1
    for wrong in (taken.syd.user_id, uuid.uuid4()):
        with pytest.raises(ValidationError) as error:
            participation.change_contact(participation_id=part(first).pk, contact_id=wrong, by=first)
        assert "contact" in error.value.message_dict
    for stranger in (taken.syd, taken.national, worker(), taken.referrer):
        with pytest.raises(PermissionDenied):
            participation.change_contact(
                participation_id=part(first).pk, contact_id=first.user_id, by=stranger
            )
    assert part(first).contact_id == third.user_id


def test_when_the_contact_person_leaves_a_manager_is_spoken_with(taken: World) -> None:
    first = taken.join()
    boss = member(Role.CASEWORKER, agency=first.agency, is_manager=True)
    rows = list(Participation.objects.filter(agency=first.agency).select_related("contact"))
    assert participation.contacts_of(rows) == {rows[0].pk: first.user.name}
    Membership.objects.filter(pk=first.membership_id).update(valid_until=clock.today() - timedelta(days=1))
    words = participation.contacts_of(rows)[rows[0].pk]
    assert boss.user.name in words and "chef" in words
    Membership.objects.filter(pk=boss.membership_id).update(is_manager=False)
    assert boss.user.name not in participation.contacts_of(rows)[rows[0].pk]


# --- asked for --------------------------------------------------------------------------------------------


def test_what_is_asked_for_is_a_step_of_the_agency(taken: World, freeze: Callable[[str], Any]) -> None:
    police = taken.join()
    step = meetings.ask(case_id=taken.case_id, agency_id=police.agency_id, text="Hämta passet hos ägaren",
                        due_on=date(2026, 11, 27), by=taken.karin)  # fmt: skip
    assert (step.key, step.agency_id, day_due(step)) == (acts.AGREED, police.agency_id, "2026-11-27")
    assert str(Step.objects.get(pk=step.pk).wording) == "Hämta passet hos ägaren"
    assert told(police, NoticeKind.STEP_ASKED, step=step) == 1
    everything = str(
        [*AuditEvent.objects.values(), *OutboundEmail.objects.values(), *Notice.objects.values()]
    )
    assert "passet" not in everything
    freeze("2026-11-30 09:00")
    chasing.sweep()
    assert Notice.objects.filter(step=step, kind=NoticeKind.STEP_DUE).exists()
    steps.done(step_id=step.pk, by=police)
    assert Step.objects.get(pk=step.pk).status == StepStatus.DONE
    steps.reopen(step_id=step.pk, by=police)
    assert Step.objects.get(pk=step.pk).status == StepStatus.OPEN


def test_what_cannot_be_asked_for(taken: World) -> None:
    police, invited = taken.join(), worker(AgencyKind.SOCIAL_SERVICES_ADULT)
    taken.invite(invited.agency)
    good: dict[str, Any] = {"case_id": taken.case_id, "agency_id": police.agency_id, "text": "Ring",
                            "due_on": date(2026, 11, 27), "by": taken.karin}  # fmt: skip
    for changes, field in (
        ({"agency_id": invited.agency_id}, "agency"),
        ({"agency_id": uuid.uuid4()}, "agency"),
        ({"text": " \n"}, "text"),
        ({"due_on": date(2026, 11, 22)}, "due_on"),
    ):
        with pytest.raises(ValidationError) as error:
            meetings.ask(**good | changes)
        assert field in error.value.message_dict
    for stranger in (police, taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            meetings.ask(**good | {"by": stranger})
        assert refusals("case.triage", stranger) == 1
    casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    with pytest.raises(TransitionNotAllowed):
        meetings.ask(**good)
    assert not Step.objects.filter(key=acts.AGREED).exists()


# --- meetings ---------------------------------------------------------------------------------------------


def held(world: World, *present: Assignment, **more: Any) -> Meeting:
    values: dict[str, Any] = {
        "case_id": world.case_id, "held_on": date(2026, 11, 20), "minutes": "Alla var eniga om skyddet.",
        "present": [by.agency_id for by in present], "by": world.karin,
    }  # fmt: skip
    return meetings.record(**values | more)


def test_every_decision_becomes_a_step_of_its_owner(taken: World) -> None:
    police, social = taken.join(), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    made = held(taken, police, social, decisions=[
        Agreed("Söka bostad", str(social.agency_id), date(2026, 11, 30)),
        Agreed("Kalla till nästa möte", DESK, date(2026, 12, 4)),
    ])  # fmt: skip
    rows = list(
        Decision.objects.filter(meeting=made).select_related("step", "agency").order_by("step__due_at")
    )
    assert [(row.agency_id, row.desk_id) for row in rows] == [
        (social.agency_id, None), (None, taken.case.desk_id)
    ]  # fmt: skip
    assert [day_due(row.step) for row in rows] == ["2026-11-30", "2026-12-04"]
    assert {row.step.key for row in rows} == {acts.AGREED}
    assert all(row.step.status in LIVE_STEPS and row.step.chase_at for row in rows)
    assert rows[1].step.assignee_id == taken.karin.user_id
    assert [str(row.text) for row in rows] == [str(row.step.wording) for row in rows]
    assert told(social, NoticeKind.STEP_ASKED) == 1 and told(police, NoticeKind.STEP_ASKED) == 0


def test_the_record_is_for_the_desk_and_those_who_were_there(taken: World) -> None:
    there, away = taken.join(), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    limited = taken.join(AgencyKind.POLICE, categories=[])
    made = held(taken, there, limited)

    def reads(by: Assignment) -> list[Meeting]:
        sight = sight_of(by, taken.case)
        assert sight is not None
        return list(meetings.meetings_for(sight))

    assert reads(taken.karin) == reads(there) == [made]
    assert reads(away) == reads(limited) == [], "not there; or without sight of the whole case"


def test_a_decisions_words_are_for_its_owner_and_the_desk(taken: World) -> None:
    police, social = taken.join(), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    made = held(
        taken, police, social, decisions=[Agreed("Söka bostad", str(social.agency_id), date(2026, 11, 30))]
    )
    step = made.decisions.get().step
    reads = {name: sight_of(by, taken.case).reads_text_of(step) for name, by in
             {"desk": taken.karin, "owner": social, "other": police}.items()}  # fmt: skip
    assert reads == {"desk": True, "owner": True, "other": False}


def test_what_cannot_be_recorded(taken: World) -> None:
    police, outside = taken.join(), worker()
    for changes, field in (
        ({"held_on": date(2026, 11, 24)}, "held_on"),
        ({"present": [outside.agency_id]}, "present"),
        ({"minutes": "  "}, "minutes"),
        ({"decisions": [Agreed(" ", DESK, date(2026, 12, 1))]}, "text_0"),
        ({"decisions": [Agreed("Ring", str(outside.agency_id), date(2026, 12, 1))]}, "owner_0"),
        ({"decisions": [Agreed("Ring", DESK, date(2026, 11, 1))]}, "due_on_0"),
    ):
        with pytest.raises(ValidationError) as error, undone():
            held(taken, police, **changes)
        assert field in error.value.message_dict, field
    for stranger in (police, taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            held(taken, police, by=stranger)
    assert not Meeting.objects.exists() and not Step.objects.filter(key=acts.AGREED).exists()


def test_a_mistake_is_put_right_by_a_new_record_once(taken: World) -> None:
    police = taken.join()
    first = held(taken, police)
    second = held(taken, police, minutes="Rättat: polisen deltog per länk.", corrects_id=first.pk)
    first.refresh_from_db()
    assert str(first.minutes) == "Alla var eniga om skyddet." and first.corrected_by == second
    with pytest.raises(ValidationError):
        held(taken, police, corrects_id=first.pk)


# --- waiting for others ---------------------------------------------------------------------------------


def owed(by: Assignment, mine: bool = True) -> list[Step]:
    desks = {desk: rights for desk, rights in desks_of(by).items() if "triage" in rights}
    return list(waiting.owed_by_others(by, desks, mine=mine))


def test_the_list_holds_other_houses_dated_steps_soonest_first(taken: World) -> None:
    police = taken.join()
    asked = meetings.ask(case_id=taken.case_id, agency_id=police.agency_id, text="Ring",
                         due_on=date(2026, 11, 23), by=taken.karin)  # fmt: skip
    rows = owed(taken.karin)
    assert asked in rows and all(row.desk_id is None and row.due_at for row in rows)
    assert [row.due_at for row in rows] == sorted(row.due_at for row in rows if row.due_at)
    assert owed(taken.per) == [] and asked in owed(taken.per, mine=False), "a colleague's case"
    assert owed(taken.syd, mine=False) == owed(taken.national, mine=False) == []
    assert owed(police) and all(row.agency_id != police.agency_id for row in owed(police))
    limited = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[])
    assert owed(limited, mine=False) == [], "her own checklist alone"


def test_a_reminder_leaves_once_a_day_and_step(taken: World, freeze: Callable[[str], Any]) -> None:
    police = taken.join()
    asked = meetings.ask(case_id=taken.case_id, agency_id=police.agency_id, text="Ring",
                         due_on=date(2026, 12, 4), by=taken.karin)  # fmt: skip
    mails = OutboundEmail.objects.count()
    waiting.nudge(step_id=asked.pk, by=taken.karin)
    assert told(police, NoticeKind.NUDGED, step=asked) == 1
    for by in (taken.karin, taken.per):
        with pytest.raises(ValidationError):
            waiting.nudge(step_id=asked.pk, by=by)
    freeze("2026-11-23 23:59")
    with pytest.raises(ValidationError):
        waiting.nudge(step_id=asked.pk, by=taken.karin)
    freeze("2026-11-24 00:01")
    waiting.nudge(step_id=asked.pk, by=taken.karin)
    assert told(police, NoticeKind.NUDGED) == 2
    assert OutboundEmail.objects.count() == mails, "a notice, no storm of mails"


def test_who_may_not_remind(taken: World) -> None:
    police = taken.join()
    limited = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[])
    asked = meetings.ask(case_id=taken.case_id, agency_id=police.agency_id, text="Ring",
                         due_on=date(2026, 12, 4), by=taken.karin)  # fmt: skip
    for by in (police, limited, taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            waiting.nudge(step_id=asked.pk, by=by)
        assert refusals("step.nudge", by) == 1
    steps.done(step_id=asked.pk, by=police)
    with pytest.raises(TransitionNotAllowed):
        waiting.nudge(step_id=asked.pk, by=taken.karin)

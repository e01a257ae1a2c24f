"""Where two acts meet: a move and a step that comes back, a question and the night, a stop and an age."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases import notifications
from cases.access import sight_of
from cases.enums import (
    BlockedOn,
    CancelReason,
    ForwardReason,
    HandoverStatus,
    NoticeKind,
    Status,
    StepStatus,
)
from cases.models import ClockStop, Handover, Notice, Step
from cases.services import (
    acts,
    assessments,
    chasing,
    checklists,
    dates,
    disputes,
    granting,
    handovers,
    meetings,
    merging,
    missing,
    participation,
    recusals,
    steps,
    stops,
    triage,
    waiting,
)
from cases.services.grants import is_true
from coordinators.enums import AgeBand
from coordinators.models import Desk
from core import clock
from core.errors import TransitionNotAllowed
from core.models import OutboundEmail
from manual.enums import Milestone
from manual.models import Edition, StepTemplate
from tests.cases.services.conftest import World, duty, sent
from tests.cases.services.pairs import merge, two
from tests.cases.services.pairs import taken as taken_pair
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

Freeze = Callable[[str], Any]


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def asked_of(world: World, who: Assignment, text: str) -> Step:
    return meetings.ask(case_id=world.case_id, agency_id=who.agency_id, text=text, due_on=date(2026, 11, 27),
                        by=world.karin)  # fmt: skip


def hand_over(world: World, key: str, by: Assignment) -> Handover:
    return handovers.ask(case_id=world.case_id, desk_id=Desk.objects.get(key=key).pk,
                         reason=ForwardReason.MOVED, moves_on=clock.today(), by=by)  # fmt: skip


def moved_to_syd(world: World) -> None:
    hand_over(world, "syd", world.karin)
    handovers.accept(case_id=world.case_id, by=world.syd)


# --- what was asked for is one thing each -----------------------------------------------------------


@pytest.mark.parametrize("begun", [False, True])
def test_taking_one_promise_up_again_leaves_the_others(taken: World, begun: bool) -> None:
    police = taken.join()
    first, second = (asked_of(taken, police, text) for text in ("Hämta passet", "Säkra kameran"))
    steps.done(step_id=first.pk, by=police)
    if begun:
        steps.start(step_id=second.pk, by=police)
    steps.reopen(step_id=first.pk, by=police)
    left = Step.objects.filter(case_id=taken.case_id, key=acts.AGREED, status__in=("open", "started"))
    assert {row.pk for row in left} == {first.pk, second.pk}


def test_what_comes_again_is_opened_once_and_goes_with_the_doing(taken: World) -> None:
    step = taken.step("ident.rc.assess")
    recurring = StepTemplate.objects.get(pk=step.template_id)
    recurring.pk, recurring._state.adding = uuid.uuid4(), True
    recurring.edition = Edition.objects.create(number=2, created_at=clock.now())
    recurring.recurs_amount, recurring.recurs_unit = 3, "months"
    recurring.save()
    Step.objects.filter(pk=step.pk).update(template=recurring)
    steps.done(step_id=step.pk, by=taken.karin)
    assert Step.objects.filter(case_id=taken.case_id, key=step.key).count() == 2
    steps.reopen(step_id=step.pk, by=taken.karin)
    assert Step.objects.filter(case_id=taken.case_id, key=step.key).count() == 1


# --- what ended at one desk comes back at the one that holds the case --------------------------------


def test_a_step_done_at_one_desk_is_taken_up_at_the_next(taken: World, freeze: Freeze) -> None:
    step = taken.step("ident.rc.assess")
    steps.done(step_id=step.pk, by=taken.karin)
    moved_to_syd(taken)
    steps.reopen(step_id=step.pk, by=taken.syd)
    step.refresh_from_db()
    assert (step.desk.key, step.assignee_id) == ("syd", taken.syd.user_id)
    freeze("2026-12-21 09:00")
    Notice.objects.all().delete()
    chasing.sweep()
    assert set(Notice.objects.filter(step=step).values_list("user_id", flat=True)) == {taken.syd.user_id}


def test_a_step_that_a_fact_brings_back_is_the_holding_desk_s(taken: World) -> None:
    step = taken.step("ident.rc.assess")
    checklists.cancel([step], CancelReason.FACTS_CHANGED)
    moved_to_syd(taken)
    checklists.refresh(taken.case)
    step.refresh_from_db()
    assert step.status == StepStatus.OPEN and step.chase_at
    assert (step.desk.key, step.assignee_id) == ("syd", taken.syd.user_id)


def test_after_a_move_every_open_step_of_two_parted_cases_is_the_holding_desk_s(world: World) -> None:
    """The one that gave way in the merge ended at the old desk; it comes back at the new one."""
    one, other = taken_pair(world, *two(world))
    made = merge(world, one, other)
    world.about(one.opening_referral()).move("syd", world.karin, world.syd)
    merging.undo(merge_id=made.pk, by=world.syd)
    for case in (one, other):
        case.refresh_from_db()
        owed = case.steps.filter(desk__isnull=False, ended_at__isnull=True)
        assert case.desk.key == "syd" and owed.exists()
        assert set(owed.values_list("desk__key", flat=True)) == {"syd"}


# --- a question that is open while the night passes, and while the case goes elsewhere ----------------


def test_a_desk_asked_to_take_the_case_back_can_answer_the_day_after(taken: World, freeze: Freeze) -> None:
    """It still reads the case on the ground that the question stands on."""
    moved_to_syd(taken)
    hand_over(taken, "mitt", taken.syd)
    freeze("2026-11-24 03:00")
    for _night in range(2):
        handovers.conclude()
    freeze("2026-11-24 09:00")
    sight = sight_of(taken.karin, taken.case)
    assert sight is not None and not sight.is_desk, "the asked desk sees the header"
    handovers.accept(case_id=taken.case_id, by=taken.karin)
    assert taken.case.desk.key == "mitt" and is_true(taken.case)
    again = sight_of(taken.karin, taken.case)
    assert again is not None and again.is_desk
    freeze("2026-11-25 03:00")
    handovers.conclude()
    assert sight_of(taken.syd, taken.case) is None


@pytest.mark.parametrize("asked", ["syd", "vast"])
def test_a_case_sent_elsewhere_by_the_national_desk_takes_the_question_back(taken: World, asked: str) -> None:
    west = duty("vast")
    hand_over(taken, asked, taken.karin)
    row = recusals.recuse(case_id=taken.case_id, reason="Släkt", by=taken.karin)
    recusals.recuse(case_id=taken.case_id, reason="Släkt", by=taken.per)
    recusals.redirect(recusal_id=row.pk, desk_id=Desk.objects.get(key="syd").pk, by=taken.national)
    assert not taken.case.handovers.filter(status=HandoverStatus.OPEN).exists()
    assert is_true(taken.case)
    sight = sight_of(taken.syd, taken.case)
    assert sight is not None and sight.is_desk, "a desk always holds the case"
    assert sight_of(west, taken.case) is None
    with pytest.raises(TransitionNotAllowed):
        handovers.withdraw(case_id=taken.case_id, by=taken.syd)


def test_what_has_been_accepted_is_asked_for_and_never_just_sent(taken: World) -> None:
    with pytest.raises(TransitionNotAllowed):
        triage.forward(case_id=taken.case_id, desk_id=Desk.objects.get(key="syd").pk,
                       reason=ForwardReason.CAPACITY, by=taken.karin)  # fmt: skip
    assert taken.case.desk.key == "mitt"


def test_who_took_it_over_is_said_but_not_to_the_referrer(taken: World) -> None:
    moved_to_syd(taken)
    told = Notice.objects.filter(kind=NoticeKind.HANDOVER_TAKEN)
    assert {row.by_id for row in told.filter(case=taken.case)} == {taken.syd.user_id}
    assert told.get(referral=taken.referral).by_id is None


def test_what_somebody_left_is_said_to_come_from_whoever_gave_it(taken: World) -> None:
    notifications.inherited(taken.case, taken.per.user_id, by=taken.national)
    row = Notice.objects.get(user=taken.per.user_id, kind=NoticeKind.ASSIGNED)
    assert row.by_id == taken.national.user_id


# --- a clock that stands still when the person turns out to be a child --------------------------------


def test_what_protects_a_child_runs_again_once_she_is_known_to_be_one(taken: World, freeze: Freeze) -> None:
    step = taken.step("ident.rc.assess")
    Step.objects.filter(pk=step.pk).update(priority="critical")
    other = asked_of(taken, taken.join(), "Ring")
    for one in (step, other):
        stops.stop(step_id=one.pk, reason=BlockedOn.INTERPRETER, text="Tolken är sjuk.", by=taken.karin)
    freeze("2026-11-24 09:00")
    assessments.decide_age(
        case_id=taken.case_id, age_band=AgeBand.CHILD, decided_on=clock.today(), basis="Pass",
        decided_by=AgencyKind.POLICE, by=taken.karin,
    )  # fmt: skip
    for one in (step, other):
        one.refresh_from_db()
    assert step.paused_at is None and step.chase_at is not None
    row = ClockStop.objects.get(step=step)
    assert (row.resumed_at, row.resumed_by_id) == (clock.now(), taken.karin.user_id)
    assert other.paused_at is not None and ClockStop.objects.get(step=other).resumed_at is None


# --- a step that waits is started whatever its number -------------------------------------------------


def test_a_waiting_step_with_a_later_number_starts_with_its_date(taken: World) -> None:
    """As after a merge, where of two the one that is left has a number of its own."""
    police = taken.join()
    step = Step.objects.filter(agency=police.agency, status="waiting").exclude(milestone="").first()
    assert step is not None
    Step.objects.filter(pk=step.pk).update(occurrence=101)
    dates.record(case_id=taken.case_id, kind=Milestone(step.milestone), happened_at=clock.now(),
                 date_only=False, by=taken.karin)  # fmt: skip
    step.refresh_from_db()
    assert step.status == StepStatus.OPEN and step.due_at and step.chase_at


# --- practice, and protection that runs out -----------------------------------------------------------


def test_practice_writes_to_no_mailbox(world: World) -> None:
    practice = world.about(sent(world.referrer, practice=True))
    practice.accept()
    box = "vakt@polisen.example"
    agency = AgencyFactory.create(kind=AgencyKind.POLICE, mailbox=box)
    row = practice.invite(agency)
    participation.answer_for(participation_id=row.pk, accepts=True, reported_by="Vakthavande", by=world.karin)
    asked = meetings.ask(case_id=practice.case_id, agency_id=agency.pk, text="Ring", due_on=clock.today(),
                         by=world.karin)  # fmt: skip
    waiting.nudge(step_id=asked.pk, by=world.karin)
    missing.alarm(case_id=practice.case_id, since=clock.now(), known="", by=world.karin)
    assert not OutboundEmail.objects.filter(to=box).exists()


def test_the_desk_hears_at_once_that_the_agency_named_to_protect_is_out(taken: World, freeze: Freeze) -> None:
    police = member("caseworker", agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    part = participation.invite(
        case_id=taken.case_id, agency_id=police.agency_id, ground="consent", categories=["situation"],
        purpose="Utredning", valid_until=date(2026, 11, 25), by=taken.karin,
    )  # fmt: skip
    participation.answer(participation_id=part.pk, accepts=True, by=police)
    taken.case.disputes.create(
        kind=AgencyKind.POLICE, opened_at=clock.now(), escalate_at=clock.now(), settled_at=clock.now(),
        settled_by_id=taken.karin.user_id, responsible_id=police.agency_id,
        data_key_id=taken.case.data_key_id,
    )  # fmt: skip
    freeze("2026-11-26 03:00")
    assert [granting.expire()[1] for _twice in range(2)] == [1, 0]
    told = Notice.objects.filter(kind=NoticeKind.SHARING, case=taken.case, direct=True)
    assert [row.user_id for row in told] == [taken.karin.user_id]


# --- whoever cannot handle the case is not told of it, and somebody else always is ---------------------


def test_a_dispute_is_not_listed_for_a_national_coordinator_who_cannot_handle_it(
    taken: World, freeze: Freeze
) -> None:
    for number in range(2):
        agency = AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT, name=f"Socialtjänsten {number}")
        row = taken.invite(agency)
        worker = member("caseworker", agency=agency)
        participation.answer(participation_id=row.pk, accepts=False, reason="Inte vi", by=worker)
    taken.case.recusals.create(user_id=taken.national.user_id, data_key_id=taken.case.data_key_id,
                               reason="Släkt", made_at=clock.now())  # fmt: skip
    freeze("2026-11-27 09:00")
    assert disputes.escalate() == 1
    told = Notice.objects.filter(kind=NoticeKind.DISPUTE, dedupe_key__startswith="escalated:")
    assert taken.national.user_id not in told.values_list("user_id", flat=True)
    assert list(disputes.escalated(taken.national)) == []
    other = duty("national", "Nils Nationell")
    assert [row.case_id for row in disputes.escalated(other)] == [taken.case_id]
    assert taken.case.status == Status.ACTIVE

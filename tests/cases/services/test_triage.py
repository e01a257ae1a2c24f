"""The coordinator's decisions: clocks that stop and run again, other desks, sleep, second thoughts."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.enums import Role
from accounts.models import Membership
from cases.access import sight_of
from cases.enums import ForwardReason, Level, NotTakenReason, Stage, Status, StepStatus, Verb
from cases.models import Case, Notice, Step, Tally
from cases.services import chasing, dates, messages, referrals, steps, triage
from coordinators.models import Desk
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Milestone
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, day_due, duty, mails_to, refusals, sent
from tests.factories import member

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


def desk(key: str) -> Desk:
    return Desk.objects.get(key=key)


def told(who: Any, kind: str) -> int:
    return Notice.objects.filter(user_id=who.user_id, kind=kind).count()


def forward(world: World, key: str = "syd", by: Any = None) -> Case:
    reason = ForwardReason.WRONG_REGION
    return triage.forward(case_id=world.case_id, desk_id=desk(key).pk, reason=reason, by=by or world.karin)


def record(world: World, kind: Milestone, by: Any) -> Case:
    return dates.record(case_id=world.case_id, kind=kind, happened_at=clock.now(), date_only=False, by=by)


# --- the first answer ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [Verb.ACCEPT, Verb.ASK, Verb.FORWARD, Verb.NOT_TAKE])
def test_four_decisions_are_the_first_answer_once(world: World, freeze: Any, verb: Verb) -> None:
    freeze("2026-11-23 09:40")
    {
        Verb.ACCEPT: lambda: world.accept(),
        Verb.ASK: lambda: triage.ask(case_id=world.case_id, text="?", by=world.karin),
        Verb.FORWARD: lambda: forward(world),
        Verb.NOT_TAKE: lambda: triage.not_take(
            case_id=world.case_id, reason=NotTakenReason.TEST, text="", by=world.karin
        ),
    }[verb]()
    case, first = world.case, world.step("ident.rc.acknowledge")
    assert case.answered_at == clock.now()
    assert (first.status, first.ended_by_id, first.chase_at) == (StepStatus.DONE, world.karin.user_id, None)
    tally = Tally.objects.get(unit="answer")
    assert (tally.codes["wait"], tally.codes["region"], tally.amount) == ("1h", "mitt", 1)


@pytest.mark.parametrize("verb", [Verb.SNOOZE, Verb.ASSIGN])
def test_putting_aside_is_no_answer(world: World, verb: Verb) -> None:
    if verb == Verb.SNOOZE:
        triage.snooze(case_id=world.case_id, until=clock.now() + timedelta(hours=1), by=world.karin)
    else:
        triage.assign(case_id=world.case_id, assignee_id=world.per.user_id, by=world.karin)
    assert world.case.answered_at is None and not Tally.objects.filter(unit="answer").exists()
    assert world.step("ident.rc.acknowledge").status == StepStatus.OPEN


def test_accepting_for_a_colleague_gives_her_the_desks_steps(world: World) -> None:
    triage.accept(case_id=world.case_id, assignee_id=world.per.user_id, by=world.karin)
    own = Step.objects.filter(case_id=world.case_id, desk__isnull=False, status=StepStatus.OPEN)
    assert set(own.values_list("assignee_id", flat=True)) == {world.per.user_id}
    assert told(world.per, "assigned") == 1 and told(world.karin, "assigned") == 0
    assert told(world.referrer, "accepted") == 1


def test_nobody_outside_the_desk_can_be_chosen(world: World) -> None:
    for wrong in (
        world.syd,
        world.referrer,
        world.national,
        member(Role.REGIONAL_COORDINATOR, agency=world.karin.agency),
    ):
        with pytest.raises(ValidationError):
            triage.accept(case_id=world.case_id, assignee_id=wrong.user_id, by=world.karin)
    with pytest.raises(ValidationError):
        triage.accept(case_id=world.case_id, assignee_id=uuid.uuid4(), by=world.karin)
    assert world.case.status == Status.RECEIVED and world.case.answered_at is None


def test_a_coordinator_who_left_cannot_be_chosen(world: World) -> None:
    Membership.objects.filter(pk=world.per.membership_id).update(ended_at=clock.now())
    with pytest.raises(ValidationError):
        triage.assign(case_id=world.case_id, assignee_id=world.per.user_id, by=world.karin)


# --- clocks that stand still --------------------------------------------------------------------------------


def test_asking_stops_the_desks_clock_and_nobody_elses(world: World, freeze: Any) -> None:
    case = triage.ask(case_id=world.case_id, text="Vilken ort?", by=world.karin)
    assert case.waiting_since == clock.now()
    assess = world.step("ident.rc.assess")
    assert assess.paused_at == clock.now() and assess.chase_at is None
    assert not Step.objects.filter(
        case_id=world.case_id, agency__isnull=False, paused_at__isnull=False
    ).exists()
    assert told(world.referrer, "more_wanted") == 1
    assert str(world.case.opening_referral().wanted) == "Vilken ort?"
    freeze("2026-12-10 09:00")
    chasing.sweep()
    assert world.step("ident.rc.assess").stage == Stage.NONE, "nothing is chased while it waits"


def test_the_answer_starts_the_clock_where_it_stood(world: World, freeze: Any) -> None:
    """Assess is due on Thursday; asked Monday at 12, answered Thursday at 12: three days on, past Sunday."""
    assert day_due(world.step("ident.rc.assess")) == "2026-11-26"
    freeze("2026-11-23 12:00")
    triage.ask(case_id=world.case_id, text="?", by=world.karin)
    freeze("2026-11-26 12:00")
    referrals.supplement(referral_id=world.referral.pk, text="I Knivsta.", by=world.referrer)
    case, assess = world.case, world.step("ident.rc.assess")
    assert (case.status, case.waiting_since) == (Status.RECEIVED, None)
    assert assess.paused_at is None and day_due(assess) == "2026-11-30"
    assert assess.chase_at is not None and assess.due_at is not None and assess.chase_at <= assess.due_at
    assert case.opening_referral().wanted is None
    assert told(world.karin, "supplemented") == told(world.per, "supplemented") == 1


def test_the_time_to_answer_moves_by_the_time_that_stood_still(world: World, freeze: Any) -> None:
    """Else the case comes back late to the inbox, and the referrer is promised an answer in the past."""
    assert world.case.answer_by == at("2026-11-25 00:00")
    freeze("2026-11-23 12:00")
    triage.ask(case_id=world.case_id, text="?", by=world.karin)
    freeze("2026-11-26 12:00")
    referrals.supplement(referral_id=world.referral.pk, text="I Knivsta.", by=world.referrer)
    assert world.case.answer_by == at("2026-11-28 00:00")
    assert world.case.grants.get().due_at == at("2026-11-28 00:00")


def test_office_hours_go_on_in_office_hours(world: World, freeze: Any) -> None:
    karin = duty("stockholm-children")
    case = sent(world.referrer, CHILD).case
    assert case.answer_by == at("2026-11-23 13:00")
    freeze("2026-11-23 10:00")
    triage.ask(case_id=case.pk, text="?", by=karin)
    freeze("2026-11-23 19:00")
    triage.take_back(case_id=case.pk, by=karin)
    case.refresh_from_db()
    assert case.answer_by == at("2026-11-24 08:00"), "22.00 is no office hour"


def test_a_pause_over_the_night_the_clock_changes_keeps_whole_days(world: World, freeze: Any) -> None:
    freeze("2027-03-26 09:00")
    case = sent(world.referrer).case
    triage.ask(case_id=case.pk, text="?", by=world.karin)
    freeze("2027-03-30 09:00")
    triage.take_back(case_id=case.pk, by=world.karin)
    due = case.steps.get(key="ident.rc.assess").due_at
    assert due is not None and clock.local(due).time() == datetime.min.time(), "a date ends at 24.00"


def test_taking_the_question_back_twice_is_refused(world: World) -> None:
    triage.ask(case_id=world.case_id, text="?", by=world.karin)
    triage.take_back(case_id=world.case_id, by=world.per)
    with pytest.raises(TransitionNotAllowed):
        triage.take_back(case_id=world.case_id, by=world.karin)


def test_accepting_while_waiting_starts_the_clocks_too(world: World, freeze: Any) -> None:
    triage.ask(case_id=world.case_id, text="?", by=world.karin)
    freeze("2026-11-24 09:00")
    world.accept()
    assess = world.step("ident.rc.assess")
    assert assess.paused_at is None and day_due(assess) == "2026-11-27"


def test_a_supplement_outside_waiting_changes_no_clock(world: World, freeze: Any) -> None:
    before = world.step("ident.rc.assess").due_at
    freeze("2026-11-24 09:00")
    referrals.supplement(referral_id=world.referral.pk, text="Mer.", by=world.referrer)
    assert world.step("ident.rc.assess").due_at == before and world.case.status == Status.RECEIVED


def test_only_the_referrer_supplements_and_only_while_it_is_open(world: World) -> None:
    colleague = member(Role.CASEWORKER, agency=world.referrer.agency)
    for by in (colleague, world.karin):
        with pytest.raises(Http404):
            referrals.supplement(referral_id=world.referral.pk, text="x", by=by)
        assert refusals("referral.supplement", by) == 1
    world.bring_to(Status.CLOSED)
    with pytest.raises(ValidationError):
        referrals.supplement(referral_id=world.referral.pk, text="x", by=world.referrer)


# --- another desk -------------------------------------------------------------------------------------------


def test_forwarding_keeps_the_clock_and_tells_everyone(world: World, freeze: Any) -> None:
    """S11."""
    before = {s.key: s.due_at for s in world.case.steps.filter(status="open")}
    tallies = Tally.objects.filter(codes__region="mitt", unit__in=("referral", "case")).count()
    freeze("2026-11-24 09:00")
    case = forward(world)
    after = {s.key: s for s in case.steps.filter(status="open")}
    assert {key: step.due_at for key, step in after.items()} == {
        key: due for key, due in before.items() if key != "ident.rc.acknowledge"
    }
    assert case.answer_by == at("2026-11-25 00:00")
    assert (case.assignee_id, case.snoozed_until, case.status) == (None, None, Status.RECEIVED)
    assert sight_of(world.karin, case) is None and sight_of(world.syd, case).level == Level.FULL
    assert told(world.syd, "new_referral") == 1 and mails_to(world.syd)
    assert told(world.per, "forwarded") == told(world.referrer, "forwarded") == 1
    assert told(world.national, "forwarded") == 0
    event = AuditEvent.objects.get(verb="case.forward")
    assert event.facts["reason_code"] == "wrong_region" and event.facts["to_desk"] == str(case.desk_id)
    assert event.user_id == world.karin.user_id
    assert Tally.objects.filter(codes__region="mitt", unit__in=("referral", "case")).count() == tallies


def test_the_answer_by_forwarding_counts_where_the_referral_counts(world: World) -> None:
    """S11: figures of the old region do not change, and an answer is never counted without its referral."""
    forward(world)
    regions = dict(Tally.objects.filter(unit__in=("case", "answer")).values_list("unit", "codes__region"))
    assert regions == {"case": "mitt", "answer": "mitt"}


def test_the_next_desk_is_not_asked_again_for_what_is_done(world: World, freeze: Any) -> None:
    """What Mitt has answered and assessed is no open duty of Syd, and going back breaks nothing."""
    world.accept()
    steps.done(step_id=world.step("ident.rc.assess").pk, by=world.karin)
    world.move("syd", world.karin, world.syd)
    record(world, Milestone.POLICE_INFORMED, world.syd)
    for key in ("ident.rc.acknowledge", "ident.rc.assess"):
        assert world.step(key).status == StepStatus.DONE
    world.move("mitt", world.syd, world.karin)
    record(world, Milestone.POLICE_REPORT_MADE, world.karin)
    rows = Step.objects.filter(case_id=world.case_id, desk__isnull=False)
    keys = list(rows.values_list("key", "occurrence"))
    assert len(keys) == len(set(keys))


def test_forwarding_while_waiting_keeps_the_question_and_the_pause(world: World, freeze: Any) -> None:
    triage.ask(case_id=world.case_id, text="Vilken ort?", by=world.karin)
    case = forward(world)
    assert case.status == Status.WAITING and str(case.opening_referral().wanted) == "Vilken ort?"
    freeze("2026-11-25 09:00")
    referrals.supplement(referral_id=world.referral.pk, text="Malmö", by=world.referrer)
    assert told(world.syd, "supplemented") == 1 and told(world.karin, "supplemented") == 0
    assess = world.step("ident.rc.assess")
    assert assess.desk.key == "syd" and assess.paused_at is None


def test_desks_that_cannot_take_it_are_refused(world: World) -> None:
    for wrong in (desk("national"), desk("mitt")):
        with pytest.raises(ValidationError):
            triage.forward(
                case_id=world.case_id, desk_id=wrong.pk, reason=ForwardReason.CAPACITY, by=world.karin
            )
    with pytest.raises(ValidationError):
        triage.forward(
            case_id=world.case_id, desk_id=uuid.uuid4(), reason=ForwardReason.CAPACITY, by=world.karin
        )
    assert world.case.desk.key == "mitt"


def test_after_forwarding_the_old_desk_can_do_nothing(world: World) -> None:
    """S26, on the level of services: an old tab's save is refused and nothing is stored."""
    step = world.step("ident.rc.assess")
    forward(world)
    for act in (
        lambda: messages.add_note(case_id=world.case_id, text="x", by=world.karin),
        lambda: steps.done(step_id=step.pk, by=world.karin),
        lambda: triage.assign(case_id=world.case_id, assignee_id=world.karin.user_id, by=world.karin),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert world.step("ident.rc.assess").status == StepStatus.OPEN


# --- aside for a while --------------------------------------------------------------------------------------


def test_a_snoozed_case_wakes_once_and_stops_no_clock(world: World, freeze: Any) -> None:
    before = world.step("ident.rc.assess").due_at
    triage.snooze(case_id=world.case_id, until=at("2026-11-25 08:00"), by=world.karin)
    freeze("2026-11-25 07:59")
    assert triage.wake_due() == 0
    freeze("2026-11-25 08:00")
    assert (triage.wake_due(), triage.wake_due()) == (1, 0)
    assert world.case.snoozed_until is None and world.step("ident.rc.assess").due_at == before
    assert told(world.karin, "woken") == told(world.per, "woken") == 1
    assert AuditEvent.objects.filter(verb="case.wake", user_id=None).count() == 1


def test_snoozing_needs_a_time_ahead(world: World) -> None:
    for wrong in (clock.now(), clock.now() - timedelta(minutes=1)):
        with pytest.raises(ValidationError):
            triage.snooze(case_id=world.case_id, until=wrong, by=world.karin)


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.NOT_TAKEN, Status.CLOSED])
def test_a_decision_ends_the_sleep(world: World, freeze: Any, status: Status) -> None:
    triage.snooze(case_id=world.case_id, until=at("2026-11-25 08:00"), by=world.karin)
    assert world.bring_to(status).snoozed_until is None
    freeze("2026-11-26 08:00")
    assert triage.wake_due() == 0


# --- to whom ------------------------------------------------------------------------------------------------


def test_assigning_tells_the_old_and_the_new(world: World) -> None:
    """Not her who does it herself."""
    world.accept()
    third = duty("mitt", "Tove")
    triage.assign(case_id=world.case_id, assignee_id=world.per.user_id, by=third)
    assert told(world.per, "assigned") == told(world.karin, "unassigned") == 1
    triage.assign(case_id=world.case_id, assignee_id=third.user_id, by=third)
    assert told(third, "assigned") == 0 and told(world.per, "unassigned") == 1
    live = Step.objects.filter(case_id=world.case_id, desk__isnull=False, status__in=("open", "waiting"))
    assert set(live.values_list("assignee_id", flat=True)) == {third.user_id}
    facts = list(AuditEvent.objects.filter(verb="case.assign").order_by("pk").values_list("facts", flat=True))
    assert facts[0]["before"] == str(world.karin.user_id) and facts[0]["assignee"] == str(world.per.user_id)


def test_assigning_leaves_ended_steps_with_her_who_had_them(world: World) -> None:
    world.accept()
    steps.done(step_id=world.step("ident.rc.assess").pk, by=world.karin)
    triage.assign(case_id=world.case_id, assignee_id=world.per.user_id, by=world.karin)
    assert world.step("ident.rc.assess").assignee_id == world.karin.user_id

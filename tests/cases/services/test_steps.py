"""What can be done with a step, by whom, and how the dates of a case move the checklists."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.enums import (
    BlockedOn,
    CancelReason,
    NotApplicableReason,
    Outcome,
    Stage,
    Status,
    StepStatus,
)
from cases.models import Case, Notice, RecordedMilestone, Reminder, Step, Tally
from cases.services import casework, chasing, checklists, participation, referrals, steps, triage
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Milestone
from tests.cases.services.conftest import World, day_due, mails_to, refusals, sent, undone
from tests.cases.services.test_submit import REFUSED
from tests.factories import member

pytestmark = pytest.mark.django_db

ASSESS: Final = "ident.rc.assess"
REFLECTION: Final = {"stay_status": "none", "reflection_status": "granted"}


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def record(world: World, kind: Milestone, day: str) -> Case:
    return casework.record_milestone(
        case_id=world.case_id, kind=kind, happened_at=at(day), date_only=True, by=world.karin
    )


def total(unit: str, **codes: str) -> int:
    rows = Tally.objects.filter(unit=unit, **{f"codes__{name}": value for name, value in codes.items()})
    return sum(rows.values_list("amount", flat=True))


# --- one step, every act, every status ----------------------------------------------------------------------

ACTS: Final[dict[str, Callable[[Step, Assignment], Any]]] = {
    "done": lambda s, by: steps.done(step_id=s.pk, by=by),
    "start": lambda s, by: steps.start(step_id=s.pk, by=by),
    "block": lambda s, by: steps.block(
        step_id=s.pk, blocked_on=BlockedOn.COURT, next_check_on=clock.today(), remark="Väntar", by=by
    ),
    "not_applicable": lambda s, by: steps.not_applicable(
        step_id=s.pk, reason=NotApplicableReason.DECLINED, by=by
    ),
    "reopen": lambda s, by: steps.reopen(step_id=s.pk, by=by),
    "save": lambda s, by: steps.save(step_id=s.pk, remark="Underlag", by=by),
}
TARGETS: Final[dict[str, dict[str, str]]] = {
    "open": {"done": "done", "start": "started", "block": "blocked", "not_applicable": "not_applicable",
             "save": "started"},
    "started": {"done": "done", "block": "blocked", "not_applicable": "not_applicable", "save": "started"},
    "blocked": {"done": "done", "start": "started", "block": "blocked", "not_applicable": "not_applicable",
                "save": "blocked"},
    "waiting": {"done": "done", "not_applicable": "not_applicable", "save": "waiting"},
    "done": {"reopen": "open", "save": "done"},
    "not_applicable": {"reopen": "open", "save": "not_applicable"},
    "cancelled": {},
}  # fmt: skip


def brought_to(world: World, status: str) -> Step:
    if status == "waiting":
        step = Step.objects.filter(case_id=world.case_id, desk__isnull=False, status="waiting").first()
        assert step is not None
        return step
    step = world.step(ASSESS)
    path = {"started": "start", "blocked": "block", "done": "done", "not_applicable": "not_applicable"}
    if status in path:
        ACTS[path[status]](step, world.karin)
    if status == "cancelled":
        checklists.cancel([step], CancelReason.FACTS_CHANGED)
    return world.step(ASSESS)


@pytest.mark.parametrize("status", StepStatus)
def test_every_act_in_every_status(taken: World, status: str) -> None:
    step = brought_to(taken, status)
    for name, act in ACTS.items():
        with undone():
            target = TARGETS[status].get(name)
            before = Step.objects.filter(case_id=taken.case_id).order_by("pk").values()
            frozen = list(before)
            if target is None:
                with pytest.raises(TransitionNotAllowed):
                    act(step, taken.karin)
                assert list(before.all()) == frozen, name
                continue
            act(step, taken.karin)
            after = Step.objects.get(pk=step.pk)
            assert after.status == target, name
            assert after.version > step.version, name
            assert (after.chase_at is None) == (target not in ("open", "started", "blocked")), name
            assert AuditEvent.objects.filter(verb=f"step.{name}", target_id=step.pk).exists(), name


def test_a_stale_page_changes_nothing_and_shows_what_is_there_now(taken: World) -> None:
    step = taken.step(ASSESS)
    steps.save(step_id=step.pk, remark="Min text", by=taken.per, version=step.version)
    for name, act in {
        "done": lambda v: steps.done(step_id=step.pk, by=taken.karin, version=v),
        "start": lambda v: steps.start(step_id=step.pk, by=taken.karin, version=v),
        "save": lambda v: steps.save(step_id=step.pk, remark="Annan", by=taken.karin, version=v),
        "reopen": lambda v: steps.reopen(step_id=step.pk, by=taken.karin, version=v),
        "not_applicable": lambda v: steps.not_applicable(
            step_id=step.pk, reason=NotApplicableReason.NOT_NEEDED, by=taken.karin, version=v
        ),
        "block": lambda v: steps.block(
            step_id=step.pk, blocked_on=BlockedOn.PERSON, next_check_on=clock.today(), remark="x",
            by=taken.karin, version=v,
        ),
    }.items():  # fmt: skip
        with pytest.raises(StaleVersion) as stale:
            act(step.version)
        assert str(stale.value.current.remark) == "Min text", name  # type: ignore[attr-defined]
    assert str(taken.step(ASSESS).remark) == "Min text"


def test_dates_that_cannot_be(taken: World) -> None:
    step = taken.step(ASSESS)
    with pytest.raises(ValidationError):
        steps.done(step_id=step.pk, done_on=date(2026, 11, 24), by=taken.karin)
    yesterday = date(2026, 11, 22)
    with pytest.raises(ValidationError):
        steps.block(step_id=step.pk, blocked_on=BlockedOn.PERSON, next_check_on=yesterday, remark="x",
                    by=taken.karin)  # fmt: skip
    steps.done(step_id=step.pk, done_on=date(2026, 11, 20), by=taken.karin)
    assert taken.step(ASSESS).done_on == date(2026, 11, 20)


def test_a_step_that_does_not_exist_is_refused_and_recorded(taken: World) -> None:
    with pytest.raises(PermissionDenied):
        steps.done(step_id=uuid.uuid4(), by=taken.karin)
    assert refusals("step.act", taken.karin) == 1


@pytest.mark.parametrize("status", [Status.NOT_TAKEN, Status.CLOSED, Status.MERGED, Status.DISPOSED])
def test_nothing_is_done_in_a_case_that_is_over(world: World, status: Status) -> None:
    step = world.step(ASSESS)
    world.bring_to(status)
    for name, act in ACTS.items():
        with pytest.raises((TransitionNotAllowed, PermissionDenied)):
            act(step, world.karin)
            pytest.fail(name)


# --- whose --------------------------------------------------------------------------------------------------


def test_an_agency_does_its_own_steps_and_no_others(taken: World) -> None:
    police, social = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    own = Step.objects.filter(agency=police.agency, status="open").first()
    theirs = Step.objects.filter(agency=social.agency).exclude(status="done").first()
    assert own and theirs
    colleague = member(Role.CASEWORKER, agency=police.agency)
    steps.start(step_id=own.pk, by=colleague)
    for step in (theirs, taken.step(ASSESS)):
        for name, act in ACTS.items():
            with pytest.raises(PermissionDenied):
                act(step, police)
                pytest.fail(name)


def test_the_coordinator_reports_for_another_agency_and_says_who_told(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    step = Step.objects.filter(agency=police.agency, status="open").earliest("key")
    for nothing in ("", "  "):
        with pytest.raises(ValidationError) as error:
            steps.done(step_id=step.pk, by=taken.karin, reported_by=nothing)
        assert "reported_by" in error.value.message_dict
    steps.done(step_id=step.pk, by=taken.karin, reported_by="Insp. Berg, telefon")
    after = Step.objects.get(pk=step.pk)
    assert after.status == "done" and after.ended_by_id == taken.karin.user_id
    assert str(after.reported_by) == "Insp. Berg, telefon"
    assert "Berg" not in str(list(AuditEvent.objects.values()))
    own = taken.step(ASSESS)
    steps.done(step_id=own.pk, by=taken.karin)  # her own needs no reporter


def test_the_referrer_does_her_own_duties_without_seeing_the_case(taken: World) -> None:
    own = Step.objects.filter(case_id=taken.case_id, agency_id=taken.referrer.agency_id).first()
    assert own is not None
    if own.status == StepStatus.DONE:
        steps.reopen(step_id=own.pk, by=taken.referrer)
    steps.done(step_id=own.pk, by=taken.referrer)
    colleague = member(Role.CASEWORKER, agency=taken.referrer.agency)
    with pytest.raises(PermissionDenied):
        steps.reopen(step_id=own.pk, by=colleague)


def test_who_was_assigned_a_step_has_no_key_to_it_after_the_agency_has_left(taken: World) -> None:
    """Being the assignee of an ended step gives nothing once the sight is gone."""
    worker = taken.join(AgencyKind.POLICE)
    step = Step.objects.filter(agency=worker.agency, status="open").earliest("key")
    steps.assign(step_id=step.pk, assignee_id=worker.user_id, by=worker)
    steps.done(step_id=step.pk, by=worker)
    made = step.case.participations.get(agency=worker.agency)
    participation.end(participation_id=made.pk, by=taken.karin)
    for act in (
        ACTS["reopen"],
        ACTS["save"],
        lambda s, by: steps.assign(step_id=s.pk, assignee_id=None, by=by),
    ):
        with pytest.raises(PermissionDenied):
            act(step, worker)
    assert Step.objects.get(pk=step.pk).status == "done"


def test_a_step_is_assigned_to_people_who_can_do_it(taken: World) -> None:
    worker = taken.join(AgencyKind.POLICE)
    colleague = member(Role.CASEWORKER, agency=worker.agency)
    left = member(Role.CASEWORKER, agency=worker.agency)
    Membership.objects.filter(pk=left.membership_id).update(ended_at=clock.now())
    step = Step.objects.filter(agency=worker.agency, status="open").earliest("key")
    steps.assign(step_id=step.pk, assignee_id=colleague.user_id, by=worker)
    assert Step.objects.get(pk=step.pk).assignee_id == colleague.user_id
    for wrong in (left.user_id, taken.karin.user_id, uuid.uuid4()):
        with pytest.raises(ValidationError):
            steps.assign(step_id=step.pk, assignee_id=wrong, by=worker)
    steps.assign(step_id=step.pk, assignee_id=None, by=worker)
    assert Step.objects.get(pk=step.pk).assignee_id is None


def test_the_desks_step_is_assigned_to_whoever_answers_there(taken: World) -> None:
    step = taken.step(ASSESS)
    steps.assign(step_id=step.pk, assignee_id=taken.per.user_id, by=taken.karin)
    office = member(Role.ADMINISTRATOR, agency=taken.karin.agency)
    for wrong in (office.user_id, taken.syd.user_id, taken.national.user_id):
        with pytest.raises(ValidationError):
            steps.assign(step_id=step.pk, assignee_id=wrong, by=taken.karin)
    assert taken.step(ASSESS).assignee_id == taken.per.user_id


# --- what follows -------------------------------------------------------------------------------------------


def test_the_assessment_starts_what_waited_for_it(taken: World, freeze: Any) -> None:
    waiting = Step.objects.filter(case_id=taken.case_id, milestone=Milestone.IDENTIFIED, status="waiting")
    keys = set(waiting.values_list("key", flat=True))
    assert "acute.rc.plan_call" in keys
    freeze("2026-11-24 10:00")
    steps.done(step_id=taken.step(ASSESS).pk, by=taken.karin)
    assert not waiting.exists()
    plan = taken.step("acute.rc.plan_call")
    assert plan.starts_at == clock.now() and day_due(plan) == "2026-11-27"
    assert total("milestone", detail="identified") == 1


def test_a_recurring_step_has_one_open_at_a_time(taken: World, freeze: Any) -> None:
    steps.done(step_id=taken.step(ASSESS).pk, by=taken.karin)
    live = Step.objects.filter(case_id=taken.case_id, key="long.rc.monthly_status", status="open")
    first = live.get()
    freeze("2026-12-20 10:00")
    steps.done(step_id=first.pk, by=taken.karin)
    second = live.get()
    assert (second.occurrence, day_due(second)) == (2, "2027-01-20")
    with pytest.raises(TransitionNotAllowed):
        steps.done(step_id=first.pk, by=taken.karin)
    record(taken, Milestone.POLICE_INFORMED, "2026-12-20")  # a refresh adds none
    assert live.count() == 1
    freeze("2027-01-31 10:00")
    steps.done(step_id=second.pk, by=taken.karin)
    assert day_due(live.get()) == "2027-02-28", "months end with the month"
    assert Step.objects.filter(case_id=taken.case_id, key="long.rc.monthly_status").count() == 3


def test_undoing_a_recurring_step_takes_the_next_one_away(taken: World) -> None:
    steps.done(step_id=taken.step(ASSESS).pk, by=taken.karin)
    rows = Step.objects.filter(case_id=taken.case_id, key="long.rc.monthly_status").order_by("occurrence")
    first = rows.get()
    steps.done(step_id=first.pk, by=taken.karin)
    steps.reopen(step_id=first.pk, by=taken.karin)
    assert list(rows.values_list("occurrence", "status")) == [(1, "open")]
    assert rows.get().due_at == first.due_at


def test_a_recurring_step_is_not_taken_up_again_when_the_next_has_begun(taken: World) -> None:
    steps.done(step_id=taken.step(ASSESS).pk, by=taken.karin)
    rows = Step.objects.filter(case_id=taken.case_id, key="long.rc.monthly_status").order_by("occurrence")
    first = rows.get()
    steps.done(step_id=first.pk, by=taken.karin)
    second = rows.last()
    steps.start(step_id=second.pk, by=taken.karin)
    with pytest.raises(TransitionNotAllowed):
        steps.reopen(step_id=first.pk, by=taken.karin)
    steps.done(step_id=second.pk, by=taken.karin)
    with pytest.raises(TransitionNotAllowed):
        steps.reopen(step_id=first.pk, by=taken.karin)
    assert rows.filter(status="open").count() == 1


def test_tallies_follow_done_and_undone(taken: World) -> None:
    step = taken.step(ASSESS)
    before = (total("done_step"), total("phase", detail=step.phase))
    steps.done(step_id=step.pk, by=taken.karin)
    assert total("done_step") == before[0] + 1
    steps.reopen(step_id=step.pk, by=taken.karin)
    assert (total("done_step"), total("phase", detail=step.phase)) == before
    steps.not_applicable(step_id=step.pk, reason=NotApplicableReason.OTHER_AGENCY, by=taken.karin)
    assert total("done_step") == before[0], "not applicable is not done"


# --- dates of the case --------------------------------------------------------------------------------------


@pytest.fixture
def reflection(world: World, freeze: Any) -> World:
    """S28: applied for on 9 November, granted on 11 November until 11 December."""
    freeze("2026-11-11 10:00")
    other = world.about(
        sent(world.referrer, consent_date="2026-11-05", stay_status="none", reflection_status="applied",
             reflection_applied_on="2026-11-09")
    )  # fmt: skip
    other.accept()
    Case.objects.filter(pk=other.case_id).update(
        conditions=sorted({*other.case.conditions, "reflection_granted", "foreign_national"})
    )
    record(other, Milestone.REFLECTION_GRANTED, "2026-11-11")
    record(other, Milestone.REFLECTION_EXPIRES, "2026-12-11")
    return other


COUNTDOWN: Final = {
    "init.rc.reflection_information": "2026-11-14",
    "init.rc.reflection_support": "2026-11-18",
    "init.rc.reflection_decision": "2026-12-11",
    "init.rc.reflection_next_permit": "2026-12-11",
}


def test_a_reflection_period_counts_down_in_calendar_days(reflection: World) -> None:
    """S28: working days play no part; 14 November is a Saturday."""
    for key, day in COUNTDOWN.items():
        step = reflection.step(key)
        assert (step.status, day_due(step)) == ("open", day), key


def test_warnings_come_at_ten_and_three_days(reflection: World, freeze: Any) -> None:
    step = reflection.step("init.rc.reflection_decision")
    seen = []
    for day in range(12, 31):
        freeze(f"2026-11-{day} 09:00")
        chasing.sweep()
    for day in range(1, 13):
        freeze(f"2026-12-{day:02} 09:00")
        chasing.sweep()
        rows = Reminder.objects.filter(step=step, stage=Stage.REMINDED)
        seen.append((day, rows.values("days_left").distinct().count()))
    changes = [day for (day, n), (_d, before) in zip(seen[1:], seen, strict=False) if n > before]
    first = [day for day, n in seen if n >= 1][0]
    assert [first, *changes[-1:]] == [2, 9], (
        "the days end at 24.00: ten days before is the night to 2 December"
    )
    assert step.case.steps.get(pk=step.pk).stage >= Stage.DUE


def test_prolonging_moves_what_stands_on_the_end(reflection: World, freeze: Any) -> None:
    freeze("2026-12-09 10:00")
    chasing.sweep()
    old = reflection.step("init.rc.reflection_decision")
    assert old.stage == Stage.REMINDED
    record(reflection, Milestone.REFLECTION_EXPIRES, "2027-01-10")
    moved = reflection.step("init.rc.reflection_decision")
    assert day_due(moved) == "2027-01-10" and moved.stage == Stage.NONE
    assert moved.chase_at is not None and moved.chase_at > clock.now()
    rows = RecordedMilestone.objects.filter(case_id=reflection.case_id, kind=Milestone.REFLECTION_EXPIRES)
    assert rows.count() == 2 and rows.filter(replaced_at=None).get().happened_at == at("2027-01-10")
    assert day_due(reflection.step("init.rc.reflection_information")) == "2026-11-14"
    assert total("milestone", detail="reflection_expires") == 1, "a corrected date is no new fact"


def test_expiry_without_a_decision_escalates(reflection: World, freeze: Any) -> None:
    """The end is 24.00 on 11 December; critical steps climb in hours, also over the weekend."""
    freeze("2026-12-12 00:00")
    chasing.sweep()
    assert reflection.step("init.rc.reflection_decision").stage == Stage.DUE
    freeze("2026-12-12 02:00")
    chasing.sweep()
    freeze("2026-12-12 04:00")
    chasing.sweep()
    assert reflection.step("init.rc.reflection_decision").stage == Stage.COORDINATOR
    freeze("2026-12-14 08:00")
    chasing.sweep()
    assert reflection.step("init.rc.reflection_decision").stage == Stage.NATIONAL
    told = Notice.objects.filter(user=reflection.national.user, kind="step_late")
    assert told.exists() and mails_to(reflection.national)


def test_a_moved_date_keeps_what_is_done(reflection: World) -> None:
    step = reflection.step("init.rc.reflection_information")
    steps.done(step_id=step.pk, by=reflection.karin)
    record(reflection, Milestone.REFLECTION_GRANTED, "2026-11-10")
    after = reflection.step("init.rc.reflection_information")
    assert (after.status, after.due_at) == ("done", step.due_at)


def test_a_moved_date_moves_blocked_and_started_steps_too(reflection: World) -> None:
    decision, permit = (reflection.step(f"init.rc.reflection_{key}") for key in ("decision", "next_permit"))
    steps.start(step_id=decision.pk, by=reflection.karin)
    ACTS["block"](permit, reflection.karin)
    record(reflection, Milestone.REFLECTION_EXPIRES, "2026-12-20")
    for key, status in (("decision", "started"), ("next_permit", "blocked")):
        step = reflection.step(f"init.rc.reflection_{key}")
        assert (step.status, day_due(step)) == (status, "2026-12-20")


def test_only_some_dates_may_lie_ahead(taken: World) -> None:
    for kind in Milestone:
        with undone():
            if kind in casework.PLANNED:
                record(taken, kind, "2026-12-24")
                continue
            with pytest.raises(ValidationError):
                record(taken, kind, "2026-12-24")


def test_recording_the_same_date_again_changes_no_step(reflection: World) -> None:
    def rows() -> list[Any]:
        found = Step.objects.filter(case_id=reflection.case_id).order_by("pk")
        return list(found.values("pk", "status", "due_at", "stage", "chase_at", "starts_at"))

    before = rows()
    record(reflection, Milestone.REFLECTION_GRANTED, "2026-11-11")
    checklists.refresh(reflection.case)
    assert rows() == before


def test_a_step_done_before_its_date_is_known_comes_back_with_that_date(taken: World, freeze: Any) -> None:
    """Done while it waited, taken up again when the date is known: due by it, not by when it was ticked."""
    step = taken.step("close.rc.closure")
    assert step.status == StepStatus.WAITING
    steps.done(step_id=step.pk, by=taken.karin)
    record(taken, Milestone.LAST_SUPPORT_ENDED, "2026-11-20")
    freeze("2026-11-24 10:00")
    steps.reopen(step_id=step.pk, by=taken.karin)
    again = taken.step("close.rc.closure")
    assert (again.status, day_due(again)) == ("open", "2026-12-04")
    steps.not_applicable(step_id=step.pk, reason=NotApplicableReason.NOT_NEEDED, by=taken.karin)
    steps.reopen(step_id=step.pk, by=taken.karin)
    assert day_due(taken.step("close.rc.closure")) == "2026-12-04"


def test_taken_up_again_without_its_date_it_waits(taken: World) -> None:
    step = taken.step("close.rc.closure")
    steps.done(step_id=step.pk, by=taken.karin)
    steps.reopen(step_id=step.pk, by=taken.karin)
    again = taken.step("close.rc.closure")
    assert (again.status, again.due_at, again.starts_at, again.chase_at) == ("waiting", None, None, None)


# --- the end ------------------------------------------------------------------------------------------------


def test_closing_cancels_what_is_open_and_reopening_takes_it_up(taken: World, freeze: Any) -> None:
    worker = taken.join(AgencyKind.POLICE)
    ACTS["block"](taken.step(ASSESS), taken.karin)
    before = {s.pk: (s.key, s.due_at) for s in taken.case.steps.exclude(status="done")}
    casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    ended = Step.objects.filter(pk__in=before)
    assert set(ended.values_list("status", "cancel_reason")) == {("cancelled", CancelReason.CASE_CLOSED)}
    assert not ended.filter(chase_at__isnull=False).exists() and taken.case.next_due_at is None
    freeze("2026-11-30 09:00")
    chasing.sweep()
    assert not Reminder.objects.exists(), "a closed case is not chased"
    casework.reopen(case_id=taken.case_id, by=taken.karin)
    again = {s.pk: (s.key, s.due_at) for s in Step.objects.filter(pk__in=before)}
    assert again == before and not Step.objects.filter(pk__in=before, status="cancelled").exists()
    late = Step.objects.filter(pk__in=before, due_at__lt=clock.now())
    assert late.exists() and not late.filter(chase_at=None).exists()
    chasing.sweep()
    assert set(late.values_list("stage", flat=True)) == {Stage.DUE}
    assert taken.case.overdue_count == late.count()
    assert worker.user_id in set(Notice.objects.values_list("user_id", flat=True))


def test_what_ended_for_another_reason_stays_ended(taken: World) -> None:
    worker = taken.join(AgencyKind.POLICE)
    made = taken.case.participations.get(agency=worker.agency)
    participation.end(participation_id=made.pk, by=taken.karin)
    casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    casework.reopen(case_id=taken.case_id, by=taken.karin)
    left = Step.objects.filter(agency=worker.agency).exclude(status="done")
    assert set(left.values_list("status", "cancel_reason")) == {("cancelled", CancelReason.AGENCY_LEFT)}


def test_an_agency_that_comes_back_gets_its_steps_again(taken: World) -> None:
    worker = taken.join(AgencyKind.POLICE)
    made = taken.case.participations.get(agency=worker.agency)
    open_before = set(Step.objects.filter(agency=worker.agency, status="open").values_list("key", flat=True))
    participation.end(participation_id=made.pk, by=taken.karin)
    again = taken.invite(worker.agency)
    participation.answer(participation_id=again.pk, accepts=True, by=worker)
    live = Step.objects.filter(agency=worker.agency, status="open")
    assert set(live.values_list("key", flat=True)) == open_before != set()


def test_late_counts_and_next_due_follow_every_act(taken: World, freeze: Any) -> None:
    freeze("2026-12-07 10:00")
    chasing.sweep()
    case = taken.case
    assert case.overdue_count == 2 and case.next_due_at == taken.step("acute.rc.meet").due_at
    steps.done(step_id=taken.step(ASSESS).pk, by=taken.karin)
    assert taken.case.overdue_count == 1
    steps.done(step_id=taken.step("acute.rc.meet").pk, by=taken.karin)
    case = taken.case
    assert case.overdue_count == 0 and case.next_due_at is not None and case.next_due_at > clock.now()
    assert {grant.due_at for grant in case.grants.all()} == {case.next_due_at}


def test_pausing_and_ended_steps_never_meet(taken: World, freeze: Any) -> None:
    """A step ended while the case waited is not moved when the answer comes."""
    other = taken.about(sent(taken.referrer))
    triage.ask(case_id=other.case_id, text="?", by=taken.karin)
    step = other.step(ASSESS)
    steps.done(step_id=step.pk, by=taken.karin)
    freeze("2026-11-27 10:00")
    referrals.supplement(referral_id=other.referral.pk, text="Svar", by=taken.referrer)
    after = other.step(ASSESS)
    assert (after.status, after.due_at, after.paused_at) == ("done", step.due_at, None)


def test_inviting_the_referrers_agency_leaves_her_own_duties_alone(world: World) -> None:
    other = world.about(sent(world.referrer, REFUSED), world.syd)
    own = Step.objects.filter(case_id=other.case_id, template__agency_role="referrer")
    before = set(own.values_list("pk", "status"))
    assert any(status != StepStatus.DONE for _pk, status in before)
    other.accept()
    made = other.invite(world.referrer.agency, "osl_10_2")
    participation.answer(participation_id=made.pk, accepts=True, by=world.referrer)
    assert set(own.values_list("pk", "status")) == before


def test_a_fact_that_comes_and_goes_takes_its_steps_along(taken: World) -> None:
    """Ended with the reason, and taken up again when it applies again; never two of the same."""
    rows = Step.objects.filter(case_id=taken.case_id, key="init.rc.reflection_information")
    conditions = [*taken.case.conditions, "reflection_granted"]

    def facts(codes: list[str]) -> list[tuple[str, str]]:
        Case.objects.filter(pk=taken.case_id).update(conditions=sorted(codes))
        checklists.refresh(taken.case)
        return list(rows.values_list("status", "cancel_reason"))

    assert facts(conditions) == [("waiting", "")]
    assert facts(conditions[:-1]) == [("cancelled", CancelReason.FACTS_CHANGED)]
    assert facts(conditions) == [("waiting", "")]
    record(taken, Milestone.REFLECTION_GRANTED, "2026-11-20")
    assert facts(conditions[:-1]) == [("cancelled", CancelReason.FACTS_CHANGED)]
    assert facts(conditions) == [("open", "")]
    assert rows.get().chase_at is not None

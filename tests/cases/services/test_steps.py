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
    Status,
    StepStatus,
)
from cases.models import Case, Step, Tally
from cases.services import checklists, dates, participation, steps
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Milestone
from tests.cases.services.conftest import World, day_due, refusals, undone
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
    return dates.record(case_id=world.case_id, kind=kind, happened_at=at(day), date_only=True, by=world.karin)


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

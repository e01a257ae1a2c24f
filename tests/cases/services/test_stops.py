"""Clocks that stand still: due times move by what stood still, once; what protects a child is never stopped.

And dates that are corrected or withdrawn, with the steps that stand on them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.enums import BlockedOn, NotApplicableReason, Outcome, Stage, StepStatus
from cases.models import Case, ClockStop, Notice, RecordedMilestone, Reminder, Step
from cases.services import casework, chasing, checklists, dates, steps, stops, triage
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Milestone
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, day_due, refusals, sent
from tests.manual.following import stands_on

pytestmark = pytest.mark.django_db

ASSESS = "ident.rc.assess"


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


def stop(step: Step, by: Assignment, **more: Any) -> Step:
    said = {"reason": BlockedOn.INTERPRETER, "text": "Tolken är sjuk."} | more
    return stops.stop(step_id=step.pk, by=by, **said)


def resume(step: Step, by: Assignment) -> Step:
    return stops.resume(step_id=step.pk, by=by)


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def with_facts(world: World, *conditions: str) -> None:
    """Facts of the case that decide which steps there are."""
    Case.objects.filter(pk=world.case_id).update(conditions=sorted(conditions))
    checklists.refresh(world.case)


# --- one clock ----------------------------------------------------------------------------------------------


def test_what_stood_still_is_added_once(taken: World, freeze: Any) -> None:
    """Assess within three working days: Thursday 26 November. Two days of standing still: Monday."""
    step = taken.step(ASSESS)
    assert day_due(step) == "2026-11-26"
    freeze("2026-11-24 09:00")
    stop(step, taken.karin)
    assert taken.step(ASSESS).paused_at == clock.now() and taken.step(ASSESS).chase_at is None
    row = ClockStop.objects.get(step=step)
    assert (row.reason, row.text, row.stopped_by) == ("interpreter", "Tolken är sjuk.", taken.karin.user)
    freeze("2026-11-26 09:00")
    resume(step, taken.karin)
    again = taken.step(ASSESS)
    assert (day_due(again), again.paused_at) == ("2026-11-30", None), "28 and 29 November are a weekend"
    assert again.chase_at is not None
    row.refresh_from_db()
    assert (row.resumed_at, row.resumed_by_id) == (clock.now(), taken.karin.user_id)


def test_nobody_is_chased_meanwhile(taken: World, freeze: Any) -> None:
    step = taken.step(ASSESS)
    stop(step, taken.karin)
    freeze("2026-12-14 09:00")
    chasing.sweep()
    assert not Reminder.objects.filter(step=step).exists()
    resume(step, taken.karin)
    chasing.sweep()
    assert taken.step(ASSESS).stage == Stage.NONE and not Reminder.objects.filter(step=step).exists()


def test_hours_stay_hours(taken: World, freeze: Any) -> None:
    police = taken.join(AgencyKind.POLICE)
    dates.record(case_id=taken.case_id, kind=Milestone.POLICE_INFORMED, happened_at=at("2026-11-23 09:00"),
                 date_only=False, by=taken.karin)  # fmt: skip
    step = taken.step("acute.police.report")
    freeze("2026-11-23 12:00")
    stop(step, police)
    freeze("2026-11-23 15:30")
    resume(step, police)
    assert taken.step("acute.police.report").due_at == at("2026-11-24 12:30")


def test_a_stop_and_the_wait_for_the_referrer_are_not_counted_twice(world: World, freeze: Any) -> None:
    """Waits Tuesday to Friday, stopped Wednesday to Monday: it stood still from Tuesday to Monday."""
    step = world.step(ASSESS)
    freeze("2026-11-24 09:00")
    triage.ask(case_id=world.case_id, text="Vilken ort?", by=world.karin)
    freeze("2026-11-25 09:00")
    stop(step, world.karin)
    freeze("2026-11-27 09:00")
    triage.take_back(case_id=world.case_id, by=world.karin)
    assert world.step(ASSESS).paused_at == at("2026-11-24 09:00"), "somebody has stopped it: it stands on"
    freeze("2026-11-30 09:00")
    resume(step, world.karin)
    assert day_due(world.step(ASSESS)) == "2026-12-02", "six days after Thursday 26 November"


def test_the_other_way_round(world: World, freeze: Any) -> None:
    """Stopped first, let go while the case waits: it runs when the case does, from when it was stopped."""
    step = world.step(ASSESS)
    freeze("2026-11-24 09:00")
    stop(step, world.karin)
    freeze("2026-11-25 09:00")
    triage.ask(case_id=world.case_id, text="Vilken ort?", by=world.karin)
    resume(step, world.karin)
    assert world.step(ASSESS).paused_at == at("2026-11-24 09:00")
    freeze("2026-11-26 09:00")
    triage.take_back(case_id=world.case_id, by=world.karin)
    assert (day_due(world.step(ASSESS)), world.step(ASSESS).paused_at) == ("2026-11-30", None)


def test_a_corrected_date_keeps_what_stood_still(taken: World, freeze: Any) -> None:
    police = taken.join(AgencyKind.POLICE)
    with_facts(taken, "police_report_made")
    day = at("2026-11-20")
    kind = Milestone.POLICE_REPORT_MADE
    dates.record(case_id=taken.case_id, kind=kind, happened_at=day, date_only=True, by=taken.karin)
    step = taken.step("crim.police.threat")
    assert day_due(step) == "2026-11-27"
    freeze("2026-11-24 09:00")
    stop(step, police)
    freeze("2026-11-26 09:00")
    resume(step, police)
    assert day_due(taken.step("crim.police.threat")) == "2026-11-30"
    dates.record(case_id=taken.case_id, kind=kind, happened_at=at("2026-11-23"), date_only=True,
                 by=taken.karin)  # fmt: skip
    assert day_due(taken.step("crim.police.threat")) == "2026-12-02", "30 November and two days more"


@pytest.mark.parametrize("ending", ["done", "not_applicable", "closed"])
def test_a_step_that_ends_has_no_clock(taken: World, freeze: Any, ending: str) -> None:
    step = taken.step(ASSESS)
    stop(step, taken.karin)
    if ending == "done":
        steps.done(step_id=step.pk, by=taken.karin)
    elif ending == "not_applicable":
        steps.not_applicable(step_id=step.pk, reason=NotApplicableReason.NOT_NEEDED, by=taken.karin)
    else:
        casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    assert not ClockStop.objects.filter(resumed_at=None).exists()
    if ending == "closed":
        casework.reopen(case_id=taken.case_id, by=taken.karin)
    else:
        steps.reopen(step_id=step.pk, by=taken.karin)
    assert taken.step(ASSESS).paused_at is None
    stop(step, taken.karin)


# --- what is never stopped ----------------------------------------------------------------------------------


def test_a_deadline_of_the_law_is_not_stopped(taken: World) -> None:
    prosecutor = taken.join(AgencyKind.POLICE)
    step = Step.objects.filter(case_id=taken.case_id, agency=prosecutor.agency, status="open").first()
    assert step is not None
    Step.objects.filter(pk=step.pk).update(deadline_kind="statutory_fixed")
    stands_on(step, kind="statutory_fixed")
    with pytest.raises(ValidationError, match="can|kan"):
        stop(step, prosecutor)
    assert refusals("step.stop") == 1 and not ClockStop.objects.exists()


@pytest.mark.parametrize(
    "key", ["acute.socc.immediate_protection", "init.socc.prelim14", "acute.socc.police_contact"]
)
def test_what_protects_a_child_is_not_stopped(world: World, key: str) -> None:
    child = world.about(sent(world.referrer, CHILD, municipality_of_presence="0380"))
    child.accept()
    board = child.join(AgencyKind.SOCIAL_SERVICES_CHILD, ground="sol_19_1")
    dates.record(case_id=child.case_id, kind=Milestone.CHILD_REPORT_RECEIVED, happened_at=at("2026-11-23"),
                 date_only=True, by=child.karin)  # fmt: skip
    for who in (board, child.karin):
        with pytest.raises(ValidationError) as refused:
            stop(child.step(key, agency=board.agency), who)
        assert refused.value.code == "never"


def test_a_countdown_is_not_stopped(taken: World) -> None:
    dates.record(case_id=taken.case_id, kind=Milestone.TRIAL_DATE, happened_at=at("2027-02-01"),
                 date_only=True, by=taken.karin)  # fmt: skip
    social = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    with_facts(taken, "trial_date_set")
    step = taken.step("crim.soca.court_support")
    assert step.status == StepStatus.OPEN
    with pytest.raises(ValidationError) as refused:
        stop(step, social)
    assert refused.value.code == "never"


def test_what_cannot_be_stopped_or_let_go(taken: World) -> None:
    step = taken.step(ASSESS)
    with pytest.raises(ValidationError):
        stop(step, taken.karin, text=" ")
    with pytest.raises(ValidationError):
        resume(step, taken.karin)
    stop(step, taken.karin, version=0)
    with pytest.raises(StaleVersion):
        stop(step, taken.karin, version=0)
    with pytest.raises(ValidationError):
        stop(step, taken.karin)
    waiting = taken.step("close.rc.closure")
    with pytest.raises(TransitionNotAllowed):
        stop(waiting, taken.karin)


def test_only_who_owes_the_step_or_the_desk(taken: World) -> None:
    police, care = taken.join(AgencyKind.POLICE), taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    step = Step.objects.filter(case_id=taken.case_id, agency=police.agency, status="open",
                               template__direction="after").exclude(
                                   template__kind="statutory_fixed").first()  # fmt: skip
    assert step is not None
    for who in (care, taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            stop(step, who)
    stop(step, police)
    resume(step, taken.karin)


# --- corrected and withdrawn dates --------------------------------------------------------------------------


def test_a_withdrawn_date_lets_its_steps_wait(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    kind = Milestone.POLICE_INFORMED
    dates.record(case_id=taken.case_id, kind=kind, happened_at=at("2026-11-23"), date_only=True,
                 by=taken.karin)  # fmt: skip
    step = taken.step("acute.police.report")
    steps.save(step_id=step.pk, remark="K 1234-26", by=police)
    dates.withdraw(case_id=taken.case_id, kind=kind, by=taken.karin)
    again = taken.step("acute.police.report")
    assert (again.status, again.due_at, again.chase_at) == (StepStatus.WAITING, None, None)
    assert again.remark == "K 1234-26"
    assert RecordedMilestone.objects.get(case_id=taken.case_id, kind=kind).replaced_at is not None
    assert AuditEvent.objects.filter(verb="case.date_withdrawn", target_id=taken.case_id).exists()
    assert Notice.objects.filter(user=police.user, kind="step_moved").exists()
    with pytest.raises(ValidationError):
        dates.withdraw(case_id=taken.case_id, kind=kind, by=taken.karin)
    dates.record(case_id=taken.case_id, kind=kind, happened_at=at("2026-11-22"), date_only=True,
                 by=taken.karin)  # fmt: skip
    assert taken.step("acute.police.report").status == StepStatus.OPEN


def test_a_correction_moves_steps_and_tells_who_owes_them(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE)
    with_facts(taken, "police_report_made")
    kind = Milestone.POLICE_REPORT_MADE
    dates.record(case_id=taken.case_id, kind=kind, happened_at=at("2026-11-20"), date_only=True,
                 source="K 1234-26", by=taken.karin)  # fmt: skip
    assert not Notice.objects.filter(kind="step_moved").exists(), "a step that starts has not moved"
    dates.record(case_id=taken.case_id, kind=kind, happened_at=at("2026-11-18"), date_only=True,
                 by=taken.karin)  # fmt: skip
    assert day_due(taken.step("crim.police.threat")) == "2026-11-25"
    rows = RecordedMilestone.objects.filter(case_id=taken.case_id, kind=kind)
    assert rows.count() == 2 and rows.get(replaced_at__isnull=False).source == "K 1234-26"
    event = AuditEvent.objects.get(verb="case.date_corrected", target_id=taken.case_id)
    assert set(event.facts) >= {"kind", "before", "after"}
    assert {n.user_id for n in Notice.objects.filter(kind="step_moved")} == {police.user_id}


def test_dates_of_a_return_are_kept_in_the_plan(taken: World) -> None:
    for kind in dates.BY_A_RETURN:
        with pytest.raises(ValidationError) as refused:
            dates.record(case_id=taken.case_id, kind=kind, happened_at=at("2026-11-01"), date_only=True,
                         by=taken.karin)  # fmt: skip
        assert "kind" in refused.value.message_dict

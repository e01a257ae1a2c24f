"""Dates of a case start, move and end its steps; closing ends them and reopening takes them up."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import pytest
from django.core.exceptions import ValidationError

from accounts.enums import AgencyKind
from cases.enums import (
    CancelReason,
    NotApplicableReason,
    Outcome,
    PeriodEnd,
    PeriodKind,
    Stage,
    StepStatus,
)
from cases.models import Case, Notice, Period, RecordedMilestone, Reminder, Step, Tally
from cases.services import (
    casework,
    chasing,
    checklists,
    dates,
    participation,
    periods,
    referrals,
    steps,
    triage,
)
from core import clock
from manual.enums import Milestone
from tests.cases.services.conftest import World, day_due, mails_to, sent, undone
from tests.cases.services.test_steps import ACTS
from tests.cases.services.test_submit import REFUSED

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
    granted(other, "2026-11-11", "2026-12-11")
    return other


def granted(world: World, first: str, last: str) -> Period:
    return periods.record(
        case_id=world.case_id, kind=PeriodKind.REFLECTION, starts_on=date.fromisoformat(first),
        ends_on=date.fromisoformat(last), source="Migrationsverket, beslut", by=world.karin,
    )  # fmt: skip


def prolonged(world: World, last: str) -> Period:
    return periods.extend(
        period_id=periods.current(world.case)[0].pk, ends_on=date.fromisoformat(last),
        source="Migrationsverket, nytt beslut", by=world.karin,
    )  # fmt: skip


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
    for day in range(1, 15):
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
    prolonged(reflection, "2027-01-10")
    moved = reflection.step("init.rc.reflection_decision")
    assert day_due(moved) == "2027-01-10" and moved.stage == Stage.NONE
    assert moved.chase_at is not None and moved.chase_at > clock.now()
    rows = RecordedMilestone.objects.filter(case_id=reflection.case_id, kind=Milestone.REFLECTION_EXPIRES)
    assert rows.count() == 2 and rows.filter(replaced_at=None).get().happened_at == at("2027-01-10")
    assert day_due(reflection.step("init.rc.reflection_information")) == "2026-11-14"
    assert total("milestone", detail="reflection_expires") == 1, "a corrected date is no new fact"


def test_expiry_without_a_decision_escalates(reflection: World, freeze: Any) -> None:
    """The end is 24.00 on Friday 11 December; nobody is disturbed at the weekend, and all are on Monday."""
    freeze("2026-12-12 10:00")
    chasing.sweep()
    assert reflection.step("init.rc.reflection_decision").stage < Stage.DUE
    for minute, stage in enumerate((Stage.DUE, Stage.MANAGERS, Stage.COORDINATOR, Stage.NATIONAL)):
        freeze(f"2026-12-14 08:0{minute}")
        chasing.sweep()
        assert reflection.step("init.rc.reflection_decision").stage == stage
    told = Notice.objects.filter(user=reflection.national.user, kind="step_late")
    assert told.exists() and mails_to(reflection.national)


def test_a_moved_date_keeps_what_is_done(reflection: World) -> None:
    step = reflection.step("init.rc.reflection_information")
    steps.done(step_id=step.pk, by=reflection.karin)
    periods.end(period_id=periods.current(reflection.case)[0].pk, ended_on=clock.today(),
                reason=PeriodEnd.MISTAKE, words="Fel dag", by=reflection.karin)  # fmt: skip
    granted(reflection, "2026-11-10", "2026-12-10")
    assert day_due(reflection.step("init.rc.reflection_decision")) == "2026-12-10"
    after = reflection.step("init.rc.reflection_information")
    assert (after.status, after.due_at) == ("done", step.due_at)


def test_a_moved_date_moves_blocked_and_started_steps_too(reflection: World) -> None:
    decision, permit = (reflection.step(f"init.rc.reflection_{key}") for key in ("decision", "next_permit"))
    steps.start(step_id=decision.pk, by=reflection.karin)
    ACTS["block"](permit, reflection.karin)
    prolonged(reflection, "2026-12-20")
    for key, status in (("decision", "started"), ("next_permit", "blocked")):
        step = reflection.step(f"init.rc.reflection_{key}")
        assert (step.status, day_due(step)) == (status, "2026-12-20")


def test_only_some_dates_may_lie_ahead(taken: World) -> None:
    for kind in dates.BY_HAND:
        with undone():
            if kind in dates.PLANNED:
                record(taken, kind, "2026-12-24")
                continue
            with pytest.raises(ValidationError):
                record(taken, kind, "2026-12-24")


def test_recording_the_same_date_again_changes_no_step(reflection: World) -> None:
    def rows() -> list[Any]:
        found = Step.objects.filter(case_id=reflection.case_id).order_by("pk")
        return list(found.values("pk", "status", "due_at", "stage", "chase_at", "starts_at"))

    before = rows()
    record(reflection, Milestone.REFLECTION_APPLIED, "2026-11-09")
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
    dates.write(taken.case, Milestone.REFLECTION_GRANTED, at("2026-11-20"), by=taken.karin)
    assert facts(conditions[:-1]) == [("cancelled", CancelReason.FACTS_CHANGED)]
    assert facts(conditions) == [("open", "")]
    assert rows.get().chase_at is not None

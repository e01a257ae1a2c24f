"""S28, S13: periods count down in calendar days; extensions move the end, expiry climbs the ladder."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.enums import AgencyKind
from cases.enums import Outcome, PeriodEnd, PeriodKind, Stage, StepStatus
from cases.models import Case, Notice, Period, RecordedMilestone, Reminder, Step
from cases.services import casework, chasing, dates, periods, steps
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from manual.deadlines import last_day
from manual.enums import Condition, Milestone
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, day_due, refusals, sent

pytestmark = pytest.mark.django_db

DECISION: Final = "init.rc.reflection_decision"
COUNTDOWN: Final = ("init.rc.reflection_information", "init.rc.reflection_support", DECISION,
                    "init.rc.reflection_next_permit")  # fmt: skip


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


def granted(world: World, first: str, last: str | None = None, kind: PeriodKind = PeriodKind.REFLECTION,
            source: str = "Migrationsverket, beslut 2026-11-11") -> Period:  # fmt: skip
    return periods.record(
        case_id=world.case_id, kind=kind, starts_on=date.fromisoformat(first),
        ends_on=date.fromisoformat(last) if last else None, source=source, by=world.karin,
    )  # fmt: skip


def extended(world: World, period: Period, last: str) -> Period:
    return periods.extend(
        period_id=period.pk, ends_on=date.fromisoformat(last), source="Nytt beslut", by=world.karin
    )


@pytest.fixture
def taken(world: World, freeze: Any) -> World:
    """Applied for on 9 November; the coordinator works on 11 November."""
    freeze("2026-11-11 10:00")
    other = world.about(sent(world.referrer, consent_date="2026-11-05", stay_status="none",
                             reflection_status="applied", reflection_applied_on="2026-11-09"))  # fmt: skip
    other.accept()
    return other


def milestone(world: World, kind: Milestone) -> RecordedMilestone:
    return RecordedMilestone.objects.get(case_id=world.case_id, kind=kind, replaced_at=None)


# --- one truth ----------------------------------------------------------------------------------------------


def test_a_granted_period_opens_the_countdown(taken: World) -> None:
    assert not Step.objects.filter(case_id=taken.case_id, key__in=COUNTDOWN).exists()
    granted(taken, "2026-11-11", "2026-12-11")
    assert milestone(taken, Milestone.REFLECTION_GRANTED).happened_at == at("2026-11-11")
    assert milestone(taken, Milestone.REFLECTION_EXPIRES).happened_at == at("2026-12-11")
    assert Condition.REFLECTION_GRANTED in taken.case.conditions
    due = {key: day_due(taken.step(key)) for key in COUNTDOWN}
    assert due == dict(zip(COUNTDOWN, ("2026-11-14", "2026-11-18", "2026-12-11", "2026-12-11"), strict=True))
    assert {taken.step(key).status for key in COUNTDOWN} == {StepStatus.OPEN}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11-09", "2026-12-09"),  # S13
        ("2026-10-10", "2026-11-09"),  # over the end of summer time
        ("2026-03-01", "2026-03-31"),  # over its beginning
        ("2024-02-10", "2024-03-11"),  # over a leap day
        ("2025-12-20", "2026-01-19"),  # over Christmas and the year's end
        ("2026-05-07", "2026-06-06"),  # ends on the National Day, a Saturday
    ],
)
def test_thirty_days_whatever_the_weekday(taken: World, first: str, last: str) -> None:
    period = granted(taken, first)
    assert period.ends_on.isoformat() == last
    assert day_due(taken.step(DECISION)) == last


def test_dates_of_a_period_are_not_recorded_by_hand(taken: World) -> None:
    for kind in dates.BY_A_PERIOD:
        with pytest.raises(ValidationError) as refused:
            dates.record(case_id=taken.case_id, kind=kind, happened_at=at("2026-11-01"), date_only=True,
                         by=taken.karin)  # fmt: skip
        assert "kind" in refused.value.message_dict


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_on": date(2026, 11, 12)}, "starts_on"),
        ({"ends_on": date(2026, 11, 10)}, "ends_on"),
        ({"source": "  "}, "source"),
        ({"kind": PeriodKind.PERMIT, "ends_on": None}, "ends_on"),
        ({"kind": PeriodKind.PERMIT, "ends_on": date(2027, 5, 9)}, "ends_on"),
    ],
)
def test_what_no_decision_says_is_refused_at_the_field(
    taken: World, changes: dict[str, Any], field: str
) -> None:
    said: dict[str, Any] = {"kind": PeriodKind.REFLECTION, "starts_on": date(2026, 11, 11),
                            "ends_on": date(2026, 12, 11), "source": "Beslut"}  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        periods.record(case_id=taken.case_id, by=taken.karin, **(said | changes))
    assert list(refused.value.message_dict) == [field]
    assert not Period.objects.exists() and not taken.case.milestones.filter(
        kind=Milestone.REFLECTION_EXPIRES).exists()  # fmt: skip


def test_a_permit_and_a_programme_have_their_own_countdown(taken: World) -> None:
    granted(taken, "2026-11-11", "2027-05-11", PeriodKind.PERMIT)
    granted(taken, "2026-11-11", "2027-02-10", PeriodKind.SUPPORT_PROGRAMME)
    assert {Condition.PERMIT_GRANTED, Condition.NSP_ACTIVE} <= set(taken.case.conditions)
    assert day_due(taken.step("long.rc.permit_end")) == "2027-05-11"
    assert day_due(taken.step("long.rc.nsp_end")) == "2027-02-10"


# --- warnings -----------------------------------------------------------------------------------------------


def warned_on(world: World, freeze: Any, first: date, last: date, key: str = DECISION) -> list[str]:
    """The days on which a reminder left, one sweep at night and one in the morning."""
    step, found = world.step(key), []
    day = first
    while day <= last:
        for hour in ("00:30", "08:30"):
            freeze(f"{day} {hour}")
            before = Reminder.objects.filter(step=step, stage=Stage.REMINDED).count()
            chasing.sweep()
            if Reminder.objects.filter(step=step, stage=Stage.REMINDED).count() > before:
                found.append(day.isoformat())
        day += timedelta(days=1)
    return found


def test_warnings_at_ten_and_three_days(taken: World, freeze: Any) -> None:
    """The end is 24.00 on 11 December: ten days before is 2 December, three before is 9 December."""
    granted(taken, "2026-11-11", "2026-12-11")
    days = warned_on(taken, freeze, date(2026, 11, 12), date(2026, 12, 11))
    assert days == ["2026-12-02", "2026-12-09"]
    assert Notice.objects.filter(user=taken.karin.user, kind="step_soon").exists()


def test_no_warning_waits_for_the_weekend_to_pass(taken: World, freeze: Any) -> None:
    """Ends on a Monday: ten and three days before are Saturdays. Both warnings go out on the Friday."""
    granted(taken, "2026-11-11", "2026-12-14")
    days = warned_on(taken, freeze, date(2026, 11, 27), date(2026, 12, 14))
    assert days == ["2026-12-04", "2026-12-11"]


def test_a_warning_that_falls_on_christmas_goes_out_before(taken: World, freeze: Any) -> None:
    """S13: nothing leaves on 24–27 December; three days before Monday 28 December is Saturday the 26th."""
    granted(taken, "2026-11-11", "2026-12-28")
    days = warned_on(taken, freeze, date(2026, 12, 16), date(2026, 12, 28))
    assert days == ["2026-12-18", "2026-12-23"]


def test_a_child_is_warned_for_on_a_saturday_too(world: World, freeze: Any) -> None:
    freeze("2026-11-11 10:00")
    changes = {"municipality_of_presence": "0380", "report_date": "2026-11-10"}
    child = world.about(sent(world.referrer, CHILD, **changes))
    child.accept()
    granted(child, "2026-11-11", "2026-12-14")
    days = warned_on(child, freeze, date(2026, 12, 3), date(2026, 12, 14))
    assert days == ["2026-12-05", "2026-12-12"]


def test_summer_time_moves_no_warning(taken: World, freeze: Any) -> None:
    """Ends on 31 March 2027, ten days before lies beyond 28 March; three before is Easter Monday."""
    freeze("2027-03-01 10:00")
    granted(taken, "2027-03-01", "2027-03-31")
    assert warned_on(taken, freeze, date(2027, 3, 15), date(2027, 3, 31)) == ["2027-03-22", "2027-03-25"]


def test_recorded_late_in_the_week_it_still_warns(taken: World, freeze: Any) -> None:
    """Written down on Friday afternoon: Friday morning is past, so the warning keeps its own day."""
    freeze("2026-12-11 15:00")
    granted(taken, "2026-11-14", "2026-12-14")
    assert taken.step(DECISION).chase_at == at("2026-12-12")


# --- extension ----------------------------------------------------------------------------------------------


def test_an_extension_moves_what_is_left_and_keeps_what_is_done(taken: World, freeze: Any) -> None:
    period = granted(taken, "2026-11-11", "2026-12-11")
    police = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT)
    owed = taken.step("init.soca.reflection_extend", agency=police.agency)
    steps.done(step_id=taken.step("init.rc.reflection_next_permit").pk, by=taken.karin)
    freeze("2026-12-09 10:00")
    chasing.sweep()
    assert taken.step(DECISION).stage == Stage.REMINDED
    Notice.objects.all().delete()

    longer = extended(taken, period, "2027-01-10")

    assert (longer.extends_id, longer.starts_on.isoformat()) == (period.pk, "2026-12-12")
    assert day_due(taken.step(DECISION)) == "2027-01-10"
    assert taken.step(DECISION).stage == Stage.NONE, "warned again before the new end"
    assert day_due(Step.objects.get(pk=owed.pk)) == "2027-01-03"
    assert taken.step("init.rc.reflection_next_permit").status == StepStatus.DONE
    assert day_due(taken.step("init.rc.reflection_information")) == "2026-11-14"
    assert [p.pk for p in periods.current(taken.case)] == [longer.pk]
    told = Notice.objects.filter(kind="step_moved")
    assert {row.user_id for row in told} == {police.user_id}, "who moved it needs not be told"


def test_an_extension_reaches_further_and_only_the_latest_is_extended(taken: World) -> None:
    period = granted(taken, "2026-11-11", "2026-12-11")
    with pytest.raises(ValidationError):
        extended(taken, period, "2026-12-11")
    extended(taken, period, "2026-12-31")
    with pytest.raises(ValidationError):
        extended(taken, period, "2027-01-31")  # from an old page
    assert Period.objects.filter(case_id=taken.case_id).count() == 2


def test_the_history_keeps_old_and_new(taken: World) -> None:
    extended(taken, granted(taken, "2026-11-11", "2026-12-11"), "2027-01-10")
    rows = RecordedMilestone.objects.filter(case_id=taken.case_id, kind=Milestone.REFLECTION_EXPIRES)
    assert [clock.local(row.happened_at).date().isoformat() for row in rows.order_by("recorded_at", "pk")
            if row.replaced_at is not None] == ["2026-12-11"]  # fmt: skip
    event = AuditEvent.objects.get(verb="period.extend", target_id=taken.case_id)
    assert {"before", "after"} <= set(event.facts) and "2027" not in str(event.facts), "no dates in the audit"


# --- the end ------------------------------------------------------------------------------------------------


def test_expiry_without_a_decision_climbs_to_the_national_desk(taken: World, freeze: Any) -> None:
    granted(taken, "2026-11-11", "2026-12-10")  # ends on a Thursday
    stages = []
    for moment in ("2026-12-10 23:59", "2026-12-11 00:01", "2026-12-11 02:01", "2026-12-11 04:01",
                   "2026-12-11 08:01"):  # fmt: skip
        freeze(moment)
        chasing.sweep()
        stages.append(taken.step(DECISION).stage)
    assert stages == [Stage.REMINDED, Stage.DUE, Stage.MANAGERS, Stage.COORDINATOR, Stage.NATIONAL]
    assert Notice.objects.filter(user=taken.national.user, kind="step_late").exists()


def test_a_decision_in_time_ends_the_chase(taken: World, freeze: Any) -> None:
    granted(taken, "2026-11-11", "2026-12-10")
    freeze("2026-12-08 10:00")
    for key in COUNTDOWN:
        steps.done(step_id=taken.step(key).pk, by=taken.karin)
    Notice.objects.all().delete()
    freeze("2026-12-14 10:00")
    chasing.sweep()
    assert not Notice.objects.filter(step__key=DECISION).exists()


def test_ended_early_the_countdown_is_due_that_day(taken: World, freeze: Any) -> None:
    period = granted(taken, "2026-11-11", "2026-12-11")
    freeze("2026-11-20 10:00")
    periods.end(period_id=period.pk, ended_on=date(2026, 11, 19), reason=PeriodEnd.REVOKED,
                words="Migrationsverket 19 november", by=taken.karin)  # fmt: skip
    period.refresh_from_db()
    assert (period.ended_on, period.end_reason) == (date(2026, 11, 19), PeriodEnd.REVOKED)
    assert day_due(taken.step(DECISION)) == "2026-11-19" and periods.current(taken.case) == []


def test_recorded_by_mistake_it_never_was(taken: World) -> None:
    period = granted(taken, "2026-11-11", "2026-12-11")
    periods.end(period_id=period.pk, ended_on=date(2026, 11, 11), reason=PeriodEnd.MISTAKE,
                words="Annat ärende", by=taken.karin)  # fmt: skip
    assert Condition.REFLECTION_GRANTED not in taken.case.conditions
    assert not taken.case.milestones.filter(kind=Milestone.REFLECTION_EXPIRES, replaced_at=None).exists()
    left = Step.objects.filter(case_id=taken.case_id, key__in=COUNTDOWN)
    assert set(left.values_list("status", "cancel_reason")) == {("cancelled", "facts_changed")}
    granted(taken, "2026-11-10", "2026-12-10")
    assert day_due(taken.step(DECISION)) == "2026-12-10"


def test_an_end_says_why_and_lies_within(taken: World) -> None:
    period = granted(taken, "2026-11-09", "2026-12-11")
    for on, words, field in ((date(2026, 11, 8), "x", "ended_on"), (date(2026, 11, 12), "x", "ended_on"),
                             (date(2026, 11, 10), " ", "words")):  # fmt: skip
        with pytest.raises(ValidationError) as refused:
            periods.end(period_id=period.pk, ended_on=on, reason=PeriodEnd.LEFT, words=words, by=taken.karin)
        assert list(refused.value.message_dict) == [field]


def test_a_new_period_after_one_that_has_run_out(taken: World, freeze: Any) -> None:
    old = granted(taken, "2026-11-11", "2026-12-11")
    with pytest.raises(ValidationError):
        granted(taken, "2026-11-11", "2026-12-20")
    freeze("2027-02-01 10:00")
    granted(taken, "2027-02-01", "2027-03-03")
    old.refresh_from_db()
    assert (old.ended_on, old.end_reason) == (old.ends_on, PeriodEnd.OVER)
    assert day_due(taken.step(DECISION)) == "2027-03-03"


# --- by whom ------------------------------------------------------------------------------------------------


def test_only_the_desk_of_an_open_case_records_periods(taken: World) -> None:
    police = taken.join(AgencyKind.POLICE, categories=("situation", "proceedings"))
    for who in (police, taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            periods.record(case_id=taken.case_id, kind=PeriodKind.PERMIT, starts_on=date(2026, 11, 11),
                           ends_on=None, source="x", by=who)  # fmt: skip
    assert refusals("case.triage") == 4
    casework.close(case_id=taken.case_id, outcome=Outcome.LOST_CONTACT, by=taken.karin)
    with pytest.raises(TransitionNotAllowed):
        granted(taken, "2026-11-11")


def test_a_practice_case_counts_down_but_chases_nobody(world: World, freeze: Any) -> None:
    freeze("2026-11-11 10:00")
    practice = world.about(sent(world.referrer, consent_date="2026-11-05"))
    Case.objects.filter(pk=practice.case_id).update(practice=True)
    practice.accept()
    granted(practice, "2026-11-11", "2026-12-11")
    assert practice.step(DECISION).chase_at is None
    assert last_day(practice.step(DECISION).due_at or clock.now()).isoformat() == "2026-12-11"

"""Who is told, when, how often, and when nobody is disturbed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.enums import AgencyKind, Role
from accounts.models import Membership, User
from cases import notifications
from cases.access import sight_of
from cases.enums import NoticeKind, Stage, StepStatus
from cases.models import Case, Notice, Reminder, Step, Tally
from cases.services import chasing
from coordinators.models import Absence, Desk, Duty
from coordinators.services import register_absence
from core import clock, workdays
from core.enums import MailState
from core.models import OutboundEmail
from manual.enums import Priority
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, duty, mails_to, membership_of, sent
from tests.factories import member

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def quiet(world: World) -> None:
    """Nothing is chased any more but what the test sets."""
    Step.objects.filter(chase_at__isnull=False).update(chase_at=None)
    Notice.objects.all().delete()
    OutboundEmail.objects.all().update(state=MailState.CANCELLED, to="", context={})


class Duties:
    """A step of an agency with an owner, a colleague and a manager, due when the test says."""

    def __init__(self, world: World, due: str, *, critical: bool = False, owned: bool = True) -> None:
        self.world = world
        self.owner = world.join(AgencyKind.POLICE)
        self.colleague = member(Role.CASEWORKER, agency=self.owner.agency)
        self.manager = member(Role.CASEWORKER, agency=self.owner.agency, is_manager=True)
        quiet(world)
        step = (
            Step.objects.filter(agency=self.owner.agency, status=StepStatus.OPEN)
            .select_related("template")
            .get(key="ident.police.recognise")
        )
        step.priority = Priority.CRITICAL if critical else Priority.NORMAL
        step.assignee_id = self.owner.user_id if owned else None
        step.starts_at, step.due_at, step.stage = clock.now(), at(due), Stage.NONE
        step.chase_at = chasing.next_chase(step, clock.now())
        step.save(update_fields=["priority", "assignee", "starts_at", "due_at", "stage", "chase_at"])
        self.step = step

    def told(self) -> list[tuple[Stage, str, str]]:
        """(stage, who, when in Stockholm), in order."""
        names = {
            f"user:{who.user_id}": name
            for name, who in {
                "owner": self.owner, "colleague": self.colleague, "manager": self.manager,
                "Karin": self.world.karin, "Per": self.world.per, "Syd": self.world.syd,
                "national": self.world.national,
            }.items()
        } | {f"agency:{self.owner.agency_id}": "mailbox"}  # fmt: skip
        rows = Reminder.objects.filter(step=self.step).order_by("sent_at", "stage")
        return [
            (Stage(row.stage), names[row.recipient], f"{clock.local(row.sent_at):%m-%d %H:%M}")
            for row in rows
        ]


def sweep_hourly(freeze: Any, first: str, last: str) -> None:
    moment, end = at(first), at(last)
    while moment <= end:
        freeze(moment)
        chasing.sweep()
        moment = (moment.astimezone(clock.STOCKHOLM) + timedelta(hours=1)).astimezone(clock.STOCKHOLM)


# --- the ladder ---------------------------------------------------------------------------------------------


def test_an_ordinary_step_climbs_by_working_days(taken: World, freeze: Any) -> None:
    """Owner, then managers, then the coordinator, then the national desk; a weekend in between."""
    duties = Duties(taken, "2026-12-02 12:00")
    sweep_hourly(freeze, "2026-11-30 04:00", "2026-12-09 13:00")
    assert duties.told() == [
        (Stage.REMINDED, "owner", "11-30 06:00"),
        (Stage.DUE, "owner", "12-02 12:00"),
        (Stage.MANAGERS, "manager", "12-03 12:00"),
        (Stage.COORDINATOR, "Karin", "12-04 12:00"),
        (Stage.NATIONAL, "national", "12-08 12:00"),
    ]
    assert Step.objects.get(pk=duties.step.pk).chase_at is None, "the top is reached"
    kinds = Notice.objects.filter(step=duties.step).order_by("made_at").values_list("kind", flat=True)
    assert list(kinds) == ["step_soon", "step_due", "step_late", "step_late", "step_late"]
    assert not OutboundEmail.objects.filter(state="queued").exists(), "the digest will say it"


def test_a_critical_step_climbs_by_hours_and_mails_at_once(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-04 15:00", critical=True)
    sweep_hourly(freeze, "2026-12-04 15:00", "2026-12-07 16:00")
    assert duties.told() == [
        (Stage.DUE, "owner", "12-04 15:00"),
        (Stage.MANAGERS, "manager", "12-04 17:00"),
        (Stage.COORDINATOR, "Karin", "12-04 19:00"),
        (Stage.NATIONAL, "national", "12-07 15:00"),
    ]
    for who in (duties.owner, duties.manager, taken.karin, taken.national):
        assert OutboundEmail.objects.filter(user_id=who.user_id, state="queued").count() == 1


def test_the_reference_and_the_step_are_all_the_national_desk_learns(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00")
    sweep_hourly(freeze, "2026-12-08 08:00", "2026-12-08 16:00")
    notice = Notice.objects.filter(user=taken.national.user, step=duties.step).get()
    assert notice.kind == NoticeKind.STEP_LATE
    assert sight_of(taken.national, taken.case) is None, "told, not shown"


@pytest.mark.parametrize("limit", [1, 2, 2000])
def test_one_run_takes_a_step_one_stage_however_late(taken: World, freeze: Any, limit: int) -> None:
    """A small batch must not go round again with the same step."""
    duties = Duties(taken, "2026-12-02 12:00")
    freeze("2027-01-11 09:00")
    seen = []
    for minute in range(6):
        freeze(f"2027-01-11 09:{minute:02}")
        chasing.sweep(limit=limit)
        seen.append(Step.objects.get(pk=duties.step.pk).stage)
    assert seen == [
        Stage.DUE,
        Stage.MANAGERS,
        Stage.COORDINATOR,
        Stage.NATIONAL,
        Stage.NATIONAL,
        Stage.NATIONAL,
    ]
    assert Counter(stage for stage, _who, _when in duties.told()).most_common(1)[0][1] == 1


def test_an_owner_who_left_is_not_told_the_manager_is(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00")
    Membership.objects.filter(pk=duties.owner.membership_id).update(ended_at=clock.now())
    sweep_hourly(freeze, "2026-12-02 12:00", "2026-12-02 13:00")
    assert [who for _stage, who, _when in duties.told()] == ["manager"]


def test_a_deactivated_owner_is_not_told_either(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00", critical=True)
    User.objects.filter(pk=duties.owner.user_id).update(is_active=False, deactivated_at=clock.now())
    sweep_hourly(freeze, "2026-12-02 12:00", "2026-12-02 12:00")
    assert [who for _stage, who, _when in duties.told()] == ["manager"]
    assert not mails_to(duties.owner)[1:]


def test_a_step_of_nobody_is_told_to_the_managers_else_to_all(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00", owned=False)
    freeze("2026-12-02 12:00")
    chasing.sweep()
    assert [who for _stage, who, _when in duties.told()] == ["manager"]
    Membership.objects.filter(pk=duties.manager.membership_id).update(is_manager=False)
    Step.objects.filter(pk=duties.step.pk).update(stage=Stage.NONE, chase_at=clock.now(), due_at=clock.now())
    Reminder.objects.all().delete()
    chasing.sweep()
    assert {who for _stage, who, _when in duties.told()} == {"owner", "colleague", "manager"}


def test_without_managers_the_coordinator_hears_it_a_stage_early(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00")
    Membership.objects.filter(pk=duties.manager.membership_id).update(is_manager=False)
    sweep_hourly(freeze, "2026-12-02 12:00", "2026-12-03 12:00")
    assert [(stage, who) for stage, who, _when in duties.told()] == [
        (Stage.DUE, "owner"),
        (Stage.MANAGERS, "Karin"),
    ]


def test_an_agency_without_users_is_reached_by_its_mailbox_and_the_coordinator(
    taken: World, freeze: Any
) -> None:
    duties = Duties(taken, "2026-12-02 12:00")
    Membership.objects.filter(agency=duties.owner.agency).update(ended_at=clock.now())
    box = OutboundEmail.objects.filter(to=duties.owner.agency.mailbox, state="queued")
    sweep_hourly(freeze, "2026-12-02 12:00", "2026-12-02 18:00")
    assert {who for _stage, who, _when in duties.told()} == {"mailbox", "Karin"}
    assert box.count() == 1
    sweep_hourly(freeze, "2026-12-03 12:00", "2026-12-03 12:00")
    assert box.count() == 2, "once a day"


def test_an_absent_coordinator_is_stood_in_for(taken: World, freeze: Any) -> None:
    """S10: by the deputy on exactly those days; the handler again when she is back."""
    duties = Duties(taken, "2026-12-02 12:00")
    Duty.objects.filter(membership=membership_of(taken.per)).update(valid_until=date(2026, 11, 30))
    register_absence(membership=membership_of(taken.karin), first=date(2026, 12, 1), last=date(2026, 12, 6),
                     deputy=membership_of(taken.syd), by=None)  # fmt: skip
    sweep_hourly(freeze, "2026-12-02 12:00", "2026-12-04 13:00")
    assert duties.told()[-1] == (Stage.COORDINATOR, "Syd", "12-04 12:00")


def test_without_any_deputy_the_national_desk_stands_in(taken: World, freeze: Any) -> None:
    duties = Duties(taken, "2026-12-02 12:00")
    Duty.objects.filter(membership=membership_of(taken.per)).update(valid_until=date(2026, 11, 30))
    register_absence(membership=membership_of(taken.karin), first=date(2026, 12, 1), last=date(2026, 12, 6),
                     deputy=None, by=None)  # fmt: skip
    sweep_hourly(freeze, "2026-12-02 12:00", "2026-12-04 13:00")
    assert duties.told()[-1] == (Stage.COORDINATOR, "national", "12-04 12:00")
    assert Absence.objects.count() == 1
    assert chasing.alarm_uncovered() >= 1
    desks = Notice.objects.filter(kind=NoticeKind.UNCOVERED, user=taken.national.user)
    keys = str(list(desks.values_list("dedupe_key", flat=True)))
    assert str(Desk.objects.get(key="mitt").pk) in keys


@pytest.mark.parametrize("moment", ["2026-12-05 10:00", "2026-12-04 07:59", "2026-12-04 16:31"])
def test_the_alarm_keeps_office_hours(taken: World, freeze: Any, moment: str) -> None:
    freeze(moment)
    assert chasing.alarm_uncovered() == 0


def test_the_desks_own_late_step_goes_to_its_handler_then_to_all_at_the_desk(
    taken: World, freeze: Any
) -> None:
    quiet(taken)
    assess = taken.step("ident.rc.assess")  # due on 26 November at 24.00
    Step.objects.filter(pk=assess.pk).update(chase_at=assess.due_at)
    sweep_hourly(freeze, "2026-11-27 00:00", "2026-12-02 09:00")
    rows = Reminder.objects.filter(step=assess).order_by("sent_at", "recipient")
    people = {f"user:{w.user_id}": n for n, w in
              {"Karin": taken.karin, "Per": taken.per, "national": taken.national}.items()}  # fmt: skip
    told: dict[int, set[str]] = {}
    when: dict[int, str] = {}
    for row in rows:
        told.setdefault(row.stage, set()).add(people[row.recipient])
        when[row.stage] = f"{clock.local(row.sent_at):%m-%d %H:%M}"
    assert told == {2: {"Karin"}, 3: {"Karin", "Per"}, 4: {"Karin"}, 5: {"national"}}
    assert when == {2: "11-27 00:00", 3: "11-27 08:00", 4: "11-30 08:00", 5: "12-02 08:00"}


# --- when nobody is disturbed -------------------------------------------------------------------------------


def reminded_on(case: Case) -> set[date]:
    rows = Reminder.objects.filter(step__case=case).values_list("sent_at", flat=True)
    return {clock.local(at).date() for at in rows}


def test_no_reminder_leaves_over_christmas(world: World, freeze: Any) -> None:
    """S13: received on Tuesday 22 December at 15.10; 24 to 27 December are free."""
    freeze("2026-12-22 15:10")
    other = world.about(sent(world.referrer))
    other.accept()
    Step.objects.filter(chase_at__isnull=False).exclude(case=other.case).update(chase_at=None)
    Step.objects.filter(case=other.case, agency__isnull=False).update(chase_at=None)
    sweep_hourly(freeze, "2026-12-23 00:00", "2026-12-29 12:00")
    days = reminded_on(other.case)
    assert days and not days & {date(2026, 12, d) for d in (24, 25, 26, 27, 31)} - {date(2027, 1, 1)}
    meet = other.step("acute.rc.meet")  # due on 28 December, 24.00; a quarter left on Sunday morning
    first = Reminder.objects.filter(step=meet, stage=Stage.REMINDED).first()
    assert clock.local(first.sent_at) == at("2026-12-28 08:00"), "put off to the first working morning"
    assert all(workdays.is_working_day(day) for day in days)


@pytest.mark.parametrize("why", ["danger", "child"])
def test_danger_and_children_know_no_holiday(taken: World, freeze: Any, why: str) -> None:
    duties = Duties(taken, "2026-12-25 10:00")
    if why == "danger":
        Case.objects.filter(pk=taken.case_id).update(danger=True, urgency=0)
    if why == "child":
        Case.objects.filter(pk=taken.case_id).update(urgency=1)
    freeze("2026-12-25 10:00")
    chasing.sweep()
    assert duties.told() == [(Stage.DUE, "owner", "12-25 10:00")]
    assert OutboundEmail.objects.filter(user_id=duties.owner.user_id, state="queued").count() == 1


@pytest.mark.parametrize("critical", [False, True])
def test_an_adults_step_waits_over_the_holiday(taken: World, freeze: Any, critical: bool) -> None:
    duties = Duties(taken, "2026-12-25 10:00", critical=critical)
    sweep_hourly(freeze, "2026-12-25 10:00", "2026-12-28 08:00")
    assert [row for row in duties.told() if row[0] == Stage.DUE] == [(Stage.DUE, "owner", "12-28 08:00")]


def test_a_child_protection_step_is_chased_on_christmas_day(world: World, freeze: Any) -> None:
    freeze("2026-12-24 15:00")
    karin = duty("stockholm-children")
    other = world.about(sent(world.referrer, CHILD, report_date="2026-12-24"), karin)
    other.accept()
    worker = other.join(AgencyKind.SOCIAL_SERVICES_CHILD, "sol_19_1")
    freeze("2026-12-25 15:00")
    chasing.sweep()
    step = other.step("acute.socc.immediate_protection")
    assert step.stage == Stage.DUE and mails_to(worker)


# --- a year -------------------------------------------------------------------------------------------------


def test_over_four_hundred_days_each_deadline_escalates_once_on_its_day(
    world: World, freeze: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One step due each day at 24.00, over both clock changes and every holiday, a sweep every hour.

    The sweep's own loop runs, over steps in memory instead of rows: what it decides is the thing here.
    """
    template, case = world.step("ident.rc.assess").template, world.case
    first = datetime(2026, 11, 24, tzinfo=clock.STOCKHOLM)
    due_days = [first.date() + timedelta(days=n) for n in range(400)]
    made = []
    for day in due_days:
        due = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.STOCKHOLM)
        made.append(Step(case=case, template=template, priority=Priority.NORMAL, status=StepStatus.OPEN,
                         starts_at=due, due_at=due, chase_at=due))  # fmt: skip
    told: dict[tuple[Any, Stage], list[datetime]] = {}

    def tell(claimed: Any, *, at: datetime) -> int:
        for step, stage in claimed:
            told.setdefault((step.pk, stage), []).append(clock.local(at))
        return len(claimed)

    def due_now(now: datetime, limit: int) -> list[Step]:
        return [step for step in made if step.chase_at and step.chase_at <= now]

    monkeypatch.setattr(chasing, "_lock_due", due_now)
    monkeypatch.setattr(chasing, "_count_late", lambda claimed: None)
    monkeypatch.setattr(chasing, "write", lambda steps, *columns: None)
    monkeypatch.setattr(notifications, "chased", tell)
    hour = first.astimezone(UTC)
    while waiting := [step.chase_at for step in made if step.chase_at]:
        while hour < min(waiting):
            hour += timedelta(hours=1)
        freeze(hour)
        chasing.sweep()
        hour += timedelta(hours=1)
    for step, day in zip(made, due_days, strict=True):
        next_day = workdays.add_working_days(day, 1)
        begins = 0 if next_day == day + timedelta(days=1) else 8
        wanted = {
            Stage.DUE: (next_day, begins),
            Stage.MANAGERS: (next_day, 8 if begins == 0 else 9),
            Stage.COORDINATOR: (workdays.add_working_days(day, 2), 8),
            Stage.NATIONAL: (workdays.add_working_days(day, 4), 8),
        }
        for stage, moment in wanted.items():
            assert [(m.date(), m.hour) for m in told[step.pk, stage]] == [moment], (day, stage.name)
    assert len(told) == 4 * len(made)


def test_one_case_alone_is_chased_while_sweeps_are_held(
    taken: World, freeze: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The past is told: what one case was late with is found at its time, and nothing of another case."""
    other = sent(taken.referrer).case
    mine = Duties(taken, "2026-12-02 12:00").step
    due = Step.objects.filter(case=other, status=StepStatus.OPEN)
    due.update(chase_at=at("2026-12-02 11:00"), due_at=at("2026-12-02 11:00"))
    freeze("2026-12-02 12:01")
    monkeypatch.setattr(chasing, "_is_only_sweep", lambda: False)
    assert chasing.sweep() == (0, 0)
    assert chasing.chase(mine.case_id)[0] == 1
    assert list(Step.objects.filter(stage__gte=Stage.DUE)) == [mine]
    late = Tally.objects.filter(unit="late_step").values_list("month", "amount")
    assert list(late) == [(date(2026, 12, 1), 1)]
    assert chasing.chase(mine.case_id) == (0, 0)

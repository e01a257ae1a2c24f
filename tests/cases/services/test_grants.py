"""Whatever people do, in any order: stored grants say what the facts say, and nothing else gives sight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.access import grants_for, sight_of, visible
from cases.enums import (
    LIVE_STEPS,
    OPEN_STATUSES,
    Category,
    ForwardReason,
    GrantReason,
    GroundKind,
    Level,
    NotApplicableReason,
    NotTakenReason,
    Outcome,
    Stage,
    Status,
    StepStatus,
)
from cases.models import Case, CaseGrant, Consent, LegalGround, Participation, Step
from cases.services import casework, dates, grants, messages, participation, referrals, steps, triage
from coordinators.models import Desk
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Milestone
from tests.cases.services.conftest import UNKNOWN_PLACE, World, sent, undone
from tests.factories import AgencyFactory, member
from tests.security.report import examples

pytestmark = pytest.mark.django_db

REFUSALS: Final = (TransitionNotAllowed, ValidationError, PermissionDenied, StaleVersion)


class Play:
    """A case, everybody around it, and what each of them may try next."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.police = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
        self.social = world.referrer
        self.health = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.HEALTH_CARE))
        self.agencies = (self.police, self.social, self.health)
        self.everybody = (
            world.karin, world.per, world.syd, world.national, *self.agencies,
            member(Role.CASEWORKER, agency=self.police.agency), member(Role.ADMINISTRATOR),
            member(Role.AUDITOR),
        )  # fmt: skip

    @property
    def coordinator(self) -> Assignment:
        """Whoever answers at the desk that holds the case now."""
        return {"mitt": self.world.karin, "syd": self.world.syd}[self.world.case.desk.key]

    def act(self, name: str, which: int, flag: bool) -> None:
        """Try something; being refused is fine."""
        with suppress(*REFUSALS):
            getattr(self, name)(which, flag)

    def accept(self, which: int, flag: bool) -> None:
        triage.accept(case_id=self.world.case_id, by=self.coordinator)

    def ask(self, which: int, flag: bool) -> None:
        triage.ask(case_id=self.world.case_id, text="?", by=self.coordinator)

    def answer_question(self, which: int, flag: bool) -> None:
        referral = self.world.referral.pk
        referrals.supplement(referral_id=referral, text="Svar", by=self.world.referrer)

    def take_back(self, which: int, flag: bool) -> None:
        triage.take_back(case_id=self.world.case_id, by=self.coordinator)

    def forward(self, which: int, flag: bool) -> None:
        key = "syd" if self.world.case.desk.key == "mitt" else "mitt"
        desk = Desk.objects.get(key=key)
        triage.forward(
            case_id=self.world.case_id, desk_id=desk.pk, reason=ForwardReason.CAPACITY, by=self.coordinator
        )

    def not_take(self, which: int, flag: bool) -> None:
        reason = NotTakenReason.DUPLICATE
        triage.not_take(case_id=self.world.case_id, reason=reason, text="", by=self.coordinator)

    def close(self, which: int, flag: bool) -> None:
        casework.close(case_id=self.world.case_id, outcome=Outcome.TRANSFERRED, by=self.coordinator)

    def reopen(self, which: int, flag: bool) -> None:
        casework.reopen(case_id=self.world.case_id, by=self.coordinator)

    def snooze(self, which: int, flag: bool) -> None:
        until = clock.now() + timedelta(hours=1)
        triage.snooze(case_id=self.world.case_id, until=until, by=self.coordinator)

    def invite(self, which: int, flag: bool) -> None:
        agency = self.agencies[which % 3].agency
        ground = "consent" if flag else "osl_10_2" if which % 3 else "osl_10_23"
        chosen = [Category.SITUATION, Category.IDENTITY][: which % 3]
        participation.invite(
            case_id=self.world.case_id, agency_id=agency.pk, ground=ground, categories=chosen, purpose="",
            by=self.coordinator,
        )  # fmt: skip

    def reply(self, which: int, flag: bool) -> None:
        by = self.agencies[which % 3]
        row = Participation.objects.filter(agency=by.agency, status="invited").first()
        if row:
            participation.answer(participation_id=row.pk, accepts=flag, reason="Nej.", by=by)

    def end(self, which: int, flag: bool) -> None:
        rows = Participation.objects.filter(case_id=self.world.case_id).order_by("invited_at", "pk")
        participation.end(participation_id=rows[which % len(rows)].pk, by=self.coordinator)

    def record(self, which: int, flag: bool) -> None:
        kinds = (Milestone.INQUIRY_OPENED, Milestone.POLICE_REPORT_MADE, Milestone.LAST_SUPPORT_ENDED)
        dates.record(
            case_id=self.world.case_id, kind=kinds[which % 3], happened_at=clock.now(), date_only=flag,
            by=self.coordinator,
        )  # fmt: skip

    def step(self, which: int, flag: bool) -> None:
        rows = list(Step.objects.filter(case_id=self.world.case_id).order_by("key", "occurrence"))
        step, by = rows[which % len(rows)], self.coordinator
        if step.status in (StepStatus.DONE, StepStatus.NOT_APPLICABLE):
            steps.reopen(step_id=step.pk, by=by)
        elif flag:
            steps.done(step_id=step.pk, by=by, reported_by="telefon")
        else:
            steps.not_applicable(step_id=step.pk, reason=NotApplicableReason.NOT_NEEDED, by=by)

    def note(self, which: int, flag: bool) -> None:
        messages.add_note(
            case_id=self.world.case_id, text="x", by=self.everybody[which % len(self.everybody)]
        )

    # --- what must be true, said again in other words than the code's ------------------------------------

    def expected(self) -> dict[Any, tuple[int, frozenset[str]]]:
        case = self.world.case
        found: dict[Any, tuple[int, frozenset[str]]] = {case.desk_id: (4, frozenset(Category.values))}
        parts = Participation.objects.filter(case=case, is_referrer=False, ground__ended_at=None)
        for part in parts.select_related("ground"):
            if part.status == "invited":
                found[part.agency_id] = (2, frozenset())
            elif part.status == "accepted":
                own = frozenset(part.ground.categories)
                found[part.agency_id] = (4 if own else 3, own)
        return found

    def check(self) -> None:
        case, wanted = self.world.case, self.expected()
        rows = list(CaseGrant.objects.filter(case=case).select_related("ground__consent"))
        stored = {row.desk_id or row.agency_id: (row.level, frozenset(row.categories)) for row in rows}
        assert stored == wanted and len(rows) == len(wanted)
        assert grants.is_true(case)
        for row in rows:
            assert row.ground.ended_at is None and row.ground.case_id == case.pk
            assert (row.ground.desk_id, row.ground.agency_id) == (row.desk_id, row.agency_id)
            assert row.ground.consent is None or row.ground.consent.withdrawn_on is None
            assert row.is_open == (case.status in OPEN_STATUSES) and row.urgency == case.urgency
            assert row.due_at == (case.answer_by if case.status == Status.RECEIVED else case.next_due_at)
        desks = LegalGround.objects.filter(case=case, desk__isnull=False, ended_at=None)
        assert [ground.desk_id for ground in desks] == [case.desk_id], "the case is never without its desk"
        self._sights(case, wanted)
        self._steps(case, wanted)

    def _sights(self, case: Case, wanted: dict[Any, tuple[int, frozenset[str]]]) -> None:
        on_desk = {"mitt": (self.world.karin, self.world.per), "syd": (self.world.syd,)}[case.desk.key]
        for by in self.everybody:
            mine = [wanted[case.desk_id]] if by in on_desk else []
            if by.has("work_cases") and by.agency_id in wanted:
                mine.append(wanted[by.agency_id])
            sight = sight_of(by, case)
            assert (sight is not None) == bool(mine) == visible(by).filter(pk=case.pk).exists()
            if sight is not None:
                assert sight.level == max(level for level, _categories in mine)
                assert sight.categories == frozenset().union(*(own for _level, own in mine))
                assert sight.is_desk == (by in on_desk)

    def _steps(self, case: Case, wanted: dict[Any, tuple[int, frozenset[str]]]) -> None:
        found = list(Step.objects.filter(case=case))
        unended = [s for s in found if s.status in (StepStatus.WAITING, *LIVE_STEPS)]
        assert case.status in OPEN_STATUSES or not unended
        owed = Counter((s.key, s.desk_id or s.agency_id) for s in unended)
        assert all(number == 1 for number in owed.values()), "one open at a time"
        assert {s.desk_id for s in unended if s.desk_id} <= {case.desk_id}
        inside = {key for key, (level, _own) in wanted.items() if level >= Level.STEPS}
        asked = {s.agency_id for s in unended if s.key == "act.answer_invitation"}
        assert asked <= {key for key, (level, _own) in wanted.items() if level == Level.HEADER}
        owing = {s.agency_id for s in unended if s.agency_id and s.key != "act.answer_invitation"}
        assert owing <= inside | {self.world.referrer.agency_id}
        running = [s for s in unended if s.status != StepStatus.WAITING and s.paused_at is None]
        assert case.next_due_at == min((s.due_at for s in running if s.due_at), default=None)
        assert case.overdue_count == sum(s.stage >= Stage.DUE for s in running)
        for step in running:
            assert step.chase_at is not None or step.stage == Stage.NATIONAL
        assert (case.status == Status.WAITING) or not any(s.paused_at for s in unended)


OPERATIONS: Final = [
    "accept",
    "accept",
    "ask",
    "answer_question",
    "take_back",
    "forward",
    "not_take",
    "close",
    "reopen",
    "snooze",
    "invite",
    "invite",
    "invite",
    "reply",
    "reply",
    "reply",
    "end",
    "record",
    "step",
    "step",
    "step",
    "note",
]
MOVES: Final = st.lists(
    st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 40), st.booleans()), min_size=4, max_size=14
)


@seed(20261123)
@settings(
    max_examples=examples(4, 40), deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(moves=MOVES, at_once=st.booleans())
def test_grants_follow_the_facts_whatever_happens(
    world: World, moves: list[tuple[str, int, bool]], at_once: bool
) -> None:
    with undone():
        play = Play(world)
        play.check()
        if at_once:
            play.act("accept", 0, True)
        for name, which, flag in moves:
            play.act(name, which, flag)
            play.check()


LONG: Final = [
    "ask0+",
    "forward0+",
    "answer_question0+",
    "accept0+",
    "invite0+",
    "invite1+",
    "reply0+",
    "reply1-",
    "step1+",
    "step2+",
    "forward0+",
    "record0+",
    "step3+",
    "end1+",
    "invite0+",
    "reply0+",
    "forward0+",
    "record1-",
    "close0+",
    "reply2+",
    "reopen0+",
    "invite4-",
    "reply1+",
    "step5-",
    "step5+",
    "forward0+",
    "close0+",
    "reopen0+",
    "end2+",
    "end3+",
]


def test_one_long_life(world: World) -> None:
    """The same, on a road that is known to meet everything once."""
    play = Play(world)
    for number, move in enumerate(LONG):
        name = move[:-2]
        play.act(name, int(move[-2]), move[-1] == "+")
        try:
            play.check()
        except AssertionError as error:
            raise AssertionError(f"after {number}: {name}") from error


# --- the rule alone -----------------------------------------------------------------------------------------


def test_merged_and_disposed_cases_are_seen_by_nobody(world: World) -> None:
    case = world.case
    for status in (Status.MERGED, Status.DISPOSED):
        case.status = status
        assert grants_for(case, case.grounds.all(), case.participations.all()) == []


def test_a_ground_of_another_agency_carries_nobody(world: World) -> None:
    """A participation whose ground has ended gives nothing, though the agency has another one."""
    world.accept()
    worker = world.join(AgencyKind.POLICE)
    part = Participation.objects.get(agency=worker.agency)
    other = LegalGround.objects.create(
        case=world.case, agency=worker.agency, kind=GroundKind.PROVISION, provision="osl_10_23",
        categories=list(Category.values), made_at=clock.now(),
    )  # fmt: skip
    part.ground.ended_at = clock.now()
    specs = grants_for(world.case, [part.ground, other], [part])
    assert specs == []


def test_an_unplaced_case_gives_its_header_alone(world: World) -> None:
    case = sent(world.referrer, **UNKNOWN_PLACE).case
    (spec,) = grants_for(case, case.grounds.all(), case.participations.all())
    assert (spec.level, spec.categories, spec.reason) == (Level.HEADER, (), GrantReason.UNPLACED)


# --- comparing ----------------------------------------------------------------------------------------------


def _foreign(world: World) -> None:
    row = CaseGrant.objects.get(case_id=world.case_id, desk__isnull=False)
    row.pk, row._state.adding = CaseGrant._meta.pk.get_default(), True
    row.desk, row.agency = None, AgencyFactory.create(kind=AgencyKind.IOM)
    row.save(force_insert=True)


def _change(**columns: Any) -> Callable[[World], Any]:
    return lambda world: CaseGrant.objects.filter(case_id=world.case_id, agency__isnull=False).update(
        **columns
    )


TAMPERINGS: Final[dict[str, Callable[[World], Any]]] = {
    "level raised": _change(level=Level.STEPS),
    "categories widened": _change(categories=list(Category.values)),
    "reason changed": _change(reason=GrantReason.UNPLACED),
    "ended early": lambda w: CaseGrant.objects.filter(case_id=w.case_id).update(valid_until=clock.now()),
    "sorted wrongly": _change(due_at=None),
    "shown as closed": _change(is_open=False),
    "taken away": lambda w: CaseGrant.objects.filter(case_id=w.case_id, agency__isnull=False).delete(),
    "another ground": lambda w: _change(
        ground=LegalGround.objects.get(case_id=w.case_id, desk__isnull=False)
    )(w),
    "a stranger let in": _foreign,
    "consent ended beside the services": lambda w: LegalGround.objects.filter(
        case_id=w.case_id, agency__isnull=False
    ).update(ended_at=clock.now(), end_reason="withdrawn"),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_comparing_finds_and_repairs_what_was_tampered_with(world: World, how: str) -> None:
    world.accept()
    world.join(AgencyKind.POLICE)
    sent(world.referrer)
    assert grants.compare() == (2, 0)
    TAMPERINGS[how](world)
    assert not grants.is_true(world.case)
    assert grants.compare() == (2, 1)
    assert grants.is_true(world.case) and grants.compare() == (2, 0)
    event = AuditEvent.objects.get(verb="grants.resync")
    assert event.target_id == world.case_id and event.user_id is None
    assert Consent.objects.filter(case_id=world.case_id).exists()

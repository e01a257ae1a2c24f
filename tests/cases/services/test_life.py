"""Whatever desks do, in any order: a case has one owner, one open handover, no grant or step astray."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import barred_from, sight_of
from cases.enums import LIVE_STEPS, OPEN_STATUSES, ForwardReason, GrantReason, StepStatus
from cases.models import CaseGrant, Handover, LegalGround, Recusal, Step
from cases.services import casework, grants, handovers, recusals, triage
from coordinators.models import Desk
from core import clock
from tests.cases.services.conftest import World, duty, undone
from tests.cases.services.test_grants import REFUSALS
from tests.security.report import examples

pytestmark = pytest.mark.django_db
KEYS: Final = ("mitt", "syd", "nord")


class Desks:
    """One case, two people at each of three desks, the national desk, an agency in it."""

    def __init__(self, world: World, nord: tuple[Assignment, Assignment], syd: Assignment) -> None:
        self.world = world
        self.people = {"mitt": (world.karin, world.per), "syd": (world.syd, syd), "nord": nord}
        self.now = clock.now()
        self.day = 0

    def somebody(self, which: int) -> Assignment:
        return self.people[KEYS[which % 3]][which // 3 % 2]

    def act(self, name: str, which: int, flag: bool) -> None:
        with suppress(*REFUSALS):
            getattr(self, name)(which, flag)

    def accept(self, which: int, flag: bool) -> None:
        triage.accept(case_id=self.world.case_id, by=self.somebody(which))

    def forward(self, which: int, flag: bool) -> None:
        desk = Desk.objects.get(key=KEYS[(which + 1) % 3])
        triage.forward(case_id=self.world.case_id, desk_id=desk.pk, reason=ForwardReason.WRONG_REGION,
                       by=self.somebody(which))  # fmt: skip

    def send_back(self, which: int, flag: bool) -> None:
        handovers.send_back(case_id=self.world.case_id, answer="Er.", by=self.somebody(which))

    def ask(self, which: int, flag: bool) -> None:
        desk = Desk.objects.get(key=KEYS[(which + (1 if flag else 2)) % 3])
        handovers.ask(case_id=self.world.case_id, desk_id=desk.pk, reason=ForwardReason.MOVED,
                      moves_on=clock.today() + timedelta(which % 2), by=self.somebody(which))  # fmt: skip

    def take(self, which: int, flag: bool) -> None:
        handovers.accept(case_id=self.world.case_id, by=self.somebody(which))

    def reject(self, which: int, flag: bool) -> None:
        handovers.reject(case_id=self.world.case_id, answer="Nej.", by=self.somebody(which))

    def withdraw(self, which: int, flag: bool) -> None:
        handovers.withdraw(case_id=self.world.case_id, by=self.somebody(which))

    def recuse(self, which: int, flag: bool) -> None:
        recusals.recuse(case_id=self.world.case_id, reason="Släkt.", by=self.somebody(which))

    def lift(self, which: int, flag: bool) -> None:
        row = Recusal.objects.filter(lifted_at=None).first()
        if row:
            recusals.lift(recusal_id=row.pk, by=self.world.national)

    def redirect(self, which: int, flag: bool) -> None:
        row = Recusal.objects.filter(lifted_at=None).first()
        if row:
            desk = Desk.objects.get(key=KEYS[which % 3])
            recusals.redirect(recusal_id=row.pk, desk_id=desk.pk, by=self.world.national)

    def night(self, which: int, flag: bool) -> None:
        handovers.conclude()

    def close(self, which: int, flag: bool) -> None:
        casework.close(case_id=self.world.case_id, outcome="returned", by=self.somebody(which))  # type: ignore[arg-type]

    def reopen(self, which: int, flag: bool) -> None:
        casework.reopen(case_id=self.world.case_id, by=self.somebody(which))

    def check(self) -> None:
        case = self.world.case
        assert grants.is_true(case)
        waiting = Handover.objects.filter(case=case, status="open")
        assert waiting.count() <= 1
        assert not waiting.exists() or case.status == "active"
        rows = list(CaseGrant.objects.filter(case=case).select_related("ground"))
        (own,) = [row for row in rows if row.reason == GrantReason.DESK]
        assert own.desk_id == case.desk_id, "never without an owner"
        assert all(row.ground.ended_at is None and row.ground.case_id == case.pk for row in rows)
        assert all((row.ground.desk_id, row.ground.agency_id) == (row.desk_id, row.agency_id) for row in rows)
        live = LegalGround.objects.filter(case=case, desk__isnull=False, ended_at=None)
        assert live.filter(desk=case.desk).count() == 1
        assert {g.desk_id for g in live} == {row.desk_id for row in rows if row.desk_id}
        self._people()
        self._steps()

    def _people(self) -> None:
        case = self.world.case
        barred = barred_from(case)
        assert case.assignee_id not in barred
        for key, people in self.people.items():
            for by in people:
                sight = sight_of(by, case)
                if by.user_id in barred:
                    assert sight is None
                elif key == case.desk.key:
                    assert sight is not None and sight.is_desk
                else:
                    assert sight is None or sight.only_reads
        assert sight_of(self.world.national, case) is None

    def _steps(self) -> None:
        case = self.world.case
        unended = list(Step.objects.filter(case=case, status__in=(StepStatus.WAITING, *LIVE_STEPS)))
        assert case.status in OPEN_STATUSES or not unended
        answers = [step for step in unended if step.key == handovers.ANSWER_STEP]
        asked = Handover.objects.filter(case=case, status="open").first()
        assert [step.desk_id for step in answers] == ([asked.to_desk_id] if asked else [])
        rest = {step.desk_id for step in unended if step.desk_id and step not in answers}
        assert rest <= {case.desk_id}
        assert all(step.assignee_id not in barred_from(case) for step in unended if step.desk_id)


OPERATIONS: Final = (
    "accept", "accept", "forward", "forward", "send_back", "ask", "ask", "ask", "take", "take", "reject",
    "withdraw", "recuse", "lift", "redirect", "night", "close", "reopen",
)  # fmt: skip


@seed(20261124)
@settings(
    max_examples=examples(5, 40), deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 11), st.booleans()), min_size=6, max_size=22
    ),
    accepted=st.booleans(),
)
def test_never_without_an_owner(world: World, moves: list[tuple[str, int, bool]], accepted: bool) -> None:
    with undone():
        play = Desks(world, (duty("nord"), duty("nord")), duty("syd"))
        if accepted:
            play.act("accept", 0, True)
            world.join(AgencyKind.POLICE)
        for name, which, flag in moves:
            play.act(name, which, flag)
            play.check()


def test_one_long_life_of_moves(world: World, freeze: Any) -> None:
    """A road that is known to meet everything once; each act must change something."""
    play = Desks(world, (duty("nord"), duty("nord")), duty("syd"))
    road = [
        ("forward", 0, True), ("send_back", 1, True), ("accept", 0, True), ("ask", 0, True),
        ("withdraw", 3, True),
        ("ask", 0, True), ("reject", 1, True), ("ask", 3, False), ("take", 2, True), ("ask", 2, True),
        ("take", 3, True), ("recuse", 3, True), ("recuse", 0, True), ("redirect", 1, True), ("lift", 0, True),
        ("ask", 4, True), ("take", 5, True), ("close", 2, True), ("reopen", 2, True),
    ]  # fmt: skip
    for number, (name, which, flag) in enumerate(road):
        before = (world.case.version, Recusal.objects.filter(lifted_at=None).count())
        getattr(play, name)(which, flag)
        assert (world.case.version, Recusal.objects.filter(lifted_at=None).count()) != before, (number, name)
        play.check()
    freeze("2026-11-26 01:00")
    play.night(0, True)
    play.check()

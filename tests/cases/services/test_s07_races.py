"""Two coordinators at once: one handover, and the other is told."""

from __future__ import annotations

from cases.enums import ForwardReason
from cases.models import Handover
from cases.services import handovers, triage
from core import clock
from tests.cases.services.conftest import World, at_once
from tests.cases.services.test_s07_handover import asked, desk


def test_two_ask_at_once(committed_world: World) -> None:
    world = committed_world
    world.accept()
    answers = at_once([
        lambda: asked(world, "syd"),
        lambda: handovers.ask(case_id=world.case_id, desk_id=desk("nord").pk, reason=ForwardReason.MOVED,
                              moves_on=clock.today(), by=world.per),
    ])  # fmt: skip
    assert sorted(type(a).__name__ for a in answers) == ["Handover", "TransitionNotAllowed"]
    assert Handover.objects.filter(status="open").count() == 1


def test_accepting_against_taking_back_leaves_one_owner(committed_world: World) -> None:
    world = committed_world
    world.accept()
    asked(world, "syd")
    at_once([
        lambda: handovers.accept(case_id=world.case_id, by=world.syd),
        lambda: handovers.withdraw(case_id=world.case_id, by=world.per),
    ])  # fmt: skip
    row, case = Handover.objects.get(), world.case
    assert (row.status, case.desk.key) in {("accepted", "syd"), ("withdrawn", "mitt")}
    live = case.grounds.filter(ended_at=None, desk_id=case.desk_id)
    assert live.count() == 1


def test_forwarding_against_asking_leaves_one_owner(committed_world: World) -> None:
    world = committed_world
    world.accept()
    answers = at_once([
        lambda: asked(world, "syd"),
        lambda: triage.forward(case_id=world.case_id, desk_id=desk("nord").pk,
                               reason=ForwardReason.CAPACITY, by=world.per),
    ])  # fmt: skip
    assert sum(isinstance(answer, Exception) for answer in answers) == 1

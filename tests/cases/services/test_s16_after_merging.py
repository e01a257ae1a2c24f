"""S16 and S15: whoever was shut out of two cases that were one sees neither of them when they are parted."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import BreachKind, Threat
from cases.models import Breach, BreachRecipient, Case, Recusal
from cases.services import merging, participation, recusals
from cases.services.breaches import reporting
from cases.services.breaches import sight as clearing
from core import clock
from tests.cases.services.conftest import World
from tests.cases.services.pairs import merge, taken, two

pytestmark = pytest.mark.django_db


def report(case: Case, to: str, by: Assignment) -> Breach:
    told = reporting.Told(
        kind=BreachKind.SHARED, threat=Threat.UNKNOWN, what="Hen är granne.", noticed_at=clock.now(), to=[to]
    )
    return reporting.report(case_id=case.pk, told=told, by=by)


@pytest.fixture
def one(world: World) -> tuple[World, Any, Case, Case]:
    """Two cases made one; Per has looked at it."""
    first, second = two(world)
    survivor, absorbed = taken(world, first, second)
    made = merge(world, survivor, absorbed)
    return world, made, survivor, absorbed


@pytest.mark.security("S14", "a cut after a wrong disclosure, when merged cases are parted again")
def test_whoever_is_shut_out_of_the_merged_case_is_shut_out_of_both(
    one: tuple[World, Any, Case, Case], monkeypatch: pytest.MonkeyPatch, tried: Any
) -> None:
    world, made, survivor, absorbed = one
    breach = shut_out(monkeypatch, world, survivor)
    merging.undo(merge_id=made.pk, by=world.karin)
    for case in (survivor, absorbed):
        assert sight_of(world.per, case_of_(case)) is None, case.reference
        tried(1)
    row = BreachRecipient.objects.get(breach=breach)
    reporting.restore(breach_id=breach.pk, recipient_id=row.pk, by=world.karin)
    for case in (survivor, absorbed):
        assert sight_of(world.per, case_of_(case)) is not None, "and again in both"


def test_whoever_steps_back_from_the_merged_case_steps_back_from_both(
    one: tuple[World, Any, Case, Case],
) -> None:
    world, made, survivor, absorbed = one
    recusals.recuse(case_id=survivor.pk, reason="Granne.", by=world.per)
    merging.undo(merge_id=made.pk, by=world.karin)
    assert sight_of(world.per, case_of_(survivor)) is None
    assert sight_of(world.per, case_of_(absorbed)) is None


@pytest.mark.parametrize("first", ["survivor", "absorbed"])
def test_a_merge_does_not_turn_being_shut_out_into_her_own_word(
    world: World, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    survivor, absorbed = taken(world, *two(world))
    barred, own = (survivor, absorbed) if first == "survivor" else (absorbed, survivor)
    shut_out(monkeypatch, world, barred)
    recusals.recuse(case_id=own.pk, reason="Granne.", by=world.per)
    merge(world, survivor, absorbed)
    for row in Recusal.objects.filter(user_id=world.per.user_id, case=survivor, lifted_at=None):
        with pytest.raises(PermissionDenied):
            recusals.lift(recusal_id=row.pk, by=world.national)
    assert sight_of(world.per, case_of_(survivor)) is None


def test_whoever_had_stepped_back_and_is_shut_out_is_not_let_in_by_the_national_desk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = recusals.recuse(case_id=world.accept().pk, reason="Granne.", by=world.per)
    breach = shut_out(monkeypatch, world, world.case)
    with pytest.raises(PermissionDenied):
        recusals.lift(recusal_id=row.pk, by=world.national)
    assert not recusals.recusals_for(world.national).filter(pk=row.pk).exists()
    named = BreachRecipient.objects.get(breach=breach)
    reporting.restore(breach_id=breach.pk, recipient_id=named.pk, by=world.karin)
    assert sight_of(world.per, world.case) is not None


@pytest.mark.parametrize("where", ["both", "absorbed"])
def test_an_agency_that_was_cut_from_the_merged_case_is_cut_from_both(world: World, where: str) -> None:
    first, second = two(world)
    survivor, absorbed = taken(world, first, second)
    worker = world.about(second).join(AgencyKind.SOCIAL_SERVICES_ADULT)
    if where == "both":
        made = world.about(first).invite(worker.agency)
        participation.answer(participation_id=made.pk, accepts=True, by=worker)
    made = merge(world, survivor, absorbed)
    report(survivor, f"agency:{worker.agency_id}", world.karin)
    merging.undo(merge_id=made.pk, by=world.karin)
    for case in (survivor, absorbed):
        assert sight_of(worker, case_of_(case)) is None, case.reference


def shut_out(monkeypatch: pytest.MonkeyPatch, world: World, case: Case) -> Breach:
    """Per is named, as somebody who has looked at it."""
    per = f"user:{world.per.user_id}"
    known = [clearing.Whom(per, world.per.user.name)]
    monkeypatch.setattr(clearing, "whom", lambda sight: known)
    return report(case, per, world.karin)


def case_of_(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)

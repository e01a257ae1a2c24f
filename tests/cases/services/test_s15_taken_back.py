"""S15 meets S06: parting two cases gives nobody back what was taken back while they were one."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.access import sight_of
from cases.enums import Category, ConsentForm, GroundEnd, Level, ParticipationStatus
from cases.models import Case, LegalGround, Merge, Participation
from cases.services import granting, grants, merging, participation, withdrawing
from core import clock
from tests.cases.services.conftest import World, sent
from tests.cases.services.pairs import NADIA, NADJA, merge, worker

pytestmark = pytest.mark.django_db
POLICE = AgencyKind.POLICE
Pair = tuple[World, Case, Case, Assignment]


@pytest.fixture
def pair(world: World) -> Pair:
    """The same police in both cases of one woman, each time on her consent."""
    police = worker()
    cases = []
    for answers in (NADIA, NADJA):
        world = world.about(sent(worker(AgencyKind.MIKA), **answers, consent_scope=["police", "iom"]))
        world.accept()
        row = world.invite(police.agency, "consent", [Category.SITUATION])
        participation.answer(participation_id=row.pk, accepts=True, by=police)
        cases.append(Case.objects.select_related("person", "desk").get(pk=world.case_id))
    return world, cases[0], cases[1], police


def take_back(world: World, case: Case, *scope: str) -> None:
    withdrawing.withdraw(case_id=case.pk, scope=scope, withdrawn_on=clock.today(), form=ConsentForm.ORAL,
                         words="", by=world.karin)  # fmt: skip


@pytest.mark.parametrize("side", ["survivor", "absorbed"])
@pytest.mark.parametrize("single", [True, False])
def test_withdrawn_while_they_were_one_it_stays_withdrawn(pair: Pair, side: str, single: bool) -> None:
    world, one, other, police = pair
    made = merge(world, one, other, side)
    take_back(world, one, police.agency_id.hex if single else POLICE)
    merging.undo(merge_id=made.pk, by=world.karin)
    for case in (one, other):
        case.refresh_from_db()
        assert sight_of(police, case) is None and grants.is_true(case)
        assert not LegalGround.objects.filter(case=case, agency=police.agency, ended_at=None).exists()
        assert not case.steps.filter(agency=police.agency, ended_at=None).exists()


def test_an_agency_whose_part_has_ended_since_does_not_come_back(pair: Pair) -> None:
    world, one, other, police = pair
    made = merge(world, one, other)
    row = Participation.objects.get(case=one, agency=police.agency, status=ParticipationStatus.ACCEPTED)
    participation.end(participation_id=row.pk, by=world.karin)
    merging.undo(merge_id=made.pk, by=world.karin)
    assert sight_of(police, Case.objects.get(pk=other.pk)) is None
    assert grants.is_true(Case.objects.get(pk=other.pk))


def test_withdrawn_for_the_coordinator_too_each_case_keeps_its_desk_and_the_header(pair: Pair) -> None:
    world, one, other, police = pair
    made = merge(world, one, other)
    take_back(world, one, "coordinator")
    merging.undo(merge_id=made.pk, by=world.karin)
    for case in (Case.objects.get(pk=one.pk), Case.objects.get(pk=other.pk)):
        sight: Any = sight_of(world.karin, case)
        assert (sight.level, sight.categories, sight.is_desk) == (Level.HEADER, frozenset(), True)
        assert sight_of(police, case) is None and grants.is_true(case)


def test_what_the_merge_knew_of_one_person_does_not_stay_under_the_key_of_the_other(pair: Pair) -> None:
    world, one, other, _police = pair
    made = merge(world, one, other, "absorbed")
    assert "Nadja C." in str(Merge.objects.get(pk=made.pk).before)
    merging.undo(merge_id=made.pk, by=world.karin)
    row = Merge.objects.select_related("data_key").get(pk=made.pk)
    assert row.data_key.destroyed_at and not isinstance(row.before, dict)
    for case in (one, other):
        person = Case.objects.get(pk=case.pk).person
        assert person is not None and isinstance(person.identity, dict), "their own keys stand"


def test_of_an_agency_in_both_the_ground_that_was_not_chosen_gives_way_with_all_beside_it(pair: Pair) -> None:
    world, one, other, police = pair
    row = Participation.objects.get(case=other, agency=police.agency)
    beside = granting.change(
        participation_id=row.pk, replaces=None, ground="osl_10_23", categories=[Category.HEALTH],
        purpose="Utredning", valid_until=None, by=world.karin,
    )  # fmt: skip
    other.refresh_from_db()
    made = merge(world, one, other)
    one.refresh_from_db()
    sight: Any = sight_of(police, one)
    assert sight.categories == {Category.SITUATION}, "nobody chose more"
    beside.refresh_from_db()
    assert beside.end_reason == GroundEnd.REPLACED
    merging.undo(merge_id=made.pk, by=world.karin)
    back: Any = sight_of(police, Case.objects.get(pk=other.pk))
    assert back.categories == {Category.SITUATION, Category.HEALTH}

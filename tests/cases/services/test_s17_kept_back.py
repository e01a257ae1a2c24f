"""S17: what no paper tells: half of a masked word, what was masked later, where a protected person is."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import LinkKind, Protection, Relation
from cases.models import CaseLink, Person
from cases.services import dependants, protection
from cases.services.subject import giving, review
from core import clock
from tests.cases.services.conftest import World, sent
from tests.cases.services.extracts import (
    SUSPECT,
    approved,
    decide_all,
    found,
    host_pack,
    mask,
    printed,
    told_of_others,
)
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora() -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def david() -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def told(world: World) -> World:
    return told_of_others(world)


def test_of_two_masks_that_overlap_nothing_is_given_out(told: World, dora: Assignment) -> None:
    pack = host_pack(found(told, dora), told)
    mask(pack, dora, SUSPECT, "Ozolinss telefon: 070-555 01 23")
    masks = review.review(pack).masks
    said = masks.apply(f"{SUSPECT}s telefon: 070-555 01 23. Ring inte.")
    assert "Viktor" not in said and "070" not in said and said.endswith("Ring inte.")
    around = masks.apply(f"Om {SUSPECT}.")
    assert around.startswith("Om ") and "Viktor" not in around


def test_a_paper_from_before_something_was_masked_is_not_fetched(
    told: World, dora: Assignment, david: Assignment, freeze: Any
) -> None:
    pack = host_pack(found(told, dora), told)
    decide_all(pack, dora)
    approved(pack, dora, david)
    old = giving.on_paper(pack_id=pack.pk, language="sv", by=dora)
    assert giving.still_seen(old.context["needs"], dora)
    review.send_back(pack_id=pack.pk, words="Namnet ska bort.", version=pack.version, by=david)
    mask(pack, dora, SUSPECT)
    freeze("2026-11-23 09:01")
    approved(pack, dora, david)
    assert not giving.still_seen(old.context["needs"], dora), "it still tells the name"
    new = giving.on_paper(pack_id=pack.pk, language="sv", by=dora)
    assert giving.still_seen(new.context["needs"], dora)


def test_a_paper_from_before_she_was_protected_is_not_fetched(
    told: World, dora: Assignment, david: Assignment
) -> None:
    pack = host_pack(found(told, dora), told)
    decide_all(pack, dora)
    approved(pack, dora, david)
    old = giving.on_paper(pack_id=pack.pk, language="sv", by=dora)
    protection.make_stricter(case_id=told.case_id, to=Protection.SECRECY_MARKING, by=told.karin)
    assert not giving.still_seen(old.context["needs"], dora)


@pytest.mark.security("S09", "a protected person's place and family on an extract")
def test_the_extract_of_a_protected_person_tells_no_place(
    told: World, dora: Assignment, david: Assignment, tried: Any
) -> None:
    shelter = told.join(AgencyKind.SHELTER, ground="osl_10_2")
    dependants.add(
        case_id=told.case_id, relation=Relation.CHILD, is_child=True,
        told={"name": "Lova Ek", "where": "Hos moster i Umeå"}, by=told.karin,
    )  # fmt: skip
    protection.make_stricter(case_id=told.case_id, to=Protection.SECRECY_MARKING, by=told.karin)
    request = found(told, dora)
    for pack in request.packs.select_related("agency"):
        decide_all(pack, dora)
        text, _raw = printed(approved(pack, dora, david), dora)
        for absent in (shelter.agency.name, "Lova Ek", "Umeå"):
            assert absent not in text, (pack.agency.kind, absent)
            tried(1)


@pytest.mark.parametrize("kind", [LinkKind.NOT_SAME, LinkKind.CHILD, LinkKind.COMPANION])
def test_the_case_of_somebody_else_is_not_in_the_extract(told: World, dora: Assignment, kind: str) -> None:
    other = sent(told.referrer).case
    made: dict[str, Any] = {"kind": kind, "made_by_id": told.karin.user_id, "made_at": clock.now()}
    CaseLink.objects.create(case=told.case, other=other, **made)
    pack = host_pack(found(told, dora), told)
    assert other.reference not in " ".join(piece.text for piece in review.review(pack).pieces)


def test_an_earlier_case_of_a_protected_person_does_not_tell_who_she_is(
    told: World, dora: Assignment, david: Assignment
) -> None:
    referral = sent(told.referrer)
    CaseLink.objects.create(
        case=told.case, other=referral.case, kind=LinkKind.EARLIER, made_by_id=told.karin.user_id,
        made_at=clock.now(),
    )  # fmt: skip
    protection.make_stricter(case_id=told.case_id, to=Protection.FICTITIOUS, by=told.karin)
    earlier = Person.objects.get(cases=referral.case)
    assert not earlier.is_protected
    pack = host_pack(found(told, dora), told)
    texts = " ".join(piece.text for piece in review.review(pack).pieces)
    assert earlier.identity["name"] not in texts

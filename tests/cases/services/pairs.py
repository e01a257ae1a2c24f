"""Two referrals about one woman, from two agencies, and what tests of them share."""

from __future__ import annotations

from typing import Any

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.models import Case, Referral
from cases.services import matching, merge_choices, merging, triage
from tests.cases.conftest import ADULT
from tests.cases.services.conftest import World, sent
from tests.factories import AgencyFactory, member

NADIA: dict[str, Any] = {
    "name": "Nadia K.", "birth": "~23", "citizenship": ["MD"], "sex": "woman", "languages": ["ro"],
    "safe_contact_method": "text", "contact_phone": "+37360123456", "forms": ["sexual"],
    "indicators": ["recruit.relationship_lure"],
}  # fmt: skip
NADJA: dict[str, Any] = NADIA | {"name": "Nadja C.", "birth": "1993/2003", "contact_phone": "+37360123456"}


def case_of(referral: Referral) -> Case:
    return Case.objects.select_related("desk", "person", "edition").get(pk=referral.case_id)


def worker(kind: str = AgencyKind.POLICE) -> Assignment:
    return member(Role.CASEWORKER, agency=AgencyFactory.create(kind=kind))


def two(
    world: World, first: dict[str, Any] = NADIA, second: dict[str, Any] = NADJA
) -> tuple[Referral, Referral]:
    """The border police refers her, next somebody else; both in Uppsala."""
    police, mika = worker(), worker(AgencyKind.MIKA)
    return sent(police, ADULT, **first), sent(mika, ADULT, **second)


def taken(world: World, *referrals: Referral) -> list[Case]:
    for referral in referrals:
        triage.accept(case_id=referral.case_id, by=world.karin)
    return [case_of(referral) for referral in referrals]


def look() -> None:
    """The job has run."""
    while matching.look()[0]:
        pass


def all_of(side: str, survivor: Case, absorbed: Case) -> dict[str, str]:
    """Every difference answered the same way."""
    return {row.key: side for row in merge_choices.differences(survivor, absorbed)}


def merge(world: World, survivor: Case, absorbed: Case, side: str = "survivor", **more: Any) -> Any:
    return merging.merge(
        survivor_id=survivor.pk, absorbed_id=absorbed.pk, choices=all_of(side, survivor, absorbed),
        secrecy=True, by=world.karin, **more,
    )  # fmt: skip

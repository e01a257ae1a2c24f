"""S08: making a protected identity milder takes two persons, in the portal and in the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.access import Assignment
from cases.enums import NoticeKind, Protection, Status
from cases.models import Case, Notice, Person, ProtectionLift
from cases.services import (
    merging,
    protection,
)
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from tests.cases.services.conftest import World, refusals, sent
from tests.cases.services.pairs import all_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    """Accepted by Karin; the police were given who she is."""
    world.accept()
    return world


def protect(world: World, to: Protection = Protection.PROTECTED_REGISTRATION) -> Case:
    protection.make_stricter(case_id=world.case_id, to=to, by=world.karin)
    return world.case


@pytest.mark.security("S09", "lifting a protection alone, through the portal and in the database")
def test_a_milder_tier_takes_two(taken: World, tried: Any) -> None:
    protect(taken)
    with pytest.raises(ValidationError) as error:
        protection.make_stricter(case_id=taken.case_id, to=Protection.NONE, by=taken.karin)
    assert "tier" in error.value.message_dict
    for to in (Protection.NONE, Protection.SECRECY_MARKING, Protection.UNKNOWN):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.filter(cases=taken.case_id).update(protection=to)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=taken.case_id).update(is_protected=False)
    with pytest.raises(PermissionDenied):
        ask(taken, by=taken.per)  # not named
    ask(taken)
    with pytest.raises(TransitionNotAllowed):
        ask(taken)
    with pytest.raises(PermissionDenied):
        protection.decide_milder(case_id=taken.case_id, approves=True, by=taken.karin)
    assert refusals("protection.lift", taken.karin) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        ProtectionLift.objects.update(decided_by=taken.karin.user_id, decided_at=clock.now(), approved=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(cases=taken.case_id).update(protection=Protection.NONE)
    for by in (taken.syd, taken.national, taken.referrer):
        with pytest.raises(PermissionDenied):
            protection.decide_milder(case_id=taken.case_id, approves=True, by=by)
    assert Notice.objects.filter(user=taken.per.user_id, kind=NoticeKind.LIFT_ASKED).count() == 1
    row = protection.decide_milder(case_id=taken.case_id, approves=True, by=taken.per)
    case = taken.case
    assert not case.is_protected and case.person is not None and case.person.protection == Protection.NONE
    assert (
        row.applied_at and row.asked_by_id == taken.karin.user_id and row.decided_by_id == taken.per.user_id
    )
    event = AuditEvent.objects.get(verb="protection.lift", outcome="allowed")
    assert event.user_id == taken.per.user_id and event.facts["asked_by"] == str(taken.karin.user_id)
    protect(taken)
    with pytest.raises(IntegrityError), transaction.atomic():  # an old yes is used up
        Person.objects.filter(cases=case).update(protection=Protection.NONE)
    tried(13)


def ask(world: World, to: Protection = Protection.NONE, by: Assignment | None = None) -> ProtectionLift:
    return protection.ask_milder(
        case_id=world.case_id, to=to, reason="Skatteverket beslöt 2026-11-20.", by=by or world.karin
    )


def test_the_second_may_say_no_and_what_has_changed_is_asked_again(taken: World) -> None:
    protect(taken, Protection.SECRECY_MARKING)
    ask(taken)
    protection.decide_milder(case_id=taken.case_id, approves=False, by=taken.per)
    assert taken.case.is_protected
    ask(taken)
    protect(taken, Protection.FICTITIOUS)
    with pytest.raises(TransitionNotAllowed):
        protection.decide_milder(case_id=taken.case_id, approves=True, by=taken.per)
    protection.decide_milder(case_id=taken.case_id, approves=False, by=taken.per)
    with pytest.raises(TransitionNotAllowed):
        protection.decide_milder(case_id=taken.case_id, approves=True, by=taken.per)
    ask(taken, Protection.SECRECY_MARKING)
    protection.decide_milder(case_id=taken.case_id, approves=True, by=taken.per)
    assert taken.case.is_protected, "milder is not lifted"


def test_a_merge_and_its_undoing_never_make_it_milder(world: World) -> None:
    other = world.about(sent(world.referrer))
    world.accept()
    other.accept()
    protect(other, Protection.FICTITIOUS)
    choices = all_of("survivor", world.case, other.case)
    row = merging.merge(
        survivor_id=world.case_id, absorbed_id=other.case_id, choices=choices, secrecy=True, by=world.karin
    )
    case = world.case
    assert case.is_protected and case.person is not None and case.person.protection == Protection.FICTITIOUS
    merging.undo(merge_id=row.pk, by=world.karin)
    again = world.case
    assert again.is_protected and other.case.is_protected and other.case.status == Status.ACTIVE

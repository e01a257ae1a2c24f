"""Whom a person's identity opens for, and that each opening is recorded."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import (
    Category,
    Protection,
)
from cases.models import Person
from cases.services import casework, triage
from core.models import AuditEvent
from tests.cases.services.conftest import World, duty, refusals, sent
from tests.cases.services.test_submit import REFUSED
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


def opens(by: Assignment, world: World) -> bool:
    try:
        casework.open_identity(case=world.case, reason="Kontakt inför möte", by=by)
    except PermissionDenied:
        return False
    return True


def test_identity_opens_for_those_with_the_category_and_is_recorded(taken: World) -> None:
    inside = taken.join(AgencyKind.POLICE, categories=[Category.IDENTITY])
    outside = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[Category.SITUATION])
    assert [opens(by, taken) for by in (taken.karin, taken.per, inside)] == [True] * 3
    for by in (outside, taken.syd, taken.national, taken.referrer, member(Role.AUDITOR)):
        assert not opens(by, taken)
        assert refusals("identity.open", by) == 1
    opened = AuditEvent.objects.filter(verb="identity.open", target_id=taken.case.person_id)
    assert opened.count() == 3 and set(opened.values_list("reason", flat=True)) == {"Kontakt inför möte"}


@pytest.mark.parametrize(
    "tier", [Protection.SECRECY_MARKING, Protection.PROTECTED_REGISTRATION, Protection.FICTITIOUS]
)
def test_protected_identity_opens_for_the_named_handler_alone(world: World, tier: str) -> None:
    """S08 and ADR 0501: the case's assignee."""
    protected = world.about(sent(world.referrer, protected_identity=tier))
    case = protected.case
    assert case.is_protected and Person.objects.get(cases=case).address is None
    assert not opens(world.karin, protected), "nobody before somebody has taken it"
    protected.accept()
    inside = protected.join(AgencyKind.POLICE, categories=[Category.IDENTITY])
    assert opens(world.karin, protected)
    assert [opens(by, protected) for by in (world.per, inside, world.syd, world.national)] == [False] * 4
    triage.assign(case_id=case.pk, assignee_id=world.per.user_id, by=world.karin)
    assert (opens(world.per, protected), opens(world.karin, protected)) == (True, False)
    other = duty("syd")
    protected.move("syd", world.per, world.syd)
    assert not opens(world.per, protected) and not opens(other, protected)
    assert opens(world.syd, protected), "who took the case over is its handler"


def test_a_consultation_has_nobody_to_open(world: World) -> None:
    case = sent(world.referrer, REFUSED).case
    with pytest.raises(PermissionDenied):
        casework.open_identity(case=case, reason="x", by=world.syd)

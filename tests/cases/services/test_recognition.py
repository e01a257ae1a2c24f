"""Presumed, recognised, not: by whom and when, with history; nothing waits for it, nothing is claimed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from accounts.enums import AgencyKind, Role
from cases.enums import Status, TraffickingStatus
from cases.models import Case, Recognition, Step
from cases.services import assessments
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from tests.cases.services.conftest import World
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


def recognise(world: World, status: str = "actual", **changes: Any) -> Case:
    told: dict[str, Any] = {"decided_on": date(2026, 11, 20), "decided_by": AgencyKind.POLICE,
                            "basis": "Förundersökning inledd", "by": world.karin}  # fmt: skip
    return assessments.recognise(case_id=world.case_id, status=TraffickingStatus(status), **(told | changes))


def test_everybody_is_presumed_until_somebody_says_otherwise(world: World) -> None:
    assert world.case.trafficking_status == "possible"
    assert not Recognition.objects.exists()


def test_the_latest_holds_and_the_earlier_stay(world: World) -> None:
    world.accept()
    recognise(world)
    recognise(world, "not", decided_by=AgencyKind.PROSECUTOR, basis="Nedlagd", decided_on=date(2026, 11, 22))
    assert world.case.trafficking_status == "not"
    rows = Recognition.objects.filter(case_id=world.case_id).order_by("recorded_at", "decided_on")
    assert {(row.status, row.decided_by) for row in rows} == {("actual", "police"), ("not", "prosecutor")}
    facts = AuditEvent.objects.filter(verb="case.recognise").order_by("pk").values_list("facts", flat=True)
    assert [(one["before"], one["after"]) for one in facts] == [("possible", "actual"), ("actual", "not")]


def test_no_step_and_no_sight_depends_on_it(world: World) -> None:
    world.accept()
    police = world.join()
    before = list(Step.objects.filter(case_id=world.case_id).order_by("pk").values("pk", "status", "due_at"))
    grants = list(world.case.grants.order_by("pk").values("level", "categories", "ground_id"))
    recognise(world, "not")
    after = list(Step.objects.filter(case_id=world.case_id).order_by("pk").values("pk", "status", "due_at"))
    assert before == after
    assert grants == list(world.case.grants.order_by("pk").values("level", "categories", "ground_id"))
    assert world.case.status == Status.ACTIVE
    assert police.agency_id


def test_the_codes_are_those_of_the_standard() -> None:
    assert {status.value for status in TraffickingStatus} == {"possible", "actual", "not"}


def test_the_basis_is_sealed_and_asked_for_where_it_matters(world: World) -> None:
    world.accept()
    recognise(world, "possible", basis="")
    for status in ("actual", "not"):
        with pytest.raises(ValidationError) as refusal:
            recognise(world, status, basis=" ")
        assert "basis" in refusal.value.message_dict
    recognise(world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(r)::text, '') FROM cases_recognition r")
        assert "rundersökning" not in cursor.fetchone()[0]


def test_who_and_when(world: World) -> None:
    with pytest.raises(TransitionNotAllowed):
        recognise(world)
    world.accept()
    with pytest.raises(ValidationError) as refusal:
        recognise(world, decided_on=date(2027, 1, 1))
    assert "decided_on" in refusal.value.message_dict
    worker = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    for who in (world.syd, world.national, world.referrer, worker):
        with pytest.raises(PermissionDenied):
            recognise(world, by=who)
    assert world.case.trafficking_status == "possible"

"""Every verb in every status by everybody: what the table allows happens, all else changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cases import workflow
from cases.access import sight_of
from cases.enums import (
    NotTakenReason,
    Status,
    Verb,
)
from cases.models import (
    Case,
)
from cases.services import (
    triage,
)
from cases.services.disposal import erasing
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from tests.cases.services.conftest import UNKNOWN_PLACE, World, undone
from tests.cases.services.verbs import ACTS, EXPECTED, rows_of

pytestmark = pytest.mark.django_db


def test_every_verb_is_walked() -> None:
    assert set(EXPECTED) == set(ACTS) == set(Verb) == set(workflow.TRANSITIONS)


@pytest.mark.security("S11", "every decision in every state of a case")
@pytest.mark.parametrize("status", Status)
def test_every_verb_in_every_status(world: World, status: Status) -> None:
    assert world.bring_to(status).status == status
    for verb in set(Verb) - {Verb.PLACE}:
        target = EXPECTED[verb].get(status)
        with undone():
            before = rows_of(world.case_id)
            if target is None:
                with pytest.raises(TransitionNotAllowed):
                    ACTS[verb](world, world.karin)
                assert rows_of(world.case_id) == before, verb
            else:
                ACTS[verb](world, world.karin)
                after = world.case
                assert after.status == target, verb
                assert after.version > before["Case"][0]["version"], verb
                newest = AuditEvent.objects.order_by("-pk").filter(outcome="allowed")
                assert newest.filter(user_id=world.karin.user_id).exists(), verb


@pytest.mark.parametrize("status", Status)
def test_placing_in_every_status(portal: None, freeze: Any, status: Status) -> None:
    freeze("2026-11-23 09:00")
    world = World(**UNKNOWN_PLACE)
    assert world.case.desk.key == "national"
    survivor = World().case_id
    changes: dict[str, Any] = {"status": status}
    if status == Status.WAITING:
        changes["waiting_since"] = clock.now()
    if status == Status.CLOSED:
        changes |= {"closed_at": clock.now(), "closed_by": world.national.user_id, "outcome": "lost_contact"}
    if status == Status.NOT_TAKEN:
        changes["not_taken_reason"] = "test"
    if status == Status.MERGED:
        changes["merged_into"] = survivor
    if status == Status.DISPOSED:
        changes = erasing.bare(clock.now())
    Case.objects.filter(pk=world.case_id).update(**changes)
    before = rows_of(world.case_id)
    if status in EXPECTED[Verb.PLACE]:
        ACTS[Verb.PLACE](world, world.national)
        assert (world.case.status, world.case.desk.key) == (status, "syd")
    else:
        with pytest.raises(TransitionNotAllowed):
            ACTS[Verb.PLACE](world, world.national)
        assert rows_of(world.case_id) == before


@pytest.mark.parametrize("status", Status)
def test_the_buttons_are_what_the_services_allow(world: World, status: Status) -> None:
    case = world.bring_to(status)
    sight = sight_of(world.karin, case)
    assert sight is not None
    shown = {row.verb for row in workflow.available(sight)}
    assert shown == {verb for verb in Verb if status in EXPECTED[verb]} - {Verb.PLACE, Verb.WAKE, Verb.SETTLE}
    for verb in shown:
        with undone():
            ACTS[verb](world, world.karin)


def test_second_place_is_told_who_was_first(world: World, freeze: Any) -> None:
    freeze(datetime(2026, 11, 23, 9, 4))
    world.accept()
    with pytest.raises(TransitionNotAllowed) as refusal:
        triage.not_take(case_id=world.case_id, reason=NotTakenReason.TEST, text="", by=world.per)
    assert "Karin Holm" in str(refusal.value.message)

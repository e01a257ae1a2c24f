"""Second thoughts: undone within half a minute, not taken forward, taken up again."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from cases.access import sight_of
from cases.enums import CancelReason, ForwardReason, Level, NotTakenReason, Status, StepStatus, Verb
from cases.models import Case, Notice, Tally
from cases.services import casework, dates, steps, triage, undo
from coordinators.models import Desk
from core import clock
from core.errors import TransitionNotAllowed
from core.models import OutboundEmail
from manual.enums import Milestone
from tests.cases.services.conftest import World, mails_to, undone

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return clock.aware(datetime.fromisoformat(text))


def desk(key: str) -> Desk:
    return Desk.objects.get(key=key)


def told(who: Any, kind: str) -> int:
    return Notice.objects.filter(user_id=who.user_id, kind=kind).count()


def forward(world: World, key: str = "syd", by: Any = None) -> Case:
    reason = ForwardReason.WRONG_REGION
    return triage.forward(case_id=world.case_id, desk_id=desk(key).pk, reason=reason, by=by or world.karin)


def record(world: World, kind: Milestone, by: Any) -> Case:
    return dates.record(case_id=world.case_id, kind=kind, happened_at=clock.now(), date_only=False, by=by)


# --- second thoughts ----------------------------------------------------------------------------------------


def undoable(world: World, act: Any, verb: Verb) -> str:
    was = undo.before(world.case)
    return undo.token(act(), verb, was, world.karin)


def test_an_acceptance_is_undone_within_half_a_minute(world: World, freeze: Any) -> None:
    before = Case.objects.filter(pk=world.case_id).values().get()
    first = world.step("ident.rc.acknowledge")
    token = undoable(world, world.accept, Verb.ACCEPT)
    assert told(world.referrer, "accepted") == 1
    undo.undo(token=token, by=world.karin)
    after = Case.objects.filter(pk=world.case_id).values().get()
    assert {**after, "version": 0} == {**before, "version": 0} and after["version"] > before["version"]
    again = world.step("ident.rc.acknowledge")
    assert (again.status, again.due_at, again.ended_at) == (StepStatus.OPEN, first.due_at, None)
    assert again.chase_at == first.chase_at, "the reminder is due again"
    assert told(world.referrer, "accepted") == 0
    assert not OutboundEmail.objects.filter(user_id=world.referrer.user_id, state="queued").exists()
    assert sum(Tally.objects.filter(unit="answer").values_list("amount", flat=True)) == 0
    assert world.case.grants.get().due_at == world.case.answer_by
    with pytest.raises(TransitionNotAllowed):
        undo.undo(token=token, by=world.karin)


def test_undoing_an_acceptance_of_a_waiting_case_leaves_it_waiting(world: World, freeze: Any) -> None:
    triage.ask(case_id=world.case_id, text="Vilken ort?", by=world.karin)
    freeze("2026-11-23 15:00")
    undo.undo(token=undoable(world, world.accept, Verb.ACCEPT), by=world.karin)
    case, assess = world.case, world.step("ident.rc.assess")
    assert case.status == Status.WAITING and assess.paused_at is not None and assess.chase_at is None
    assert str(case.opening_referral().wanted) == "Vilken ort?"


def test_after_half_a_minute_it_is_too_late(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token, late = undoable(world, world.accept, Verb.ACCEPT), time.time() + 31
    monkeypatch.setattr("django.core.signing.time.time", lambda: late)
    with pytest.raises(TransitionNotAllowed):
        undo.undo(token=token, by=world.karin)
    assert world.case.status == Status.ACTIVE


def test_nothing_is_undone_once_somebody_has_acted(world: World) -> None:
    acts = (
        lambda: triage.assign(case_id=world.case_id, assignee_id=world.per.user_id, by=world.per),
        lambda: world.join(),
        lambda: record(world, Milestone.POLICE_INFORMED, world.per),
        lambda: triage.snooze(case_id=world.case_id, until=clock.now() + timedelta(days=1), by=world.per),
        lambda: steps.done(step_id=world.step("ident.rc.assess").pk, by=world.per),
    )  # fmt: skip
    token = undoable(world, world.accept, Verb.ACCEPT)
    for act in acts:
        with undone():
            act()
            with pytest.raises(TransitionNotAllowed):
                undo.undo(token=token, by=world.karin)
            assert world.case.status == Status.ACTIVE


def test_only_she_who_decided_may_undo_and_only_with_a_true_token(world: World) -> None:
    token = undoable(world, world.accept, Verb.ACCEPT)
    with pytest.raises(TransitionNotAllowed):
        undo.undo(token=token, by=world.per)
    with pytest.raises(PermissionDenied):
        undo.undo(token=token, by=world.syd)
    with pytest.raises(TransitionNotAllowed):
        undo.undo(token=token[:-2] + "xx", by=world.karin)
    assert world.case.status == Status.ACTIVE


def test_snoozing_and_assigning_are_undone(world: World) -> None:
    token = undoable(
        world,
        lambda: triage.snooze(case_id=world.case_id, until=clock.now() + timedelta(days=1), by=world.karin),
        Verb.SNOOZE,
    )
    assert undo.undo(token=token, by=world.karin).snoozed_until is None
    token = undoable(
        world,
        lambda: triage.assign(case_id=world.case_id, assignee_id=world.per.user_id, by=world.karin),
        Verb.ASSIGN,
    )
    assert undo.undo(token=token, by=world.karin).assignee_id is None
    assert told(world.per, "assigned") == 0


# --- not taken, and taken up again --------------------------------------------------------------------------


def test_not_taken_tells_why_and_ends_what_was_open(world: World) -> None:
    triage.not_take(
        case_id=world.case_id, reason=NotTakenReason.OTHER_AUTHORITY, text="Ring BUP.", by=world.karin
    )
    case = world.case
    assert (case.status, case.not_taken_reason) == (Status.NOT_TAKEN, "other_authority")
    assert str(case.opening_referral().wanted) == "Ring BUP."
    assert told(world.referrer, "not_taken") == 1 and mails_to(world.referrer), "a refusal is mailed at once"
    ended = case.steps.exclude(status=StepStatus.DONE)
    assert set(ended.values_list("status", "cancel_reason")) == {("cancelled", CancelReason.NOT_TAKEN)}
    assert not case.grants.filter(is_open=True).exists() and sight_of(world.karin, case).level == Level.FULL
    assert Tally.objects.get(unit="not_taken").codes["detail"] == "other_authority"


def test_reopening_takes_up_the_steps_with_their_due_times(world: World, freeze: Any) -> None:
    before = dict(world.case.steps.filter(status="open").values_list("key", "due_at"))
    triage.not_take(case_id=world.case_id, reason=NotTakenReason.NO_CONTACT, text="Når inte.", by=world.karin)
    freeze("2026-11-24 09:00")
    casework.reopen(case_id=world.case_id, by=world.per)
    case = world.case
    assert (case.status, case.not_taken_reason, case.assignee_id) == (Status.ACTIVE, "", world.per.user_id)
    after = dict(case.steps.filter(status="open").values_list("key", "due_at"))
    assert after == {key: due for key, due in before.items() if key != "ident.rc.acknowledge"}
    assert not case.steps.filter(status="open", chase_at__isnull=True).exists()
    assert case.grants.filter(is_open=True).exists()
    assert case.opening_referral().wanted is None, "the refusal is no question"
    assert sum(Tally.objects.filter(unit="not_taken").values_list("amount", flat=True)) == 0


def test_not_taking_a_waiting_case_ends_the_waiting(world: World) -> None:
    triage.ask(case_id=world.case_id, text="?", by=world.karin)
    triage.not_take(case_id=world.case_id, reason=NotTakenReason.WITHDRAWN, text="", by=world.karin)
    assert world.case.waiting_since is None and world.case.opening_referral().wanted is None
    casework.reopen(case_id=world.case_id, by=world.karin)
    assert world.step("ident.rc.assess").paused_at is None

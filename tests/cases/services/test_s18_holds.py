"""S18, S64: what keeps a case: a hold, an open step, a new note, what others need, an error."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import (
    HoldReason,
    Obstacle,
    RemovalReason,
    Status,
)
from cases.models import (
    Case,
    Hold,
    Person,
    Retention,
    Step,
)
from cases.services import casework, documents, messages
from cases.services.disposal import batches, erasing, holds, looking
from core import clock, destroyed
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, DataKey
from tests.cases.services.conftest import World, sent
from tests.cases.services.disposing import (
    Freeze,
    approved,
    hold,
    left,
    nights,
)
from tests.factories import member

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("stored"),
    pytest.mark.security("S64", "what is kept is not disposed of"),
]


# --- what keeps it ----------------------------------------------------------------------------------


def test_a_hold_placed_after_the_approval_still_keeps_it(
    closed: World, dora: Assignment, freeze: Freeze
) -> None:
    approved(closed, dora, freeze)
    hold(closed, dora)
    left(Obstacle.HELD)
    assert AuditEvent.objects.get(verb="disposal.skip").facts["why"] == "held"
    (line,) = batches.lines(dora)
    assert line.hold is not None and line.hold.reason == HoldReason.INVESTIGATION and not line.can_be_proposed


def test_a_held_case_is_not_taken_apart(closed: World, freeze: Freeze) -> None:
    made = hold(closed, closed.karin, date(2027, 6, 1))
    with pytest.raises(TransitionNotAllowed, match="2027"):
        casework.reopen(case_id=closed.case_id, by=closed.karin)
    holds.lift(hold_id=made.pk, by=closed.karin)
    casework.reopen(case_id=closed.case_id, by=closed.karin)
    made = hold(closed, closed.karin, date(2027, 6, 1))
    paper = closed.case.documents.get().pk
    taken: dict[str, Any] = {"case_id": closed.case_id, "document_id": paper, "by": closed.karin}
    with pytest.raises(TransitionNotAllowed, match="2027"):
        documents.remove(reason=RemovalReason.WRONG_FILE, **taken)
    holds.lift(hold_id=made.pk, by=closed.karin)
    documents.remove(reason=RemovalReason.WRONG_FILE, **taken)
    assert [entry.kind for entry in destroyed.entries()] == ["document"]


def test_a_hold_ends_by_itself_and_the_warnings_begin(closed: World, freeze: Freeze) -> None:
    freeze("2031-09-01 12:00")
    made = hold(closed, closed.karin, date(2031, 11, 30))
    assert nights(freeze, "2031-10-08", "2031-11-30") == [(2, 0), (1, 0)]
    assert nights(freeze, "2031-12-01", "2031-12-31") == [(1, 1), (1, 1)]
    made.refresh_from_db()
    assert made.lifted_at is not None and made.lifted_by is None
    assert looking.goes_on(Retention.objects.get()) == date(2032, 1, 30)


@pytest.mark.parametrize(("words", "until", "wrong"), [
    (" ", date(2027, 1, 1), "words"), ("x", date(2026, 12, 6), "ends_on"), ("x", date(2029, 1, 1), "ends_on"),
])  # fmt: skip
def test_a_hold_has_a_reason_and_an_end(closed: World, words: str, until: date, wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        holds.place(case_id=closed.case_id, reason=HoldReason.CLAIM, words=words, ends_on=until,
                    by=closed.karin)  # fmt: skip
    assert set(refused.value.message_dict) == {wrong}


def test_who_may_hold(closed: World, dora: Assignment) -> None:
    for who in (closed.syd, closed.referrer, member(Role.AUDITOR)):
        with pytest.raises(PermissionDenied):
            hold(closed, who, date(2027, 1, 1))
    made = hold(closed, dora, date(2027, 1, 1))
    with pytest.raises(PermissionDenied):
        holds.lift(hold_id=made.pk, by=closed.syd)
    holds.lift(hold_id=made.pk, by=closed.karin)
    assert AuditEvent.objects.filter(verb="hold.lift", target_id=made.pk).exists()


def test_the_database_keeps_a_held_case(closed: World, dora: Assignment) -> None:
    made = hold(closed, dora, date(2027, 1, 1))
    with pytest.raises(IntegrityError, match="on hold"), transaction.atomic():
        Case.objects.filter(pk=closed.case_id).update(**erasing.bare(clock.now()))
    with pytest.raises(IntegrityError, match="lifted before"), transaction.atomic():
        Hold.objects.filter(pk=made.pk).delete()


def test_an_open_follow_up_keeps_it(closed: World, dora: Assignment, freeze: Freeze) -> None:
    approved(closed, dora, freeze)
    step = closed.case.steps.filter(status="cancelled").first()
    assert step is not None
    Step.objects.filter(pk=step.pk).update(status="open", cancel_reason="", ended_at=None, ended_by=None,
                                           starts_at=clock.now(), due_at=clock.now())  # fmt: skip
    left(Obstacle.STEPS)


def test_reopened_after_the_approval_it_stays(closed: World, dora: Assignment, freeze: Freeze) -> None:
    approved(closed, dora, freeze)
    casework.reopen(case_id=closed.case_id, by=closed.karin)
    left(Obstacle.OPEN)


def test_a_new_note_after_the_approval_keeps_it(closed: World, dora: Assignment, freeze: Freeze) -> None:
    approved(closed, dora, freeze)
    messages.add_note(case_id=closed.case_id, text="Ringde.", by=closed.karin)
    left(Obstacle.EARLY)


def test_one_that_fails_holds_up_nothing_and_is_tried_again(
    closed: World, dora: Assignment, freeze: Freeze, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(closed, dora, freeze)
    with monkeypatch.context() as patch:
        patch.setattr(destroyed, "_put", _no_room)
        assert batches.carry_out() == (1, 0, 1)
    assert closed.case.status == Status.CLOSED and closed.case.person_id is not None
    assert batches.carry_out() == (1, 1, 0)


def _no_room(*_args: object) -> None:
    raise OSError("no room")


def test_a_merged_case_goes_with_the_one_that_absorbed_it(
    closed: World, dora: Assignment, freeze: Freeze
) -> None:
    other = sent(closed.referrer)
    Case.objects.filter(pk=other.case_id).update(status=Status.MERGED, merged_into=closed.case_id)
    person = Case.objects.get(pk=other.case_id).person
    assert person is not None
    approved(closed, dora, freeze)
    assert batches.carry_out() == (1, 1, 0)
    absorbed = Case.objects.get(pk=other.case_id)
    assert absorbed.status == Status.DISPOSED and not Person.objects.filter(pk=person.pk).exists()


def test_what_others_still_need_stays(closed: World, dora: Assignment, freeze: Freeze) -> None:
    other = sent(closed.referrer)
    approved(closed, dora, freeze)
    before = set(DataKey.objects.filter(destroyed_at=None).values_list("pk", flat=True))
    batches.carry_out()
    alive = set(DataKey.objects.filter(destroyed_at=None).values_list("pk", flat=True))
    assert other.data_key_id in alive and alive < before
    other.refresh_from_db()
    assert other.answers["name"] == "Björk-27" and other.case.person.identity["name"]

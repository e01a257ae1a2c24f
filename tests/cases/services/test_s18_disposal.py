"""S18: warned twice, proposed by one, approved by another, a day for regrets, then gone for ever."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError, transaction

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import (
    BatchState,
    HoldReason,
    NoticeKind,
    Obstacle,
    Outcome,
    RemovalReason,
    Status,
)
from cases.models import (
    Case,
    DisposalBatch,
    DisposalItem,
    Hold,
    Notice,
    Person,
    Retention,
    RetentionRule,
    Step,
    Tally,
)
from cases.services import casework, documents, messages, persons
from cases.services.disposal import batches, erasing, holds, looking, schedules
from core import clock, destroyed, files
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, DataKey, Destruction, OutboundEmail
from tests.cases.services.conftest import World, refusals, sent
from tests.cases.services.uploading import add
from tests.factories import member

pytestmark = [pytest.mark.django_db, pytest.mark.security("S64", "a case goes when its time has come")]

Freeze = Callable[[str], Any]
DECISION = "Dnr 4711/2031"


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "default_storage", FileSystemStorage(location=tmp_path))
    return tmp_path


@pytest.fixture
def dora(world: World) -> Assignment:
    return member(Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def closed(world: World, freeze: Freeze) -> World:
    """Closed on 7 December 2026, with police in it, a note, a message and a document."""
    world.accept()
    police = world.join(AgencyKind.POLICE)
    messages.add_note(case_id=world.case_id, text="Ringde vårdcentralen.", by=world.karin)
    messages.send(case_id=world.case_id, to=[f"agency:{police.agency_id}"], text="Hej", by=world.karin)
    add(world, world.karin)
    freeze("2026-12-07 10:00")
    casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)
    return world


def nights(freeze: Freeze, *days: str) -> list[tuple[int, int]]:
    found = []
    for day in days:
        freeze(f"{day} 02:15")
        found.append(looking.look())
    return found


def ripe(freeze: Freeze) -> None:
    nights(freeze, "2031-10-08", "2031-11-07")
    freeze("2031-12-08 09:00")


def notices(world: World) -> list[tuple[str, uuid.UUID]]:
    kinds = (NoticeKind.DISPOSAL_FIRST, NoticeKind.DISPOSAL_LAST)
    rows = Notice.objects.filter(case_id=world.case_id, kind__in=kinds).order_by("made_at")
    return list(rows.values_list("kind", "user_id"))


# --- when -------------------------------------------------------------------------------------------


def test_the_desk_is_warned_sixty_and_thirty_days_before(closed: World, freeze: Freeze) -> None:
    assert nights(freeze, "2031-10-07", "2031-10-08", "2031-10-08") == [(1, 0), (1, 1), (0, 0)]
    assert {kind for kind, _user in notices(closed)} == {NoticeKind.DISPOSAL_FIRST}
    assert {user for _kind, user in notices(closed)} == {closed.karin.user_id, closed.per.user_id}
    assert nights(freeze, "2031-11-06", "2031-11-07", "2031-11-07") == [(0, 0), (1, 1), (0, 0)]
    assert len(notices(closed)) == 4
    assert OutboundEmail.objects.filter(dedupe_key__contains="disposal").count() == 4
    row = Retention.objects.get()
    assert (row.counts_from, row.due_on) == (date(2026, 12, 7), date(2031, 12, 7))


def test_a_job_that_stood_still_moves_the_day_never_the_warnings(closed: World, freeze: Freeze) -> None:
    assert nights(freeze, "2032-01-20") == [(2, 1)]
    assert looking.goes_on(Retention.objects.get()) == date(2032, 3, 20)
    assert nights(freeze, "2032-02-18", "2032-02-19") == [(0, 0), (1, 1)]
    assert looking.goes_on(Retention.objects.get()) == date(2032, 3, 20)
    freeze("2032-03-19 12:00")
    assert looking.obstacle(closed.case) == Obstacle.WARNED
    freeze("2032-03-20 12:00")
    assert looking.obstacle(closed.case) is None


def test_a_late_entry_moves_the_day_and_the_warnings_begin_anew(closed: World, freeze: Freeze) -> None:
    nights(freeze, "2031-10-08")
    freeze("2031-10-20 12:00")
    messages.add_note(case_id=closed.case_id, text="Hörde av sig igen.", by=closed.karin)
    nights(freeze, "2031-11-07")
    row = Retention.objects.get()
    assert (row.due_on, row.warned_first_on, row.warned_last_on) == (date(2036, 10, 20), None, None)


def test_reopened_the_clock_is_forgotten(closed: World, freeze: Freeze) -> None:
    nights(freeze, "2031-10-08")
    casework.reopen(case_id=closed.case_id, by=closed.karin)
    nights(freeze, "2031-11-07")
    assert not Retention.objects.exists()
    assert looking.obstacle(closed.case) == Obstacle.OPEN


def test_the_longest_period_of_those_who_took_part_decides(
    closed: World, tmp_path: Path, freeze: Freeze
) -> None:
    text = schedules.SOURCE.read_text()
    changed = tmp_path / "retention.yaml"
    changed.write_text(text.replace("agency_kind: police\n  amount: 5", "agency_kind: police\n  amount: 7"))
    assert schedules.sync() == len(schedules.read()) and schedules.sync() == 0
    assert schedules.sync(changed) == 1
    found = schedules.due(closed.case)
    assert (found.on, found.rule.agency_kind) == (date(2033, 12, 7), "police")
    changed.write_text(text + "- record: case\n  amount: 1\n  unit: years\n  basis: {sv: a, en: b}\n")
    with pytest.raises(schedules.BadSchedule):
        schedules.sync(changed)


def test_periods_the_law_does_not_settle_say_so() -> None:
    schedules.sync()
    rules = schedules.rules()
    assert not rules["case", "police"].is_settled and rules["case", "social_services_adult"].is_settled


@pytest.mark.parametrize(("start", "months", "expected"), [
    ("2024-02-29", 12, "2025-02-28"), ("2026-01-31", 1, "2026-02-28"), ("2026-12-31", 2, "2027-02-28"),
])  # fmt: skip
def test_a_period_is_counted_by_the_calendar(start: str, months: int, expected: str) -> None:
    rule = RetentionRule(record="case", amount=months, unit="months")
    assert schedules.add(date.fromisoformat(start), rule) == date.fromisoformat(expected)


# --- two persons ------------------------------------------------------------------------------------


def test_from_warning_to_tombstone(closed: World, dora: Assignment, freeze: Freeze, stored: Path) -> None:
    counted = persons.counted()
    ripe(freeze)
    (line,) = batches.lines(closed.karin)
    assert line.can_be_proposed and batches.lines(dora)[0].case == closed.case
    batch = batches.propose(case_ids=[closed.case_id], decision=DECISION, by=closed.karin)
    with pytest.raises(PermissionDenied):
        batches.approve(batch_id=batch.pk, by=closed.karin)
    with pytest.raises(PermissionDenied):
        batches.approve(batch_id=batch.pk, by=closed.per)
    assert batches.waiting_for(dora) == 1
    batches.approve(batch_id=batch.pk, by=dora)
    assert batches.carry_out() == (0, 0, 0), "a day for regrets"
    freeze("2031-12-09 09:01")
    before, reference = closed.case, closed.case.reference
    tallies = Tally.objects.count()
    assert [path for path in stored.rglob("*") if path.is_file()]
    with committing():
        assert batches.carry_out() == (1, 1, 0)
        assert batches.carry_out() == (0, 0, 0)
    after = closed.case
    assert (after.status, after.reference) == (Status.DISPOSED, reference)
    assert after.disposed_at == clock.now() and after.person_id is None
    assert not DataKey.objects.filter(pk=before.data_key_id, destroyed_at=None).exists()
    assert DisposalBatch.objects.get().state == BatchState.DONE
    assert not after.grants.exists() and not any(path.is_file() for path in stored.rglob("*"))
    assert Tally.objects.count() > tallies and persons.counted() == counted
    assert persons.rebuild() == 0, "who has been disposed of stays counted"
    event = AuditEvent.objects.get(verb="case.dispose")
    assert event.target_id == closed.case_id and event.facts["batch"] == str(batch.pk)
    assert Destruction.objects.get(number=1).subject_id == closed.case_id
    (entry,) = destroyed.entries()
    assert before.data_key_id in entry.keys


@contextmanager
def committing() -> Iterator[None]:
    """Files go after the commit; the test's own transaction never commits."""

    def at_once(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
        func()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", at_once)
        yield


def approved(closed: World, dora: Assignment, freeze: Freeze) -> DisposalBatch:
    """Ripe, proposed by the desk, approved; ready to be carried out."""
    ripe(freeze)
    batch = batches.propose(case_ids=[closed.case_id], decision=DECISION, by=closed.karin)
    batches.approve(batch_id=batch.pk, by=dora)
    freeze("2031-12-09 10:00")
    return batch


def left(why: Obstacle) -> None:
    assert batches.carry_out()[:2] == (1, 0)
    item = DisposalItem.objects.get()
    assert (item.state, item.obstacle) == ("skipped", why)
    assert DisposalBatch.objects.get().state == BatchState.DONE
    assert not Destruction.objects.filter(number__gt=0).exists()


@pytest.mark.parametrize("decision", ["", "Eva Ek 19890201-3989", "<b>", "x" * 41])
def test_it_rests_on_a_numbered_decision(closed: World, decision: str, freeze: Freeze) -> None:
    ripe(freeze)
    with pytest.raises(ValidationError) as refused:
        batches.propose(case_ids=[closed.case_id], decision=decision, by=closed.karin)
    assert "decision" in refused.value.message_dict


def test_only_those_who_answer_for_its_end_propose(closed: World, dora: Assignment, freeze: Freeze) -> None:
    ripe(freeze)
    people = [closed.syd, closed.referrer, member(Role.AUDITOR), member(Role.ADMINISTRATOR), closed.national]
    for who in people:
        with pytest.raises(PermissionDenied):
            batches.propose(case_ids=[closed.case_id], decision=DECISION, by=who)
        assert not batches.lines(who) or who is closed.national
    assert refusals("disposal.propose") == len(people)
    with pytest.raises(PermissionDenied):
        batches.propose(case_ids=[uuid.uuid4()], decision=DECISION, by=dora)


def test_a_case_is_in_one_batch_at_a_time(closed: World, dora: Assignment, freeze: Freeze) -> None:
    ripe(freeze)
    batch = batches.propose(case_ids=[closed.case_id], decision=DECISION, by=closed.karin)
    with pytest.raises(ValidationError):
        batches.propose(case_ids=[closed.case_id], decision=DECISION, by=dora)
    batches.refuse(batch_id=batch.pk, by=dora)
    assert batches.propose(case_ids=[closed.case_id], decision=DECISION, by=dora)


def test_too_early_it_cannot_be_proposed(closed: World, freeze: Freeze) -> None:
    nights(freeze, "2031-10-08", "2031-11-07")
    freeze("2031-12-06 23:59")
    with pytest.raises(ValidationError):
        batches.propose(case_ids=[closed.case_id], decision=DECISION, by=closed.karin)


def test_within_a_day_either_of_the_two_stops_it(closed: World, dora: Assignment, freeze: Freeze) -> None:
    batch = approved(closed, dora, freeze)
    with pytest.raises(PermissionDenied):
        batches.stop(batch_id=batch.pk, by=closed.per)
    batches.stop(batch_id=batch.pk, by=closed.karin)
    assert batches.carry_out() == (0, 0, 0) and closed.case.status == Status.CLOSED
    with pytest.raises(TransitionNotAllowed):
        batches.approve(batch_id=batch.pk, by=dora)


def test_the_database_wants_two_persons(closed: World, freeze: Freeze) -> None:
    ripe(freeze)
    batch = batches.propose(case_ids=[closed.case_id], decision=DECISION, by=closed.karin)
    rows = DisposalBatch.objects.filter(pk=batch.pk)
    with pytest.raises(IntegrityError, match="two_persons"), transaction.atomic():
        rows.update(state=BatchState.APPROVED, decided_by=closed.karin.user_id, decided_at=clock.now(),
                    carried_out_from=clock.now())  # fmt: skip


# --- what keeps it ----------------------------------------------------------------------------------


def hold(world: World, by: Assignment, until: date = date(2032, 6, 1)) -> Hold:
    return holds.place(case_id=world.case_id, reason=HoldReason.INVESTIGATION, words="Åklagaren, AM-123.",
                       ends_on=until, by=by)  # fmt: skip


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

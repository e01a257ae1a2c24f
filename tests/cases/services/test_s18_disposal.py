"""S18: warned twice, proposed by one, approved by another, a day for regrets, then gone for ever."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import (
    BatchState,
    NoticeKind,
    Obstacle,
    Status,
)
from cases.models import (
    DisposalBatch,
    Recusal,
    Retention,
    RetentionRule,
    Tally,
)
from cases.services import casework, messages
from cases.services.disposal import batches, looking, schedules
from cases.services.tallies import recount
from core import clock, destroyed
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, DataKey, Destruction, OutboundEmail
from core.tallies import counted
from tests.cases.services.conftest import World, refusals
from tests.cases.services.disposing import (
    DECISION,
    Freeze,
    approved,
    committing,
    nights,
    notices,
    ripe,
)
from tests.factories import member

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("stored"),
    pytest.mark.security("S64", "a case goes when its time has come"),
]


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
    figures = counted(Tally)
    ripe(freeze)
    (line,) = batches.lines(closed.karin)
    assert line.can_be_proposed and batches.lines(dora)[0].case == closed.case
    batch = batches.propose(case_ids=[closed.case_id], decision=DECISION, by=closed.karin)
    with pytest.raises(PermissionDenied):
        batches.approve(batch_id=batch.pk, by=closed.karin)
    with pytest.raises(PermissionDenied):
        batches.approve(batch_id=batch.pk, by=closed.per)
    kin = member(Role.DATA_PROTECTION_OFFICER)
    Recusal.objects.create(
        case=closed.case,
        user=kin.user,
        data_key_id=closed.case.data_key_id,
        reason="Släkt",
        made_at=clock.now(),
    )
    with pytest.raises(PermissionDenied):
        batches.approve(batch_id=batch.pk, by=kin)
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
    assert Tally.objects.count() > tallies and counted(Tally) == figures
    assert recount.rebuild() == (0, 0), "who has been disposed of stays counted"
    event = AuditEvent.objects.get(verb="case.dispose")
    assert event.target_id == closed.case_id and event.facts["batch"] == str(batch.pk)
    assert Destruction.objects.get(number=1).subject_id == closed.case_id
    (entry,) = destroyed.entries()
    assert before.data_key_id in entry.keys


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

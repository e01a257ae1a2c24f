"""S59: the owner of the tables changes, removes or inserts an audit row; the seals name day and row."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from core import audit, clock, seal_check, seals, vault
from core.enums import SealFault
from core.models import AuditEvent, AuditSeal
from tests.conftest import CommittedDatabase

Freeze = Callable[[str], Any]
OWNER = "SET session_replication_role = replica"  # what whoever owns the tables can always arrange


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_SEAL_DIR = str(tmp_path / "seals")
    settings.DEMO = False
    return tmp_path / "seals"


@pytest.fixture
def sealed(committed_db: CommittedDatabase, folder: Path, freeze: Freeze) -> CommittedDatabase:
    """Three days of rows, each sealed on its day."""
    for day in ("2027-03-26", "2027-03-27", "2027-03-28"):  # the last one loses an hour
        for hour in ("01:59", "03:30", "23:59"):
            freeze(f"{day} {hour}")
            audit.record("case.read", uuid4(), by=None, target_ids=[uuid4()], reason="Ringde åäö", level=3)
        seals.seal()
    return committed_db


def owner(database: CommittedDatabase, *statements: str) -> None:
    with psycopg.connect(database.superuser, autocommit=True) as link:
        link.execute(OWNER)
        for statement in statements:
            link.execute(statement)


def told() -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("audit", "verify", stdout=out)
    return out.getvalue()


def faults() -> set[SealFault]:
    return {one.fault for one in seal_check.check().findings}


def test_untouched_rows_fit(sealed: CommittedDatabase) -> None:
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert "3 seals over 9 rows compared, 0 rows wait, 3 seals in the folder." in out.getvalue()
    assert "Everything fits." in out.getvalue()


@pytest.mark.security("S59", "the owner of the tables edits, removes or inserts an audit row")
@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE core_auditevent SET user_id = gen_random_uuid() WHERE id = {id}", "changed"),
        ("UPDATE core_auditevent SET at = at + interval '1 microsecond' WHERE id = {id}", "changed"),
        ("UPDATE core_auditevent SET at = at - interval '2 days' WHERE id = {id}", "changed"),
        ("UPDATE core_auditevent SET reason = '' WHERE id = {id}", "changed"),
        ("UPDATE core_auditevent SET facts = '{{}}' WHERE id = {id}", "changed"),
        ("UPDATE core_auditevent SET outcome = 'refused' WHERE id = {id}", "changed"),
        ("UPDATE core_auditevent SET target_ids = '{{}}' WHERE id = {id}", "changed"),
        ("DELETE FROM core_auditevent WHERE id = {id}", "removed"),
    ],
)
def test_the_day_and_the_row_are_named(
    sealed: CommittedDatabase, statement: str, word: str, tried: Callable[[int], None]
) -> None:
    row = AuditEvent.objects.filter(at__lt=clock.now() - timedelta(hours=24)).order_by("-pk")[0]
    owner(sealed, statement.format(id=row.pk))
    assert f"2027-03-27  row {row.pk}, seal 2: {word}" in told()
    assert len(seal_check.check().findings) == 1
    tried(1)


@pytest.mark.security("S59", "a forged row is put between sealed ones")
def test_a_row_put_in_is_named(sealed: CommittedDatabase) -> None:
    owner(
        sealed,
        "DELETE FROM core_auditevent WHERE id = (SELECT min(id) FROM core_auditevent)",
        "INSERT INTO core_auditevent (id, at, role, verb, target_type, target_ids, reason, outcome, facts)"
        " VALUES (0, '2027-03-26 10:00+01', '', 'case.read', '', '{}', '', 'allowed', '{}')",
    )
    assert "2027-03-26  row 0, seal 1: inserted" in told()
    assert faults() == {SealFault.REMOVED, SealFault.INSERTED}


def test_a_row_written_later_under_an_old_date_is_named(sealed: CommittedDatabase, freeze: Freeze) -> None:
    freeze("2027-03-26 12:00")
    audit.record("case.read", uuid4(), by=None)
    freeze("2027-03-29 08:00")
    row = AuditEvent.objects.order_by("-pk")[0]
    assert f"2027-03-26  row {row.pk}: out_of_time" in told()
    seals.seal()
    assert f"2027-03-26  row {row.pk}: out_of_time" in told()


def test_a_chain_cut_short_shows_in_the_folder(sealed: CommittedDatabase) -> None:
    last = AuditSeal.objects.get(number=3)
    owner(
        sealed,
        "DELETE FROM core_auditseal WHERE number = 3",
        f"DELETE FROM core_auditevent WHERE id = {last.last_id}",
    )
    text = told()
    assert "2027-03-28  seal 3: seal_gone" in text
    assert f"2027-03-28  row {last.last_id}, seal 3: removed" in text


def test_a_seal_taken_out_of_the_middle_shows_without_a_folder(
    sealed: CommittedDatabase, settings: Any
) -> None:
    settings.AUDIT_SEAL_DIR = ""
    owner(sealed, "DELETE FROM core_auditseal WHERE number = 2")
    assert "2027-03-28  seal 2: seal_gone" in told()
    assert faults() == {SealFault.SEAL_GONE}


def test_a_seal_made_to_fit_a_changed_row_does_not_fit_the_key(sealed: CommittedDatabase) -> None:
    row = AuditEvent.objects.order_by("pk")[0]
    owner(sealed, f"UPDATE core_auditevent SET role = 'auditor' WHERE id = {row.pk}")
    row.refresh_from_db()
    seal = AuditSeal.objects.get(number=1)
    seal.marks = seals.mark(row, b"not the key") + bytes(seal.marks)[seals.ENTRY.size :]
    forged = seals.digest_of(seal, b"not the key").hex()
    owner(
        sealed,
        f"UPDATE core_auditseal SET marks = '\\x{seal.marks.hex()}', digest = '\\x{forged}' WHERE number = 1",
    )
    assert faults() == {SealFault.SEAL_CHANGED, SealFault.CHANGED}  # the folder still knows the row


def test_without_its_key_nothing_is_said_to_fit(sealed: CommittedDatabase) -> None:
    key = seals.key_of_seals()
    assert key
    vault.shred(key, by=None)
    assert faults() == {SealFault.KEY_GONE}


def test_seals_outlive_a_new_version_of_the_ring(sealed: CommittedDatabase, settings: Any) -> None:
    new = "2:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
    settings.NRM_KEYRING = f"{new},{settings.NRM_KEYRING}"
    assert vault.rewrap() > 0
    settings.NRM_KEYRING = new
    assert seal_check.check().findings == []


def test_a_line_cut_off_by_a_crash_is_written_again(sealed: CommittedDatabase, folder: Path) -> None:
    (path,) = folder.glob("*.jsonl")
    whole = path.read_text()
    path.write_text(whole[:-40])
    assert seals.write_out() == 1
    numbers = []
    for line in path.read_text().splitlines():
        try:
            numbers.append(json.loads(line)["number"])
        except ValueError:
            numbers.append(None)
    assert numbers == [1, 2, None, 3]
    assert seal_check.check().findings == []


def test_a_seal_waits_for_those_who_are_writing(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row with a low id that is committed late is never left out, nor taken for a forgery."""
    monkeypatch.setattr(seals, "PATIENCE", 0.3)
    written, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            audit.record("case.read", uuid4(), by=None)
            written.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slowly)
    thread.start()
    written.wait(10)
    audit.record("case.read", uuid4(), by=None)
    with pytest.raises(seals.NotSettled):
        seals.seal()
    assert not AuditSeal.objects.exists()
    go_on.set()
    thread.join()
    assert seals.seal() == (1, 2)
    assert seal_check.check().findings == []


def test_two_at_a_time_make_one_chain(
    committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "ROWS", 7)
    for _number in range(100):
        audit.record("case.read", uuid4(), by=None)
    made: list[int] = []

    def run() -> None:
        made.append(seals.seal()[0])
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seals.seal()
    assert AuditSeal.objects.count() == 15
    assert seal_check.check().findings == []

"""S64: an old backup is restored. The portal refuses to serve until what was destroyed is destroyed again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from launcher.postgres import OWNER

from accounts.enums import Role
from cases.enums import DocumentState, Outcome, RemovalReason, Status
from cases.models import Case, Document, Person, Referral
from cases.services import casework, documents, messages
from cases.services.disposal import batches, looking
from core import destroyed, files, vault
from core.models import DataKey, Destruction
from nrm_portal import checks, restored
from nrm_portal.backup import programs
from nrm_portal.celery import _refuse_to_start as refuse_worker
from tests import database
from tests.cases.services.conftest import World, sent
from tests.cases.services.uploading import add
from tests.factories import member

pytestmark = pytest.mark.security("S64", "an old backup is restored after an erasure")

BASE = Path(__file__).resolve().parents[3]
COPY = "restored_copy"


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "files"
    monkeypatch.setattr(files, "default_storage", FileSystemStorage(location=folder))
    return folder


def program(name: str, *arguments: str) -> None:
    found = programs.find(name, 18)
    command = [str(found.path), *arguments]
    subprocess.run(command, check=True, env=found.environment(), capture_output=True)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    usual = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    connections.close_all()
    for alias in usual:
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        for alias, before in usual.items():
            connections[alias].settings_dict["NAME"] = before


@contextmanager
def restored_from(dump: Path) -> Iterator[str]:
    """The backup in a database of its own, with its rights, and the portal connected to it."""
    cluster = database.cluster_at(Path(os.environ[database.RUN_FOLDER]))
    name = f"{COPY}_{database.worker()}"
    database.drop(name)
    cluster.sql(f"CREATE DATABASE {name} OWNER {OWNER}")
    host = str(Path(os.environ[database.RUN_FOLDER]) / "s")
    try:
        program("pg_restore", "-h", host, "-U", "postgres", "-d", name, str(dump))
        with connected_to(name):
            yield name
    finally:
        database.drop(name)


def closed_case(world: World, freeze: Callable[[str], Any]) -> Case:
    world.accept()
    messages.add_note(case_id=world.case_id, text="Ringde vårdcentralen.", by=world.karin)
    add(world, world.karin)
    freeze("2026-12-07 10:00")
    return casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)


def dispose(world: World, freeze: Callable[[str], Any]) -> None:
    """As it happens: warned twice, two persons, a day for regrets."""
    dora = member(Role.DATA_PROTECTION_OFFICER)
    for night in ("2031-10-08 02:15", "2031-11-07 02:15"):
        freeze(night)
        looking.look()
    freeze("2031-12-08 09:00")
    batch = batches.propose(case_ids=[world.case_id], decision="Dnr 1/31", by=world.karin)
    batches.approve(batch_id=batch.pk, by=dora)
    freeze("2031-12-09 09:01")
    assert batches.carry_out() == (1, 1, 0)


def refused() -> str:
    with pytest.raises(ImproperlyConfigured) as stopped:
        checks.refuse_to_start()
    return str(stopped.value)


def test_a_restored_backup_does_not_bring_a_person_back(
    committed_world: World, freeze: Callable[[str], Any], stored: Path, tmp_path: Path, settings: Any
) -> None:
    world = committed_world
    case, other = closed_case(world, freeze), sent(world.referrer)
    kept = add(world.about(other), world.karin)
    assert case.person_id is not None
    person, (paper,) = case.person_id, stored.rglob(str(case.documents.get().pk))
    old_file = tmp_path / "file"
    shutil.copy(paper, old_file)
    dump = tmp_path / "backup"
    host = str(Path(os.environ[database.RUN_FOLDER]) / "s")
    name = connections["default"].settings_dict["NAME"]
    program("pg_dump", "-Fc", "-h", host, "-U", "postgres", "-f", str(dump), name)
    dispose(world, freeze)
    why = RemovalReason.WRONG_FILE
    documents.remove(case_id=other.case_id, document_id=kept.pk, reason=why, by=world.karin)
    assert not paper.exists() and not Person.objects.filter(pk=person).exists()
    assert restored.nothing_came_back(None, databases=["default"]) == []

    with restored_from(dump) as name:
        shutil.copy(old_file, paper)
        assert Person.objects.get(pk=person).identity["name"] == "Björk-27", "the backup has her still"
        assert "disposal replay" in refused()
        with pytest.raises(SystemExit):
            refuse_worker()
        assert "2 of the list" in _status()
        web = subprocess.run(
            [sys.executable, "-c", "import nrm_portal.wsgi"], cwd=BASE, capture_output=True, text=True,
            env=os.environ | database.urls(name) | {"DISPOSAL_LIST": settings.DISPOSAL_LIST},
        )  # fmt: skip
        assert web.returncode and "disposal replay" in web.stderr

        said = StringIO()
        call_command("disposal", "replay", stdout=said)
        assert "2 entries carried out again: 1 cases" in said.getvalue()
        checks.refuse_to_start()
        tomb = Case.objects.get(pk=case.pk)
        assert tomb.status == Status.DISPOSED and tomb.reference == case.reference
        assert not Person.objects.filter(pk=person).exists() and not paper.exists()
        assert not Referral.objects.filter(case=case).exists()
        assert DataKey.objects.get(pk=case.data_key_id).wrapped is None
        document = Document.objects.get(pk=kept.pk)
        assert document.state == DocumentState.REMOVED and document.name is vault.ERASED
        assert other.case.person.identity["name"] == "Björk-27", "nobody else lost anything"
        assert {row.number for row in Destruction.objects.all()} == {0, 1, 2}
        again = StringIO()
        call_command("disposal", "replay", stdout=again)
        assert "0 entries carried out again: 0 cases, 0 keys" in again.getvalue()
        assert destroyed.missing() == []


def _status() -> str:
    with pytest.raises(CommandError) as behind:
        call_command("disposal", "status", stdout=StringIO())
    return str(behind.value)


def test_the_audit_of_a_newer_copy_destroys_the_rest(
    committed_world: World, freeze: Callable[[str], Any], stored: Path, tmp_path: Path
) -> None:
    """Keys that were destroyed without an entry in the list, drafts for instance."""
    key = vault.new_key("draft", committed_world.case_id)
    copy = tmp_path / "audit.jsonl"
    copy.write_text(f'{{"verb": "key.destroy", "target_id": "{key.pk}"}}\n{{"verb": "case.read"}}\n')
    call_command("disposal", "replay", "--audit", str(copy), stdout=StringIO())
    assert DataKey.objects.get(pk=key.pk).wrapped is None
    assert DataKey.objects.get(pk=committed_world.case.data_key_id).wrapped is not None


def test_a_damaged_list_is_not_served_either(committed_world: World, settings: Any) -> None:
    key = vault.new_key("draft", committed_world.case_id)
    for _number in range(2):
        with transaction.atomic():
            destroyed.add("key", key.pk, keys=[key.pk])
            transaction.set_rollback(True)
    with transaction.atomic():
        destroyed.add("case", committed_world.case_id)
        transaction.set_rollback(True)
    min(destroyed.folder().iterdir()).unlink()
    assert "damaged" in refused()

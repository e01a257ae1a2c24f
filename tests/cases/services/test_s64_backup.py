"""F34 and S64: the drill. A backup is made, a person disposed of, the backup restored into a new database."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.db.utils import ProgrammingError
from psycopg import sql

from cases.enums import Outcome, Status
from cases.models import Case, Person, Referral
from cases.services import casework, messages
from core import append_only, audit, clock, destroyed, files, seals, vault
from core.enums import JobState
from core.models import AuditEvent, DataKey, JobRun
from nrm_portal import checks
from nrm_portal.backup import making, manifest, programs, restoring
from tests import database
from tests.cases.services.conftest import World, sent
from tests.cases.services.test_s64_restored import dispose
from tests.cases.services.uploading import add
from tests.conftest import CommittedDatabase

pytestmark = [
    pytest.mark.security("S64", "an old backup is restored after an erasure"),
    pytest.mark.timeout(120),
]


@contextmanager
def elsewhere(name: str = "") -> Iterator[str]:
    """A name for a database that is dropped at the end, and the usual connections back."""
    name = name or f"drill_{database.worker()}"
    usual = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    database.drop(name)
    try:
        yield name
    finally:
        connections.close_all()
        for alias, before in usual.items():
            connections[alias].settings_dict["NAME"] = before
        database.drop(name)


def restore(folder: Path, into: str) -> str:
    said = StringIO()
    call_command("restore", str(folder), "--into", into, stdout=said)
    return said.getvalue()


def refused(folder: Path, into: str) -> str:
    with pytest.raises(CommandError) as no:
        restore(folder, into)
    return str(no.value)


def exists(name: str) -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "files"
    monkeypatch.setattr(files, "default_storage", FileSystemStorage(location=folder))
    return folder


@pytest.fixture
def small(committed_db: CommittedDatabase, stored: Path, tmp_path: Path) -> Path:
    """A backup of a portal with one file and its key."""
    paper = uuid4()
    files.store(str(paper), [b"QZINNEHALL"], vault.new_key("file", paper))
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO(), stderr=StringIO())
    return tmp_path / "backup"


@pytest.mark.security("F34", "a backup is restored into a new database")
def test_drill(
    committed_world: World, freeze: Callable[[str], Any], stored: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    """F34: rows equal, guards and rights there, seals fit, and who was erased stays unreadable."""
    monkeypatch.setattr(settings, "AUDIT_SEAL_DIR", str(tmp_path / "seals"))
    world = committed_world
    world.accept()
    messages.add_note(case_id=world.case_id, text="Ringde vårdcentralen.", by=world.karin)
    add(world, world.karin)
    freeze("2026-12-07 10:00")
    case = casework.close(case_id=world.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=world.karin)
    other = sent(world.referrer)
    add(world.about(other), world.karin)
    person, mine = case.person_id, str(case.documents.get().pk)
    (paper,) = stored.rglob(mine)
    assert person is not None

    folder = tmp_path / "backup"
    said = StringIO()
    call_command("backup", str(folder), stdout=said)
    assert "Needs version 1 of the key ring" in said.getvalue()
    assert JobRun.objects.get(name="backup").state == JobState.FINISHED
    assert AuditEvent.objects.filter(verb="backup.make").count() == 1
    before = {model: model.objects.count() for model in (Case, Person, Referral, DataKey)}
    seals.seal()
    dispose(world, freeze)
    seals.seal()
    assert not paper.exists() and not Person.objects.filter(pk=person).exists()

    shutil.rmtree(stored)  # and the disk with the files is gone, too
    with elsewhere() as name:
        lines = restore(folder, name)
        for word in (
            "are equal",
            "awake",
            "append-only",
            "opens",
            "fit",
            "Destroyed again: 1 entries, 1 cases",
        ):
            assert word in lines, lines
        assert "seals in AUDIT_SEAL_DIR are newer" in lines
        assert connections["default"].settings_dict["NAME"] == name
        assert {model: model.objects.count() for model in (Case, DataKey)} == {
            model: before[model] for model in (Case, DataKey)
        }
        tomb = Case.objects.get(pk=case.pk)
        assert tomb.status == Status.DISPOSED and tomb.reference == case.reference
        assert Person.objects.count() == before[Person] - 1
        assert not Person.objects.filter(pk=person).exists()
        assert not Referral.objects.filter(case=case).exists()
        assert DataKey.objects.get(pk=case.data_key_id).wrapped is None
        assert not list(stored.rglob(mine)), "her paper came back, and went again"
        mended = other.case.documents.get()
        assert b"".join(files.read(str(mended.pk))), "nobody else lost a paper"
        assert other.case.person.identity["name"] == "Björk-27", "nor a word"
        with pytest.raises(ProgrammingError, match="permission denied"):
            AuditEvent.objects.all()._raw_delete(using="default")
        connections["default"].rollback()
        with pytest.raises(ProgrammingError, match="append-only"):
            connections["owner"].cursor().execute("DELETE FROM core_auditevent")
        assert append_only.unguarded(connections["default"]) == []
        assert AuditEvent.objects.filter(verb="backup.restore").count() == 1
        assert JobRun.objects.get(name="restore").state == JobState.FINISHED
        checks.refuse_to_start()


def test_rows_are_equal_one_by_one(small: Path, committed_db: CommittedDatabase) -> None:
    """Compared in another way than the restore does it: as text, row by row."""
    with elsewhere() as name:
        restore(small, name)
        made = manifest.load(small)
        assert {"cases_case", "core_auditevent", "core_datakey"} <= made.tables.keys()
        assert made.rows > 100 and len(made.files) == 1
        old, new = committed_db.superuser, committed_db.superuser.replace(committed_db.name, name)
        with psycopg.connect(old) as before, psycopg.connect(new) as after:
            for table in made.tables.keys() - {"core_auditevent", "core_jobrun"}:
                asked = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
                assert before.execute(asked).fetchall() == after.execute(asked).fetchall(), table


def test_sessions_are_not_copied(committed_db: CommittedDatabase, stored: Path, tmp_path: Path) -> None:
    """Whoever finds a backup finds no session to go on with, and after a restore everybody signs in anew."""
    Session.objects.create(session_key="q" * 32, session_data="QZSESSION", expire_date=clock.now())
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    with elsewhere() as name:
        restore(tmp_path / "backup", name)
        assert not Session.objects.exists()


def test_no_key_no_secret_no_word_in_the_folder(
    committed_world: World, stored: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(settings, "DISPOSAL_LIST", str(tmp_path / "list"))
    committed_world.accept()
    add(committed_world, committed_world.karin)
    folder = tmp_path / "backup"
    call_command("backup", str(folder), stdout=StringIO())
    ring = settings.NRM_KEYRING.partition(":")[2]
    master = base64.b64decode(ring)
    words = [ring.encode(), master, master.hex().encode(), settings.SECRET_KEY.encode()]
    words += ["Björk-27".encode(), b"QZFILNAMN", b"QZBESKRIVNING"]
    plain = tmp_path / "plain.sql"
    program = programs.find("pg_restore", 18)
    assert program.version()
    unpack(folder / manifest.DUMP, plain)
    assert b"core_auditevent" in plain.read_bytes()
    for path in [plain, *(one for one in folder.rglob("*") if one.is_file())]:
        for word in words:
            assert word not in path.read_bytes(), path.name
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert {path.name for path in folder.iterdir()} == {"database.dump", "files", "manifest.json"}
    assert not list(tmp_path.glob(".backup*")), "nothing unfinished is left beside it"


def unpack(dump: Path, plain: Path) -> None:
    """The dump as SQL: its own form is compressed."""
    program = programs.find("pg_restore", 18)
    command = [str(program.path), f"--file={plain}", str(dump)]
    subprocess.run(command, check=True, env=program.environment())


@pytest.mark.parametrize("part", ["database.dump", "files", "manifest.json"])
def test_a_flipped_byte_is_refused(small: Path, part: str) -> None:
    path = next(one for one in (small / part, *(small / part).rglob("*")) if one.is_file())
    data = bytearray(path.read_bytes())
    place = data.index(b'"rows": ') + 8 if part == "manifest.json" else len(data) // 2
    data[place] ^= 1
    path.write_bytes(bytes(data))
    with elsewhere() as name:
        said = refused(small, name)
        assert "manifest" in said if part == "manifest.json" else f"{path.name} was changed" in said
        assert not exists(name), "nothing was written"


def test_digests_written_anew_without_the_ring_are_refused(small: Path) -> None:
    """Whoever changes a file and its digest lacks the key of the mark."""
    (path,) = (one for one in (small / "files").rglob("*") if one.is_file())
    path.write_bytes(b"another")
    said = json.loads((small / "manifest.json").read_text())
    said["files"] = {name: hashlib.sha256(b"another").hexdigest() for name in said["files"]}
    (small / "manifest.json").write_text(json.dumps(said))
    with elsewhere() as name:
        assert "somebody has changed the manifest" in refused(small, name)


def test_a_file_taken_out_or_put_in_is_refused(small: Path) -> None:
    (small / "files" / "more").write_bytes(b"x")
    with elsewhere() as name:
        assert "files/more was put in" in refused(small, name)
        (small / "files" / "more").unlink()
        next(one for one in (small / "files").rglob("*") if one.is_file()).unlink()
        assert "is missing" in refused(small, name)


def test_a_ring_that_does_not_open_it_is_refused(small: Path, settings: Any) -> None:
    other = base64.b64encode(b"key-ring-two-of-the-tests-32-byt").decode()
    with elsewhere() as name:
        settings.NRM_KEYRING = f"2:{other}"
        assert "version 1 of the key ring is needed and is not at hand" in refused(small, name)
        settings.NRM_KEYRING = f"1:{other}"
        assert "not the one the backup was made with" in refused(small, name), (
            "the number alone is not enough"
        )
        assert not exists(name)


def test_a_database_with_anything_in_it_is_refused(small: Path, committed_db: CommittedDatabase) -> None:
    before = AuditEvent.objects.count()
    with pytest.raises(CommandError, match="is not empty; nothing is written over"):
        call_command("restore", str(small), stdout=StringIO())
    assert AuditEvent.objects.count() == before
    with elsewhere() as name:
        database.cluster_at(Path(os.environ[database.RUN_FOLDER])).sql(f"CREATE DATABASE {name}")
        link = psycopg.connect(committed_db.superuser.replace(committed_db.name, name), autocommit=True)
        link.execute("CREATE TABLE mine (id int)")
        link.close()
        assert "is not empty" in refused(small, name)


def test_code_older_than_the_backup_is_refused(
    committed_db: CommittedDatabase, stored: Path, tmp_path: Path
) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_new', now())"
        )
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    with elsewhere() as name:
        assert "does not know core.9999_new" in refused(tmp_path / "backup", name)


def test_rows_that_differ_are_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the dump itself not hold what was counted: the last net."""
    load = restoring._load

    def one_row_less(owner: Any, folder: Path) -> None:
        load(owner, folder)
        with owner.cursor() as cursor:
            cursor.execute("UPDATE django_content_type SET model = model || 'x' WHERE id = 1")

    monkeypatch.setattr(restoring, "_load", one_row_less)
    with elsewhere() as name:
        assert "Table django_content_type differs" in refused(small, name)


def test_a_trigger_that_sleeps_is_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = restoring._load

    def asleep(owner: Any, folder: Path) -> None:
        load(owner, folder)
        with owner.cursor() as cursor:
            cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER deny_row_change")

    monkeypatch.setattr(restoring, "_load", asleep)
    with elsewhere() as name:
        assert "Triggers, constraints or indexes differ" in refused(small, name)


def test_an_audit_changed_before_the_backup_is_told(
    committed_db: CommittedDatabase, stored: Path, tmp_path: Path
) -> None:
    audit.record("backup.make", by=None, tables=1)
    seals.seal()
    with psycopg.connect(committed_db.superuser, autocommit=True) as link:
        link.execute("SET session_replication_role = replica")
        link.execute("UPDATE core_auditevent SET facts = '{}'")
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    with elsewhere() as name:
        assert "The audit does not fit its seals in 1 places" in refused(tmp_path / "backup", name)


def test_another_list_of_the_destroyed_is_told(
    committed_db: CommittedDatabase, stored: Path, tmp_path: Path, settings: Any
) -> None:
    key = vault.new_key("draft", uuid4())
    with transaction.atomic():
        destroyed.add("draft", key.pk, keys=[key.pk])
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    settings.DISPOSAL_LIST = str(tmp_path / "empty")
    with elsewhere() as name:
        assert "DISPOSAL_LIST lacks 1 entries" in refused(tmp_path / "backup", name)


def test_files_that_lie_there_already_are_left_and_others_refused(small: Path, stored: Path) -> None:
    (path,) = (one for one in stored.rglob("*") if one.is_file())
    with elsewhere() as name:
        assert "0 brought back, 1 lay there already" in restore(small, name)
    path.write_bytes(b"another")
    with elsewhere() as name:
        assert "lies in the storage already and is another one" in refused(small, name)
        assert not exists(name)


@pytest.mark.parametrize("place", ["FILES_ROOT", "DISPOSAL_LIST", "STATIC_ROOT", "AUDIT_SEAL_DIR"])
def test_no_backup_inside_what_is_kept_or_shown(db: None, tmp_path: Path, settings: Any, place: str) -> None:
    (tmp_path / "place").mkdir()
    setattr(settings, place, str(tmp_path / "place"))
    with pytest.raises(making.NotHere, match=f"inside {place}"):
        making.refuse(tmp_path / "place" / "backup")


def test_no_backup_over_another_and_nothing_left_of_half_a_one(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="is there already and is not empty"):
        call_command("backup", str(small), stdout=StringIO())

    def full(work: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "_files", full)
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("backup", str(tmp_path / "next"), stdout=StringIO())
    assert not list(tmp_path.glob("*next*")) and not list(tmp_path.glob(".next*"))
    assert JobRun.objects.order_by("-started_at").first().state == JobState.FAILED


def test_the_password_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "told"
    script = tmp_path / "pg_dump"
    script.write_text(f'#!/bin/sh\n(echo "$@"; env; stat -c %a "$PGPASSFILE"; cat "$PGPASSFILE") > {told}\n')
    script.chmod(0o700)
    owner = connections.create_connection("owner")
    owner.settings_dict = owner.settings_dict | {
        "PASSWORD": "hem:lig\\t",
        "HOST": "db.example",
        "PORT": "5433",
    }
    programs.Program(script).run("--x", at=owner)
    line, *rest = told.read_text().splitlines()
    assert "host=db.example" in line and "hem" not in line
    assert rest[-2:] == ["600", "*:*:*:*:hem\\:lig\\\\t"]
    assert not any(one.startswith(("NRM_KEYRING", "SECRET_KEY", "DATABASE_", "PGPASSWORD")) for one in rest)


def test_a_program_older_than_the_server_is_not_taken() -> None:
    assert (programs.find("pg_dump", 18).version() or 0) >= 18
    with pytest.raises(programs.ProgramError, match="postgresql-client-99"):
        programs.find("pg_dump", 99)

"""F34: a backup that is made while people work, and one that needs two versions of the key ring."""

from __future__ import annotations

import base64
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connections

from core import files, vault
from core.models import AuditEvent, DataKey
from nrm_portal.backup import contents, making, manifest, programs
from tests.cases.services.test_s64_backup import elsewhere, refused, restore
from tests.conftest import CommittedDatabase

pytestmark = pytest.mark.security("S64", "a backup is made while people write")


@pytest.fixture
def two_papers(
    committed_db: CommittedDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[UUID]:
    monkeypatch.setattr(files, "default_storage", FileSystemStorage(location=tmp_path / "files"))
    papers = [uuid4(), uuid4()]
    for paper in papers:
        files.store(str(paper), [b"QZINNEHALL"], vault.new_key("file", paper))
    return papers


def test_what_is_written_meanwhile_is_wholly_out(
    two_papers: list[UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dump, counts and digests are of one moment, or nothing would fit."""
    late: list[DataKey] = []
    run = programs.Program.run

    def busy(self: programs.Program, *arguments: str, at: Any) -> None:
        late.append(vault.new_key("draft", uuid4()))
        run(self, *arguments, at=at)
        late.append(vault.new_key("draft", uuid4()))

    with monkeypatch.context() as during:
        during.setattr(programs.Program, "run", busy)
        call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    assert DataKey.objects.filter(pk__in=[key.pk for key in late]).count() == 2
    with elsewhere() as name:
        assert "Everything fits" in restore(tmp_path / "backup", name)
        assert not DataKey.objects.filter(pk__in=[key.pk for key in late]).exists()


def test_a_file_erased_meanwhile_is_not_in_it(
    two_papers: list[UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = map(str, two_papers)
    read = files.as_it_lies

    def erased(name: str) -> Any:
        files.remove(gone)
        return read(name)

    with monkeypatch.context() as during:
        during.setattr(files, "as_it_lies", erased)
        call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    assert list(manifest.load(tmp_path / "backup").files) == [files.path_of(stays)]


def test_every_version_in_use_is_needed(two_papers: list[UUID], tmp_path: Path, settings: Any) -> None:
    first = settings.NRM_KEYRING
    second = "2:" + base64.b64encode(b"key-ring-two-of-the-tests-32-byt").decode()
    settings.NRM_KEYRING = f"{second},{first}"
    vault.new_key("draft", uuid4())
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    assert manifest.load(tmp_path / "backup").ring == [1, 2]
    with elsewhere() as name:
        for one in (first, second):
            settings.NRM_KEYRING = one
            assert "is needed and is not at hand" in refused(tmp_path / "backup", name)
        settings.NRM_KEYRING = f"{second},{first}"
        assert "Key ring: version 1, 2 is at hand" in restore(tmp_path / "backup", name)


def test_a_key_that_does_not_open_stops_it(two_papers: list[UUID], tmp_path: Path, settings: Any) -> None:
    """No backup is made by a portal whose ring does not fit its rows: nobody could use it."""
    other = base64.b64encode(b"key-ring-two-of-the-tests-32-byt").decode()
    before = AuditEvent.objects.count()
    settings.NRM_KEYRING = f"1:{other}"
    with pytest.raises(vault.VaultError):
        making.make(tmp_path / "backup")
    assert not (tmp_path / "backup").exists() and AuditEvent.objects.count() == before


def test_newer_code_brings_an_older_backup_up_to_date(two_papers: list[UUID], tmp_path: Path) -> None:
    """Compared as it was, then migrated."""
    call_command("migrate", "mfa", "0002", database="owner", skip_checks=True, verbosity=0)
    call_command("backup", str(tmp_path / "backup"), stdout=StringIO())
    assert "mfa.0003_authenticator_type_uniq" not in manifest.load(tmp_path / "backup").migrations
    with elsewhere() as name:
        said = restore(tmp_path / "backup", name)
        assert "and 1 newer" in said and "Everything fits" in said
        assert "mfa.0003_authenticator_type_uniq" in contents.migrations(connections["owner"])

"""S22 and what threatens files: each is looked at, sealed, scanned, and opened by those it was meant for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import FileSystemStorage
from django.db import connection
from pytest_django import Settings

from accounts.enums import AgencyKind
from cases.enums import Category, DocumentState, NoticeKind, RemovalReason
from cases.models import Document, Notice
from cases.services import documents, scanning
from core import clock, files, vault
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, DataKey
from tests.cases.services.conftest import World
from tests.cases.services.uploading import add, clean, content
from tests.core import samples
from tests.core.clamd import FakeScanner, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken(world: World) -> World:
    world.accept()
    return world


@pytest.fixture
def clamd(settings: Settings) -> Iterator[FakeScanner]:
    with running() as made:
        settings.CLAMAV_URL = made.url
        yield made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "default_storage", FileSystemStorage(location=tmp_path))
    return tmp_path


# --- the scenario --------------------------------------------------------------------------------


def test_a_video_a_program_and_a_test_virus_are_refused_and_a_photo_waits(
    taken: World, clamd: FakeScanner
) -> None:
    video = b"\0\0\0\x18ftypmp42" + b"\0" * (26 * 1024 * 1024)
    for data, words in [
        (video, "25 MB"),
        (b"MZ\x90\0" + b"\0" * 500, "PDF, JPEG"),
        (samples.EICAR, "PDF, JPEG"),
    ]:
        with pytest.raises(ValidationError) as refused:
            add(taken, taken.karin, data, name="avtal.pdf")
        assert words in " ".join(refused.value.message_dict["file"])
    assert not Document.objects.exists() and not DataKey.objects.filter(subject_kind="file").exists()
    photo = samples.jpeg(place=True, size=(1400, 1000), noise=True)
    made = add(taken, taken.karin, photo, category=Category.IDENTITY, name="pass.jpg")
    assert made.state == DocumentState.PENDING
    with pytest.raises(PermissionDenied):
        content(taken.karin, taken, made)
    assert scanning.scan_waiting() == (1, 1) and clamd.read == [photo]
    assert content(taken.karin, taken, made).startswith(b"\xff\xd8")
    event = AuditEvent.objects.get(verb="document.open", outcome="allowed")
    assert event.target_id == made.pk and event.user_id == taken.karin.user_id


@pytest.mark.security("S47", "the original beside the copy")
def test_the_copy_is_opened_and_the_original_sealed_beside_it(
    taken: World, clamd: FakeScanner, folder: Path
) -> None:
    photo = samples.jpeg(place=True)
    made = clean(taken, taken.karin, photo, name="foto.jpg")
    served = content(taken.karin, taken, made)
    assert made.has_copy and b"QZKAMERA" not in served and b"QZFOTOGRAF" not in served
    assert b"".join(files.read(str(made.pk))) == photo
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2


@pytest.mark.security("S44", "a file in which the scanner finds something")
def test_malware_is_closed_to_everybody_and_the_desk_is_told(taken: World, clamd: FakeScanner) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.DOCUMENTS])
    made = add(taken, police, samples.infected_pdf())
    assert scanning.scan(made.pk) == DocumentState.INFECTED
    for who in (police, taken.karin):
        with pytest.raises(PermissionDenied):
            content(who, taken, made)
        assert Notice.objects.filter(user=who.user, kind=NoticeKind.MALWARE, direct=True).count() == 1
    assert not Notice.objects.filter(kind=NoticeKind.DOCUMENT).exists()


@pytest.mark.security("S44", "the scanner is down")
def test_a_scanner_that_is_down_leaves_it_waiting(
    taken: World, settings: Settings, clamd: FakeScanner
) -> None:
    made = add(taken, taken.karin)
    url, settings.CLAMAV_URL = settings.CLAMAV_URL, "tcp://127.0.0.1:1"
    assert scanning.scan_waiting() == (1, 0)
    made.refresh_from_db()
    assert (made.state, made.scan_attempts, made.scanned_at) == (DocumentState.PENDING, 1, None)
    with pytest.raises(PermissionDenied):
        content(taken.karin, taken, made)
    settings.CLAMAV_URL = url
    assert scanning.scan_waiting() == (1, 1) and content(taken.karin, taken, made)


def test_without_a_scanner_everything_stays_in_quarantine_until_there_is_one(
    taken: World, settings: Settings
) -> None:
    made = add(taken, taken.karin)
    assert made.state == DocumentState.UNSCANNED
    assert scanning.scan(made.pk) is None and scanning.scan_waiting() == (0, 0)
    for who in (taken.karin, taken.per):
        with pytest.raises(PermissionDenied):
            content(who, taken, made)
    with running() as made_later:
        settings.CLAMAV_URL = made_later.url
        assert scanning.scan_waiting() == (1, 1)
        assert content(taken.karin, taken, made).startswith(b"%PDF")


@pytest.mark.security("S44", "an answer after the file was removed")
def test_a_late_answer_about_a_removed_file_is_discarded(
    taken: World, clamd: FakeScanner, folder: Path
) -> None:
    made = add(taken, taken.karin, samples.jpeg(), name="x.jpg")

    def while_scanning(_data: bytes) -> bytes:
        return b"stream: OK\0"

    clamd.says = while_scanning
    stale = Document.objects.select_related("data_key").get(pk=made.pk)
    documents.remove(
        case_id=taken.case_id, document_id=made.pk, reason=RemovalReason.WRONG_FILE, by=taken.karin
    )
    assert scanning._settle(stale, DocumentState.CLEAN, has_copy=True) is None
    made.refresh_from_db()
    assert made.state == DocumentState.REMOVED and made.scanned_at is None
    assert scanning.scan(made.pk) is None


# --- at rest -------------------------------------------------------------------------------------


@pytest.mark.security("S48", "folder and database searched for the content")
def test_nothing_lies_open_in_folder_or_database(taken: World, clamd: FakeScanner, folder: Path) -> None:
    made = clean(taken, taken.karin, samples.pdf(b"% QZINNEHALL\n"))
    for path in folder.rglob("*"):
        assert "QZ" not in path.name and (path.is_dir() or b"QZ" not in path.read_bytes())
        assert path.is_dir() or path.name == str(made.pk)
    with connection.cursor() as cursor:
        for table in ("cases_document", "core_auditevent", "cases_notice", "cases_disclosure"):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            dump = "\n".join(row[0] for row in cursor.fetchall())
            assert not any(
                word in dump or word.encode().hex() in dump for word in ("QZFILNAMN", "QZBESK", "QZINNE")
            )


def test_removing_destroys_the_key_and_keeps_the_row(
    taken: World, clamd: FakeScanner, folder: Path, on_commit_runs: None
) -> None:
    made = clean(taken, taken.karin)
    stored = (folder / files.path_of(str(made.pk))).read_bytes()
    documents.remove(
        case_id=taken.case_id, document_id=made.pk, reason=RemovalReason.NOT_PERMITTED, by=taken.karin
    )
    made = Document.objects.get(pk=made.pk)
    assert made.state == DocumentState.REMOVED and made.removed_by_id == taken.karin.user_id
    assert made.name is vault.ERASED and made.description is vault.ERASED
    assert not [path for path in folder.rglob("*") if path.is_file()]
    event = AuditEvent.objects.get(verb="document.remove")
    assert event.facts["why"] == "not_permitted" and event.reason == ""
    (folder / files.path_of(str(made.pk))).write_bytes(stored)  # as out of a backup
    with pytest.raises(files.Gone):
        files.read(str(made.pk))
    with pytest.raises(PermissionDenied):
        content(taken.karin, taken, made)
    with pytest.raises(TransitionNotAllowed):
        documents.remove(
            case_id=taken.case_id, document_id=made.pk, reason=RemovalReason.WRONG_CASE, by=taken.karin
        )


@pytest.mark.security("S48", "an act that fails after the file was stored")
def test_what_fails_leaves_no_file(taken: World, clamd: FakeScanner, folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("cases.services.documents.audit.record", _fails)
    with pytest.raises(RuntimeError):
        add(taken, taken.karin)
    assert not [path for path in folder.rglob("*") if path.is_file()] and not Document.objects.exists()


def _fails(*_args: Any, **_more: Any) -> None:
    raise RuntimeError


def test_a_full_disk_is_told_at_the_field(taken: World, clamd: FakeScanner, monkeypatch: Any) -> None:
    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "store", full)
    with pytest.raises(ValidationError) as refused:
        add(taken, taken.karin)
    assert "file" in refused.value.message_dict and not Document.objects.exists()


def test_the_sweep_takes_what_nobody_owns_and_tells_what_is_lost(
    taken: World, clamd: FakeScanner, folder: Path, freeze: Any
) -> None:
    kept, lost = clean(taken, taken.karin, samples.png(), name="a.png"), add(taken, taken.karin)
    key = vault.new_key("file", uuid.uuid4())
    orphan, fresh = str(uuid.uuid4()), str(uuid.uuid4())
    files.store(orphan, [b"x"], key)
    files.remove(str(lost.pk))
    import os

    old = (clock.now() - timedelta(days=2)).timestamp()
    for name in (orphan, str(kept.pk), f"{kept.pk}-copy"):
        os.utime(folder / files.path_of(name), (old, old))
    files.store(fresh, [b"x"], key)
    os.utime(folder / files.path_of(fresh), (clock.now().timestamp(),) * 2)
    assert scanning.sweep() == (1, 0), "a document of today may still be on its way"
    Document.objects.filter(pk=lost.pk).update(uploaded_at=clock.now() - timedelta(days=2))
    assert scanning.sweep() == (0, 1)
    assert {name for name, _at in files.stored()} == {str(kept.pk), f"{kept.pk}-copy", fresh}

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
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from pytest_django import Settings

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.access import Sight, sight_of
from cases.enums import Category, DisclosureKind, DocumentState, NoticeKind, Outcome, RemovalReason
from cases.models import Case, Disclosure, Document, Notice
from cases.services import casework, documents, participation, scanning
from cases.services.documents import Incoming
from core import clock, files, vault
from core.errors import TransitionNotAllowed
from core.files import Passing
from core.models import AuditEvent, DataKey
from core.uploads import FILE_LIMIT, SealedUpload
from tests.cases.services.conftest import World, refusals, sent
from tests.core import samples
from tests.core.clamd import FakeScanner, running
from tests.factories import member

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


def upload(data: bytes, name: str = "QZFILNAMN.pdf") -> SealedUpload:
    passing = Passing()
    too_large = len(data) > FILE_LIMIT
    if not too_large:
        passing.write(data)
    passing.finish()
    return SealedUpload(passing, name, too_large=too_large)


def add(
    world: World,
    by: Assignment,
    data: bytes = b"",
    category: str = Category.SITUATION,
    name: str = "QZFILNAMN.pdf",
    description: str = "QZBESKRIVNING",
) -> Document:
    incoming = Incoming(
        upload(data or samples.pdf(uuid.uuid4().hex.encode() + b"\n"), name), description, category
    )
    return documents.add(case_id=world.case_id, incoming=incoming, by=by)


def sight(by: Assignment, world: World) -> Sight:
    found = sight_of(by, world.case)
    assert found is not None
    return found


def clean(world: World, by: Assignment, data: bytes = b"", **more: Any) -> Document:
    made = add(world, by, data, **more)
    assert scanning.scan(made.pk) == DocumentState.CLEAN
    made.refresh_from_db()
    return made


def content(by: Assignment, world: World, document: Document) -> bytes:
    return b"".join(documents.open_document(sight=sight(by, world), document_id=document.pk).chunks)


def names(by: Assignment, world: World) -> list[uuid.UUID]:
    return [row.pk for row in documents.visible_to(sight(by, world))]


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


def test_the_copy_is_opened_and_the_original_sealed_beside_it(
    taken: World, clamd: FakeScanner, folder: Path
) -> None:
    photo = samples.jpeg(place=True)
    made = clean(taken, taken.karin, photo, name="foto.jpg")
    served = content(taken.karin, taken, made)
    assert made.has_copy and b"QZKAMERA" not in served and b"QZFOTOGRAF" not in served
    assert b"".join(files.read(str(made.pk))) == photo
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2


def test_malware_is_closed_to_everybody_and_the_desk_is_told(taken: World, clamd: FakeScanner) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.DOCUMENTS])
    made = add(taken, police, samples.infected_pdf())
    assert scanning.scan(made.pk) == DocumentState.INFECTED
    for who in (police, taken.karin):
        with pytest.raises(PermissionDenied):
            content(who, taken, made)
        assert Notice.objects.filter(user=who.user, kind=NoticeKind.MALWARE, direct=True).count() == 1
    assert not Notice.objects.filter(kind=NoticeKind.DOCUMENT).exists()


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


# --- who -----------------------------------------------------------------------------------------


def test_a_document_is_seen_by_its_house_the_desk_and_grants_that_name_it(
    taken: World, clamd: FakeScanner
) -> None:
    health = taken.join(AgencyKind.HEALTH_CARE, "osl_10_2", [Category.SITUATION, Category.HEALTH])
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.DOCUMENTS])
    own = clean(taken, health, category=Category.HEALTH)
    about = clean(taken, taken.karin, category=Category.SITUATION)
    assert set(names(taken.karin, taken)) == {own.pk, about.pk}
    assert names(health, taken) == [own.pk], "its own, and nothing without the category documents"
    assert names(police, taken) == [about.pk], "documents and the category together"
    with pytest.raises(Http404):
        content(police, taken, own)
    assert refusals("document.open", police) == 1
    assert content(police, taken, about)


def test_opening_stands_in_the_ledger_when_it_is_anothers(taken: World, clamd: FakeScanner) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.DOCUMENTS])
    made = clean(taken, taken.karin)
    content(taken.per, taken, made)
    assert not Disclosure.objects.filter(kind=DisclosureKind.DOCUMENT).exists()
    content(police, taken, made)
    row = Disclosure.objects.get(kind=DisclosureKind.DOCUMENT)
    assert (row.agency_id, row.subject_id, row.categories) == (police.agency_id, made.pk, ["situation"])
    assert row.ground is not None and row.ground.agency_id == police.agency_id


def test_who_leaves_opens_nothing_any_more(taken: World, clamd: FakeScanner) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.DOCUMENTS])
    made = clean(taken, taken.karin)
    before = sight(police, taken)
    row = taken.case.participations.get(agency=police.agency)
    participation.end(participation_id=row.pk, by=taken.karin)
    with pytest.raises(Http404):
        documents.open_document(sight=before, document_id=made.pk)
    assert refusals("document.open", police) == 1


def test_a_protected_identity_is_for_the_named_handler(world: World, clamd: FakeScanner) -> None:
    other = world.about(sent(world.referrer, protected_identity="protected_registration", name="Skyddad"))
    other.accept()
    passport = clean(other, other.karin, category=Category.IDENTITY)
    story = clean(other, other.karin, category=Category.SITUATION)
    assert set(names(other.karin, other)) == {passport.pk, story.pk}
    assert names(other.per, other) == [story.pk]
    with pytest.raises(Http404):
        content(other.per, other, passport)


def test_those_outside_add_nothing(taken: World) -> None:
    invited = member(Role.CASEWORKER, agency=taken.join(AgencyKind.POLICE).agency)
    taken.case.participations.filter(agency=invited.agency).update(status="invited")
    from cases.access import sync_grants

    sync_grants(taken.case)
    for by in (taken.syd, taken.national, taken.referrer, invited):
        with pytest.raises(PermissionDenied):
            add(taken, by)
    assert not Document.objects.exists()


def test_a_consultation_holds_nothing_about_who_she_is(world: World) -> None:
    Case.objects.filter(pk=world.case_id)
    case = world.case
    case.is_consultation = True
    with pytest.raises(ValidationError):
        documents._may_be_about(case, Category.IDENTITY)
    documents._may_be_about(case, Category.SITUATION)


def test_a_closed_case_takes_nothing(taken: World, clamd: FakeScanner) -> None:
    made = clean(taken, taken.karin)
    casework.close(case_id=taken.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=taken.karin)
    with pytest.raises(TransitionNotAllowed):
        add(taken, taken.karin)
    with pytest.raises(TransitionNotAllowed):
        documents.remove(
            case_id=taken.case_id, document_id=made.pk, reason=RemovalReason.REPLACED, by=taken.karin
        )
    assert content(taken.karin, taken, made), "it can be read"


def test_only_its_house_removes_it(taken: World, clamd: FakeScanner) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.DOCUMENTS])
    made, theirs = clean(taken, taken.karin), clean(taken, police)
    for by, document in ((police, made), (taken.karin, theirs)):
        with pytest.raises(PermissionDenied):
            documents.remove(
                case_id=taken.case_id, document_id=document.pk, reason=RemovalReason.WRONG_FILE, by=by
            )
    assert refusals("document.remove") == 2


def test_those_who_may_open_it_are_told_when_it_can_be_opened(taken: World, clamd: FakeScanner) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION, Category.DOCUMENTS])
    social = taken.join(AgencyKind.SOCIAL_SERVICES_ADULT, categories=[Category.SITUATION])
    made = add(taken, police)
    told = Notice.objects.filter(kind=NoticeKind.DOCUMENT)
    assert not told.exists(), "nothing is told before the scan"
    scanning.scan(made.pk)
    assert set(told.values_list("user", flat=True)) == {taken.karin.user_id}
    clean(taken, taken.karin)
    assert told.filter(user=police.user).count() == 1 and not told.filter(user=social.user).exists()


# --- twice, too many, names ----------------------------------------------------------------------


def test_the_same_file_twice_is_said_to_those_who_see_the_first(taken: World, clamd: FakeScanner) -> None:
    police = taken.join(AgencyKind.POLICE, categories=[Category.SITUATION])
    data = samples.pdf(b"% same\n")
    first = add(taken, taken.karin, data, description="Avtalet")
    with pytest.raises(ValidationError) as twice:
        add(taken, taken.karin, data)
    assert "Avtalet" in " ".join(twice.value.message_dict["file"])
    hidden = add(taken, police, data)
    assert hidden.pk != first.pk, "a refusal would tell that another house holds it"
    documents.remove(
        case_id=taken.case_id, document_id=first.pk, reason=RemovalReason.WRONG_FILE, by=taken.karin
    )
    with pytest.raises(ValidationError):
        add(taken, taken.karin, data)  # the desk sees the one the police hold
    other = taken.about(sent(taken.referrer))
    other.accept()
    assert add(other, other.karin, data).pk


def test_the_database_refuses_the_same_file_twice(taken: World, clamd: FakeScanner) -> None:
    made = add(taken, taken.karin)
    with pytest.raises(IntegrityError, match="document_once"), transaction.atomic():
        Document.objects.create(
            case=taken.case, desk=taken.case.desk, category="situation", media_type="x", size=1,
            data_key=made.data_key, digest=made.digest, name="x", description="x",
            uploaded_by=taken.karin.user, uploaded_at=clock.now(),
        )  # fmt: skip


def test_a_case_has_room_for_so_much(taken: World, clamd: FakeScanner, monkeypatch: Any) -> None:
    monkeypatch.setattr(documents, "MOST_FILES", 2)
    add(taken, taken.karin)
    gone = add(taken, taken.karin)
    with pytest.raises(ValidationError):
        add(taken, taken.karin)
    documents.remove(
        case_id=taken.case_id, document_id=gone.pk, reason=RemovalReason.NOT_NEEDED, by=taken.karin
    )
    add(taken, taken.karin)
    monkeypatch.setattr(documents, "MOST_FILES", 100)
    monkeypatch.setattr(documents, "MOST_BYTES", 10)
    with pytest.raises(ValidationError):
        add(taken, taken.karin)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Anna\\avtal.exe", "avtal.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("avtal\u202efdp.exe", "avtalfdp.pdf"),
        ("\0\0.pdf", "dokument.pdf"),
        ("CON", "dokument.pdf"),
        ("..", "dokument.pdf"),
        (".dold", "dokument.pdf"),
        ("å" * 300 + ".pdf", "å" * 80 + ".pdf"),
        ('a"b;c%0d.pdf', "a_b_c_0d.pdf"),
        ("", "dokument.pdf"),
    ],
)
def test_names_are_harmless(given: str, kept: str) -> None:
    name = documents.clean_name(given, "application/pdf")
    assert name.removesuffix(".pdf") in (kept.removesuffix(".pdf"), "document", "handling") and name.endswith(
        ".pdf"
    )
    assert all(char.isprintable() for char in name)

"""Who sees, opens, adds and removes documents; the same one twice, too many, and names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import FileSystemStorage
from django.db import IntegrityError, transaction
from django.http import Http404
from pytest_django import Settings

from accounts.enums import AgencyKind, Role
from cases.enums import Category, DisclosureKind, NoticeKind, Outcome, RemovalReason
from cases.models import Case, Disclosure, Document, Notice
from cases.services import casework, documents, participation, scanning
from core import clock, files
from core.errors import TransitionNotAllowed
from tests.cases.services.conftest import World, refusals, sent
from tests.cases.services.uploading import add, clean, content, names, sight
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

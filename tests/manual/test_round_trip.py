"""An edition written out as files is what it was read from; read again it is the same, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from accounts.enums import Role
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import EditionStatus
from manual.library import archive, current_edition, source, writing
from manual.models import (
    Chapter,
    Definition,
    Edition,
    EditionFile,
    Indicator,
    IndicatorGroup,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
    StepTemplate,
)
from manual.services import bring_in, filing, publish_edition, sync_manual
from manual.services.editing import delete_draft, start_draft
from tests.access.world import rolled_back
from tests.factories import member, sign_in

TABLES: list[type[models.Model]] = [
    StepTemplate, Chapter, Paragraph, Source, IndicatorGroup, Indicator, MilestoneWords, Definition,
    RetiredParagraph,
]  # fmt: skip
OWN = {"id", "edition", "version", "chapter", "group", "search_sv", "search_en", "terms_sv", "terms_en"}
"""Columns that are another edition's own, or computed of others."""
AWKWARD = (
    "# ser ut som en rubrik\n\\# med ett streck\n\n- punkt: \"citat\" 'enkelt'\n\n    indrag\n\n"
    "null, yes, 2026-07-01 och en {#9-9-9} mitt i · ö é 🙂 " + "ord " * 60
).strip()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Pages are asked for in the language of who is signed in; everything else is told in English."""
    with translation.override("en"):
        yield


@cache
def kept_repository() -> dict[str, str]:
    return archive.read_folder(source.FOLDER)


def repository() -> dict[str, str]:
    return dict(kept_repository())


def content(edition: Edition) -> dict[str, list[dict[str, Any]]]:
    """Every value of an edition, in its order, less what is a row's own."""
    found = {}
    for table in TABLES:
        names = [field.name for field in table._meta.concrete_fields if field.name not in OWN]
        order = "anchor" if table is RetiredParagraph else "number" if table is Chapter else "order"
        rows = table._default_manager.filter(edition=edition).order_by(order)
        found[table.__name__] = [{name: getattr(row, name) for name in names} for row in rows]
    return found


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Edition]:
    """Read once for the module; what a test does to it is undone."""
    with django_db_blocker.unblock(), rolled_back():
        yield sync_manual(by=None, publish=True).edition


@pytest.fixture
def edition(published: Edition) -> Iterator[Edition]:
    with rolled_back():
        yield published


@pytest.fixture
def draft(edition: Edition) -> Edition:
    """A copy of the edition in force, by somebody who edits the manual."""
    return start_draft(title="Ny", reason="Prov", by=member(Role.NATIONAL_COORDINATOR))


def awkward(draft: Edition) -> None:
    """What people write on screen, and a file would rather not hold."""
    step = draft.steps.get(key="acute.migr.removal_check")
    step.title_sv, step.title_en = "'null'", '- yes: "no" #'
    step.description_sv = step.expert_note = AWKWARD
    step.legal_basis, step.evidence = "", ["2026-07-01", "on", "0123"]
    step.overrides = [{"when": "child", "amount": 3, "unit": "hours"}]
    step.recurs_amount, step.recurs_unit, step.warn_days = 2, "months", [14, 3, 0]
    step.save()
    text = draft.paragraphs.get(anchor="2-3-4")
    text.title_sv = "Titel {#1-1-1} # med {tecken}"
    text.body_sv, text.body_en = AWKWARD, "\\\\# two\n#three"
    text.actors, text.sources, text.confidence = [], ["SOL"], "known"
    text.save()
    head = draft.paragraphs.get(anchor="2-3")
    head.title_en = "A" * 200
    head.save()
    chapter = Chapter.objects.create(edition=draft, number=12, title_sv="Åtgärder & stöd", title_en="More")
    shared = {"edition": draft, "chapter": chapter, "section": "12-1"}
    Paragraph.objects.create(**shared, order=900, anchor="12-1", title_sv="Ett", title_en="One")
    Paragraph.objects.create(
        **shared,
        order=901,
        anchor="12-1-10",
        title_sv="",
        body_sv="En text",
        body_en="A text",
        sources=["SOL"],
    )
    Source.objects.create(edition=draft, key="NY", order=900, title="Ny: källa", address="")
    RetiredParagraph.objects.create(
        edition=draft, anchor="2-9-9", moved_to="2-3-4", reason_sv="Flyttad", reason_en="Moved"
    )
    RetiredParagraph.objects.create(edition=draft, anchor="2-9-10", reason_sv="Borta", reason_en="Gone")


# --- files and rows ----------------------------------------------------------------------------------


def test_an_edition_is_written_as_the_files_it_was_read_from(edition: Edition) -> None:
    """Byte for byte."""
    written, files = writing.files(edition), repository()
    assert set(written) == set(files)
    for path, text in files.items():
        assert written[path] == text, path
        assert (source.FOLDER / path).read_bytes() == text.encode()


def test_a_draft_begun_on_screen_is_written_as_the_same_files(draft: Edition) -> None:
    assert writing.files(draft) == repository()


def test_whatever_is_written_on_screen_comes_back_without_loss(draft: Edition) -> None:
    awkward(draft)
    before, files = content(draft), writing.files(draft)
    assert "content/sv/12-atgarder-stod.md" in files
    by = member(Role.NATIONAL_COORDINATOR)
    delete_draft(edition_id=draft.pk, by=by)
    again = bring_in(archive.unpack(archive.pack(files)), title="", reason="", by=by)
    after = content(again)
    for table, rows in before.items():
        for old, new in zip(rows, after[table], strict=True):
            old.pop("order", None), new.pop("order", None)
            for name, value in old.items():
                assert new[name] == value, (table, old.get("key") or old.get("anchor"), name)
    assert writing.files(again) == files


def test_comments_and_value_lists_of_the_files_stay(edition: Edition) -> None:
    files = repository()
    files["data/steps.yaml"] = "# Granskad av en jurist\n" + files["data/steps.yaml"]
    files["data/retired.yaml"] = files["data/retired.yaml"].replace(
        "retired: []",
        "retired:\n  - anchor: 2-9-1\n    moved_to: ''\n    reason_sv: Borta\n    reason_en: Gone",
    )
    made = bring_in(files, by=None)
    assert writing.files(made) == files


# --- what is brought in --------------------------------------------------------------------------------


def july(files: dict[str, str]) -> dict[str, str]:
    path = "content/sv/2-akut-skydd.md"
    return files | {path: files[path].replace("Håll ett kort planeringsmöte", "Håll ett möte")}


def test_what_is_brought_in_is_a_draft_that_somebody_else_approves(edition: Edition) -> None:
    by = member(Role.NATIONAL_COORDINATOR)
    made = bring_in(july(repository()), title="Möten", reason="Kortare", by=by)
    assert (made.status, made.based_on, made.number) == (EditionStatus.DRAFT, edition, 2)
    assert made.editors == [by.user_id]
    assert made.checksum == ""
    assert current_edition() == edition
    event = AuditEvent.objects.get(verb="manual.import", target_id=made.pk)
    assert event.facts["number"] == 2


def test_the_same_again_is_no_edition(edition: Edition) -> None:
    with pytest.raises(TransitionNotAllowed, match="nothing to bring in"):
        bring_in(repository(), by=None)
    assert Edition.objects.count() == 1


def test_one_edition_is_in_work_at_a_time(draft: Edition) -> None:
    with pytest.raises(TransitionNotAllowed, match="in work already"):
        bring_in(july(repository()), by=None)


def test_without_the_right_nothing_is_brought_in(edition: Edition) -> None:
    who = member(Role.REGIONAL_COORDINATOR)
    with pytest.raises(PermissionDenied):
        bring_in(july(repository()), by=who)
    assert Edition.objects.count() == 1
    assert AuditEvent.objects.using("audit").filter(verb="manual.import", user_id=who.user_id).exists()


# --- the commands --------------------------------------------------------------------------------------


def said(*words: str) -> tuple[int, str]:
    """The number a command ends with, and what it says."""
    out = BytesIO()

    class Text:
        def write(self, text: str) -> None:
            out.write(text.encode())

    try:
        with translation.override("en"):
            call_command(*words, stdout=Text(), stderr=Text())
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue().decode()


def test_check_says_that_files_and_edition_agree(edition: Edition) -> None:
    code, words = said("sync_manual", "--check")
    assert code == 0
    assert "The files say what edition 1 says" in words
    assert Edition.objects.count() == 1


def test_check_names_where_they_differ(draft: Edition) -> None:
    draft.steps.filter(key="ident.rc.assess").update(amount=7, title_en="Assess it")
    draft.paragraphs.filter(anchor="2-1-3").update(body_en="Meet.")
    draft.source_rows.filter(key="IOM").delete()
    publish_edition(draft, by=None)
    code, words = said("sync_manual", "--check")
    assert code == 3
    assert words.splitlines() == [
        "The files differ from edition 2 in 3 places:",
        "steps ident.rc.assess: title_en, deadline.amount 7 → 3",
        "sources IOM: is only in the files",
        "en 2-1-3: text",
    ]


def test_check_knows_an_edition_whose_day_has_not_come(edition: Edition, tmp_path: Path) -> None:
    made = bring_in(july(repository()), by=None)
    day = clock.today().replace(year=clock.today().year + 1)
    publish_edition(made, by=None, valid_from=day)
    call_command("export_manual", str(tmp_path), "--edition", "2")
    code, words = said("sync_manual", "--check", "--from", str(tmp_path))
    assert code == 0
    assert f"The files are edition 2, which applies from {day}. Today edition 1 applies." in words
    assert said("sync_manual", "--check")[0] == 0


def test_export_writes_what_the_repository_holds_and_takes_old_chapters_away(
    edition: Edition, tmp_path: Path
) -> None:
    old, other = tmp_path / "content" / "sv" / "9-borta.md", tmp_path / "content" / "sv" / "anteckning.txt"
    old.parent.mkdir(parents=True)
    old.write_text("# Borta {#9}\n")
    other.write_text("min")
    code, words = said("export_manual", str(tmp_path))
    assert (code, "21 files" in words) == (0, True)
    assert archive.read_folder(tmp_path) == repository()
    assert not old.exists()
    assert other.exists()
    assert said("export_manual", str(tmp_path), "--edition", "9")[0] == 1


def test_files_of_a_folder_become_a_draft(edition: Edition, tmp_path: Path) -> None:
    call_command("export_manual", str(tmp_path))
    path = tmp_path / "content" / "sv" / "2-akut-skydd.md"
    path.write_text(path.read_text().replace("Håll ett kort planeringsmöte", "Håll ett möte"))
    assert said("sync_manual", "--from", str(tmp_path)) == (0, "Edition 2 is now draft.\n")
    assert said("sync_manual", "--from", str(tmp_path))[0] == 5
    assert said("sync_manual", "--from", str(tmp_path), "--publish")[0] == 1
    assert said("sync_manual", "--from", str(tmp_path / "nowhere"))[0] == 1


# --- files of the portal meet what people wrote ----------------------------------------------------------


def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the portal had been installed anew with another title of the first step."""
    read = source.read()
    steps = [read.steps[0] | {"title_sv": "Nytt namn"}, *read.steps[1:]]
    monkeypatch.setattr(
        source, "read", lambda: source.Source(steps, read.pieces, checksum="1" * 64, lists=read.lists)
    )


def test_files_that_say_what_the_edition_says_are_no_new_edition(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edition written on screen, taken out and put into the source code, is not loaded a second time."""
    draft = bring_in(july(repository()), by=member(Role.NATIONAL_COORDINATOR))
    publish_edition(draft, by=None)
    read = writing.as_read(draft)
    monkeypatch.setattr(source, "read", lambda: read)
    synced = sync_manual(by=None, publish=True)
    assert (synced.edition, synced.changed) == (draft, False)
    assert Edition.objects.count() == 2


def test_files_that_were_an_edition_do_not_come_back_by_themselves(edition: Edition) -> None:
    publish_edition(bring_in(july(repository()), by=member(Role.NATIONAL_COORDINATOR)), by=None)
    synced = sync_manual(by=None, publish=True)
    assert (synced.edition, synced.changed) == (edition, False)
    assert current_edition().number == 2
    assert said("sync_manual", "--publish") == (0, "Edition 1 is already retired.\n")


def test_new_files_wait_where_people_have_written_on_screen(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_screen = bring_in(july(repository()), by=member(Role.NATIONAL_COORDINATOR))
    publish_edition(on_screen, by=None)
    newer(monkeypatch)
    code, words = said("sync_manual", "--publish")
    assert code == 0
    assert "Edition 3 is now draft." in words
    assert "It is not published: the edition before it was written on screen." in words
    assert current_edition() == on_screen


def test_new_files_leave_a_draft_on_screen_alone(draft: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    newer(monkeypatch)
    before = content(draft)
    code, words = said("sync_manual", "--publish")
    assert (code, "edited on screen" in words) == (5, True)
    code, words = said("sync_manual", "--publish", "--or-wait")
    assert (code, "The manual's files were not read" in words) == (0, True)
    assert content(draft) == before


# --- on screen -------------------------------------------------------------------------------------------


@pytest.fixture
def editor(client: Client) -> Client:
    return sign_in(client, member(Role.NATIONAL_COORDINATOR))


def upload(files: dict[str, str] | bytes) -> SimpleUploadedFile:
    data = files if isinstance(files, bytes) else archive.pack(files)
    return SimpleUploadedFile("manual.zip", data, "application/zip")


def test_the_files_of_an_edition_are_listed_and_taken_out(edition: Edition, editor: Client) -> None:
    page = editor.get(reverse("manual:edition-files", args=[1])).content.decode()
    assert "content/sv/2-akut-skydd.md" in page
    assert page.count("<h1") == 1
    response = editor.post(reverse("manual:edition-files-download", args=[1]))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="manual-1.zip"'
    assert archive.unpack(response.content) == repository()
    assert AuditEvent.objects.filter(verb="manual.export", target_id=edition.pk).exists()
    assert editor.get(reverse("manual:edition-files", args=[7])).status_code == 404


def test_the_page_says_where_the_portals_files_differ(draft: Edition, editor: Client) -> None:
    draft.steps.filter(key="ident.rc.assess").update(amount=7)
    page = editor.get(reverse("manual:edition-files", args=[2])).content.decode()
    assert "steps ident.rc.assess: deadline.amount 7 → 3" in page


def test_an_archive_becomes_a_draft_on_screen(edition: Edition, editor: Client) -> None:
    url = reverse("manual:edition-bring")
    assert editor.get(url).status_code == 200
    asked = {"title": "Möten", "reason": "Kortare", "archive": upload(july(repository()))}
    response = editor.post(url, asked)
    made = Edition.objects.get(number=2)
    assert response.status_code == 302
    assert response["Location"] == made.get_absolute_url()
    assert (made.title, made.reason, made.status) == ("Möten", "Kortare", "draft")
    assert made.paragraphs.get(anchor="2-1-3").body_sv.startswith("Håll ett möte")


def test_what_is_wrong_with_an_archive_is_named_and_the_words_stay(edition: Edition, editor: Client) -> None:
    files = repository()
    files["content/sv/2-akut-skydd.md"] = files["content/sv/2-akut-skydd.md"].replace("sources=SOL}", "}")
    for archived in (upload(files), upload(b"no archive")):
        response = editor.post(
            reverse("manual:edition-bring"), {"title": "Möten", "reason": "Kortare", "archive": archived}
        )
        page = response.content.decode()
        assert response.status_code == 422
        assert 'value="Möten"' in page
        assert 'id="id_archive_error"' in page
    assert (
        "2-3-1: a paragraph needs a text and names its source"
        in editor.post(
            reverse("manual:edition-bring"), {"title": "M", "reason": "K", "archive": upload(files)}
        ).content.decode()
    )
    assert editor.post(reverse("manual:edition-bring"), {"title": "", "reason": ""}).status_code == 422
    same = {"title": "M", "reason": "K", "archive": upload(repository())}
    assert editor.post(reverse("manual:edition-bring"), same).status_code == 422
    large = {"title": "M", "reason": "K", "archive": upload(b"0" * (archive.LARGEST_ARCHIVE + 1))}
    assert editor.post(reverse("manual:edition-bring"), large).status_code == 422
    assert Edition.objects.count() == 1


def test_only_editors_meet_the_files(edition: Edition, client: Client) -> None:
    sign_in(client, member(Role.REGIONAL_COORDINATOR))
    assert client.get(reverse("manual:edition-files", args=[1])).status_code == 403
    assert client.post(reverse("manual:edition-files-download", args=[1])).status_code == 403
    asked = {"title": "M", "reason": "K", "archive": upload(july(repository()))}
    assert client.post(reverse("manual:edition-bring"), asked).status_code == 403
    assert Edition.objects.count() == 1


# --- the database ------------------------------------------------------------------------------------------


def test_a_file_stands_once_in_an_edition(draft: Edition) -> None:
    with pytest.raises(IntegrityError, match="edition_file_path"), transaction.atomic():
        EditionFile.objects.create(edition=draft, path="data/steps.yaml")


def test_the_files_of_a_decided_edition_stay_as_they_are(edition: Edition) -> None:
    row = EditionFile.objects.filter(edition=edition).first()
    assert row is not None
    with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
        EditionFile.objects.filter(pk=row.pk).update(head="x")
    with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
        EditionFile.objects.create(edition=edition, path="data/other.yaml")
    with pytest.raises(IntegrityError, match="manual_only_in_draft"), transaction.atomic():
        filing.write(edition, source.read(), {})

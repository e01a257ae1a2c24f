"""An edition written out as files is what it was read from; read again it is the same, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, models, transaction
from django.utils import translation

from accounts.enums import Role
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import EditionStatus
from manual.library import agreement, archive, checking, current_edition, intake, source, writing
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
from manual.services import bring_in, filing
from manual.services.editing import delete_draft
from tests.factories import member
from tests.manual.carried import july, repository
from tests.manual.following import put_in_force

TABLES: list[type[models.Model]] = [
    StepTemplate, Chapter, Paragraph, Source, IndicatorGroup, Indicator, MilestoneWords, Definition,
    RetiredParagraph,
]  # fmt: skip
OWN = {"id", "edition", "version", "chapter", "group"}
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


@pytest.fixture
def edition(first: Edition) -> Edition:
    return first


@pytest.fixture
def draft(copied: Edition) -> Edition:
    return copied


def content(edition: Edition) -> dict[str, list[dict[str, Any]]]:
    """Every value of an edition, in its order, less what is a row's own."""
    found = {}
    for table in TABLES:
        names = [field.name for field in table._meta.concrete_fields if field.name not in OWN]
        order = "anchor" if table is RetiredParagraph else "number" if table is Chapter else "order"
        rows = table._default_manager.filter(edition=edition).order_by(order)
        found[table.__name__] = [{name: getattr(row, name) for name in names} for row in rows]
    return found


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
    text.title_sv = "Titel [1-1-1] # med (tecken)"
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


def test_retired_paragraphs_are_kept_in_the_order_of_their_numbers(edition: Edition) -> None:
    """In whichever order the file has them, it says the same."""
    row = "  - anchor: {}\n    moved_to: ''\n    reason_sv: Borta\n    reason_en: Gone\n"
    files = repository()
    rows = "retired:\n" + row.format("2-10-1") + row.format("2-9-1")
    files["data/retired.yaml"] = files["data/retired.yaml"].replace("retired: []\n", rows)
    made = bring_in(files, by=None)
    assert not agreement.differences(writing.as_read(made), intake.read(files).source)
    written = writing.files(made)["data/retired.yaml"]
    assert written.index("2-9-1") < written.index("2-10-1")


# --- what is brought in --------------------------------------------------------------------------------


def test_what_is_brought_in_is_a_draft_that_somebody_else_approves(edition: Edition) -> None:
    by = member(Role.NATIONAL_COORDINATOR)
    made = bring_in(july(repository()), title="Möten", reason="Kortare", by=by)
    assert (made.status, made.based_on, made.number) == (EditionStatus.DRAFT, edition, 2)
    assert made.editors == [by.user_id]
    assert made.checksum == ""
    assert current_edition() == edition
    event = AuditEvent.objects.get(verb="manual.import", target_id=made.pk)
    assert event.facts["number"] == 2


def test_a_title_that_no_file_can_hold_is_found_and_does_not_stop_the_portal_from_starting(
    draft: Edition, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not checking.blocking(draft)
    draft.paragraphs.filter(anchor="2-3-2").update(title_sv="Se {#1-1 och vidare")
    draft.chapters.filter(number=4).update(title_en="Two\nlines")
    found = [(row.code, row.key, row.field) for row in checking.blocking(draft)]
    assert found == [("file_is_unreadable", "4", "title_en"), ("file_is_unreadable", "2-3-2", "title_sv")]
    put_in_force(draft)
    new = replace(source.read(), checksum="1" * 64)
    monkeypatch.setattr(source, "read", lambda: new)
    with pytest.raises(CommandError, match="Edition 2 cannot be written to files"):
        call_command("sync_manual", "--publish")
    call_command("sync_manual", "--publish", "--or-wait")
    assert "Edition 2 cannot be written to files" in capsys.readouterr().err
    assert current_edition() == draft


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

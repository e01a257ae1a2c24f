"""What the commands say of files and editions, and how new files meet what people wrote on screen."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from accounts.enums import Role
from core import clock
from core.errors import TransitionNotAllowed
from manual.library import archive, current_edition, source, writing
from manual.models import (
    Edition,
)
from manual.services import bring_in, editing, publish_edition, sync_manual
from tests.factories import member
from tests.manual.carried import july, repository


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
    before = writing.files(draft)
    code, words = said("sync_manual", "--publish")
    assert (code, "edited on screen" in words) == (5, True)
    code, words = said("sync_manual", "--publish", "--or-wait")
    assert (code, "The manual's files were not read" in words) == (0, True)
    assert writing.files(draft) == before


def test_files_of_a_folder_are_what_people_wrote(
    edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written on screen, taken out, changed by a word, brought in by the command line: not the portal's."""
    publish_edition(bring_in(july(repository()), by=member(Role.NATIONAL_COORDINATOR)), by=None)
    call_command("export_manual", str(tmp_path))
    path = tmp_path / "content" / "sv" / "8-om-manualen.md"
    path.write_text(path.read_text() + "\nEn mening till.\n")
    call_command("sync_manual", "--from", str(tmp_path))
    ours = publish_edition(Edition.objects.get(number=3), by=None)
    newer(monkeypatch)
    assert sync_manual(by=None, publish=True).waits
    assert current_edition() == ours


def test_a_start_does_not_write_over_files_of_a_folder(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = bring_in(july(repository()), by=None)
    newer(monkeypatch)
    with pytest.raises(TransitionNotAllowed):
        sync_manual(by=None, publish=True)
    assert writing.files(brought) == july(repository())


def test_files_that_waited_do_not_come_back_when_their_draft_is_deleted(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = member(Role.NATIONAL_COORDINATOR)
    on_screen = publish_edition(bring_in(july(repository()), by=editor), by=None)
    newer(monkeypatch)
    waiting = sync_manual(by=None, publish=True).edition
    assert sync_manual(by=None, publish=True).edition == waiting
    editing.delete_draft(edition_id=waiting.pk, by=editor)
    again = sync_manual(by=None, publish=True)
    assert (again.edition, again.changed) == (on_screen, False)
    assert editing.start_draft(title="Ny", reason="Plats finns.", by=editor).is_draft


def test_nor_when_somebody_wrote_in_their_draft(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = member(Role.NATIONAL_COORDINATOR)
    publish_edition(bring_in(july(repository()), by=editor), by=None)
    newer(monkeypatch)
    waiting = sync_manual(by=None, publish=True).edition
    editing.describe(edition_id=waiting.pk, version=0, title="Ny", reason="Prov.", by=editor)
    waiting.refresh_from_db()
    publish_edition(waiting, by=None)
    assert sync_manual(by=None, publish=True).edition == waiting
    assert Edition.objects.in_work() is None


@pytest.mark.django_db
def test_a_first_draft_that_was_deleted_is_read_again() -> None:
    editor = member(Role.NATIONAL_COORDINATOR)
    editing.delete_draft(edition_id=sync_manual(by=None).edition.pk, by=editor)
    assert sync_manual(by=None, publish=True).edition.status == "published"

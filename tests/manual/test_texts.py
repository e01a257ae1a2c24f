"""Chapters and paragraphs of a draft: written, moved, retired, brought back; anchors are given once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.access import Assignment
from accounts.enums import Role
from core.errors import StaleVersion, TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import Confidence
from manual.library import book, retired, search
from manual.models import Chapter, Definition, Edition, Paragraph, RetiredParagraph, StepTemplate
from manual.services import publish_edition, reviewing, texts
from tests.factories import member

HOUSING = "2-3-3"


@pytest.fixture
def edition(saga: Assignment) -> Edition:
    return Edition.objects.get(number=1)


def words(**changes: Any) -> dict[str, Any]:
    known = {
        "title_sv": "Jourhem i länet",
        "title_en": "Emergency homes in the county",
        "body_sv": "Ring länets **boendesamordnare** innan personen flyttar.",
        "body_en": "Call the county's housing officer before the person moves.",
        "actors": ["shelter"],
        "sources": ["SOL"],
        "confidence": Confidence.UNSURE,
    }
    return known | changes


def anchors(edition: Edition, under: str) -> list[str]:
    rows = edition.paragraphs.filter(section=under).order_by("order")
    return list(rows.values_list("anchor", flat=True))


def test_a_paragraph_says_something_else_in_the_draft_alone(
    edition: Edition, draft: Edition, saga: Assignment
) -> None:
    texts.save_paragraph(edition_id=draft.pk, anchor=HOUSING, version=0, by=saga, **words())
    row = draft.paragraphs.get(anchor=HOUSING)
    assert (row.title_sv, row.actors, row.confidence, row.version) == (
        "Jourhem i länet", ["shelter"], "unsure", 1,
    )  # fmt: skip
    assert edition.paragraphs.get(anchor=HOUSING).title_sv == "Skyddat boende"
    assert [group for group in search(draft, "boendesamordnare").groups]
    draft.refresh_from_db()
    assert draft.checksum == "" and saga.user_id in draft.editors
    event = AuditEvent.objects.get(verb="manual.text", target_id=draft.pk)
    assert event.facts == {"act": "save", "what": "paragraph", "row": HOUSING}


def test_the_second_to_save_is_told(draft: Edition, saga: Assignment) -> None:
    other = member(Role.NATIONAL_COORDINATOR)
    texts.save_paragraph(edition_id=draft.pk, anchor=HOUSING, version=0, by=other, **words())
    with pytest.raises(StaleVersion) as told:
        texts.save_paragraph(
            edition_id=draft.pk, anchor=HOUSING, version=0, by=saga, **words(title_sv="Annat")
        )
    assert isinstance(told.value.current, Paragraph)
    assert told.value.current.title_sv == "Jourhem i länet"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title_sv": ""}, "title_sv"),
        ({"title_sv": "Se {#1-1 och vidare"}, "title_sv"),
        ({"title_en": "See\nmore"}, "title_en"),
        ({"title_en": "See 1-1}"}, "title_en"),
        ({"body_sv": ""}, "body_sv"),
        ({"sources": []}, "sources"),
        ({"sources": ["SOL", "PÅHITTAD"]}, "sources"),
    ],
)
def test_a_paragraph_has_words_and_rests_on_something(
    draft: Edition, saga: Assignment, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        texts.save_paragraph(edition_id=draft.pk, anchor=HOUSING, version=0, by=saga, **words(**changes))
    assert list(refused.value.message_dict) == [field]
    assert draft.paragraphs.get(anchor=HOUSING).version == 0


def test_the_title_of_a_chapter_stands_on_one_line(draft: Edition, saga: Assignment) -> None:
    wrong = {"title_sv": "Boende\noch mat", "title_en": "{Food}", "intro_sv": "", "intro_en": ""}
    for save in (
        lambda: texts.save_chapter(edition_id=draft.pk, number=2, version=0, by=saga, **wrong),
        lambda: texts.add_chapter(edition_id=draft.pk, by=saga, **wrong),
    ):
        with pytest.raises(ValidationError) as refused:
            save()
        assert list(refused.value.message_dict) == ["title_sv", "title_en"]
    assert draft.chapters.count() == 8


def test_only_editors_write_and_only_in_drafts(edition: Edition, draft: Edition, saga: Assignment) -> None:
    stranger = member(Role.REGIONAL_COORDINATOR)
    with pytest.raises(PermissionDenied):
        texts.save_paragraph(edition_id=draft.pk, anchor=HOUSING, version=0, by=stranger, **words())
    assert AuditEvent.objects.using("audit").filter(verb="manual.text", user_id=stranger.user_id).exists()
    with pytest.raises(TransitionNotAllowed):
        texts.save_paragraph(edition_id=edition.pk, anchor=HOUSING, version=0, by=saga, **words())


def test_a_new_paragraph_stands_last_with_a_number_of_its_own(draft: Edition, saga: Assignment) -> None:
    before = anchors(draft, "2-3")
    row = texts.add_paragraph(edition_id=draft.pk, under="2-3", by=saga, **words())
    assert row.anchor == "2-3-7"
    assert anchors(draft, "2-3") == [*before, "2-3-7"]
    shown = book(draft).section(2, "2-3")
    assert shown.texts[-1].row.title_sv == "Jourhem i länet"
    assert [section.head.anchor for section in book(draft).volume(2).sections] == [
        "2-1", "2-2", "2-3", "2-4", "2-5",
    ]  # fmt: skip


def test_a_new_section_and_its_first_paragraph(draft: Edition, saga: Assignment) -> None:
    head = texts.add_paragraph(edition_id=draft.pk, under="2", by=saga, **words(body_sv="", sources=[]))
    texts.add_paragraph(edition_id=draft.pk, under=head.anchor, by=saga, **words())
    assert (head.anchor, head.is_section) == ("2-6", True)
    assert anchors(draft, "2-6") == ["2-6", "2-6-1"]
    assert book(draft).volume(3).sections[0].head.anchor == "3-1"


def test_moving_keeps_numbers_and_stays_inside(draft: Edition, saga: Assignment) -> None:
    for _press in range(3):
        texts.move_paragraph(edition_id=draft.pk, anchor="2-1-3", up=True, by=saga)
    assert anchors(draft, "2-1") == ["2-1", "2-1-3", "2-1-1", "2-1-2"]
    texts.move_paragraph(edition_id=draft.pk, anchor="2-2", up=True, by=saga)
    assert [section.head.anchor for section in book(draft).volume(2).sections][:2] == ["2-2", "2-1"]
    assert [text.row.anchor for text in book(draft).section(2, "2-1").texts] == ["2-1-3", "2-1-1", "2-1-2"]
    orders = list(draft.paragraphs.order_by("order").values_list("order", flat=True))
    assert len(set(orders)) == len(orders)


def retire(draft: Edition, anchor: str, by: Assignment, to: str = "", why: str = "Slogs ihop.") -> None:
    texts.retire_paragraph(
        edition_id=draft.pk, anchor=anchor, moved_to=to, reason_sv=why, reason_en="Merged.", by=by
    )


def test_what_is_retired_says_where_it_went(draft: Edition, saga: Assignment) -> None:
    steps = set(StepTemplate.objects.filter(edition=draft, paragraph=HOUSING).values_list("key", flat=True))
    assert steps
    with pytest.raises(ValidationError) as refused:
        retire(draft, HOUSING, saga)
    assert list(refused.value.message_dict) == ["moved_to"]
    retire(draft, HOUSING, saga, to="2-3-2")
    gone = retired(draft, HOUSING)
    assert gone and (gone.moved_to, gone.reason) == ("2-3-2", "Slogs ihop.")
    assert gone.url.endswith("/manual/2/2-3/#2-3-2")
    taken = set(StepTemplate.objects.filter(edition=draft, paragraph="2-3-2").values_list("key", flat=True))
    assert steps <= taken


def test_a_chain_of_moves_leads_to_the_end(draft: Edition, saga: Assignment) -> None:
    retire(draft, "2-1-1", saga, to="2-1-2")
    retire(draft, "2-1-2", saga, to="2-1-3")
    assert {row.anchor: row.moved_to for row in draft.retired.all()} == {"2-1-1": "2-1-3", "2-1-2": "2-1-3"}


def test_a_defined_word_follows_what_took_over(draft: Edition, saga: Assignment) -> None:
    assert Definition.objects.get(edition=draft, key="radfragning").paragraph == "1-3-2"
    retire(draft, "1-3-2", saga, to="1-3-1")
    assert Definition.objects.get(edition=draft, key="radfragning").paragraph == "1-3-1"


def test_a_number_is_never_used_again(draft: Edition, saga: Assignment) -> None:
    retire(draft, "2-3-6", saga, to="2-3-1")
    assert texts.add_paragraph(edition_id=draft.pk, under="2-3", by=saga, **words()).anchor == "2-3-7"


def test_what_no_other_edition_has_is_simply_removed(draft: Edition, saga: Assignment) -> None:
    texts.add_paragraph(edition_id=draft.pk, under="2-3", by=saga, **words())
    retire(draft, "2-3-7", saga, why="")
    assert not draft.retired.exists()
    assert not draft.paragraphs.filter(anchor="2-3-7").exists()


def test_without_a_reason_nothing_is_retired(draft: Edition, saga: Assignment) -> None:
    with pytest.raises(ValidationError) as refused:
        retire(draft, "8-2-1", saga, why="")
    assert list(refused.value.message_dict) == ["reason_sv"]


def test_a_section_is_retired_when_it_is_empty(draft: Edition, saga: Assignment) -> None:
    with pytest.raises(ValidationError):
        retire(draft, "8-2", saga)
    for anchor in ("8-2-1", "8-2-2"):
        retire(draft, anchor, saga)
    retire(draft, "8-2", saga, to="8-1")
    assert draft.retired.filter(anchor="8-2", moved_to="8-1").exists()


def test_what_was_retired_can_come_back(draft: Edition, saga: Assignment) -> None:
    before = draft.paragraphs.get(anchor="2-1-2")
    retire(draft, "2-1-2", saga, to="2-1-1")
    row = texts.restore_paragraph(edition_id=draft.pk, anchor="2-1-2", by=saga)
    assert (row.title_sv, row.body_en, row.actors) == (before.title_sv, before.body_en, before.actors)
    assert anchors(draft, "2-1") == ["2-1", "2-1-1", "2-1-3", "2-1-2"]
    assert not draft.retired.exists()


def test_a_retired_word_of_farewell_is_corrected(draft: Edition, saga: Assignment) -> None:
    retire(draft, "8-2-1", saga)
    texts.save_retired(
        edition_id=draft.pk, anchor="8-2-1", version=0, moved_to="8-1-1", reason_sv="Står nu i 8.1.1.",
        reason_en="Now in 8.1.1.", by=saga,
    )  # fmt: skip
    row = RetiredParagraph.objects.get(edition=draft)
    assert (row.moved_to, row.reason_sv, row.version) == ("8-1-1", "Står nu i 8.1.1.", 1)


def test_chapters_are_added_named_and_removed_while_empty(draft: Edition, saga: Assignment) -> None:
    row = texts.add_chapter(
        edition_id=draft.pk, title_sv="Beredskap", title_en="", intro_sv="", intro_en="", by=saga
    )
    assert row.number == 9
    texts.save_chapter(
        edition_id=draft.pk, number=9, version=0, title_sv="Vid kris", title_en="In a crisis", intro_sv="",
        intro_en="", by=saga,
    )  # fmt: skip
    assert Chapter.objects.get(edition=draft, number=9).title_en == "In a crisis"
    with pytest.raises(TransitionNotAllowed):
        texts.remove_chapter(edition_id=draft.pk, number=8, by=saga)
    texts.remove_chapter(edition_id=draft.pk, number=9, by=saga)
    assert draft.chapters.count() == 8


def test_the_published_text_is_what_everybody_reads(draft: Edition, saga: Assignment) -> None:
    texts.save_paragraph(edition_id=draft.pk, anchor=HOUSING, version=0, by=saga, **words())
    draft.refresh_from_db()
    judge = member(Role.NATIONAL_COORDINATOR)
    reviewing.hand_in(edition_id=draft.pk, version=draft.version, by=saga)
    draft.refresh_from_db()
    reviewing.approve(edition_id=draft.pk, version=draft.version, by=judge)
    publish_edition(draft, by=judge)
    draft.refresh_from_db()
    assert book(draft).section(2, "2-3").texts[2].row.title_en == "Emergency homes in the county"
    with pytest.raises(TransitionNotAllowed):
        texts.save_paragraph(edition_id=draft.pk, anchor=HOUSING, version=1, by=saga, **words())

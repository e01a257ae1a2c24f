"""The search finds word forms, other words and misspellings, and shows what it found."""

from __future__ import annotations

import pytest
from django.utils import translation

from manual.library import Found, search
from manual.models import Edition
from manual.services import sync_manual

pytestmark = pytest.mark.django_db


def anchors(found: Found) -> list[str]:
    return [hit.paragraph.anchor for _, hits in found.groups for hit in hits]


@pytest.mark.parametrize(
    ("query", "anchor"),
    [
        ("barns", "2-2-1"),
        ("betänketiden", "3-2-1"),
        ("betänketid", "3-2-1"),
        ("reflektionsperioden", "3-2-1"),
        ("RISKBEDÖMNINGAR", "2-3-2"),
        ("målsägandebiträden", "3-4-1"),
        ("stödtelefonen", "1-5-3"),
        ("skyddat boende", "2-3-3"),
        ("kvinnojour", "2-3-3"),
        ("skyddad identitet", "3-1-4"),
        ("socialbidrag", "2-3-4"),
    ],
)
def test_finds(edition: Edition, query: str, anchor: str) -> None:
    found = search(edition, query)
    assert anchor in anchors(found)
    assert not found.corrected


@pytest.mark.parametrize(
    ("query", "corrected", "anchor"),
    [
        ("betänktid", "betänketid", "3-2-1"),
        ("betanketid", "betänketid", "3-2-1"),
        ("orosanmelan", "orosanmälan", "1-4-1"),
        ("målsägarebiträde", "målsägandebiträde", "3-4-1"),
    ],
)
def test_finds_the_misspelled(edition: Edition, query: str, corrected: str, anchor: str) -> None:
    found = search(edition, query)
    assert found.corrected.startswith(corrected[:8])
    assert anchor in anchors(found)


def test_finds_a_step_by_its_title(edition: Edition) -> None:
    assert "3-3-1" in anchors(search(edition, "förhandsbedömning"))
    assert "1-2-2" in anchors(search(edition, "gärningsperson"))


def test_groups_by_chapter_with_the_best_hit_first(edition: Edition) -> None:
    found = search(edition, "betänketid")
    numbers = [chapter.number for chapter, _ in found.groups]
    assert len(numbers) == len(set(numbers)) > 2
    assert anchors(found)[0] == "3-2-1"


def test_marks_the_found_words_and_escapes_the_rest(db: None) -> None:
    edition = sync_manual(by=None).edition
    edition.paragraphs.filter(anchor="3-2-1").update(body_sv="Betänketid <script>alert(1)</script>")
    hit = next(
        hit for _, hits in search(edition, "betänketid").groups for hit in hits if hit.number == "3.2.1"
    )
    assert "<mark>Betänketid</mark>" in hit.excerpt
    assert "<script>" not in hit.excerpt


@pytest.mark.parametrize(
    "query", ["", "   ", "!!!", "-", '"', "xyzzyplugh", "a" * 5000, "\0", "' OR 1=1 --", "%_%"]
)
def test_odd_queries_give_an_answer(edition: Edition, query: str) -> None:
    assert search(edition, query).total >= 0


def test_nothing_alike_gives_nothing(edition: Edition) -> None:
    found = search(edition, "xyzzyplugh")
    assert found.total == 0
    assert not found.corrected


def test_english(edition: Edition) -> None:
    with translation.override("en"):
        assert "3-2-1" in anchors(search(edition, "recovery period"))
        assert "2-3-2" in anchors(search(edition, "risks assessing"))

"""Two editions side by side: every column counts, and every change is said in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.utils import translation

from manual.library import comparing
from manual.library.comparing import Fate, Kind, compare, words
from manual.models import Chapter, Edition, Indicator, Paragraph, StepTemplate
from tests.manual.following import Steps, draft_after, step_like

pytestmark = pytest.mark.django_db

COMPARED: dict[type[models.Model], tuple[comparing.Column, ...]] = {
    StepTemplate: comparing.STEP,
    Chapter: comparing.CHAPTER,
    Paragraph: comparing.PARAGRAPH,
    **{model: columns for model, (_key, _order, columns) in comparing.LISTS.items()},
}


@pytest.mark.parametrize("model", COMPARED, ids=lambda model: model.__name__)
def test_every_column_is_compared_or_says_why_not(model: type[models.Model]) -> None:
    columns = {name for column in COMPARED[model] for name in column.names}
    left_out = comparing.NOT_COMPARED.get(model, comparing.STANDING)
    known = {field.name for field in model._meta.concrete_fields}
    assert known == columns | (left_out & known)
    assert not columns & left_out


def test_the_same_edition_differs_in_nothing(edition: Edition) -> None:
    assert compare(edition, edition).is_empty
    assert compare(edition, draft_after(edition)).is_empty


def test_added_dropped_changed_and_moved_are_told_apart(edition: Edition) -> None:
    def change(found: Steps) -> None:
        found["ident.rc.assess"].amount = 5
        found["ident.rc.assess"].title_sv = "Bedöm ärendet"
        like = found.pop("acute.rc.meet")
        found["acute.rc.call"] = step_like(like, "acute.rc.call", title_sv="Ring")
        first, second = list(found.values())[:2]
        first.order, second.order = second.order, first.order

    with translation.override("sv"):
        said = compare(edition, draft_after(edition, change))
    kinds = {row.key: row.kind for row in said.steps}
    assert kinds.pop("ident.rc.assess") == Kind.CHANGED
    assert kinds.pop("acute.rc.meet") == Kind.DROPPED
    assert kinds.pop("acute.rc.call") == Kind.ADDED
    assert set(kinds.values()) == {Kind.MOVED} and len(kinds) == 1
    changed = next(row for row in said.steps if row.key == "ident.rc.assess")
    assert [d.name for d in changed.differences] == ["title_sv", "amount"]
    assert changed.differences[1].before.startswith("3 arbetsdagar")
    assert changed.differences[1].after.startswith("5 arbetsdagar")


def test_a_dropped_step_stands_where_it_stood(edition: Edition) -> None:
    keys = list(edition.steps.order_by("order").values_list("key", flat=True))

    def change(found: Steps) -> None:
        del found[keys[4]]
        found[keys[3]].legal_basis = "Ny lag"
        found[keys[5]].legal_basis = "Ny lag"

    assert [row.key for row in compare(edition, draft_after(edition, change)).steps] == keys[3:6]


def test_paragraphs_and_signs_too(edition: Edition) -> None:
    draft = draft_after(edition)
    row = Paragraph.objects.filter(edition=draft, anchor="2-3-1").get()
    row.body_sv = row.body_sv + " Ett tillägg."
    row.save()
    sign = Indicator.objects.filter(edition=edition).first()
    assert sign is not None
    said = compare(edition, draft)
    assert [(change.key, change.kind) for change in said.paragraphs] == [("2-3-1", Kind.CHANGED)]
    (difference,) = said.paragraphs[0].differences
    assert difference.language == "sv"
    assert [piece.text for piece in difference.pieces if piece.fate == Fate.NEW] == [" Ett tillägg."]


def test_word_for_word_both_texts_can_be_read_back() -> None:
    old = "Socialtjänsten gör en första bedömning inom tre dagar.\n\nSedan beslutas om insats."
    new = "Socialtjänsten gör en bedömning inom fem dagar.\n\nSedan beslutas snabbt om insats."
    pieces = words(old, new)
    assert "".join(p.text for p in pieces if p.fate != Fate.NEW).split() == old.split()
    assert "".join(p.text for p in pieces if p.fate != Fate.GONE).split() == new.split()
    assert [p.text.strip() for p in pieces if p.fate == Fate.GONE] == ["första", "tre"]
    assert [p.text.strip() for p in pieces if p.fate == Fate.NEW] == ["fem", "snabbt"]


@pytest.mark.parametrize(("old", "new"), [("", ""), ("", "ett"), ("ett", ""), (" ", "ett två")])
def test_word_for_word_with_nothing(old: str, new: str) -> None:
    said: Any = "".join(piece.text for piece in words(old, new) if piece.fate != Fate.GONE)
    assert said.strip() == new.strip()


def test_a_text_written_anew_is_said_as_a_whole(edition: Edition) -> None:
    draft = draft_after(edition, lambda found: setattr(found["ident.rc.assess"], "title_sv", "Ring"))
    (row,) = compare(edition, draft).steps
    (said,) = row.differences
    assert (said.after, said.pieces) == ("Ring", ())

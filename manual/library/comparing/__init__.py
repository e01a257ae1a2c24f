"""What differs between two editions: step by step and paragraph by paragraph, in words.

Reads only. A row is the same row when its key (a step), its anchor (a paragraph) or its number (a chapter)
is; what has a new key is new, whatever it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from manual.library.comparing.changes import (
    Change,
    Column,
    Difference,
    Fate,
    Kind,
    Piece,
    changes,
    differences,
    words,
)
from manual.library.comparing.columns import CHAPTER, LISTS, NOT_COMPARED, PARAGRAPH, STANDING, STEP
from manual.library.steps import edition_steps
from manual.models import Chapter, Edition, Paragraph, StepTemplate

__all__ = [
    "CHAPTER", "LISTS", "NOT_COMPARED", "PARAGRAPH", "STANDING", "STEP", "Change", "Column", "Comparison",
    "Difference", "Fate", "Kind", "Piece", "changes", "compare", "differences", "words",
]  # fmt: skip
Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs, in the order of the newer edition."""

    before: Edition
    after: Edition
    steps: tuple[Change[StepTemplate], ...]
    chapters: tuple[Change[Chapter], ...]
    paragraphs: tuple[Change[Paragraph], ...]
    lists: Mapping[type[models.Model], tuple[Change[Any], ...]]
    """Signs, milestones, words, sources and retired paragraphs, each by its own kind; empty ones left out."""

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not (self.steps or self.chapters or self.paragraphs or self.lists)


def compare(before: Edition, after: Edition) -> Comparison:
    """Everything that differs between two editions. Two queries for each kind of row."""
    lists = {
        model: changes(_rows(model, before, order), _rows(model, after, order), key, columns)
        for model, (key, order, columns) in LISTS.items()
    }
    return Comparison(
        before,
        after,
        steps=changes(edition_steps(before), edition_steps(after), "key", STEP),
        chapters=changes(
            _rows(Chapter, before, "number"), _rows(Chapter, after, "number"), "number", CHAPTER
        ),
        paragraphs=changes(_paragraphs(before), _paragraphs(after), "anchor", PARAGRAPH),
        lists={model: found for model, found in lists.items() if found},
    )


def _rows(model: type[Row], edition: Edition, order: str) -> list[Row]:
    return list(model._default_manager.filter(edition_id=edition.pk).order_by(order))


def _paragraphs(edition: Edition) -> list[Paragraph]:
    rows = Paragraph.objects.filter(edition_id=edition.pk)
    return list(rows.order_by("order"))

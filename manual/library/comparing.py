"""What differs between two editions: step by step and paragraph by paragraph, in words.

Reads only. A row is the same row when its key (a step), its anchor (a paragraph) or its number (a chapter)
is; what has a new key is new, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import partial
from typing import Any, Final, Generic, TypeVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manual.enums import EscalateTo, StepRole
from manual.library.source import source_titles
from manual.library.steps import amount_words, deadline_words, edition_steps, override_words
from manual.models import Chapter, Edition, Paragraph, StepTemplate

Row = TypeVar("Row", bound=models.Model)
_WORD: Final = re.compile(r"\s*\S+\s*?")


class Kind(StrEnum):
    """What became of a row."""

    ADDED = "added"
    DROPPED = "dropped"
    CHANGED = "changed"
    MOVED = "moved"
    """Nothing but its place in the order."""


class Fate(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text, and what became of them."""

    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One column in words, before and after. `pieces` is the text word for word; empty for values."""

    name: str
    label: str
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()

    @property
    def language(self) -> str:
        """Of a text that has one of its own; empty when it is in the reader's."""
        return self.name[-2:] if self.name[-3:] in ("_sv", "_en") else ""


@dataclass(frozen=True, slots=True)
class Change(Generic[Row]):
    """A row that is not the same in both editions."""

    kind: Kind
    key: str
    before: Row | None
    after: Row | None
    differences: tuple[Difference, ...] = ()

    @property
    def row(self) -> Row:
        """As it is now; one that was dropped as it was."""
        row = self.after or self.before
        assert row is not None, "a change has at least one side"
        return row


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs, in the order of the newer edition."""

    before: Edition
    after: Edition
    steps: tuple[Change[StepTemplate], ...]
    chapters: tuple[Change[Chapter], ...]
    paragraphs: tuple[Change[Paragraph], ...]

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not (self.steps or self.chapters or self.paragraphs)


@dataclass(frozen=True, slots=True)
class Column:
    """How a column (or several that are read together) is said in words. `is_text`: compared word by word."""

    label: Promise
    names: tuple[str, ...]
    read: Callable[[Any], str]
    is_text: bool = False


def compare(before: Edition, after: Edition) -> Comparison:
    """Everything that differs between two editions. Six queries at the most."""
    return Comparison(
        before,
        after,
        steps=changes(edition_steps(before), edition_steps(after), "key", STEP),
        chapters=changes(_chapters(before), _chapters(after), "number", CHAPTER),
        paragraphs=changes(_paragraphs(before), _paragraphs(after), "anchor", PARAGRAPH),
    )


def changes(
    before: Sequence[Row], after: Sequence[Row], key: str, columns: Iterable[Column]
) -> tuple[Change[Row], ...]:
    """The rows that differ: those of `after` in their order, each dropped one where it used to stand."""
    old = {str(getattr(row, key)): row for row in before}
    new = {str(getattr(row, key)): row for row in after}
    elsewhere = _elsewhere([name for name in old if name in new], [name for name in new if name in old])
    found: list[Change[Row]] = []
    for name in _in_order(list(old), list(new)):
        if name not in new:
            found.append(Change(Kind.DROPPED, name, old[name], None))
        elif name not in old:
            found.append(Change(Kind.ADDED, name, None, new[name]))
        elif said := differences(old[name], new[name], columns):
            found.append(Change(Kind.CHANGED, name, old[name], new[name], said))
        elif name in elsewhere:
            found.append(Change(Kind.MOVED, name, old[name], new[name]))
    return tuple(found)


def differences(
    before: models.Model, after: models.Model, columns: Iterable[Column]
) -> tuple[Difference, ...]:
    """The columns that are not the same, in words."""
    found = []
    for column in columns:
        if all(getattr(before, name) == getattr(after, name) for name in column.names):
            continue
        was, now = column.read(before), column.read(after)
        pieces = words(was, now) if column.is_text and was and now else ()
        found.append(Difference(column.names[0], str(column.label), was, now, pieces))
    return tuple(found)


def words(before: str, after: str) -> tuple[Piece, ...]:
    """A text word for word: what stayed, what is gone, what is new, in reading order."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Fate.SAME, "".join(new[c:d])))
            continue
        if a < b:
            pieces.append(Piece(Fate.GONE, "".join(old[a:b])))
        if c < d:
            pieces.append(Piece(Fate.NEW, "".join(new[c:d])))
    return tuple(pieces)


def _elsewhere(before: list[str], after: list[str]) -> frozenset[str]:
    """Keys that were moved: those outside the longest run that kept its order."""
    kept = {
        name
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        for name in before[block.a : block.a + block.size]
    }
    return frozenset(before) - kept


def _in_order(before: list[str], after: list[str]) -> list[str]:
    """The keys of both: the newer order, and each dropped key after the one it used to follow."""
    ordered = list(after)
    known = set(after)
    for place, name in enumerate(before):
        if name not in known:
            follows = next((ordered.index(key) + 1 for key in reversed(before[:place]) if key in ordered), 0)
            ordered.insert(follows, name)
    return ordered


def _chapters(edition: Edition) -> list[Chapter]:
    return list(Chapter.objects.filter(edition_id=edition.pk).order_by("number"))


def _paragraphs(edition: Edition) -> list[Paragraph]:
    rows = Paragraph.objects.filter(edition_id=edition.pk).defer("search_sv", "search_en")
    return list(rows.order_by("order"))


# --- how columns are said ---------------------------------------------------------------------------------


def _said(name: str, row: models.Model) -> str:
    return str(getattr(row, name))


def _label_of(name: str, row: models.Model) -> str:
    return str(getattr(row, f"get_{name}_display")())


def _joined(values: Iterable[object], empty: str = "") -> str:
    return ", ".join(str(value) for value in values) or empty


def _text(name: str, label: Promise) -> Column:
    return Column(label, (name,), partial(_said, name), is_text=True)


def _value(name: str, label: Promise) -> Column:
    return Column(label, (name,), partial(_label_of, name))


def _sources(row: Any) -> str:
    return "; ".join(source_titles().get(key, key) for key in row.sources)


def _recurs(row: StepTemplate) -> str:
    return amount_words(row.recurs_amount, row.recurs_unit) if row.recurs_amount else _("No")


def _actors(row: Paragraph) -> str:
    return _joined((StepRole(actor).label for actor in row.actors), _("Everyone"))


def _number(name: str, row: models.Model) -> str:
    return str(getattr(row, name)).replace("-", ".")


STEP: Final[tuple[Column, ...]] = (
    _text("title_sv", gettext_lazy("Title in Swedish")),
    _text("title_en", gettext_lazy("Title in English")),
    _text("description_sv", gettext_lazy("Description in Swedish")),
    _text("description_en", gettext_lazy("Description in English")),
    Column(gettext_lazy("Deadline"), ("amount", "unit", "direction", "from_event"), deadline_words),
    _value("kind", gettext_lazy("Where the deadline comes from")),
    _value("deadline_confidence", gettext_lazy("How sure the deadline is")),
    Column(
        gettext_lazy("Other deadlines"),
        ("overrides",),
        lambda row: "; ".join(override_words(row)) or _("None"),
    ),
    Column(gettext_lazy("Comes again"), ("recurs_amount", "recurs_unit"), _recurs),
    Column(
        gettext_lazy("Extra warnings, days before"),
        ("warn_days",),
        lambda row: _joined(row.warn_days, _("None")),
    ),
    _value("agency_role", gettext_lazy("Who carries it out")),
    _value("phase", gettext_lazy("Step of the manual")),
    _value("age", gettext_lazy("Age")),
    Column(
        gettext_lazy("Forms of exploitation"),
        ("exploitation",),
        lambda row: _joined(row.form_labels, _("All forms")),
    ),
    Column(
        gettext_lazy("Conditions"),
        ("conditions",),
        lambda row: "; ".join(row.condition_labels) or _("None"),
    ),
    _value("consent", gettext_lazy("Consent")),
    _value("priority", gettext_lazy("Priority")),
    _text("legal_basis", gettext_lazy("Legal basis")),
    _text("statutory_wording", gettext_lazy("Words of the law")),
    _text("expert_note", gettext_lazy("Note for experts")),
    _value("confidence", gettext_lazy("How sure the text is")),
    Column(
        gettext_lazy("Who is told when it is late"),
        ("escalate_to",),
        lambda row: _joined((EscalateTo(whom).label for whom in row.escalate_to), _("Nobody")),
    ),
    Column(
        gettext_lazy("What shows that it is done"),
        ("evidence",),
        lambda row: _joined(row.evidence, _("None")),
    ),
    Column(gettext_lazy("Sources"), ("sources",), _sources),
    Column(gettext_lazy("Paragraph"), ("paragraph",), partial(_number, "paragraph")),
    _value("origin", gettext_lazy("Origin")),
    _value("scope", gettext_lazy("Belongs to")),
)
"""Every column of a step; a test fails on one that is missing."""

CHAPTER: Final[tuple[Column, ...]] = (
    _text("title_sv", gettext_lazy("Title in Swedish")),
    _text("title_en", gettext_lazy("Title in English")),
    _text("intro_sv", gettext_lazy("Introduction in Swedish")),
    _text("intro_en", gettext_lazy("Introduction in English")),
    _value("phase", gettext_lazy("Step of the manual")),
)

PARAGRAPH: Final[tuple[Column, ...]] = (
    _text("title_sv", gettext_lazy("Title in Swedish")),
    _text("title_en", gettext_lazy("Title in English")),
    _text("body_sv", gettext_lazy("Text in Swedish")),
    _text("body_en", gettext_lazy("Text in English")),
    Column(gettext_lazy("For whom"), ("actors",), _actors),
    Column(gettext_lazy("Sources"), ("sources",), _sources),
    _value("confidence", gettext_lazy("How sure the text is")),
    Column(gettext_lazy("Section"), ("section",), partial(_number, "section")),
)

NOT_COMPARED: Final[Mapping[type[models.Model], frozenset[str]]] = {
    StepTemplate: frozenset({"id", "edition", "key", "order"}),
    Chapter: frozenset({"id", "edition", "number"}),
    Paragraph: frozenset(
        {"id", "edition", "chapter", "order", "anchor", "terms_sv", "terms_en", "search_sv", "search_en"}
    ),
}
"""What a row is found by, where it stands, and what is worked out from other columns."""

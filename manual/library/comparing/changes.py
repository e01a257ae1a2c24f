"""What differs between two lists of rows: which came, went, moved or say something else, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from django.db import models
from django.utils.functional import Promise

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
class Column:
    """How a column (or several that are read together) is said in words. `is_text`: compared word by word."""

    label: Promise
    names: tuple[str, ...]
    read: Callable[[Any], str]
    is_text: bool = False


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
        if not any(piece.fate == Fate.SAME for piece in pieces):  # written anew: one after the other
            pieces = ()
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

"""Whether two sets of files, or the files and an edition, say the same: one line for each row that differs.

Compared is what they mean, not how the lines are broken or what the comments say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from manual.library.source import LANGUAGES, Piece, Source

KEYS: Final = {"retired": "anchor"}
"""By which value the rows of a list are told apart; `key` for the others."""
UNORDERED: Final = ("retired",)
"""Lists that an edition keeps in an order of its own."""

Flat = dict[str, Any]


def differences(before: Source, after: Source) -> list[str]:
    """What `after` says other than `before`."""
    return [*_lists(before, after), *_texts(before, after)]


def _lists(before: Source, after: Source) -> Iterator[str]:
    yield from _rows("steps", before.steps, after.steps)
    for name in ("sources", "groups", "milestones", "definitions", "retired"):
        yield from _rows(name, getattr(before.lists, name), getattr(after.lists, name))


def _rows(where: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[str]:
    key = KEYS.get(where, "key")
    had = {str(row[key]): _flat(row) for row in old}
    has = {str(row[key]): _flat(row) for row in new}
    for name in sorted(had.keys() - has.keys()):
        yield f"{where} {name}: " + _("is not in the files")
    for name in sorted(has.keys() - had.keys()):
        yield f"{where} {name}: " + _("is only in the files")
    for name, row in has.items():
        if name in had and row != had[name]:
            yield f"{where} {name}: " + ", ".join(_values(had[name], row))
    if where not in UNORDERED and had.keys() == has.keys() and list(had) != list(has):
        yield f"{where}: " + _("another order")


def _flat(row: dict[str, Any], path: str = "") -> Flat:
    """Every value under its full name: deadline.amount."""
    flat: Flat = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{path}{name}.")
        elif name == "indicators":
            flat |= {f"{one['key']}.{part}": said for one in value for part, said in one.items()}
            flat["order"] = [one["key"] for one in value]
        else:
            flat[f"{path}{name}"] = value
    return flat


def _values(old: Flat, new: Flat) -> Iterator[str]:
    for name in {**old, **new}:
        if old.get(name) == new.get(name):
            continue
        if any(isinstance(value, int) for value in (old.get(name), new.get(name))):
            yield f"{name} {old.get(name)} → {new.get(name)}"
        else:
            yield name


def _texts(before: Source, after: Source) -> Iterator[str]:
    for language in LANGUAGES:
        old, new = before.pieces[language], after.pieces[language]
        for anchor in sorted(old.keys() - new.keys()):
            yield f"{language} {anchor}: " + _("is not in the files")
        for anchor in sorted(new.keys() - old.keys()):
            yield f"{language} {anchor}: " + _("is only in the files")
        for anchor, piece in new.items():
            if anchor in old and (parts := _parts(old[anchor], piece)):
                yield f"{language} {anchor}: {', '.join(parts)}"
        if old.keys() == new.keys() and list(old) != list(new):
            yield f"{language}: " + _("another order")


def _parts(old: Piece, new: Piece) -> list[str]:
    said = {
        "title": old.title != new.title,
        "text": old.body != new.body,
        **{name: old.marks.get(name) != new.marks.get(name) for name in sorted({*old.marks, *new.marks})},
    }
    return [name for name, differs in said.items() if differs]

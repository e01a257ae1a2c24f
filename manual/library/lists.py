"""The reviewed lists beside steps and chapters: sources, signs, milestones, words, retired paragraphs.

`sources` stand in `steps.yaml`; each of the others has a file of its own in `manual/data`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from manual.enums import Dimension, Exploitation, Milestone, StepAge, Strength

FILES: Final = ("indicators.yaml", "milestones.yaml", "definitions.yaml", "retired.yaml")
ALL_FORMS: Final = "all"
Row = dict[str, Any]
_ANCHOR: Final = re.compile(r"\d+-\d+(-\d+)?")


@dataclass(frozen=True, slots=True)
class Lists:
    """The rows as the files have them, in order."""

    sources: list[Row] = field(default_factory=list)
    groups: list[Row] = field(default_factory=list)
    """Each with its `indicators`."""
    milestones: list[Row] = field(default_factory=list)
    definitions: list[Row] = field(default_factory=list)
    retired: list[Row] = field(default_factory=list)

    @property
    def indicators(self) -> list[Row]:
        return [row for group in self.groups for row in group["indicators"]]


def gather(steps: Row, loaded: dict[str, Row]) -> Lists:
    """Put the loaded files together."""
    return Lists(
        sources=steps["sources"],
        groups=loaded["indicators.yaml"]["groups"],
        milestones=loaded["milestones.yaml"]["milestones"],
        definitions=loaded["definitions.yaml"]["definitions"],
        retired=loaded["retired.yaml"]["retired"],
    )


def list_files(folder: Path) -> list[Path]:
    return [folder / name for name in FILES]


def problems(lists: Lists, anchors: Iterable[str]) -> Iterator[str]:
    """What does not fit together, one line each. `anchors`: the paragraphs the chapters have."""
    known, sources = set(anchors), {row["key"] for row in lists.sources}
    yield from _twice("source", [row["key"] for row in lists.sources])
    yield from _twice("indicator", [row["key"] for row in lists.indicators])
    yield from _twice("indicator group", [row["key"] for row in lists.groups])
    yield from _twice("definition", [row["key"] for row in lists.definitions])
    yield from _twice("retired paragraph", [row["anchor"] for row in lists.retired])
    for row in lists.indicators:
        yield from _indicator(row)
    if [row["key"] for row in lists.milestones] != Milestone.values:
        wrong = sorted({row["key"] for row in lists.milestones} ^ set(Milestone.values))
        words = _("not the milestones of the code, each once and in its order: %(keys)s")
        yield "milestones: " + words % {"keys": ", ".join(wrong)}
    for row in (*lists.groups, *lists.milestones):
        if not (row["sv"] and row["en"]):
            yield f"{row['key']}: " + _("a name is missing in one language")
    for row in lists.definitions:
        if unknown := set(row["sources"]) - sources:
            yield f"definition {row['key']}: " + unknown_sources(unknown)
        if row["paragraph"] and row["paragraph"] not in known:
            yield f"definition {row['key']}: " + no_paragraph(row["paragraph"])
    for row in lists.retired:
        yield from _retired(row, known)


def unknown_sources(keys: Iterable[str]) -> str:
    return _("unknown sources: %(keys)s") % {"keys": ", ".join(sorted(keys))}


def no_paragraph(anchor: str) -> str:
    return _("there is no paragraph %(anchor)s") % {"anchor": anchor}


def wrong_value(error: KeyError | ValueError) -> str:
    """A value that is missing, or stands in no list."""
    if isinstance(error, KeyError):
        return _("%(name)s is missing") % {"name": error.args[0]}
    return str(error)


def _twice(what: str, keys: list[str]) -> Iterator[str]:
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"{what} {key}: " + _("stands there twice")


def _indicator(row: Row) -> Iterator[str]:
    try:
        indicator_columns(row)
    except (KeyError, ValueError) as error:
        yield f"indicator {row.get('key', '?')}: " + wrong_value(error)


def _retired(row: Row, known: set[str]) -> Iterator[str]:
    anchor = str(row["anchor"])
    if not _ANCHOR.fullmatch(anchor):
        yield f"retired paragraph {anchor}: " + _("is no anchor")
    if anchor in known:
        yield f"retired paragraph {anchor}: " + _("is still in the chapters")
    if row["moved_to"] and row["moved_to"] not in known:
        yield f"retired paragraph {anchor}: " + no_paragraph(row["moved_to"])


def indicator_columns(row: Row) -> Row:
    """The columns of a sign. Raises ValueError for a value outside the lists, KeyError for a missing one."""
    return {
        "key": row["key"],
        "strength": Strength(row["strength"]),
        "age": StepAge(row["age"]),
        "forms": [Exploitation(form) for form in row["forms"] if form != ALL_FORMS],
        "dimension": Dimension(row["dimension"]),
        "text_sv": row["sv"],
        "text_en": row["en"],
    }

"""The report as plain values, for `templates/overview/report.html`: the sheets of the page, with drawings.

The words and numbers of a table come from its sheet alone, as in every other file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from nrm_portal.overview.cards import Card
from nrm_portal.overview.definitions import note
from nrm_portal.overview.exports.marks import Mark
from nrm_portal.overview.exports.pictures import legend, pictures
from nrm_portal.overview.exports.words import About
from nrm_portal.overview.sheets import Sheet

WIDE: Final = 8
"""Columns from which a table lies on a page turned sideways."""
SHORT: Final = 14
"""Rows up to which a table is kept on one page."""


@dataclass(frozen=True)
class Chapter:
    """Sheets under one heading."""

    heading: str
    sheets: Sequence[Sheet]
    lead: Sequence[str] = ()
    cards: Mapping[str, Card] = field(default_factory=dict)
    """By the key of their sheet."""


def context(title: str, chapters: Sequence[Chapter], about: About, mark: Mark) -> dict[str, Any]:
    filled = [one for one in chapters if one.sheets]
    return {
        "title": title,
        "mark": mark.words,
        "facts": about.facts,
        "chapters": [_chapter(place, one) for place, one in enumerate(filled, 1)],
        "rules": about.rules,
        "definitions": about.definitions,
    }


def _chapter(place: int, chapter: Chapter) -> dict[str, Any]:
    return {
        "heading": chapter.heading,
        "anchor": f"d{place}",
        "lead": list(chapter.lead),
        "figures": [
            _figure(f"d{place}-{number}", sheet, chapter.cards.get(sheet.key))
            for number, sheet in enumerate(chapter.sheets, 1)
        ],
    }


def _rows(sheet: Sheet) -> list[list[Any]]:
    """Heading and cells, each with its text and its tint; no tint is empty."""
    tints = sheet.tints() or [[None] * len(entries) for _heading, entries in sheet.rows]
    return [
        [
            heading,
            [[entry.text, "" if tint is None else tint] for entry, tint in zip(entries, row, strict=True)],
        ]
        for (heading, entries), row in zip(sheet.rows, tints, strict=True)
    ]


def _note(sheet: Sheet) -> str:
    """What a card would say under it."""
    hidden = "" if sheet.is_complete else note()
    return " ".join(filter(None, (hidden, sheet.source)))


def _figure(anchor: str, sheet: Sheet, card: Card | None) -> dict[str, Any]:
    return {
        "anchor": anchor,
        "title": card.title if card else sheet.title,
        "caption": sheet.title,
        "period": sheet.period,
        "pictures": [asdict(one) for one in pictures(card)] if card else [],
        "legend": [asdict(one) for one in legend(card)] if card else [],
        "is_map": bool(card and card.kind == "map"),
        "is_short": len(sheet.rows) <= SHORT,
        "is_wide": len(sheet.columns) >= WIDE,
        "columns": list(sheet.columns),
        "rows": _rows(sheet),
        "definition": sheet.definition,
        "note": card.note if card else _note(sheet),
    }

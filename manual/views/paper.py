"""The manual on paper: an edition as plain values in reading order, for `templates/pdf/manual.html`.

A paper is a list of entries, printed one after the other: a heading with its level and address, a text, a
table of checklist items, notes. Nothing is marked as HTML, so nothing unclean can get through.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from manual.enums import Confidence, StepRole
from manual.library import Book, Section, Volume, definitions, sources
from manual.library.blocks import blocks
from manual.library.imprint import printed_words, version_words
from manual.models import Edition, Paragraph
from manual.views import rows

Entry = dict[str, Any]

ACTORS_CHAPTER: Final = 7
LOWEST: Final = 6


def whole(book: Book) -> dict[str, Any]:
    """Every chapter, each on a new page, after a table of contents with page numbers."""
    entries: list[Entry] = []
    contents: list[Entry] = []
    for volume in book.volumes:
        chapter = volume.chapter
        contents.append(_line(1, str(chapter.number), chapter.title, str(chapter.number)))
        contents += [_section_line(2, section) for section in volume.sections]
        entries += [_heading(2, str(chapter.number), chapter.title, str(chapter.number), page=True)]
        entries += _volume(book, volume, level=3)
    entries += _words(book.edition, contents)
    return _paper(book.edition, _("Manual on suspected trafficking in human beings"), entries, contents)


def chapter(book: Book, volume: Volume) -> dict[str, Any]:
    """One step of the manual with its sections."""
    title = f"{volume.chapter.number} {volume.chapter.title}"
    contents = [_section_line(1, section) for section in volume.sections]
    return _paper(book.edition, title, _volume(book, volume, level=2), contents)


def section(book: Book, one: Section) -> dict[str, Any]:
    """One section with its texts, and for an actor the whole checklist."""
    entries = [*_body(one.head.body), *_texts(book, one, level=2), *_checklist(book, one, level=2)]
    return _paper(book.edition, f"{one.number} {one.head.title}", entries, [])


def _paper(edition: Edition, title: str, entries: list[Entry], contents: list[Entry]) -> dict[str, Any]:
    return {
        "manual": _("Manual on suspected trafficking in human beings"),
        "title": title,
        "version": version_words(edition),
        "printed": printed_words(),
        "contents": contents,
        "entries": entries,
    }


def _words(edition: Edition, contents: list[Entry]) -> list[Entry]:
    """The defined words, at the end of the whole."""
    terms = definitions(edition)
    if not terms:
        return []
    title = _("Words and their meaning")
    contents.append({"depth": 1, "text": title, "anchor": "words"})
    meanings = [{"label": term.term, "value": term.text} for term in terms]
    return [_heading(2, "", title, "words", page=True), {"kind": "words", "rows": meanings}]


def _volume(book: Book, volume: Volume, *, level: int) -> list[Entry]:
    entries = _body(volume.chapter.intro)
    for one in volume.sections:
        entries.append(_heading(level, one.number, one.head.title, one.head.anchor))
        entries += [*_body(one.head.body), *_texts(book, one, level=level + 1)]
        entries += _checklist(book, one, level=level + 1)
    return entries


def _texts(book: Book, one: Section, *, level: int) -> list[Entry]:
    entries: list[Entry] = []
    for text in one.texts:
        row = text.row
        entries.append(_heading(level, text.number, row.title, row.anchor))
        if row.confidence == Confidence.UNSURE:
            entries.append({"kind": "tag", "text": str(Confidence.UNSURE.label)})
        entries += _body(row.body)
        if text.steps:
            steps = [rows.step_row(template) for template in text.steps]
            entries.append(_table(_("In the checklist: %(title)s") % {"title": row.title}, steps, who=True))
        entries.append({"kind": "small", "text": _origin(book.edition, row)})
    return entries


def _checklist(book: Book, one: Section, *, level: int) -> list[Entry]:
    """The items of the section's actor. The manual's seventh chapter has one section for each."""
    if one.head.anchor.partition("-")[0] != str(ACTORS_CHAPTER) or not one.roles:
        return []
    entries = [_heading(level, "", _("The checklist: %(actor)s") % {"actor": one.head.title}, "")]
    for phase in rows.checklist(book, sorted(one.roles)[0]):
        entries.append(_table(phase.title, list(phase.steps), who=False))
    return entries


def _origin(edition: Edition, row: Paragraph) -> str:
    titles = sources(edition)
    words = [_("Source:") + " " + "; ".join(titles.get(key, key) for key in row.sources)]
    if row.actors:
        names = ", ".join(str(StepRole(actor).label) for actor in row.actors)
        words.insert(0, _("For:") + f" {names}.")
    return " ".join(words)


def _table(caption: str, steps: list[rows.StepRow], *, who: bool) -> Entry:
    return {"kind": "steps", "caption": caption, "who": who, "rows": [_step(step) for step in steps]}


def _step(step: rows.StepRow) -> Entry:
    return {
        "title": step.title,
        "role": step.role,
        "text": step.description,
        "deadline": step.deadline,
        "words": ", ".join(strip_tags(tag) for tag in step.tags),
        "notes": list(step.notes),
    }


def _heading(level: int, number: str, title: str, anchor: str, *, page: bool = False) -> Entry:
    text = f"{number} {title}".strip()
    return {"kind": "heading", "level": min(level, LOWEST), "text": text, "anchor": anchor, "page": page}


def _body(markdown: str) -> list[Entry]:
    return [{"kind": "text", "blocks": list(blocks(markdown))}] if markdown else []


def _line(depth: int, number: str, title: str, anchor: str) -> Entry:
    return {"depth": depth, "text": f"{number} {title}", "anchor": anchor}


def _section_line(depth: int, one: Section) -> Entry:
    return _line(depth, one.number, one.head.title, one.head.anchor)

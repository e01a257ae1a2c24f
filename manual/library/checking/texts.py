"""Chapters and paragraphs that do not hold together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manual.enums import Confidence
from manual.library.checking.findings import About, Finding, Material
from manual.library.source import LANGUAGES
from manual.library.writing import reads_back
from manual.models import Chapter, Paragraph

LINK: Final = re.compile(r"\]\(\s*(?:/manual/\d+/)?(?:[0-9-]*#)?(?P<anchor>\d+-\d+(?:-\d+)?)/?\s*\)")
"""A link in a text to another text of the manual, by its anchor."""


def check(material: Material) -> Iterator[Finding]:
    """Everything about the texts, in reading order."""
    for chapter in material.chapters:
        yield from _of_chapter(chapter, material)
    for paragraph in material.paragraphs:
        yield from _of_paragraph(paragraph, material)
    if unsure := sum(row.confidence == Confidence.UNSURE for row in material.paragraphs):
        words = ngettext(
            "%(n)s paragraph is still to be confirmed.", "%(n)s paragraphs are still to be confirmed.", unsure
        )
        yield Finding("texts_are_unsure", About.TEXTS, "", words % {"n": unsure})


def _of_chapter(row: Chapter, material: Material) -> Iterator[Finding]:
    key = str(row.number)
    yield from untranslated(row, About.CHAPTER, key, "title", _name_of_chapter(row))
    yield from untranslated(row, About.CHAPTER, key, "intro", _name_of_chapter(row), may_be_empty=True)
    yield from _unwritable(row, About.CHAPTER, key, _name_of_chapter(row))
    if not any(paragraph.chapter_id == row.pk for paragraph in material.paragraphs):
        words = _("Chapter %(number)s has no text.") % {"number": row.number}
        yield Finding("chapter_is_empty", About.CHAPTER, key, words)


def _of_paragraph(row: Paragraph, material: Material) -> Iterator[Finding]:
    name, key = _name(row), row.anchor
    yield from _unreachable(row, material)
    yield from untranslated(row, About.PARAGRAPH, key, "title", name)
    yield from untranslated(row, About.PARAGRAPH, key, "body", name, may_be_empty=row.is_section)
    if unknown := [source for source in row.sources if source not in material.sources]:
        words = _("%(name)s names sources that are not known: %(sources)s.")
        said = words % {"name": name, "sources": ", ".join(unknown)}
        yield Finding("source_unknown", About.PARAGRAPH, key, said, blocks=True, field="sources")
    if not row.is_section and not row.sources:
        words = _("%(name)s names no source.") % {"name": name}
        yield Finding("source_missing", About.PARAGRAPH, key, words, blocks=True, field="sources")
    yield from _unwritable(row, About.PARAGRAPH, key, name)
    yield from _dead_links(row, material)


def _unreachable(row: Paragraph, material: Material) -> Iterator[Finding]:
    """A text stands on the page of its section, in its chapter; without them it has no page."""
    number, *_rest = row.anchor.split("-")
    if row.section not in material.anchors:
        words = _("Nobody can reach %(name)s: there is no section %(section)s.")
        said = words % {"name": _name(row), "section": row.section.replace("-", ".")}
        yield Finding("paragraph_has_no_section", About.PARAGRAPH, row.anchor, said, blocks=True)
    elif not (row.anchor == row.section or row.anchor.startswith(f"{row.section}-")):
        words = _("Nobody can reach %(name)s: its number does not belong to section %(section)s.")
        said = words % {"name": _name(row), "section": row.section.replace("-", ".")}
        yield Finding("paragraph_outside_section", About.PARAGRAPH, row.anchor, said, blocks=True)
    if not any(
        chapter.pk == row.chapter_id and str(chapter.number) == number for chapter in material.chapters
    ):
        words = _("Nobody can reach %(name)s: it does not stand in chapter %(number)s.")
        said = words % {"name": _name(row), "number": number}
        yield Finding("paragraph_outside_chapter", About.PARAGRAPH, row.anchor, said, blocks=True)


def _unwritable(row: Chapter | Paragraph, about: About, key: str, name: str) -> Iterator[Finding]:
    """Every edition can be taken out as files."""
    for language in LANGUAGES:
        if not reads_back(row, language):
            words = _(
                "%(name)s cannot be written to a file and read back. Look at its title and its sources."
            )
            said = words % {"name": name}
            yield Finding("file_is_unreadable", about, key, said, blocks=True, field=f"title_{language}")


def _dead_links(row: Paragraph, material: Material) -> Iterator[Finding]:
    found = {match["anchor"] for text in (row.body_sv, row.body_en) for match in LINK.finditer(text)}
    for anchor in sorted(found - material.anchors):
        words = _("%(name)s links to %(anchor)s, which does not exist.")
        said = words % {"name": _name(row), "anchor": anchor.replace("-", ".")}
        yield Finding("link_is_dead", About.PARAGRAPH, row.anchor, said, blocks=True, field="body_sv")


def untranslated(
    row: object, about: About, key: str, name: str, whose: str, *, may_be_empty: bool = False
) -> Iterator[Finding]:
    """A text that is missing in one language, or in both where it has to be there."""
    texts = {language: str(getattr(row, f"{name}_{language}")).strip() for language in ("sv", "en")}
    languages = {"sv": _("in Swedish"), "en": _("in English")}
    if may_be_empty and not any(texts.values()):
        return
    for language, text in texts.items():
        if not text:
            words = _("%(name)s: the text is missing %(language)s.")
            said = words % {"name": whose, "language": languages[language]}
            yield Finding("translation_missing", about, key, said, blocks=True, field=f"{name}_{language}")
    if len(texts["sv"]) > ALIKE and texts["sv"] == texts["en"]:
        words = _("%(name)s says the same in both languages. Is it translated?") % {"name": whose}
        yield Finding("translation_is_the_same", about, key, words, field=f"{name}_en")


ALIKE: Final = 40
"""Shorter texts may well read the same in both languages: names, abbreviations."""


def _name(row: Paragraph) -> str:
    return _("Paragraph %(number)s “%(title)s”") % {
        "number": row.anchor.replace("-", "."),
        "title": row.title_sv or row.title_en,
    }


def _name_of_chapter(row: Chapter) -> str:
    return _("Chapter %(number)s") % {"number": row.number}

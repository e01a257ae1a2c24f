"""The chapters as pages show them: volumes, sections, texts, and the steps each text explains.

One edition is read with three queries and kept in the process; editions do not change once decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from manual.library.steps import edition_steps
from manual.models import Chapter, Edition, Paragraph, StepTemplate

_TAGS: Final = {"p", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote", "dfn"}
_SCHEMES: Final = {"http", "https", "mailto", "tel"}
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Text:
    """One numbered paragraph and the steps that point to it."""

    row: Paragraph
    steps: tuple[StepTemplate, ...]

    @property
    def number(self) -> str:
        """2.3.4."""
        return self.row.anchor.replace("-", ".")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a chapter, at an address of its own."""

    head: Paragraph
    texts: tuple[Text, ...]

    @property
    def number(self) -> str:
        """2.3."""
        return self.head.anchor.replace("-", ".")

    @property
    def roles(self) -> frozenset[str]:
        """Everyone some text of the section is for."""
        return frozenset(role for text in self.texts for role in text.row.actors)


@dataclass(frozen=True, slots=True)
class Volume:
    """A chapter with its sections."""

    chapter: Chapter
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The whole edition."""

    edition: Edition
    volumes: tuple[Volume, ...]

    def volume(self, number: int) -> Volume:
        """Raises KeyError when there is no such chapter."""
        for volume in self.volumes:
            if volume.chapter.number == number:
                return volume
        raise KeyError(number)

    def section(self, number: int, anchor: str) -> Section:
        """Raises KeyError when the chapter has no such section."""
        for section in self.volume(number).sections:
            if section.head.anchor == anchor:
                return section
        raise KeyError(anchor)


def book(edition: Edition) -> Book:
    """The edition as one tree. One in work is read anew each time."""
    if edition.is_in_work:
        return Book(edition, _load(edition))
    return Book(edition, _kept(edition.pk, edition.version))


@lru_cache(maxsize=1024)
def render(markdown: str) -> SafeString:
    """Markdown as clean HTML: no raw HTML, no images, no foreign attributes, links to what browsers open."""
    html = nh3.clean(
        _MARKDOWN.render(markdown),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes=_SCHEMES,
        url_relative=_within,
    )
    return SafeString(html)


def _within(address: str) -> str | None:
    """A place in the portal as it is; nothing for another machine by the scheme of the page (//host)."""
    return None if address.replace("\\", "/").startswith("//") else address


@lru_cache(maxsize=8)
def _kept(edition_id: UUID, version: int) -> tuple[Volume, ...]:
    return _load(Edition.objects.get(pk=edition_id))


def _load(edition: Edition) -> tuple[Volume, ...]:
    steps: dict[str, list[StepTemplate]] = {}
    for template in edition_steps(edition):
        steps.setdefault(template.paragraph, []).append(template)
    rows = Paragraph.objects.filter(edition_id=edition.pk).order_by("order")
    by_section: dict[str, list[Paragraph]] = {}
    for row in rows:
        by_section.setdefault(row.section, []).append(row)
    sections: dict[UUID, list[Section]] = {}
    for head, *texts in by_section.values():
        made = tuple(Text(row, tuple(steps.get(row.anchor, ()))) for row in texts)
        sections.setdefault(head.chapter_id, []).append(Section(head, made))
    chapters = Chapter.objects.filter(edition_id=edition.pk).order_by("number")
    return tuple(Volume(chapter, tuple(sections.get(chapter.pk, ()))) for chapter in chapters)

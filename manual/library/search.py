"""Search in the manual: word forms, compounds, other words, whole questions and misspellings.

One edition is read once and kept in the process (`manual.library.index`); about 150 texts need no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override

from manual.enums import StepRole
from manual.library.index import Document, Index, Slot
from manual.library.reader import Volume, book
from manual.library.words import WORD, words
from manual.models import Chapter, Edition, Paragraph, StepTemplate

LONGEST_QUERY: Final = 200
MOST_WORDS: Final = 30
MOST_HITS: Final = 30
WORTH_SHOWING: Final = 0.3
"""A hit is shown when it fits at least so well, beside the best."""
ACTORS_CHAPTER: Final = 7
GENERAL: Final = 0.75
"""An actor's summary comes after the text that says how."""
HEAD: Final = 0.6
EXCERPT: Final = 40
"""Words of an excerpt."""
_NUMBER: Final = re.compile(r"\s*(\d{1,2})[.-](\d{1,2})(?:[.-](\d{1,2}))?\s*")
_MARKUP: Final = re.compile(r"\*\*|__|(?<=\])\([^)]*\)|[\[\]]|^\s*[-*>]\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A paragraph that matches. `excerpt` is HTML with the found words marked."""

    paragraph: Paragraph
    excerpt: SafeString

    @property
    def number(self) -> str:
        """2.3.4."""
        return self.paragraph.anchor.replace("-", ".")

    @property
    def title(self) -> str:
        """In the reader's language."""
        return self.paragraph.title


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave.

    `hits` the best first, `groups` the same by chapter, the chapter with the best hit first. `corrected` is
    the spelling that was searched for instead, if any; `meant` are whole questions to ask instead.
    """

    query: str
    groups: tuple[tuple[Chapter, tuple[Hit, ...]], ...] = ()
    hits: tuple[Hit, ...] = ()
    corrected: str = ""
    meant: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return len(self.hits)


@dataclass(frozen=True, slots=True)
class Shelf:
    """An edition ready to be searched in one language."""

    index: Index
    rows: tuple[tuple[Chapter, Paragraph], ...]


def search(edition: Edition, text: str) -> Found:
    """Paragraphs for `text` in the reader's language, grouped by chapter, the best hit first.

    The number of a paragraph finds it. A word that is nowhere is read as the nearest spelling.
    """
    query = " ".join(text.replace("\0", " ").split())[:LONGEST_QUERY]
    language = "en" if (get_language() or "sv").startswith("en") else "sv"
    asked = " ".join(words(query)[:MOST_WORDS])
    if not asked:
        return Found(query)
    here = shelf(edition, language)
    if number := _NUMBER.fullmatch(query):
        return _found(here, query, [], _numbered(here, "-".join(filter(None, number.groups()))))
    slots = here.index.slots(asked)
    scores = here.index.scores(slots)
    best = max(scores.values(), default=0)
    order = sorted(
        (at for at in scores if scores[at] >= WORTH_SHOWING * best), key=lambda at: (-scores[at], at)
    )
    return _found(here, query, slots, order[:MOST_HITS])


def _found(shelf: Shelf, query: str, slots: Sequence[Slot], order: Sequence[int]) -> Found:
    marked = {one for slot in slots for phrase in slot.phrases for one in phrase}
    hits = [(shelf.rows[at][0], Hit(shelf.rows[at][1], _excerpt(shelf, at, marked))) for at in order]
    groups: dict[Chapter, list[Hit]] = {}
    for chapter, hit in hits:
        groups.setdefault(chapter, []).append(hit)
    spellings = _spellings(query, slots)
    return Found(
        query,
        tuple((chapter, tuple(rows)) for chapter, rows in groups.items()),
        tuple(hit for _, hit in hits),
        spellings[0] if spellings else "",
        tuple(spellings[1:]),
    )


def _spellings(query: str, slots: Sequence[Slot]) -> list[str]:
    """The question with its misspelled words as they are spelled: the likeliest first."""
    wrong = [slot for slot in slots if slot.meant and slot.meant[0] != slot.typed]
    if not wrong:
        return []
    first = {slot.typed: slot.meant[0] for slot in wrong}
    tried = [first]
    tried += [first | {slot.typed: other} for slot in wrong for other in slot.meant[1:]]
    lowered = query.lower()

    def spelled(into: dict[str, str]) -> str:
        return WORD.sub(lambda word: into.get(word.group(), word.group()), lowered)

    return [spelled(into) for into in tried]


def _numbered(shelf: Shelf, anchor: str) -> list[int]:
    inside = f"{anchor}-"
    return [
        at for at, (_, row) in enumerate(shelf.rows) if row.anchor == anchor or row.anchor.startswith(inside)
    ]


def _excerpt(shelf: Shelf, at: int, marked: set[str]) -> SafeString:
    """The part of the text with most of the found words, which are marked."""
    text = " ".join(_MARKUP.sub("", shelf.rows[at][1].body).split())
    stem_of = shelf.index.vocabulary.stem_of
    found = [match for match in WORD.finditer(text)]
    is_marked = [stem_of.get(match.group().lower(), match.group().lower()) in marked for match in found]
    if not found:
        return SafeString("")
    counts = [sum(is_marked[start : start + EXCERPT]) for start in range(max(1, len(found) - EXCERPT + 1))]
    fullest = [start for start, count in enumerate(counts) if count == max(counts)]
    first = fullest[len(fullest) // 2] if max(counts) else 0
    last = min(first + EXCERPT, len(found)) - 1
    start = found[first].start() if first else 0
    stop = found[last].end() if last < len(found) - 1 else len(text)
    pieces: list[str] = ["… " if first else ""]
    here = start
    for match, is_found in zip(found[first : last + 1], is_marked[first : last + 1], strict=True):
        if is_found:
            pieces += [escape(text[here : match.start()]), "<mark>", escape(match.group()), "</mark>"]
            here = match.end()
    pieces += [escape(text[here:stop]), " …" if stop < len(text) else ""]
    return SafeString("".join(pieces))


def shelf(edition: Edition, language: str) -> Shelf:
    """The edition ready to be searched; one in work is read anew each time."""
    if edition.is_in_work:
        return _load(edition, language)
    return _kept(edition.pk, edition.version, language)


@lru_cache(maxsize=8)
def _kept(edition_id: UUID, version: int, language: str) -> Shelf:
    return _load(Edition.objects.get(pk=edition_id), language)


def _load(edition: Edition, language: str) -> Shelf:
    rows: list[tuple[Chapter, Paragraph]] = []
    documents: list[Document] = []
    for volume in book(edition).volumes:
        for row, document in _documents(volume, language):
            rows.append((volume.chapter, row))
            documents.append(document)
    return Shelf(Index(documents, language), tuple(rows))


def _documents(volume: Volume, language: str) -> Iterator[tuple[Paragraph, Document]]:
    """The heads of sections, which stand for those without a better text, and the texts."""
    general = GENERAL if volume.chapter.number == ACTORS_CHAPTER else 1.0
    chapter = _of(volume.chapter, "title", language)
    for section in volume.sections:
        name = _of(section.head, "title", language)
        yield section.head, Document(name, chapter, _of(section.head, "body", language), rank=HEAD * general)
        for text in section.texts:
            document = Document(
                title=_of(text.row, "title", language),
                above=f"{name} {chapter}",
                body=_of(text.row, "body", language),
                steps=" ".join(_of(step, "title", language) for step in text.steps),
                actors=_actors(text.row, language),
                rank=general,
                introduces=text is section.texts[0] and len(section.texts) > 1,
            )
            yield text.row, document


def _actors(row: Paragraph, language: str) -> str:
    with override(language):
        return " ".join(str(StepRole(actor).label) for actor in row.actors)


def _of(row: Chapter | Paragraph | StepTemplate, field: str, language: str) -> str:
    """In that language; Swedish where it is missing, as the page shows it."""
    return str(getattr(row, f"{field}_{language}") or getattr(row, f"{field}_sv"))

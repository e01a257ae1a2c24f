"""What an edition explains beside its chapters: sources, defined words, paragraphs that are no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.utils.translation import get_language

from core import context
from manual.library.source import source_titles
from manual.models import Definition, Edition, RetiredParagraph, Source, in_language, paragraph_url


@dataclass(frozen=True, slots=True)
class Term:
    """A defined word. `spellings` are the term and its other forms, the longest first."""

    key: str
    term: str
    spellings: tuple[str, ...]
    text: str
    url: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """A paragraph that is no more: why, and what took over."""

    anchor: str
    reason: str
    moved_to: str
    url: str
    """Of what took over, or empty."""


def sources(edition: Edition) -> Mapping[str, str]:
    """The name of every source of an edition, by its short key, in order."""
    return _sources(edition.pk) if edition.is_in_work else _kept_sources(edition.pk, edition.version)


def source_title(key: str, edition_id: UUID) -> str:
    """What an edition calls a source; the key where it has none."""
    named = context.read_once(("manual.sources", edition_id), lambda: _sources(edition_id))
    return named.get(key, key)


def definitions(edition: Edition) -> tuple[Term, ...]:
    """The defined words in the reader's language, in the order of the list."""
    language = "en" if (get_language() or "sv").startswith("en") else "sv"
    if edition.is_in_work:
        return _definitions(edition.pk, language)
    return _kept_definitions(edition.pk, edition.version, language)


def retired(edition: Edition, anchor: str) -> Gone | None:
    """What became of an anchor that earlier editions had; None when nobody has retired it."""
    return next((row for row in retired_in(edition) if row.anchor == anchor), None)


def retired_in(edition: Edition) -> tuple[Gone, ...]:
    """Every anchor that is no more, in the reader's language."""
    language = "en" if (get_language() or "sv").startswith("en") else "sv"
    if edition.is_in_work:
        return _retired(edition.pk, language)
    return _kept_retired(edition.pk, edition.version, language)


def _sources(edition_id: UUID) -> Mapping[str, str]:
    rows = Source.objects.filter(edition_id=edition_id).order_by("order").values_list("key", "title")
    return dict(rows) or source_titles()


@lru_cache(maxsize=8)
def _kept_sources(edition_id: UUID, version: int) -> Mapping[str, str]:
    return _sources(edition_id)


def _retired(edition_id: UUID, language: str) -> tuple[Gone, ...]:
    rows = RetiredParagraph.objects.filter(edition_id=edition_id).order_by("anchor")
    return tuple(
        Gone(
            row.anchor,
            in_language(row, "reason"),
            row.moved_to,
            paragraph_url(row.moved_to) if row.moved_to else "",
        )
        for row in rows
    )


@lru_cache(maxsize=8)
def _kept_retired(edition_id: UUID, version: int, language: str) -> tuple[Gone, ...]:
    return _retired(edition_id, language)


def _definitions(edition_id: UUID, language: str) -> tuple[Term, ...]:
    rows = Definition.objects.filter(edition_id=edition_id).order_by("order")
    terms = [
        Term(
            row.key,
            in_language(row, "term"),
            _spellings(row, language),
            in_language(row, "text"),
            paragraph_url(row.paragraph) if row.paragraph else "",
            tuple(row.sources),
        )
        for row in rows
    ]
    return tuple(terms)


@lru_cache(maxsize=8)
def _kept_definitions(edition_id: UUID, version: int, language: str) -> tuple[Term, ...]:
    return _definitions(edition_id, language)


def _spellings(row: Definition, language: str) -> tuple[str, ...]:
    forms = [in_language(row, "term"), *(row.forms_en if language == "en" else row.forms_sv)]
    return tuple(sorted(dict.fromkeys(forms), key=len, reverse=True))

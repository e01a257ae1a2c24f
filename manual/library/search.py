"""Search in the manual: word forms by PostgreSQL, other words by a list, misspellings by likeness."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from pathlib import Path
from typing import Final

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db import connection
from django.db.models import F
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from manual.library.source import load
from manual.models import Chapter, Edition, Paragraph

SYNONYMS: Final = Path(__file__).resolve().parent.parent / "data" / "synonyms.yaml"
CONFIGS: Final = {"sv": "swedish", "en": "english"}
LONGEST_QUERY: Final = 200
MOST_HITS: Final = 50
LIKENESS: Final = 0.4
"""Half of the shared trigrams or a little less: `betänktid` finds `betänketid`, `bil` finds nothing."""
_START, _STOP = "\x02", "\x03"
_WORDS: Final = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A paragraph that matches. `excerpt` is HTML with the found words marked."""

    paragraph: Paragraph
    excerpt: SafeString

    @property
    def number(self) -> str:
        """2.3.4."""
        return self.paragraph.anchor.replace("-", ".")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave. `corrected` is the spelling that was searched for instead, if any."""

    query: str
    groups: tuple[tuple[Chapter, tuple[Hit, ...]], ...]
    corrected: str = ""

    @property
    def total(self) -> int:
        return sum(len(hits) for _, hits in self.groups)


def search(edition: Edition, text: str) -> Found:
    """Paragraphs for `text` in the reader's language, grouped by chapter, the best hit first.

    Without a hit the nearest spelling is tried, then any one of the words.
    """
    query = " ".join(text.replace("\0", " ").split())[:LONGEST_QUERY]
    if not _WORDS.search(query):
        return Found(query, ())
    language = "en" if (get_language() or "sv").startswith("en") else "sv"
    if groups := _find(edition, query, language):
        return Found(query, groups)
    corrected = _corrected(edition, query, language)
    if corrected != query.lower() and (groups := _find(edition, corrected, language)):
        return Found(query, groups, corrected)
    words = _WORDS.findall(corrected)
    if len(words) > 1 and (groups := _find(edition, " or ".join(words), language)):
        return Found(query, groups, corrected if corrected != query.lower() else "")
    return Found(query, ())


def _find(edition: Edition, query: str, language: str) -> tuple[tuple[Chapter, tuple[Hit, ...]], ...]:
    config = CONFIGS[language]
    asked = reduce(
        or_,
        (
            SearchQuery(variant, config=config, search_type="websearch")
            for variant in _variants(query, language)
        ),
    )
    rows = (
        Paragraph.objects.filter(edition_id=edition.pk, **{f"search_{language}": asked})
        .annotate(
            rank=SearchRank(F(f"search_{language}"), asked),
            headline=SearchHeadline(
                f"body_{language}",
                asked,
                config=config,
                start_sel=_START,
                stop_sel=_STOP,
                max_words=40,
                min_words=20,
            ),
        )
        .select_related("chapter")
        .defer("search_sv", "search_en")
        .order_by("-rank", "order")[:MOST_HITS]
    )
    groups: dict[Chapter, list[Hit]] = {}
    for row in rows:
        groups.setdefault(row.chapter, []).append(Hit(row, _marked(row.headline, row.body)))
    return tuple((chapter, tuple(hits)) for chapter, hits in groups.items())


def _marked(headline: str, body: str) -> SafeString:
    start = headline.replace(_START, "").replace(_STOP, "")
    safe = (
        escape(headline if body.startswith(start) else f"… {headline}")
        .replace(_START, "<mark>")
        .replace(_STOP, "</mark>")
    )
    return SafeString(safe.replace("**", ""))


def _variants(query: str, language: str) -> list[str]:
    """The query, and the query with each synonym in place of the word that was used, whatever its ending."""
    lowered = query.lower()
    variants = [query]
    for pattern, words in _synonyms()[language]:
        used = pattern.search(lowered)
        if used:
            variants += [
                lowered[: used.start()] + word + lowered[used.end() :]
                for word in words
                if not used.group().startswith(word)
            ]
    return variants


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, list[tuple[re.Pattern[str], list[str]]]]:
    data = load(SYNONYMS)
    return {
        language: [
            (re.compile(r"\b(?:" + "|".join(re.escape(word) for word in group) + r")\w{0,4}\b"), group)
            for group in groups
        ]
        for language, groups in data.items()
    }


def _corrected(edition: Edition, query: str, language: str) -> str:
    """Each word as the manual spells the word most like it; words unlike all stay as they are."""
    return " ".join(_nearest(edition, word, language) for word in _WORDS.findall(query.lower()))


def _nearest(edition: Edition, word: str, language: str) -> str:
    text = f"title_{language} || ' ' || body_{language} || ' ' || terms_{language}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT word FROM (
                SELECT DISTINCT lexeme AS word
                FROM manual_paragraph, unnest(to_tsvector('simple', {text}))
                WHERE edition_id = %s
            ) AS words
            WHERE similarity(unaccent(word), unaccent(%s)) >= %s
            ORDER BY similarity(unaccent(word), unaccent(%s)) DESC, word
            LIMIT 1
            """,
            [edition.pk, word, LIKENESS, word],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else word

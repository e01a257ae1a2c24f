"""Words as people type them: stems, endings, compounds, other words for the same thing, and spelling.

PostgreSQL stems (`swedish_stem`, `english_stem`); the rest is plain Python over the words of one edition.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.db import connection

from manual.library.source import load

LEXICON: Final = Path(__file__).resolve().parent.parent / "data" / "synonyms.yaml"
STEMMERS: Final = {"sv": "swedish_stem", "en": "english_stem"}
WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)
SHORTEST_ROOT: Final = 4
SHORTEST_PART: Final = 3
ENDINGS: Final = {
    "sv": ("ningar", "ning", "anden", "ande", "ende", "elser", "else", "aren", "are", "het", "lig",
           "an", "ad", "ar", "er", "or", "at", "as", "it", "en", "ig", "t", "d", "a", "e", "s"),
    "en": ("ations", "ation", "ments", "ment", "ings", "ing", "ness", "ers", "er", "ors", "or", "ion",
           "al", "ed", "ly", "e", "s"),
}  # fmt: skip
"""Endings that make another kind of word of the same root: anmäl-a, anmäl-an, anmäl-are."""
JOINTS: Final = ("", "s", "e", "o", "u")
"""What may stand between the parts of a Swedish compound."""


def words(text: str) -> list[str]:
    """The words of a text in small letters."""
    return WORD.findall(text.lower())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the reviewed list says of one language: groups of equal words, and words that say little."""

    groups: tuple[tuple[tuple[str, ...], ...], ...]
    """Each group is a tuple of phrases, each phrase a tuple of words in small letters."""
    weak: frozenset[str]
    phrases: tuple[tuple[tuple[str, ...], int], ...]
    """Every phrase with the number of its group, the longest first."""


@lru_cache(maxsize=2)
def lexicon(language: str) -> Lexicon:
    """Read from `manual/data/synonyms.yaml`."""
    data = load(LEXICON)
    groups = tuple(tuple(tuple(words(phrase)) for phrase in group) for group in data[language])
    phrases = [(phrase, number) for number, group in enumerate(groups) for phrase in group]
    phrases.sort(key=lambda pair: -len(pair[0]))
    return Lexicon(groups, frozenset(data["weak"][language]), tuple(phrases))


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> tuple[str, bool]:
    """Its stem, and whether it is a word like "och" that says nothing."""
    return _ask([word], language)[word]


def stems(many: Iterable[str], language: str) -> dict[str, tuple[str, bool]]:
    """Of many words with one question."""
    return _ask(list(set(many)), language)


def _ask(many: list[str], language: str) -> dict[str, tuple[str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, ts_lexize(%s, word) FROM unnest(%s::text[]) AS word", [STEMMERS[language], many]
        )
        return {word: (found[0], False) if found else (word, True) for word, found in cursor}


def root(stem: str, language: str) -> str:
    """The stem without the ending that makes it a noun or a verb; at least four letters stay."""
    for ending in ENDINGS[language]:
        if stem.endswith(ending) and len(stem) - len(ending) >= SHORTEST_ROOT:
            return stem[: -len(ending)]
    return stem


def plain(word: str) -> str:
    """Without rings, dots and accents, as typed on a foreign keyboard."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


@dataclass(slots=True)
class Vocabulary:
    """The words of one edition in one language."""

    language: str
    stem_of: dict[str, str] = field(default_factory=dict)
    """Every word that is no stop word, to its stem."""
    words_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Stem to the words that have it."""
    by_root: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    compounds: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The root of a part to the stems of the compounds that contain it."""
    by_length: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """Length to (word without accents, word)."""

    @classmethod
    def of(cls, many: Iterable[str], language: str) -> Vocabulary:
        """Stem them, and find which are made of others."""
        self = cls(language)
        for word, (stemmed, silent) in stems(many, language).items():
            if silent or word.isdigit():
                continue
            self.stem_of[word] = stemmed
            self.words_of[stemmed].add(word)
            self.by_root[root(stemmed, language)].add(stemmed)
        if language == "sv":
            for word, stemmed in self.stem_of.items():
                for part in self.parts(word):
                    self.compounds[root(part, language)].add(stemmed)
        for word in self.spellings():
            self.by_length[len(word)].append((plain(word), word))
        return self

    def spellings(self) -> set[str]:
        """What a misspelled word may have meant: the words of the edition and of the list."""
        listed = {word for group in lexicon(self.language).groups for phrase in group for word in phrase}
        return {word for word in listed | set(self.stem_of) if len(word) >= SHORTEST_ROOT}

    def knows(self, stemmed: str) -> bool:
        return stemmed in self.words_of

    def parts(self, word: str) -> tuple[str, ...]:
        """The stems of the two words a compound is made of, if both are words of the edition."""
        if self.language != "sv" or len(word) < 2 * SHORTEST_PART + 1:
            return ()
        for at in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            for joint in JOINTS:
                first, second = word[:at], word[at:]
                if joint and not first.endswith(joint):
                    continue
                first = first[: len(first) - len(joint)]
                if len(first) < SHORTEST_PART or len(second) < SHORTEST_ROOT:
                    continue
                one, other = self._part(first), self._part(second)
                if one and other and word not in (first, second):
                    return one, other
        return ()

    def piece(self, word: str) -> str:
        """The stem of the longest word of the edition that a compound begins or ends with, if any."""
        for length in range(len(word) - 2, SHORTEST_ROOT - 1, -1):
            for piece in (word[:length], word[-length:]):
                if stemmed := self._part(piece) or self._part(piece.rstrip("so")):
                    return stemmed
        return ""

    def _part(self, word: str) -> str:
        """The stem of a part, also where the compound has cut its last vowel (adress, skol-)."""
        for whole in (word, f"{word}a", f"{word}e"):
            if whole in self.stem_of:
                return self.stem_of[whole]
        for ending in ("en", "ar", "er", "et", "arna", "erna", "ets", "ens", "n", "s"):
            if word.endswith(ending) and word[: -len(ending)] in self.stem_of:
                return self.stem_of[word[: -len(ending)]]
        return ""

    def starting_with(self, beginning: str) -> set[str]:
        """Stems of the words that begin like this; for someone who has not typed the end."""
        if len(beginning) < SHORTEST_ROOT:
            return set()
        return {stemmed for word, stemmed in self.stem_of.items() if word.startswith(beginning)}

    def ending_with(self, end: str) -> set[str]:
        """Stems of the compounds that end like this: vardags-morgon."""
        if self.language != "sv" or len(end) <= SHORTEST_ROOT:
            return set()
        return {stemmed for word, stemmed in self.stem_of.items() if word.endswith(end)}

    def near(self, word: str) -> list[str]:
        """How a misspelled word is spelled, the likeliest first; empty when nothing is near."""
        allowed = _mistakes(len(word))
        if not allowed:
            return []
        bare = plain(word)
        found: list[tuple[float, str]] = []
        for length in range(len(word) - int(allowed), len(word) + int(allowed) + 1):
            for other_bare, other in self.by_length.get(length, ()):
                cost = distance(bare, other_bare, allowed)
                if cost <= allowed:
                    found.append((cost - 0.5 * (bare[:3] == other_bare[:3]), other))
        found.sort(key=lambda pair: (pair[0], abs(len(pair[1]) - len(word)), pair[1]))
        best = found[0][0] if found else 0
        return [other for cost, other in found if cost <= best + 1][:8]


def _mistakes(length: int) -> float:
    if length < SHORTEST_ROOT:
        return 0
    return 1 if length < 7 else 2 if length < 12 else 3


def distance(one: str, other: str, most: float) -> float:
    """How many letters were added, left out, changed or swapped; anything above `most` for more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before_last, last = last, row
    return last[-1]

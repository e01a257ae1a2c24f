"""Words that are left out: found wherever they stand, replaced by a number that leads to the reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from cases.models import SubjectMask
from core.vault import ERASED

SHORTEST: Final = 2
LONGEST: Final = 500
MOST: Final = 60
"""Words or sentences of one mask."""
_GAP: Final = re.compile(r"\s+")


def read_words(text: str) -> list[str]:
    """What was written in the form: one word, name, number or sentence a line, each once."""
    lines = (_GAP.sub(" ", unicodedata.normalize("NFC", line)).strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def pattern(word: str) -> re.Pattern[str]:
    """The word with its endings (Ivan finds Ivans), whatever spaces or line ends stand in it."""
    inner = r"\s+".join(re.escape(part) for part in word.split())
    before = r"(?<!\w)" if word[0].isalnum() else ""
    after = r"\w*" if word[-1].isalnum() else ""
    return re.compile(before + inner + after, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, as it is given out; `number` says that it replaces something."""

    text: str
    number: int = 0


@dataclass(frozen=True)
class Masks:
    """The masks of one request, numbered as they were made."""

    rows: tuple[SubjectMask, ...]

    @classmethod
    def of(cls, rows: Iterable[SubjectMask]) -> Masks:
        return cls(tuple(rows))

    @cached_property
    def _patterns(self) -> tuple[tuple[int, re.Pattern[str]], ...]:
        """The longest first, so that a sentence goes before a name in it."""
        words = [
            (number, word)
            for number, row in enumerate(self.rows, start=1)
            if row.words is not ERASED
            for word in row.words
        ]
        return tuple((number, pattern(word)) for number, word in sorted(words, key=lambda one: -len(one[1])))

    def spans(self, text: str) -> tuple[Span, ...]:
        """The text in stretches, what is masked replaced."""
        text = unicodedata.normalize("NFC", text)
        taken: list[tuple[int, int, int]] = []
        for number, words in self._patterns:
            for found in words.finditer(text):
                _take(taken, found.start(), found.end(), number)
        spans, at = [], 0
        for start, end, number in sorted(taken):
            if text[at:start]:
                spans.append(Span(text[at:start]))
            spans.append(Span(left_out(number), number))
            at = end
        if text[at:]:
            spans.append(Span(text[at:]))
        return tuple(spans)

    def apply(self, text: str) -> str:
        return "".join(span.text for span in self.spans(text))

    def numbers(self, text: str) -> frozenset[int]:
        return frozenset(span.number for span in self.spans(text) if span.number)


def _take(taken: list[tuple[int, int, int]], start: int, end: int, number: int) -> None:
    """Add what of a stretch is not left out yet: where two overlap, nothing of either is given out."""
    for begin, stop, _number in sorted(taken):
        if begin < end and stop > start:
            if start < begin:
                taken.append((start, begin, number))
            start = stop
    if start < end:
        taken.append((start, end, number))


def left_out(number: int) -> str:
    return _("[left out %(n)s]") % {"n": number}

"""Defined words in a text: the first time one is used it becomes a control that shows what it means.

Works on HTML that has been cleaned. Text inside links stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from manual.library.glossary import Term

_TAG = re.compile(r"(<[^>]+>)")


class Words:
    """The defined words of one page. `used` grows as texts are marked, in the order of the list."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = tuple(terms)
        self._used: set[str] = set()

    @property
    def used(self) -> tuple[Term, ...]:
        return tuple(term for term in self._terms if term.key in self._used)

    def mark(self, html: SafeString, *, within: str = "") -> SafeString:
        """Mark words this page has not marked before. `within`: the paragraph; it explains its own words."""
        spelled = {
            escape(spelling).lower(): term
            for term in self._terms
            if not (within and term.url.endswith(f"#{within}"))
            for spelling in term.spellings
        }
        pattern = _pattern(tuple(sorted(spelled, key=len, reverse=True)))
        if pattern is None:
            return html
        pieces: list[str] = []
        depth = 0
        for piece in _TAG.split(html):
            if piece.startswith("<"):
                depth += piece.startswith(("<a ", "<a>", "<dfn")) - piece.startswith(("</a", "</dfn"))
                pieces.append(piece)
            elif depth:
                pieces.append(piece)
            else:
                pieces.append(pattern.sub(lambda found: self._control(found.group(), spelled), piece))
        return SafeString("".join(pieces))

    def _control(self, said: str, spelled: dict[str, Term]) -> str:
        term = spelled.get(said.lower())  # the pattern takes ſ for s
        if term is None or term.key in self._used:
            return said
        self._used.add(term.key)
        return format_html(
            '<button class="term" type="button" popovertarget="ord-{}">{}</button>',
            term.key,
            SafeString(said),
        )


@lru_cache(maxsize=64)
def _pattern(spellings: tuple[str, ...]) -> re.Pattern[str] | None:
    if not spellings:
        return None
    return re.compile(rf"(?<![\w&-])(?:{_any(spellings)})(?![\w-])", re.IGNORECASE)


def _any(spellings: Iterable[str]) -> str:
    return "|".join(map(re.escape, spellings))

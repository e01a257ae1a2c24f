"""What the manual says about what was ticked or searched for: paragraphs to give as advice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import get_language

from hotline.enums import Child, Danger, Topic
from manual.enums import Exploitation
from manual.library import NoEdition, current_edition, search
from manual.models import Edition, Paragraph

EACH: Final = 2
"""Paragraphs for each thing that was ticked."""
MOST: Final = 8
HITS: Final = 6
ASKED: Final[dict[str, tuple[str, str]]] = {
    Topic.IDENTIFICATION: ("tecken på människohandel", "signs of trafficking"),
    Topic.CONSENT: ("samtycke", "consent"),
    Topic.SECRECY: ("sekretess", "secrecy"),
    Topic.PROTECTION: ("skydd", "protection"),
    Topic.SHELTER: ("skyddat boende", "sheltered accommodation"),
    Topic.CHILD: ("barn orosanmälan", "child report of concern"),
    Topic.REFLECTION: ("betänketid", "reflection period"),
    Topic.POLICE_REPORT: ("polisanmälan förundersökning", "police report investigation"),
    Topic.HEALTH: ("hälso- och sjukvård", "health care"),
    Topic.MONEY: ("ekonomiskt bistånd", "financial support"),
    Topic.WORK: ("arbete lön", "work wages"),
    Topic.RESPONSIBILITY: ("ansvar kommun", "responsible municipality"),
    Topic.RETURN: ("återvändande", "return"),
    Topic.TRAINING: ("stödtelefon", "helpline"),
}
"""What is searched for in the manual for each topic, in Swedish and English."""
FORMS: Final[dict[str, tuple[str, str]]] = {
    Exploitation.SEXUAL: ("sexuella ändamål", "sexual exploitation"),
    Exploitation.LABOUR: ("arbete exploatering", "labour exploitation"),
    Exploitation.FORCED_MARRIAGE: ("tvångsäktenskap", "forced marriage"),
    Exploitation.BEGGING: ("tiggeri", "begging"),
    Exploitation.CRIMINALITY: ("brott tvingas", "forced criminality"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A paragraph of the manual."""

    anchor: str
    title: str
    url: str

    @property
    def number(self) -> str:
        """2.3.4."""
        return self.anchor.replace("-", ".")


@dataclass(frozen=True, slots=True)
class Offered:
    """What the page offers. `hits` is what was searched for, `corrected` the spelling that was used."""

    given: tuple[Suggestion, ...] = ()
    suggested: tuple[Suggestion, ...] = ()
    hits: tuple[Suggestion, ...] = ()
    corrected: str = ""


def offer(
    *, given: Iterable[str], edition: Edition | None, topics: Iterable[str] = (), forms: Iterable[str] = (),
    child: str = "", danger: str = "", query: str = "",
) -> Offered:  # fmt: skip
    """What was given as advice, what fits to the ticks, what a search found; each paragraph once.

    `edition`: that of the advice given so far; else the current one.
    """
    try:
        edition = edition or current_edition()
    except NoEdition:
        return Offered()
    wanted = list(given)
    rows = {row.anchor: row for row in Paragraph.objects.filter(edition=edition, anchor__in=wanted)}
    chosen = tuple(_as_suggestion(rows[anchor]) for anchor in wanted if anchor in rows)
    taken = {row.anchor for row in chosen}
    hits: tuple[Suggestion, ...] = ()
    corrected = ""
    if query.strip():
        found = search(edition, query)
        corrected = found.corrected
        hits = _fresh((hit.paragraph for hit in found.hits), taken, HITS)
    suggested: list[Suggestion] = []
    for words in _asked(topics, forms, child, danger):
        paragraphs = (hit.paragraph for hit in search(edition, words).hits)
        suggested += _fresh(paragraphs, taken, EACH)
    return Offered(chosen, tuple(suggested[:MOST]), hits, corrected)


def _asked(topics: Iterable[str], forms: Iterable[str], child: str, danger: str) -> list[str]:
    """Danger and children first, then what was ticked, in the reader's language; at most six searches."""
    keys = [Topic.PROTECTION.value] if danger == Danger.YES else []
    keys += [Topic.CHILD.value] if child == Child.YES else []
    pairs = [ASKED[key] for key in dict.fromkeys([*keys, *topics]) if key in ASKED]
    pairs += [FORMS[form] for form in forms if form in FORMS]
    swedish = not (get_language() or "sv").startswith("en")
    return [sv if swedish else en for sv, en in pairs][:6]


def _fresh(paragraphs: Iterable[Paragraph], taken: set[str], most: int) -> tuple[Suggestion, ...]:
    """The first few that are not on the page yet."""
    found: list[Suggestion] = []
    for row in paragraphs:
        if len(found) == most:
            break
        if row.anchor not in taken:
            taken.add(row.anchor)
            found.append(_as_suggestion(row))
    return tuple(found)


def _as_suggestion(row: Paragraph) -> Suggestion:
    return Suggestion(row.anchor, row.title, row.get_absolute_url())

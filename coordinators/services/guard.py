"""What a light free text (of a call, of a work note) must not say: who somebody is.

Numbers, addresses and dates of birth are refused. What looks like a name is asked about, because a place, an
agency or a word in another language may look like one: the text is stored once the writer has said so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.enums import AgencyKind
from coordinators import routing
from core import clock
from core.text import identifying, plain_digits

FOLDER: Final = Path(__file__).resolve().parent.parent / "data"
LETTERS: Final = r"[^\W\d_]"
_MONTHS: Final = (
    "januari", "january", "februari", "february", "mars", "march", "april", "maj", "may", "juni", "june",
    "juli", "july", "augusti", "august", "september", "oktober", "october", "november", "december", "jan",
    "feb", "apr", "jun", "jul", "aug", "sep", "sept", "okt", "oct", "nov", "dec",
)  # fmt: skip
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:19[2-9]\d|20\d\d)"
_BIRTH: Final = (
    re.compile(rf"(?<!\d)(?P<year>{_YEAR})[-./ ]{_MONTH}[-./ ]{_DAY}(?!\d)"),
    re.compile(rf"(?<!\d)(?P<year>{_YEAR})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(rf"(?<!\d){_DAY}\s?[./-]\s?{_MONTH}[\s./-]{{1,2}}(?P<year>{_YEAR})(?!\d)"),
    re.compile(rf"(?<!\d){_DAY}\.?\s(?:{'|'.join(_MONTHS)})\.?,?\s(?P<year>{_YEAR})(?!\d)", re.IGNORECASE),
    re.compile(rf"\b(?:{'|'.join(_MONTHS)})\s{_DAY},?\s(?P<year>{_YEAR})(?!\d)", re.IGNORECASE),
)
_BORN: Final = re.compile(
    rf"\b(?:född|fött|födda|born|f\.)\s(?:den\s|on\s)?(?P<date>{_DAY}[\s./-]{{0,2}}(?:{_MONTH}(?!\d)|{'|'.join(_MONTHS)})"
    rf"|\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"(?<!\d)(?P<year>\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])(?!\d)"
)
"""Six digits; a coordination number has 60 more in its day."""
_MOBILE: Final = re.compile(r"(?<![\d+])7[02369](?:[ -]{0,2}\d){7}(?!\d)")
"""A mobile number without its first zero."""
SHORTENED: Final = 5
"""Letters of the longest abbreviation that mixes small and capital letters."""
RECENT_YEARS: Final = 3
"""A date of the last years may be when something happened; an older one is taken for a date of birth."""

_WORD: Final = re.compile(rf"{LETTERS}+(?:['’-]{LETTERS}+)*")
_SENTENCE: Final = re.compile(r"(?<=[.!?:;•])\s+|\n+")
_CALLED: Final = re.compile(
    rf"\b(?:heter|hette|vid namn|som kallas|is called|named|name is|namnet)\s+(?P<name>{LETTERS}{{2,}})",
    re.IGNORECASE,
)
_NO_NAMES: Final = frozenset(
    {"det", "inte", "hon", "han", "de", "något", "på", "är", "not", "the", "a", "it", "unknown", "okänt"}
)


JOINT: Final = "|"
"""Between the words a page asks about, in the value of the box that says they are no names."""
MOST_ASKED: Final = 50


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a text says that may point somebody out. `refused`: it cannot be stored at all."""

    refused: str = ""
    names: tuple[str, ...] = ()


def look(text: str, *, accepted: Iterable[str] = ()) -> Doubt:
    """Read one text. `accepted`: words the writer has said are no names."""
    if found := identifying(text):
        return Doubt(refused=found)
    if found := birth_date(text) or _mobile(text):
        return Doubt(refused=found)
    cleared = {word.casefold() for word in accepted}
    return Doubt(names=tuple(word for word in names(text) if word.casefold() not in cleared))


def together(asked: Iterable[str]) -> str:
    """The words a page asks about as the value of its box: the tick says so of these, of no others."""
    return JOINT.join(dict.fromkeys(asked))


def apart(ticked: Iterable[str]) -> list[str]:
    """The words of the boxes that came back ticked."""
    return [word for value in ticked for word in value.split(JOINT) if word][:MOST_ASKED]


def covers(accepted: Iterable[str], asked: Iterable[str]) -> bool:
    """Whether each of the words has been said to be no name."""
    return {word.casefold() for word in asked} <= {word.casefold() for word in accepted}


def words(doubt: Doubt) -> str:
    """What the page says at a text that cannot be stored, or not yet."""
    return refusal(doubt) if doubt.refused else question(doubt)


def refusal(doubt: Doubt) -> str:
    """What the page says at a text with a number, an address or a date of birth."""
    text = _("“%(found)s” can point somebody out. Take it away, then save again. Nothing else is lost")
    return text % {"found": doubt.refused}


def question(doubt: Doubt) -> str:
    """What the page says at a text with what may be names."""
    text = _("Is this a name: %(names)s? Take it away, or tick “These are not names of persons” below")
    return text % {"names": ", ".join(doubt.names)}


def birth_date(text: str) -> str:
    """The first date in a text that may be when somebody was born, or ""."""
    plain = plain_digits(text)
    today = clock.today()
    if found := _BORN.search(plain):
        return found.group().strip()
    for pattern in _BIRTH:
        for match in pattern.finditer(plain):
            if int(match["year"]) <= today.year - RECENT_YEARS:
                return match.group().strip()
    for match in _SHORT.finditer(plain):
        if _full_year(match["year"], today) <= today.year - RECENT_YEARS:
            return match.group()
    return ""


def _mobile(text: str) -> str:
    found = _MOBILE.search(plain_digits(text))
    return found.group() if found else ""


def _full_year(short: str, today: date) -> int:
    year = today.year // 100 * 100 + int(short)
    return year if year <= today.year else year - 100


def names(text: str) -> list[str]:
    """What looks like names of persons, as written, each once. Advice: it may be wrong in both directions."""
    found = dict.fromkeys(_runs(text))
    for match in _CALLED.finditer(text):
        word = match["name"]
        if word.casefold() not in _NO_NAMES | known_words() and not any(word in run for run in found):
            found[word] = None
    for name in _pairs(text):
        if not any(name in run for run in found):
            found[name] = None
    return list(found)


def _pairs(text: str) -> Iterator[str]:
    """A known first name in small letters, with another one or a family name after it."""
    for sentence in _SENTENCE.split(text):
        for one, other in pairwise(_WORD.findall(sentence)):
            if one.islower() and one in first_names() and _may_follow(other.casefold()):
                yield f"{one} {other}"


def _may_follow(word: str) -> bool:
    stems = (word, word.removesuffix("s"))
    return any(stem in first_names() or stem in last_names() or stem.endswith("sson") for stem in stems)


def _runs(text: str) -> Iterator[str]:
    """Words with a capital letter inside a sentence that are no place, agency or country; a known first
    name also at the beginning of one."""
    for sentence in _SENTENCE.split(text):
        run: list[str] = []
        for place, match in enumerate(_WORD.finditer(sentence)):
            word = match.group()
            if _may_name(word, first=place == 0):
                run.append(word)
                continue
            if run:
                yield " ".join(run)
            run = []
        if run:
            yield " ".join(run)


def _may_name(word: str, *, first: bool) -> bool:
    """Capital first, small letters after it. Abbreviations (LVU, SoL) are no names."""
    capitals = sum(char.isupper() for char in word)
    if not word[0].isupper() or len(word) < 2 or (capitals > 1 and len(word) <= SHORTENED):
        return False
    if word.isupper():
        return False
    plain = word.casefold()
    stems = (plain, plain.removesuffix("s"))
    if first:
        return any(stem in first_names() for stem in stems)
    return not any(stem in known_words() for stem in stems) and not plain.endswith(_NO_NAME_ENDINGS)


_NO_NAME_ENDINGS: Final = (
    "verket", "verkets", "myndigheten", "myndighetens", "tjänsten", "tjänstens", "jouren", "jourens",
    "enheten", "nämnden", "nämndens", "kommissionen", "kliniken", "ambassaden", "rätten", "styrelsen",
    "kommun", "regionen", "sjukhuset", "lasarettet", "kåren", "stadsmissionen",
)  # fmt: skip


@lru_cache(maxsize=1)
def first_names() -> frozenset[str]:
    """First names that are common in Sweden and among those the portal is for, in small letters."""
    return frozenset(_listed("first_names.txt"))


@lru_cache(maxsize=1)
def last_names() -> frozenset[str]:
    """Family names that are common in Sweden, in small letters; those in -sson need no list."""
    return frozenset(_listed("last_names.txt"))


def known_words() -> frozenset[str]:
    """Words with a capital letter that name no person: places, countries, agencies, months."""
    return _listed_words() | _places()


@lru_cache(maxsize=1)
def _listed_words() -> frozenset[str]:
    words = {*_MONTHS, *_listed("capital_words.txt")}
    for code, _name in settings.LANGUAGES:
        with override(code):
            words |= {part for kind in AgencyKind for part in _parts(str(kind.label))}
    return frozenset(words)


def _places() -> frozenset[str]:
    known = routing.reference()
    return _place_words(
        tuple(row.name for row in known.municipalities.values()),
        tuple(name for row in known.counties.values() for name in (row.name, row.name_sv, row.name_en)),
    )


@lru_cache(maxsize=2)
def _place_words(municipalities: tuple[str, ...], counties: tuple[str, ...]) -> frozenset[str]:
    return frozenset(part for name in (*municipalities, *counties) for part in _parts(name))


def _parts(text: str) -> list[str]:
    return [match.group().casefold() for match in _WORD.finditer(text)]


def _listed(name: str) -> list[str]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.casefold().split()]

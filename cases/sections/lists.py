"""What is chosen from long lists by writing its name: municipalities, counties, countries, languages."""

from __future__ import annotations

import difflib
import unicodedata
from functools import lru_cache
from typing import Final

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.enums import Citizenship
from coordinators import routing
from core.swedish import swedish_key
from core.text import Unreadable


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


EU: Final = frozenset(
    _codes("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO CH")
)
"""The Union, the EEA and Switzerland: the countries whose citizens move by right."""
NOT_COUNTRIES: Final = frozenset(_codes("EU EZ UN ZZ XA XB QO AC CP DG EA IC TA CQ"))
STATELESS: Final = "stateless"
UNKNOWN: Final = "unknown"

SPOKEN: Final = _codes(
    "ak am ar az be bg bn bs ckb cs da de el en es et fa fi fil fr gu ha he hi hr hu hy id ig is it ja ka kk "
    "km kmr ko ku ky lo lt lv mk mn my nb ne nl om pa pl ps pt ro rom ru se sk sl so sq sr sv sw ta te tg th "
    "ti tk tr uk ur uz vi wo yo zh yue sgn"
)
"""Languages offered while writing. Any other may be written too."""


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(mark for mark in plain if not unicodedata.combining(mark)).split())


def _language() -> str:
    return "en" if (get_language() or "sv").startswith("en") else "sv"


# --- countries --------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def countries(language: str) -> dict[str, str]:
    """Code → name, in the order of the names."""
    names = Locale(language).territories
    known = {c: n for c, n in names.items() if len(c) == 2 and c.isalpha() and c not in NOT_COUNTRIES}
    return dict(sorted(known.items(), key=lambda item: swedish_key(item[1])))


@lru_cache(maxsize=1)
def _country_codes() -> dict[str, str]:
    found = {code.casefold(): code for code in countries("sv")}
    for language in ("sv", "en"):
        found |= {_fold(name): code for code, name in countries(language).items()}
    return found | {"england": "GB", "uk": "GB", "usa": "US", "burma": "MM", "vitryssland": "BY"}


def read_country(text: str) -> str:
    """A country by name in Swedish or English, or by code. Raises Unreadable with names that come near."""
    known = _country_codes()
    if (folded := _fold(text[:60])) in known:
        return known[folded]
    near = difflib.get_close_matches(folded, known, n=2, cutoff=0.7)
    raise Unreadable(_unknown(text, [countries(_language())[known[name]] for name in near]))


def country_words(code: str) -> str:
    return countries(_language()).get(code, code)


def citizenship_group(codes: list[str]) -> Citizenship:
    """The group that decides conditions and statistics; of several, Sweden before EU before other."""
    if "SE" in codes:
        return Citizenship.SWEDEN
    if EU.intersection(codes):
        return Citizenship.EU
    if any(code not in (STATELESS, UNKNOWN) for code in codes):
        return Citizenship.OTHER
    return Citizenship.STATELESS if STATELESS in codes else Citizenship.UNKNOWN


# --- languages --------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def languages(language: str) -> dict[str, str]:
    """Code → name of the languages offered, in the order of the names."""
    names = Locale(language).languages
    known = {code: names[code] for code in SPOKEN if code in names}
    return dict(sorted(known.items(), key=lambda item: swedish_key(item[1])))


@lru_cache(maxsize=1)
def _language_codes() -> dict[str, str]:
    found = {code: code for code in languages("sv")}
    for language in ("sv", "en"):
        found |= {_fold(name): code for code, name in languages(language).items()}
    return found


def read_language(text: str) -> str:
    """The code of a known language, else the words as written (Romanian sign language has no common code)."""
    return _language_codes().get(_fold(text[:60]), text[:40])


def language_words(value: str) -> str:
    return languages(_language()).get(value, value)


# --- places -----------------------------------------------------------------------------------------


def municipalities() -> dict[str, str]:
    """Code → name, in Swedish order."""
    return {row.code: row.name for row in routing.reference().in_swedish_order()}


def counties() -> dict[str, str]:
    """Code → name, in Swedish order."""
    rows = routing.reference().counties.values()
    return {row.code: row.name for row in sorted(rows, key=lambda row: swedish_key(row.name))}


def read_municipality(text: str) -> str:
    """A municipality's code, by name or code. Raises Unreadable with names that come near."""
    try:
        return str(routing.find_municipality(text).code)
    except routing.UnknownPlace as unknown:
        raise Unreadable(_unknown(text, [name.split(" (")[0] for name in unknown.suggestions])) from None


def read_county(text: str) -> str:
    """A county's code, by code or name. Raises Unreadable."""
    try:
        return str(routing.find_county(text).code)
    except routing.UnknownPlace as unknown:
        raise Unreadable(_unknown(text, list(unknown.suggestions))) from None


def municipality_words(code: str) -> str:
    row = routing.reference().municipalities.get(code)
    return row.name if row else code


def county_words(code: str) -> str:
    row = routing.reference().counties.get(code)
    return row.name if row else code


def county_of(municipality_code: str) -> str:
    """The county of a municipality; "" for a code that does not exist."""
    row = routing.reference().municipalities.get(municipality_code)
    return str(row.county_id) if row else ""


def _unknown(text: str, near: list[str]) -> str:
    short = text if len(text) <= 40 else f"{text[:40]}…"
    if near:
        return _("“%(text)s” is not in the list. Do you mean %(near)s?") % {
            "text": short,
            "near": f" {_('or')} ".join(dict.fromkeys(near)),
        }
    return _("“%(text)s” is not in the list. Check the spelling") % {"text": short}

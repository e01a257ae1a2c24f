"""Persons pasted as lines, from a spreadsheet or a list: text in, raw answers out. Reads only.

What cannot be read stays as it was written, so that the questionnaire says at its own question what is wrong.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from cases.enums import ConsentForm, Sex
from cases.sections import lists
from cases.sections.fields import Text
from coordinators.enums import AgeBand
from core import dates
from core.text import Unreadable, normalise, plain_digits

COLUMNS: Final[tuple[tuple[str, Text, str], ...]] = (
    ("name", _("First name"), "fornamn, namn, tilltalsnamn, first name, name, given name"),
    ("surname", _("Surname"), "efternamn, surname, last name, family name"),
    (
        "birth",
        _("Birth date or age"),
        "fodd, fodelsedatum, alder, fodd/alder, birth, age, born, date of birth, birth/age",
    ),
    ("sex", _("Sex"), "kon, sex, gender"),
    ("citizenship", _("Citizenship"), "medborgarskap, citizenship, nationality, nationalitet, land, country"),
    ("language", _("Language"), "sprak, language, languages"),
    (
        "place",
        _("Municipality now"),
        "kommun, kommun nu, plats, plats nu, ort, municipality, municipality now, place, place now",
    ),
    ("consent", _("Consent"), "samtycke, consent, samtycker"),
    ("how", _("How consent was given"), "hur, hur samtycke gavs, how, how consent was given"),
    ("day", _("Date of consent"), "datum, datum for samtycke, samtyckesdatum, date, date of consent"),
)
"""Key, heading, and the headings it is known by, folded; in the order of a line without headings."""
MOST_LINES: Final = 150
DELIMITERS: Final = ("\t", ";", ",")

YES: Final = frozenset(["ja", "j", "yes", "y", "x", "samtycker", "given"])
NO: Final = frozenset(["nej", "n", "no", "refused", "avbojer"]) | {"samtycker inte", "vill inte"}
NOT_ASKED: Final = frozenset({"ej tillfragad", "inte tillfragad", "ej fragad", "inte fragad", "not asked"})
UNKNOWN: Final = frozenset({"", "?", "-", "okand", "okant", "vet ej", "vet inte", "unknown", "do not know"})
UNSURE: Final = frozenset({"osaker", "osakert", "oklar", "oklart", "unsure", "uncertain"})
SEXES: Final[Mapping[str, str]] = {
    **dict.fromkeys(["man", "m", "male", "pojke", "boy"], Sex.MAN.value),
    **dict.fromkeys(["kvinna", "k", "f", "woman", "female", "flicka", "girl"], Sex.WOMAN.value),
    **dict.fromkeys(("annat", "annan", "icke-binar", "other", "non-binary"), Sex.OTHER.value),
}
WAYS: Final[Mapping[str, str]] = {
    **dict.fromkeys(["muntligt", "muntlig", "muntligen", "oral", "orally"], ConsentForm.ORAL.value),
    **dict.fromkeys(["skriftligt", "skriftlig", "skriftligen", "written"], ConsentForm.WRITTEN.value),
    "in writing": ConsentForm.WRITTEN.value,
}
NEAR_18: Final = range(15, 21)
"""An age that is only about right and lies here leaves open whether the person is a child."""
_ABOUT: Final = re.compile(
    r"ca\b|c:a|cirka|circa|runt|ungefar|omkring|about|around|approx|kanske|maybe|~|\?|-tal"
)


@dataclass(frozen=True)
class Line:
    """One line of the list."""

    number: int
    """In the text, the heading not counted."""
    raw: dict[str, Any]
    """Question → what was written, for `cases.sections.clean`."""
    remark: bool = False
    """More columns than the template has: something may have been left out."""


@dataclass(frozen=True)
class Pasted:
    lines: list[Line] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Headings nobody knows; their columns are left out."""
    too_many: int = 0
    """How many lines there were, when they are more than `MOST_LINES`."""


def fold(text: str) -> str:
    """Small letters without dots and rings, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def read_lines(text: str, *, explained: bool, today: date) -> Pasted:
    """The lines as raw answers. `explained`: it has been explained to all that consent can be withdrawn."""
    rows = _rows(text)
    keys = [key for key, _label, _names in COLUMNS]
    unknown: list[str] = []
    if rows and (found := _heading(rows[0])):
        keys, unknown = found
        rows = rows[1:]
    if len(rows) > MOST_LINES:
        return Pasted(too_many=len(rows))
    lines = [
        Line(number, _raw(dict(zip(keys, row, strict=False)), explained, today), any(row[len(keys) :]))
        for number, row in enumerate(rows, 1)
    ]
    return Pasted(lines, unknown)


def _rows(text: str) -> list[list[str]]:
    written = [line for line in normalise(text).split("\n") if line.strip(" \t;,")]
    if not written:
        return []
    counts = {mark: sum(mark in line for line in written) for mark in DELIMITERS}
    mark = max(DELIMITERS, key=lambda one: (counts[one] * 2 >= len(written), counts[one] > 0 and one == "\t",
                                            counts[one]))  # fmt: skip
    cells = csv.reader(written, delimiter=mark, skipinitialspace=True)
    return [[normalise(cell) for cell in row] for row in cells]


def _heading(row: list[str]) -> tuple[list[str], list[str]] | None:
    """The keys of the columns, and the headings nobody knows; None when the line is no heading."""
    known = {name: key for key, _label, names in COLUMNS for name in names.split(", ")}
    known |= {fold(str(label)): key for key, label, _names in COLUMNS}
    keys = [known.get(fold(cell), "") for cell in row]
    if len(set(filter(None, keys))) < 2:
        return None
    return keys, [cell for cell, key in zip(row, keys, strict=True) if cell and not key]


# --- one line ----------------------------------------------------------------------------------------


def _raw(cells: Mapping[str, str], explained: bool, today: date) -> dict[str, Any]:
    def cell(key: str) -> str:
        return cells.get(key, "").strip()

    name = " ".join(filter(None, (cell("name"), cell("surname"))))
    raw: dict[str, Any] = {
        "name": "" if fold(name) in UNKNOWN else name,
        "name_unknown": "yes" if fold(name) in UNKNOWN else "",
        "birth": "" if fold(cell("birth")) in UNKNOWN | UNSURE else cell("birth"),
        "age_group": age_group(cell("birth"), today),
        "sex": _word(cell("sex"), SEXES, Sex.UNKNOWN.value),
        "citizenship": _several(cell("citizenship")),
        "languages": _several(cell("language")),
        **_place(cell("place")),
    }
    if raw["age_group"] == AgeBand.ADULT.value or not raw["age_group"]:
        raw |= _consent(cell("consent"), cell("how"), cell("day"), explained)
    return raw


def _word(text: str, words: Mapping[str, str], nothing: str) -> str:
    folded = fold(text)
    return nothing if folded in UNKNOWN else words.get(folded, text)


def _several(text: str) -> list[str]:
    if fold(text) in UNKNOWN:
        return [lists.UNKNOWN]
    if fold(text) in ("statslos", "stateless"):
        return [lists.STATELESS]
    return [part.strip() for part in re.split(r"/|\+|&|\boch\b|\band\b", text) if part.strip()]


def age_group(text: str, today: date) -> str:
    """The group that a birth date or age says; unsure when it allows both; "" when it cannot be read."""
    folded = fold(plain_digits(text))
    if folded in UNSURE:
        return AgeBand.UNSURE.value
    try:
        span = dates.ages(dates.read_birth(text), today) if text else None
    except Unreadable:
        return ""
    if span is None:
        return ""
    if _ABOUT.search(folded) and set(NEAR_18).intersection(span):
        return AgeBand.UNSURE.value
    youngest, oldest = span
    if oldest < 18:
        return AgeBand.CHILD.value
    return AgeBand.ADULT.value if youngest >= 18 else AgeBand.UNSURE.value


def _place(text: str) -> dict[str, str]:
    folded = fold(text)
    if folded in UNKNOWN:
        return {"place_now": "unknown"}
    if folded in ("utomlands", "abroad", "utanfor sverige"):
        return {"place_now": "abroad"}
    if folded.endswith((" lan", " county")):
        return {"place_now": "county", "county_of_presence": _county(text)}
    return {"place_now": "municipality", "municipality_of_presence": text}


def _county(text: str) -> str:
    for written in (
        text,
        re.sub(r"(?i)s?\s+(län|county)$", "", text),
        re.sub(r"(?i)\s+(län|county)$", "", text),
    ):
        try:
            return lists.read_county(written)
        except Unreadable:
            continue
    return text


def _consent(answer: str, how: str, day: str, explained: bool) -> dict[str, Any]:
    """Only what the line says: yes without how or when is still to be answered. Others than the coordinator
    get nothing until somebody chooses them for the person."""
    folded = fold(answer)
    if folded in NO:
        return {"consent_status": "refused"}
    if folded in NOT_ASKED:
        return {"consent_status": "not_asked"}
    if folded not in YES:
        return {"consent_status": answer}
    return {
        "consent_status": "given",
        "consent_scope": ["only_coordinator"],
        "consent_form": _word(how, WAYS, ""),
        "consent_date": day,
        "consent_withdrawable_explained": "yes" if explained else "",
    }

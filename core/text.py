"""Text as people write it: any script, in one form; what must not be stored; what points somebody out."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import phonenumbers
from django.utils.functional import Promise

Text = str | Promise

LINE_LIMIT: Final = 200
LONG_LIMIT: Final = 15_000
STORED_LIMIT: Final = 60_000
"""A draft keeps at most this much of one answer, however much was pasted."""

_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff")
"""They make a line read otherwise than it is stored. Joiners and direction marks stay: Persian, Arabic and
Hebrew names need them."""


class Unreadable(Exception):
    """An answer that cannot be taken. `message` is for the person; `kept` what the field shows next."""

    def __init__(self, message: Text, kept: str | list[str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kept = kept


def normalise(value: str) -> str:
    """NFC, one kind of line end, no space around. Case, script and direction stay as typed."""
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_storable(char: str) -> bool:
    """False for control characters (line and tab apart), direction overrides and lone surrogates."""
    if char in "\n\t":
        return True
    return char not in _OVERRIDES and unicodedata.category(char) not in ("Cc", "Cs")


def storable(value: str) -> str:
    """The text without what must not be stored."""
    if value.isprintable() and not _OVERRIDES.intersection(value):
        return value
    return "".join(char for char in value if is_storable(char))


# --- what points somebody out ----------------------------------------------------------------------

_DATE: Final = r"(?:0[1-9]|1[0-2])[-. ]?(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"
_NUMBER: Final = re.compile(rf"(?<!\d)(?:(?:18|19|20)\d\d|\d\d)[-. ]?{_DATE}\s?[-+–. ]?\s?\d{{4}}(?!\d)")
_EMAIL: Final = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[^\s@<>(),;:]{2,}")
_POLICE_CASE: Final = re.compile(r"(?<![\w])(?:\d{4}[- ]?)?K\s?\d{4,7}[- ]\d{2,4}(?!\d)", re.IGNORECASE)
_ISO_DAY: Final = re.compile(r"(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?![-+ ]?\d)")
_LOCAL_PHONE: Final = re.compile(r"(?<![\d+])(?:\+|00)?\d(?:[\s()./-]{0,2}\d){7,14}(?!\d)")
_PUBLIC: Final = ("020", "+4620", "004620", "0771", "+46771", "077", "116")
"""Beginnings of numbers that belong to no person."""


def plain_digits(value: str) -> str:
    """For reading numbers: full-width and other digits as 0-9, invisible characters and odd dashes gone."""
    folded = unicodedata.normalize("NFKC", value)
    signs = []
    for char in folded:
        kind = unicodedata.category(char)
        if kind == "Cf":
            continue
        if kind == "Nd":
            char = str(unicodedata.decimal(char))
        signs.append("-" if kind == "Pd" else char)
    return "".join(signs)


def identifying(value: str) -> str:
    """The first piece of a free text that is a personal number, phone, e-mail or police number, or ""."""
    text = plain_digits(value)
    for pattern in (_NUMBER, _EMAIL, _POLICE_CASE):
        if found := pattern.search(text):
            return found.group().strip()
    return _phone(_ISO_DAY.sub(" ", text))


def _phone(text: str) -> str:
    for match in phonenumbers.PhoneNumberMatcher(text, "SE", leniency=phonenumbers.Leniency.VALID):
        if not _is_public(match.raw_string):
            return str(match.raw_string)
    for found in _LOCAL_PHONE.finditer(text):
        digits = re.sub(r"[^\d+]", "", found.group())
        if digits.startswith(("0", "+", "00")) and not _is_public(digits):
            return found.group().strip()
    return ""


def _is_public(number: str) -> bool:
    return re.sub(r"[^\d+]", "", number).startswith(_PUBLIC)

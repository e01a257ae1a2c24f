"""What may stand beside an event: ids, codes, dates, counts and switches. Never text that a person wrote."""

from __future__ import annotations

import re
from datetime import date
from typing import Final
from uuid import UUID

from django.utils.text import slugify

_CODE: Final = re.compile(r"[a-z0-9]+([_.:+/-][a-z0-9]+)*")
_LONG_NUMBER: Final = re.compile(r"\d{6}-?\d{4}|\d{8}")
_LARGEST: Final = 99_999_999


def code_of(words: str) -> str:
    """A code made of what a person wrote; "" when nothing is left. Long numbers fall out: they could be
    somebody's."""
    return "-".join(re.findall(r"[a-z0-9]+", re.sub(r"\d{5,}", " ", slugify(words))))


def coded(name: str, value: object) -> object:
    """The JSON form of an id, code, date, count, switch or a list of them.

    Raises ValueError for text and long numbers, TypeError for other things; the error names the name, never
    the value.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= _LARGEST:
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        if value == "" or _is_uuid(value) or (_CODE.fullmatch(value) and not _LONG_NUMBER.search(value)):
            return str(value)
        raise ValueError(f"{name!r} is no code; free text does not belong here")
    if isinstance(value, (list, tuple, set, frozenset)):
        return [coded(name, item) for item in value]
    raise TypeError(f"{name!r} must be an id, a code, a count or a switch")


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False

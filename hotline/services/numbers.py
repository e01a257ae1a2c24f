"""Consultation numbers: S26-00417-U. Said on the phone, so the check letter catches what is misheard.

The letter S instead of a referral's H; year, random number and check letter follow the same rule.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from cases.services.references import check_letter
from core import clock
from hotline.models import Call

_PATTERN: Final = re.compile(r"^S(\d{2})(\d{5,7})([A-Z])$")


def new_number() -> str:
    """A free number of this year. Random, so that it tells nothing about how many calls there are."""
    year, size = f"{clock.today():%y}", 5
    while True:
        for _attempt in range(20):
            digits = f"{secrets.randbelow(10**size - 1) + 1:0{size}d}"
            number = f"S{year}-{digits}-{check_letter(year + digits)}"
            if not Call.objects.filter(number=number).exists():
                return number
        size += 1


def parse(text: str) -> str | None:
    """The number in its written form, whatever hyphens and spaces were typed; None when it is none.

    Raises ValueError when it has the right shape but the check letter is wrong: it was misheard.
    """
    match = _PATTERN.match(re.sub(r"[\s\-–—]", "", text).upper())
    if match is None:
        return None
    year, digits, letter = match.groups()
    if check_letter(year + digits) != letter:
        raise ValueError(text)
    return f"S{year}-{digits}-{letter}"

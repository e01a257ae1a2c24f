"""Reference numbers that survive being read aloud: H26-00417-U.

Letter H, two digits of the year, a random number unique in the year, a check letter. The letter is a
weighted sum (4, 5, 6 ... from the right, over year and number, plus 1) modulo 23.
"""

from __future__ import annotations

import re
import secrets

from cases.models import Referral
from core import clock

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_PATTERN = re.compile(r"^H(\d{2})(\d{5,7})([A-Z])$")


def check_letter(digits: str) -> str:
    """The letter that belongs to year and number, for instance "2600417" → "U"."""
    total = sum(int(digit) * weight for weight, digit in enumerate(reversed(digits), start=4))
    return LETTERS[(total + 1) % 23]


def new_reference() -> str:
    """A free reference of this year. Random, so that numbers tell nothing about volume or order."""
    year = f"{clock.today():%y}"
    size = 5
    while True:
        for _attempt in range(20):
            number = f"{secrets.randbelow(10**size - 1) + 1:0{size}d}"
            reference = f"H{year}-{number}-{check_letter(year + number)}"
            if not Referral.objects.filter(reference=reference).exists():
                return reference
        size += 1


def parse(text: str) -> str | None:
    """The reference in its written form, whatever hyphens and spaces were typed; None when it is none.

    Raises ValueError when it has the right shape but the check letter is wrong: it was mistyped.
    """
    match = _PATTERN.match(re.sub(r"[\s\-–—]", "", text).upper())
    if match is None:
        return None
    year, number, letter = match.groups()
    if check_letter(year + number) != letter:
        raise ValueError(text)
    return f"H{year}-{number}-{letter}"

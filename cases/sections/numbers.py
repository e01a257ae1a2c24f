"""Numbers that identify: personal and coordination numbers, telephones, papers."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from stdnum import luhn

from core import clock
from core.text import Unreadable, plain_digits

_SHAPE: Final = re.compile(r"(\d{2})?(\d{2})(\d{2})(\d{2})([-+]?)(\d{4})")
COORDINATION: Final = 60
"""A coordination number is a personal number with 60 added to the day."""


def read_personal_number(text: str) -> str:
    """Personal or coordination number as YYYYMMDD-NNNN. Raises Unreadable.

    Ten or twelve digits, with or without a sign; ten digits mean the youngest possible person unless the
    sign is a plus. The check digit is Luhn over the last ten digits (Skatteverket, SKV 704 and 707).
    """
    tidy = re.sub(r"\s", "", plain_digits(text))
    found = _SHAPE.fullmatch(tidy)
    if not found:
        raise Unreadable(_("Enter the number with ten or twelve digits, for example ÅÅÅÅMMDD-NNNN"))
    century, year, month, day, sign, tail = found.groups()
    born = _birth_day(century, int(year), int(month), int(day), sign)
    if born is None or not luhn.is_valid(f"{year}{month}{day}{tail}"):
        raise Unreadable(_("The number is not right. Compare every digit"))
    if born > clock.today():
        raise Unreadable(_("The number is not right. Compare every digit"))
    return f"{born:%Y%m}{day}-{tail}"


def _birth_day(century: str | None, year: int, month: int, day: int, sign: str) -> date | None:
    today = clock.today()
    if century:
        full = int(century) * 100 + year
    else:
        full = today.year // 100 * 100 + year
        full -= 100 if full > today.year else 0
        full -= 100 if sign == "+" else 0
    try:
        return date(full, month, day - COORDINATION if day > COORDINATION else day)
    except ValueError:
        return None


def is_coordination(number: str) -> bool:
    """Whether a stored number is a coordination number."""
    return int(number[6:8]) > COORDINATION


def masked(number: str) -> str:
    """ÅÅÅÅMMDD-•••• for screens."""
    return f"{number[:9]}••••" if len(number) == 13 else "••••"


def read_phone(text: str) -> str:
    """A telephone number as E.164. Raises Unreadable."""
    try:
        number = phonenumbers.parse(plain_digits(text), "SE")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Unreadable(_("Enter a phone number, with country code if it is not Swedish"))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def phone_words(number: str) -> str:
    """A stored number as people write it: 070-123 45 67, +373 60 123 456."""
    try:
        parsed = phonenumbers.parse(number, "SE")
    except phonenumbers.NumberParseException:
        return number
    kind = phonenumbers.PhoneNumberFormat
    swedish = parsed.country_code == 46
    return str(phonenumbers.format_number(parsed, kind.NATIONAL if swedish else kind.INTERNATIONAL))


def read_email(text: str) -> str:
    """An e-mail address, lower case. Raises Unreadable."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Unreadable(_("Enter an e-mail address in the form name@example.se")) from None
    return address


def read_code(text: str) -> str:
    """A number on a paper: upper case, spaces and hyphens away. Raises Unreadable."""
    code = re.sub(r"[\s-]", "", plain_digits(text)).upper()
    if not re.fullmatch(r"[0-9A-ZÅÄÖ/]{4,30}", code):
        raise Unreadable(_("Enter the number with letters and digits only"))
    return code

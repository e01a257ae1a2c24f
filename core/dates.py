"""Dates as people write them, also the ones they half remember."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Final

from babel import Locale
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.text import Unreadable, plain_digits

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100

FORMAT_ADVICE: Final = gettext_lazy("Enter the date with eight digits, for example 2026-11-20")
FUZZY_ADVICE: Final = gettext_lazy(
    "Enter a date, a month or a year, for example 2026-11-20, november 2026 or 2026"
)
NO_SUCH_DAY: Final = gettext_lazy("That date does not exist. Check the day and the month")
IN_THE_FUTURE: Final = gettext_lazy("The date cannot be in the future")
BIRTH_ADVICE: Final = gettext_lazy(
    "Enter a birth date, a year or an age, for example 1998-04-12, 1998 or about 25"
)


def _months() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in ("sv", "en"):
        for width in ("wide", "abbreviated"):
            for number, name in Locale(language).months["format"][width].items():
                names[name.casefold().rstrip(".")] = number
    return names | {"sept": 9}


MONTHS: Final = _months()

_DAY_FIRST: Final = re.compile(r"(\d{1,2})\s?[/.]\s?(\d{1,2})[\s/.\-,]+(\d{4})")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/. ]?(\d{2})[-/. ]?(\d{2})")
_YEAR_FIRST_SHORT: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_IN_WORDS: Final = re.compile(r"(?:(\d{1,2})(?:\.|:?[aeé]|st|nd|rd|th)?\s+)?([^\W\d_]+)\.?,?\s+(\d{4})")
_MONTH: Final = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
_YEAR: Final = re.compile(r"\d{4}")
_AGE: Final = re.compile(r"(?P<about>\D*?)\s*(?P<age>\d{1,3})\s*(?:år|years?|y)?\s*(?:old|gammal)?")
_YEARS: Final = re.compile(r"(\d{4})\s*(?:-|till|to|or|eller|/)\s*(\d{4})")


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Unreadable(NO_SUCH_DAY) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unreadable(NO_SUCH_DAY)
    return found


def _exact(text: str) -> date | None:
    """A full date in any of the accepted spellings; None when the text is no full date."""
    for pattern in (_YEAR_FIRST, _YEAR_FIRST_SHORT):
        if found := pattern.fullmatch(text):
            return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    found = _IN_WORDS.fullmatch(text)
    if found and found[1] and found[2].casefold() in MONTHS:
        return _day(int(found[3]), MONTHS[found[2].casefold()], int(found[1]))
    return None


def _month(text: str) -> tuple[int, int] | None:
    if found := _MONTH.fullmatch(text):
        year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
        return int(year), int(month)
    found = _IN_WORDS.fullmatch(text)
    if found and not found[1] and found[2].casefold() in MONTHS:
        return int(found[3]), MONTHS[found[2].casefold()]
    return None


def _tidy(text: str) -> str:
    return " ".join(plain_digits(text).split())


def read_date(text: str, *, future: bool = False) -> str:
    """An exact date as ISO. Raises Unreadable."""
    found = _exact(_tidy(text))
    if found is None:
        raise Unreadable(FORMAT_ADVICE)
    if not future and found > clock.today():
        raise Unreadable(IN_THE_FUTURE)
    return found.isoformat()


def read_fuzzy(text: str, *, future: bool = False) -> str:
    """A date, month ("2026-11") or year ("2026"), as ISO cut short. Raises Unreadable."""
    tidy = _tidy(text)
    if exact := _exact(tidy):
        result, first = exact.isoformat(), exact
    elif month := _month(tidy):
        first = _day(month[0], month[1], 1)
        result = f"{first:%Y-%m}"
    elif _YEAR.fullmatch(tidy):
        first = _day(int(tidy), 1, 1)
        result = tidy
    else:
        raise Unreadable(FUZZY_ADVICE)
    if not future and first > clock.today():
        raise Unreadable(IN_THE_FUTURE)
    return result


def read_birth(text: str) -> str:
    """A birth date, month or year, a span of years ("1993-2003"), or an age ("~25"). Raises Unreadable."""
    tidy = _tidy(text)
    if span := _YEARS.fullmatch(tidy):
        first, last = int(span[1]), int(span[2])
        if not FIRST_YEAR <= first < last <= clock.today().year:
            raise Unreadable(BIRTH_ADVICE)
        return f"{first}/{last}"
    age = _AGE.fullmatch(tidy)
    if age and len(age["age"]) <= 3 and len(age["about"]) <= 12:
        if int(age["age"]) > 120:
            raise Unreadable(BIRTH_ADVICE)
        return f"~{int(age['age'])}"
    try:
        return read_fuzzy(tidy)
    except Unreadable as problem:
        raise Unreadable(BIRTH_ADVICE if problem.message is FUZZY_ADVICE else problem.message) from None


def read_time(text: str) -> str:
    """A time of day as HH:MM. Raises Unreadable."""
    found = re.fullmatch(r"(?:kl\.?\s*)?(\d{1,2})(?:[.:]?(\d{2}))?", _tidy(text).casefold())
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise Unreadable(_("Enter the time with four digits, for example 14.30"))
    return f"{int(found[1]):02}:{int(found[2] or 0):02}"


# --- and back ---------------------------------------------------------------------------------------


def date_words(value: str) -> str:
    """A stored date in words: 20 november 2026, november 2026, 2026. Anything else comes back as it is."""
    parts = value.split("-")
    try:
        if len(parts) == 3:
            return format_date(date.fromisoformat(value), "j F Y")
        if len(parts) == 2:
            return format_date(date(int(parts[0]), int(parts[1]), 1), "F Y")
    except ValueError:
        return value
    return value


def birth_words(value: str) -> str:
    """A stored birth in words; an age reads "about 25 years"."""
    if value.startswith("~"):
        return _("about %(age)s years") % {"age": value[1:]}
    return value.replace("/", "–") if "/" in value else date_words(value)


def exact_day(value: object) -> date | None:
    """The day of a stored full date, else None."""
    try:
        return date.fromisoformat(str(value)) if value and len(str(value)) == 10 else None
    except ValueError:
        return None


def ages(value: str, today: date) -> tuple[int, int] | None:
    """Youngest and oldest age that a stored birth allows."""
    try:
        if value.startswith("~"):
            return int(value[1:]), int(value[1:])
        if "/" in value:
            first, last = (int(year) for year in value.split("/"))
            return today.year - last - 1, today.year - first
        if day := exact_day(value):
            age = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
            return age, age
        year = int(value[:4])
    except ValueError:
        return None
    return today.year - year - 1, today.year - year


def at_time(day: date, hour: str) -> datetime:
    """The instant of a local time on a day."""
    return datetime.combine(day, time.fromisoformat(hour), clock.STOCKHOLM)

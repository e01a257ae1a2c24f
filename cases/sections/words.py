"""An answer as people read it: on the check page, the case page and the PDF."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.sections import lists, numbers
from cases.sections.fields import Field, Kind, Value
from core import dates


def words(question: Field, value: Value, *, masked: bool = False) -> str:
    """The answer in the active language, a line for each part. `masked` hides the end of personal numbers."""
    parts = [value] if isinstance(value, str) else list(value)
    return "\n".join(str(_part(question, part, masked)) for part in parts)


def _part(question: Field, part: str, masked: bool) -> str:
    option = question.option(part)
    if option and question.kind != Kind.CHECK:
        return str(option.label)
    match question.kind:
        case Kind.CHECK:
            return _("Yes")
        case Kind.DATE | Kind.FUZZY_DATE:
            return dates.date_words(part)
        case Kind.BIRTH:
            return dates.birth_words(part)
        case Kind.TIME:
            hour, minute = part.split(":")
            return _("at %(time)s") % {"time": f"{int(hour)}.{minute}"}
        case Kind.PERSONAL_NUMBER:
            return numbers.masked(part) if masked else part
        case Kind.PHONE:
            return numbers.phone_words(part)
        case Kind.MUNICIPALITY:
            return lists.municipality_words(part)
        case Kind.COUNTY:
            return lists.county_words(part)
        case Kind.COUNTRY:
            return lists.country_words(part)
        case Kind.LANGUAGE:
            return lists.language_words(part)
    return part


def shown_in_field(question: Field, part: str) -> str:
    """What stands in a text field for a stored answer: names of places and countries instead of codes."""
    match question.kind:
        case Kind.MUNICIPALITY:
            return lists.municipality_words(part)
        case Kind.COUNTRY:
            return lists.country_words(part)
        case Kind.LANGUAGE:
            return lists.language_words(part)
        case Kind.BIRTH if part.startswith("~"):
            return _("about %(age)s") % {"age": part[1:]}
        case Kind.PHONE:
            return numbers.phone_words(part)
    return part

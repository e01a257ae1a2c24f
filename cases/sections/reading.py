"""Reading a page of answers: what is asked, what is dropped, what is refused, what is still wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.sections import lists, numbers
from cases.sections.fields import FREE_TEXT, Answers, Field, Kind, Section, Text, Value
from cases.sections.rules import is_consultation, may_identify
from core import dates
from core.text import STORED_LIMIT, Unreadable, identifying, normalise, storable

MISSING: Final = gettext_lazy("Answer the question")
NOT_ASKED: Final = gettext_lazy(
    "The person has not agreed, so “%(question)s” cannot be sent. The answer has been removed"
)
MOST_PARTS: Final = 200
"""Parts of one answer that a draft keeps when they could not be read."""
CLEANED: Final = gettext_lazy("We removed characters that cannot be stored. Check the text and save again")


@dataclass(frozen=True)
class Cleaned:
    """A page as read. `answers`: what can be used. `typed`: what could not be read, as it was written, so
    that nothing is lost. `errors`: question → what to do, also for answers that were refused."""

    answers: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, Text] = field(default_factory=dict)
    typed: dict[str, Value] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)
    """Questions whose error is only that they are not answered yet."""

    @property
    def faults(self) -> dict[str, Text]:
        """The errors of what was written, without those of what was not."""
        return {key: text for key, text in self.errors.items() if key not in self.empty}

    @property
    def kept(self) -> dict[str, Value]:
        """What a draft stores of the page, readable or not; cut where no person writes more."""
        return self.answers | {key: _cut(value) for key, value in self.typed.items()}


def _cut(value: Value) -> Value:
    if isinstance(value, str):
        return value[:STORED_LIMIT]
    return [part[:STORED_LIMIT] for part in value[:MOST_PARTS]]


def is_asked(question: Field, answers: Answers) -> bool:
    """Whether the question exists, given the other answers. Nothing identifying before the mode allows it."""
    if not question.anonymous and not may_identify(answers):
        return False
    return _stands(question, answers)


def _stands(question: Field, answers: Answers) -> bool:
    if question.under:
        parent, *wanted = question.under
        if not set(wanted) & set(_values(answers.get(parent))):
            return False
    return question.shown(answers)


def drawn(section: Section, answers: Answers) -> tuple[Field, ...]:
    """The questions a page draws: all that may come to apply by other answers on the same page."""
    is_open = may_identify(answers)
    return tuple(
        question
        for question in section.fields
        if (is_open or question.anonymous) and (question.drawn or question.shown)(answers)
    )


def asked(section: Section, answers: Answers) -> tuple[Field, ...]:
    """The questions of a page, given the answers so far."""
    is_open = may_identify(answers)
    return tuple(
        question
        for question in section.fields
        if (is_open or question.anonymous) and _stands(question, answers)
    )


def _values(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else [str(part) for part in value]


def _typed(question: Field, raw: Mapping[str, Any]) -> Value:
    """The answer as it came: text, or a list without its empty lines."""
    found = raw.getlist(question.key) if isinstance(raw, QueryDict) else _values(raw.get(question.key))
    texts = [normalise(str(part)) for part in found]
    if question.kind == Kind.LINES:
        texts = [line.strip() for text in texts for line in text.splitlines()]
    texts = [text for text in texts if text]
    if question.kind == Kind.CHECK:
        return "yes" if texts and texts[-1] not in ("no", "false", "0") else ""
    if question.is_list:
        return list(dict.fromkeys(texts))
    return texts[-1] if texts else ""


def typed(section: Section, raw: Mapping[str, Any], answers: Answers) -> dict[str, Value]:
    """The page's answers as they came, those filled in from the account taken from there."""
    return {
        question.key: _typed(question, answers if question.kind == Kind.GIVEN else raw)
        for question in section.fields
    }


def clean(section: Section, raw: Mapping[str, Any], answers: Answers) -> Cleaned:
    """Read a page. `answers`: the rest of the draft, which decides what this page may ask.

    Answers to questions that are not asked are dropped; when that is because they would point out a person
    who has not agreed, or an address that must not exist, it is also an error. Raises nothing.
    """
    values = typed(section, raw, answers)
    merged = {key: value for key, value in answers.items() if key not in values} | values
    result = Cleaned()
    for question in section.fields:
        value = values[question.key]
        if not is_asked(question, merged):
            if refusal := _refusal(question, value, merged):
                result.errors[question.key] = refusal
            merged.pop(question.key, None)  # what stands under it falls with it
        elif not value:
            if question.required(merged):
                result.errors[question.key] = question.ask or MISSING
                result.empty.add(question.key)
        else:
            _read_into(result, question, value, merged)
    return result


def _refusal(question: Field, value: Value, answers: Answers) -> Text:
    if not value or question.kind == Kind.GIVEN:
        return ""
    if not question.anonymous and is_consultation(answers):
        return NOT_ASKED % {"question": question.label} if _stands(question, answers) else ""
    return question.refusal


def _read_into(result: Cleaned, question: Field, value: Value, answers: Answers) -> None:
    try:
        read = _read(question, value, answers)
    except Unreadable as problem:
        result.errors[question.key] = problem.message
        result.typed[question.key] = value if problem.kept is None else problem.kept
        return
    if read:
        result.answers[question.key] = read


def _read(question: Field, value: Value, answers: Answers) -> Value:
    read = _read_alone(question, value, answers)
    if question.check and (problem := question.check(read, answers)):
        raise Unreadable(problem)
    return read


def _read_alone(question: Field, value: Value, answers: Answers) -> Value:
    if question.kind in (Kind.CHOICE, Kind.MULTI, Kind.CHECK):
        return _read_choice(question, value, answers)
    parts = _values(value)
    _refuse_invisible(question, parts)
    if question.kind in FREE_TEXT:
        _refuse_long(question, parts)
        _refuse_identifying(question, parts, answers)
    read = [_read_part(question, part) for part in parts]
    if len(read) > question.many and question.kind != Kind.LINES:
        raise Unreadable(_("Enter at most %(n)s") % {"n": question.many})
    _refuse_contradiction(question, read)
    return list(dict.fromkeys(read)) if question.is_list else read[0]


def _read_choice(question: Field, value: Value, answers: Answers) -> Value:
    """Codes that are on offer. Unknown ones are not an answer."""
    offered = {option.value: option for option in question.offered(answers)}
    codes = [code for code in _values(value) if code in offered]
    if not codes:
        raise Unreadable(question.ask or MISSING, kept=[] if question.is_list else "")
    _refuse_contradiction(question, codes)
    return codes if question.is_list else codes[0]


def _refuse_contradiction(question: Field, codes: list[str]) -> None:
    alone = next((option for option in question.choices if option.exclusive and option.value in codes), None)
    if alone and len(codes) > 1:
        raise Unreadable(_("Choose either “%(option)s” or the others") % {"option": alone.label})


def _refuse_invisible(question: Field, parts: list[str]) -> None:
    clean_parts = [storable(part) for part in parts]
    if clean_parts != parts:
        kept = [part for part in map(str.strip, clean_parts) if part]
        raise Unreadable(CLEANED, kept=kept if question.is_list else "".join(kept))


def _refuse_long(question: Field, parts: list[str]) -> None:
    longest = max(len(part) for part in parts)
    if question.kind == Kind.LINES:
        longest = sum(len(part) for part in parts)
    if longest > question.limit:
        words = {"length": longest, "limit": question.limit}
        raise Unreadable(_("The text is %(length)s characters long. Shorten it to %(limit)s at most") % words)


def _refuse_identifying(question: Field, parts: list[str], answers: Answers) -> None:
    if question.about_sender or not is_consultation(answers):
        return
    for part in parts:
        if found := identifying(part):
            advice = _("Remove “%(found)s”. It can point out the person, who has not agreed to that")
            raise Unreadable(advice % {"found": found})


_READERS: Final[dict[Kind, Callable[[str], str]]] = {
    Kind.BIRTH: dates.read_birth,
    Kind.TIME: dates.read_time,
    Kind.PERSONAL_NUMBER: numbers.read_personal_number,
    Kind.PHONE: numbers.read_phone,
    Kind.EMAIL: numbers.read_email,
    Kind.CODE: numbers.read_code,
    Kind.MUNICIPALITY: lists.read_municipality,
    Kind.COUNTY: lists.read_county,
    Kind.COUNTRY: lists.read_country,
    Kind.LANGUAGE: lists.read_language,
}


def _read_part(question: Field, part: str) -> str:
    if question.option(part):
        return part
    if question.kind == Kind.DATE:
        return dates.read_date(part, future=question.future)
    if question.kind == Kind.FUZZY_DATE:
        return dates.read_fuzzy(part, future=question.future)
    if question.kind == Kind.NUMBER:
        return _read_number(part)
    reader = _READERS.get(question.kind)
    return reader(part) if reader else part


def _read_number(part: str) -> str:
    digits = part.replace("\u00a0", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()) or int(digits[:9]) > 9999:
        raise Unreadable(_("Enter a number, for example 3"))
    return str(int(digits))

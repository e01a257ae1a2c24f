"""What a question and a page of the questionnaire are. The questions themselves stand beside this module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from django.utils.functional import Promise

from cases.enums import Category

Text = str | Promise
Value = str | list[str]
Answers = Mapping[str, Any]
"""Key of a question → normalised text, or a list of them. Dates are ISO, lists are codes, nothing is typed
beyond that: an answer cleans to itself."""
Rule = Callable[[Answers], bool]


class Kind(StrEnum):
    """How a question is asked and read."""

    CHOICE = "choice"
    MULTI = "multi"
    CHECK = "check"
    TEXT = "text"
    LONG_TEXT = "long_text"
    LINES = "lines"
    NUMBER = "number"
    DATE = "date"
    FUZZY_DATE = "fuzzy_date"
    BIRTH = "birth"
    TIME = "time"
    PERSONAL_NUMBER = "personal_number"
    PHONE = "phone"
    EMAIL = "email"
    CODE = "code"
    MUNICIPALITY = "municipality"
    COUNTY = "county"
    COUNTRY = "country"
    LANGUAGE = "language"
    GIVEN = "given"
    """Filled in from the account when the draft is made; never read from a form."""


FREE_TEXT: Final = (Kind.TEXT, Kind.LONG_TEXT, Kind.LINES, Kind.LANGUAGE, Kind.CODE)
LISTS: Final = (Kind.MULTI, Kind.LINES, Kind.MUNICIPALITY, Kind.COUNTRY, Kind.LANGUAGE)
"""Kinds whose value is a list (the look-ups only when `many` is above one)."""


class Sensitivity(StrEnum):
    """Low: nothing about the person. Very high: offences by named people."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Stage(StrEnum):
    """Where a page stands: the five-minute way, the hub's further pages, the check page."""

    CORE = "core"
    MORE = "more"
    CHECK = "check"


def always(answers: Answers) -> bool:
    return True


def never(answers: Answers) -> bool:
    return False


def chosen(answers: Answers, key: str) -> frozenset[str]:
    """The codes answered to a question, one or several; empty when it is not answered."""
    value = answers.get(key) or ()
    return frozenset([value] if isinstance(value, str) else [str(part) for part in value])


def answered(key: str, *values: str) -> Rule:
    """A rule: the question has one of these answers (any answer, when none is named)."""
    wanted = frozenset(values)
    return lambda answers: bool(chosen(answers, key) & wanted if wanted else chosen(answers, key))


def either(*rules: Rule) -> Rule:
    return lambda answers: any(rule(answers) for rule in rules)


def both(*rules: Rule) -> Rule:
    return lambda answers: all(rule(answers) for rule in rules)


def no(rule: Rule) -> Rule:
    return lambda answers: not rule(answers)


@dataclass(frozen=True, kw_only=True)
class Option:
    value: str
    label: Text
    hint: Text = ""
    group: Text = ""
    exclusive: bool = False
    """Cannot be combined with others ("Vet inte", "Inget av dessa")."""
    shown: Rule = always


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question."""

    key: str
    kind: Kind
    label: Text
    hint: Text = ""
    options: tuple[Option, ...] | Callable[[], tuple[Option, ...]] = ()
    """Of a choice; of a look-up: the answers that are ticked instead of written ("Vet inte")."""
    required: Rule = never
    ask: Text = ""
    """What the page says when a required answer is missing: an instruction, not a rebuke."""
    core: bool = False
    """Needed before sending."""
    shown: Rule = always
    under: tuple[str, ...] = ()
    """(question of the same page, answers ...): it exists only while one of these answers is chosen."""
    drawn: Rule | None = None
    """When it stands on the page; `shown` unless it depends on other answers of the same page."""
    compact: bool = False
    """A choice from a drop-down list."""
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    maps_to: str = ""
    category: Category | None = None
    """When it differs from its page's."""
    anonymous: bool = False
    """May stand in a consultation. Everything else is refused there: closed unless opened."""
    about_sender: bool = False
    """About the referrer: a phone number here points out nobody but her."""
    refusal: Text = ""
    """Said when the answer arrives although the question must not be asked (protected identity)."""
    check: Callable[[Value, Answers], Text] | None = None
    """Says what is wrong with an answer beside the others, or ""."""
    limit: int = 200
    """Longest text, in characters."""
    many: int = 1
    """How many answers may be written."""
    future: bool = False
    """A date that may lie ahead."""
    initial: Callable[[Answers], Value] | None = None
    """What stands in the empty field; becomes an answer only when the page is saved."""
    group: Text = ""
    """Heading that this question opens on its page."""
    folds: bool = False
    """The questions under that heading are all optional, and folded away until somebody wants them."""

    @property
    def is_list(self) -> bool:
        return self.kind in (Kind.MULTI, Kind.LINES) or (self.kind in LISTS and self.many > 1)

    @property
    def choices(self) -> tuple[Option, ...]:
        """Those of the edition in force where the manual owns the list."""
        return self.options() if callable(self.options) else self.options

    def offered(self, answers: Answers) -> tuple[Option, ...]:
        """The options that make sense with these answers."""
        return tuple(option for option in self.choices if option.shown(answers))

    def option(self, value: str) -> Option | None:
        return next((option for option in self.choices if option.value == value), None)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One page of questions: one topic, one address."""

    key: str
    slug: str
    """Its part of the address, in Swedish."""
    title: Text
    short: Text
    """In the task list and on the cards of the check page."""
    category: Category
    fields: tuple[Field, ...] = field(repr=False)
    stage: Stage = Stage.MORE
    shown: Rule = always
    intro: Text = ""
    private: bool = False
    """Stays with the author's agency unless she shares it (`is_private`)."""

    @cached_property
    def by_key(self) -> dict[str, Field]:
        return {question.key: question for question in self.fields}

    def is_private(self, answers: Answers) -> bool:
        return self.private and "yes" not in chosen(answers, f"{self.key}_shared")

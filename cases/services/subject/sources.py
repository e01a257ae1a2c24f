"""How a table comes into the extract: which rows, whose they are, which fields under which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from core.vault.fields import EncryptedField


class Part(models.TextChoices):
    """The parts of an extract, in their order; the value stands in the address."""

    DATA = "uppgifter", _("Who the person is, and the case")
    ANSWERS = "svar", _("What was told in the referral")
    STEPS = "steg", _("Steps")
    WORDS = "anteckningar", _("Notes, messages and meetings")
    DOCUMENTS = "handlingar", _("Documents")
    DISCLOSED = "utlamnat", _("Consent, and who was let see or told what")
    READERS = "lasta", _("Who has read")


class Why(Enum):
    """Why something is not in the extract. The only reasons there are."""

    ROW = "the row's own number, key, version or place in the database: says nothing about the person"
    STAFF = "who of the staff did it: role and agency are given, names are not (ADR 0922)"
    CLOCKWORK = "how the portal keeps its queues, clocks, reminders and counts: follows from what is given"
    ELSEWHERE = "the same stands elsewhere in the extract, in words"
    OTHERS = "about other persons, or about the work of an agency, not about her"
    DRAFT = "a scratch page of one person, deleted after four weeks; sent, it is in the extract"
    REQUEST = "the handling of this very request"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said about her, under what it is called."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part of one row, when a row is more than one piece or belongs to more than one agency."""

    key: str
    title: str
    lines: tuple[Line, ...]
    house: Any = None
    """The id of the agency it belongs to; None: as its row."""
    held_back: bool = False
    """Identity that is never put on paper."""
    raw: Any = None
    """What is stored, in no language; None: the row's own fields."""


@dataclass(frozen=True)
class Source:
    """One table. What is neither `shown` nor `left` fails a test."""

    model: type[models.Model]
    path: str
    """From a row to its case, as in a filter."""
    part: Part
    title: Promise
    shown: Mapping[str, Promise]
    left: Mapping[Why, tuple[str, ...]]
    houses: tuple[str, ...] = ()
    """Where a row names its agency or desk; none: it belongs to the agency of the case's desk."""
    at: str = ""
    """The day in a piece's title, and the order."""
    words: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    """Fields that need words of their own."""
    split: Callable[[Any, Case], list[Share]] | None = None
    closed: Callable[[Any], bool] | None = None
    """Rows that, while the identity is protected, nobody opens but who is named: held back."""

    @property
    def label(self) -> str:
        return str(self.model._meta.label_lower)

    @property
    def is_free(self) -> bool:
        """Whether somebody has written in it in her own words."""
        return any(isinstance(self.model._meta.get_field(name), EncryptedField) for name in self.shown)

    @property
    def unsaid(self) -> frozenset[str]:
        return frozenset(name for names in self.left.values() for name in names)

"""A word of its own in every sealed text, from whatever row it is written to while a world is made.

Nothing has to be planted by hand: `planting()` stands at the door through which every sealed field passes.
A field that is new tomorrow gets its words by itself, and its line in `sightings.txt` is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Final
from unittest.mock import patch

from django.apps import apps
from django.db import models

from cases import sections
from cases.sections.fields import Kind
from core.vault.fields import EncryptedBytesField, EncryptedField, EncryptedJSONField
from core.vault.seal import Erased, Sealed

WORD: Final = re.compile(r"QZ\d{5}Z")
QUESTIONS: Final = {question.key: question for part in sections.SECTIONS for question in part.fields}
WRITTEN: Final = (Kind.TEXT, Kind.LONG_TEXT, Kind.LINES)
"""Kinds of answers that take any words."""
CODED: Final = re.compile(r"[a-z0-9_.:~/@+-]*|[A-Z]{2}|\d{4}-\d\d-\d\d.*|[0-9a-fA-F-]{32,36}")
"""What is no text: codes, countries, dates, ids."""
CATEGORY: Final = {
    question.key: "private" if part.private else (question.category or part.category).value
    for part in sections.SECTIONS
    for question in part.fields
}
CATEGORY["safe_contact_times"] = "instruction"
NUMBERS: Final = ("phone", "email")
DERIVED: Final = frozenset(
    {
        "cases.Referral.document",
        "cases.Merge.before",
        "core.PdfJob.context",
        "core.PdfJob.result",
    }
)
"""Made of other fields' words: their words are looked for, none is planted."""


@dataclass(frozen=True)
class Canary:
    """One planted word and where it was written."""

    word: str
    field: str
    key: str
    """Of a field that holds several texts: which one."""
    row: models.Model = attribute(compare=False)

    @property
    def line(self) -> str:
        """Its line in `sightings.txt`."""
        if self.field == "cases.Person.contact" and self.key in NUMBERS:
            return f"{self.field}:number"
        return f"{self.field}:{CATEGORY[self.key]}" if self.key in CATEGORY else self.field


def sensitive() -> dict[str, models.Field[Any, Any]]:
    """Every field of every model that could tell who somebody is or what befell her: what is sealed, what is
    erased with a person, and free text that is scrubbed. Read from the models."""
    found = {}
    for model in apps.get_models():
        privacy: Any = getattr(model, "Privacy", None)
        for column in model._meta.concrete_fields:
            named = privacy is not None and column.name in privacy.erased
            text = isinstance(column, (models.CharField, models.TextField, models.JSONField))
            scrubbed = privacy is not None and column.name in privacy.scrubbed
            if isinstance(column, EncryptedField) or named or (scrubbed and text and not column.choices):
                found[f"{model._meta.label}.{column.name}"] = column
    return found


@contextmanager
def planting() -> Iterator[list[Canary]]:
    """Every sealed text written inside gets a word. Told: all of them, in the order they were written."""
    planted: list[Canary] = []
    seal = EncryptedField.pre_save

    def pre_save(column: EncryptedField, row: models.Model, add: bool) -> Sealed | None:
        label = f"{row._meta.label}.{column.name}"
        value = row.__dict__.get(column.attname)
        fresh = value is not None and not isinstance(value, (Sealed, Erased))
        if fresh and label not in DERIVED and not isinstance(column, EncryptedBytesField):
            setattr(row, column.attname, _marked(value, column, row, label, planted))
        return seal(column, row, add)

    with patch.object(EncryptedField, "pre_save", pre_save):
        yield planted


def _marked(value: Any, column: EncryptedField, row: models.Model, label: str, planted: list[Canary]) -> Any:
    def new(key: str) -> str:
        canary = Canary(f"QZ{len(planted):05}Z", label, key, row)
        planted.append(canary)
        return canary.word

    if not isinstance(column, EncryptedJSONField):
        return _with(value, new(""))
    if label == "cases.Draft.answers":
        value = _all_answered(value)
    return _through(value, new)


def _with(text: str, word: str) -> str:
    """The word at the end, before what a file is called after its dot."""
    stem, dot, ending = text.rpartition(".")
    if dot and re.fullmatch(r"\w{2,4}", ending):
        return f"{stem} {word}.{ending}"
    return f"{text} {word}".strip()


def _all_answered(answers: dict[str, Any]) -> dict[str, Any]:
    """A text in every question that takes one. What is not asked of this person falls away at sending."""
    texts = {key: "" for key, asked in QUESTIONS.items() if asked.kind in (Kind.TEXT, Kind.LONG_TEXT)}
    never = {"narrative_general"} if "narrative" in answers else {"narrative"}
    return {key: text for key, text in texts.items() if key not in never} | answers


def _through(value: Any, new: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _through(part, new, str(name)) for name, part in value.items()}
    if isinstance(value, list):
        return [_through(part, new, key) for part in value]
    if not isinstance(value, str) or WORD.search(value):
        return value
    asked = QUESTIONS.get(key)
    is_text = asked.kind in WRITTEN if asked else not CODED.fullmatch(value)
    return _with(value, new(key)) if is_text else value

"""How each column of an edition's rows is said in words when it is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manual.enums import EscalateTo, Exploitation, StepRole
from manual.library.comparing.changes import Column
from manual.library.glossary import source_title
from manual.library.steps import amount_words, deadline_words, override_words
from manual.models import (
    Chapter,
    Definition,
    Indicator,
    IndicatorGroup,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
    StepTemplate,
)


def _said(name: str, row: models.Model) -> str:
    return str(getattr(row, name))


def _label_of(name: str, row: models.Model) -> str:
    return str(getattr(row, f"get_{name}_display")())


def _joined(values: Iterable[object], empty: str = "") -> str:
    return ", ".join(str(value) for value in values) or empty


def _text(name: str, label: Promise) -> Column:
    return Column(label, (name,), partial(_said, name), is_text=True)


def _value(name: str, label: Promise) -> Column:
    return Column(label, (name,), partial(_label_of, name))


def _sources(row: Any) -> str:
    return "; ".join(source_title(key, row.edition_id) for key in row.sources)


def _recurs(row: StepTemplate) -> str:
    return amount_words(row.recurs_amount, row.recurs_unit) if row.recurs_amount else _("No")


def _actors(row: Paragraph) -> str:
    return _joined((StepRole(actor).label for actor in row.actors), _("Everyone"))


def _number(name: str, row: models.Model) -> str:
    return str(getattr(row, name)).replace("-", ".")


STEP: Final[tuple[Column, ...]] = (
    _text("title_sv", gettext_lazy("Title in Swedish")),
    _text("title_en", gettext_lazy("Title in English")),
    _text("description_sv", gettext_lazy("Description in Swedish")),
    _text("description_en", gettext_lazy("Description in English")),
    Column(gettext_lazy("Deadline"), ("amount", "unit", "direction", "from_event"), deadline_words),
    _value("kind", gettext_lazy("Where the deadline comes from")),
    _value("deadline_confidence", gettext_lazy("How sure the deadline is")),
    Column(
        gettext_lazy("Other deadlines"),
        ("overrides",),
        lambda row: "; ".join(override_words(row)) or _("None"),
    ),
    Column(gettext_lazy("Comes again"), ("recurs_amount", "recurs_unit"), _recurs),
    Column(
        gettext_lazy("Extra warnings, days before"),
        ("warn_days",),
        lambda row: _joined(row.warn_days, _("None")),
    ),
    _value("agency_role", gettext_lazy("Who carries it out")),
    _value("phase", gettext_lazy("Step of the manual")),
    _value("age", gettext_lazy("Age")),
    Column(
        gettext_lazy("Forms of exploitation"),
        ("exploitation",),
        lambda row: _joined(row.form_labels, _("All forms")),
    ),
    Column(
        gettext_lazy("Conditions"),
        ("conditions",),
        lambda row: "; ".join(row.condition_labels) or _("None"),
    ),
    _value("consent", gettext_lazy("Consent")),
    _value("priority", gettext_lazy("Priority")),
    _text("legal_basis", gettext_lazy("Legal basis")),
    _text("statutory_wording", gettext_lazy("Words of the law")),
    _text("expert_note", gettext_lazy("Note for experts")),
    _value("confidence", gettext_lazy("How sure the text is")),
    Column(
        gettext_lazy("Who is told when it is late"),
        ("escalate_to",),
        lambda row: _joined((EscalateTo(whom).label for whom in row.escalate_to), _("Nobody")),
    ),
    Column(
        gettext_lazy("What shows that it is done"),
        ("evidence",),
        lambda row: _joined(row.evidence, _("None")),
    ),
    Column(gettext_lazy("Sources"), ("sources",), _sources),
    Column(gettext_lazy("Paragraph"), ("paragraph",), partial(_number, "paragraph")),
    _value("origin", gettext_lazy("Origin")),
    _value("scope", gettext_lazy("Belongs to")),
)
"""Every column of a step; a test fails on one that is missing."""

CHAPTER: Final[tuple[Column, ...]] = (
    _text("title_sv", gettext_lazy("Title in Swedish")),
    _text("title_en", gettext_lazy("Title in English")),
    _text("intro_sv", gettext_lazy("Introduction in Swedish")),
    _text("intro_en", gettext_lazy("Introduction in English")),
    _value("phase", gettext_lazy("Step of the manual")),
)

PARAGRAPH: Final[tuple[Column, ...]] = (
    _text("title_sv", gettext_lazy("Title in Swedish")),
    _text("title_en", gettext_lazy("Title in English")),
    _text("body_sv", gettext_lazy("Text in Swedish")),
    _text("body_en", gettext_lazy("Text in English")),
    Column(gettext_lazy("For whom"), ("actors",), _actors),
    Column(gettext_lazy("Sources"), ("sources",), _sources),
    _value("confidence", gettext_lazy("How sure the text is")),
    Column(gettext_lazy("Section"), ("section",), partial(_number, "section")),
)

GROUP: Final = (
    _text("title_sv", gettext_lazy("Title in Swedish")),
    _text("title_en", gettext_lazy("Title in English")),
)

INDICATOR: Final[tuple[Column, ...]] = (
    _text("text_sv", gettext_lazy("Text in Swedish")),
    _text("text_en", gettext_lazy("Text in English")),
    _value("strength", gettext_lazy("How much it says")),
    _value("age", gettext_lazy("Age")),
    Column(
        gettext_lazy("Forms of exploitation"),
        ("forms",),
        lambda row: _joined((Exploitation(form).label for form in row.forms), _("All forms")),
    ),
    _value("dimension", gettext_lazy("What it is a sign of")),
)

MILESTONE: Final = (
    _text("label_sv", gettext_lazy("Name in Swedish")),
    _text("label_en", gettext_lazy("Name in English")),
    _text("meaning_sv", gettext_lazy("Meaning in Swedish")),
    _text("meaning_en", gettext_lazy("Meaning in English")),
)

DEFINITION: Final = (
    _text("term_sv", gettext_lazy("Word in Swedish")),
    _text("term_en", gettext_lazy("Word in English")),
    Column(gettext_lazy("Other spellings in Swedish"), ("forms_sv",), lambda row: _joined(row.forms_sv)),
    Column(gettext_lazy("Other spellings in English"), ("forms_en",), lambda row: _joined(row.forms_en)),
    _text("text_sv", gettext_lazy("Text in Swedish")),
    _text("text_en", gettext_lazy("Text in English")),
    Column(gettext_lazy("Paragraph"), ("paragraph",), partial(_number, "paragraph")),
    Column(gettext_lazy("Sources"), ("sources",), _sources),
)

SOURCE: Final = (
    _text("title", gettext_lazy("Name")),
    _text("address", gettext_lazy("Address")),
)

RETIRED: Final = (
    Column(gettext_lazy("Where it went"), ("moved_to",), partial(_number, "moved_to")),
    _text("reason_sv", gettext_lazy("Why, in Swedish")),
    _text("reason_en", gettext_lazy("Why, in English")),
)

LISTS: Final[Mapping[type[models.Model], tuple[str, str, tuple[Column, ...]]]] = {
    IndicatorGroup: ("key", "order", GROUP),
    Indicator: ("key", "order", INDICATOR),
    MilestoneWords: ("key", "order", MILESTONE),
    Definition: ("key", "order", DEFINITION),
    Source: ("key", "order", SOURCE),
    RetiredParagraph: ("anchor", "anchor", RETIRED),
}
"""The other rows of an edition: by what they are found, their order, and their columns."""

STANDING: Final = frozenset({"id", "edition", "version", "order", "key"})
NOT_COMPARED: Final[Mapping[type[models.Model], frozenset[str]]] = {
    StepTemplate: STANDING,
    Chapter: STANDING | {"number"},
    Paragraph: STANDING | {"chapter", "anchor"},
    Indicator: STANDING | {"group"},
    RetiredParagraph: STANDING | {"anchor"},
}
"""What a row is found by, where it stands, and what is worked out from other columns."""

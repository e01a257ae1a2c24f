"""What was sent, as read: kept with the referral for ever, whatever becomes of the questions."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import override

from cases.sections.fields import Answers, Field, Section, Stage, Value
from cases.sections.pages import BY_KEY, Reading, read
from cases.sections.words import words

WHOM_SHE_TRUSTS: Final = frozenset({"consent_scope"})
"""Questions whose answers tell whom else she trusts, and whom not: the desk reads them, no agency."""

PLACES: Final = frozenset(
    {
        "address", "workplace", "municipality_of_presence", "county_of_presence", "municipality_found",
        "county_found", "responsible_municipality", "places_municipalities", "county_general",
        "report_municipality", "report_contact", "municipality_of_work", "organisation_unit",
        "current_setting",
    }
)  # fmt: skip
"""Questions whose answers tell where a protected person is: read by those named, for everybody else the
region of the desk is the place."""


def document(answers: Answers | Reading, language: str) -> list[dict[str, Any]]:
    """Pages with questions and answers in a language, one part for each category of data on a page.

    Each part: `key`, `title`, `category` (cases.enums.Category), `private` (stays with the author's agency)
    and `answers`, a list of `key`, `question`, `answer` (lines separated by a line feed). Plain text, for
    JSON. Nothing that is not asked can appear: a consultation has no identity in it.
    """
    known = read(answers)
    with override(language):
        return [
            part
            for key, page in known.pages.items()
            for part in _parts(BY_KEY[key], page.answers, known.answers)
            if BY_KEY[key].stage != Stage.CHECK
        ]


def shared(frozen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts of a document that others than the author's agency may be shown."""
    return [part for part in frozen if not part["private"]]


def _parts(section: Section, values: dict[str, Value], answers: Answers) -> list[dict[str, Any]]:
    by_category: dict[str, list[dict[str, str]]] = {}
    for question in section.fields:
        if value := values.get(question.key):
            category = (question.category or section.category).value
            by_category.setdefault(category, []).append(_pair(question, value))
    return [
        {
            "key": section.key,
            "title": str(section.short),
            "category": category,
            "private": section.is_private(answers),
            "answers": pairs,
        }
        for category, pairs in by_category.items()
    ]


def _pair(question: Field, value: Value) -> dict[str, str]:
    return {"key": question.key, "question": str(question.label), "answer": words(question, value)}

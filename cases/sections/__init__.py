"""The questionnaire as data: wizard, check page, case page and PDF follow from it.

A page is a `Section`, a question a `Field`; the questions stand in `start`, `person`, `event`, `further` and
`guarded`. Answers are a flat mapping of normalised text, so that reading them again changes nothing. To add a
question: one `Field`, translations, and (only if the portal computes with it) a line in `facts`.
"""

from cases.sections.advice import Advice, advice
from cases.sections.facts import CONDITIONS, DONE_STEPS, MILESTONES, IntakeFacts, facts
from cases.sections.fields import Field, Kind, Option, Section, Sensitivity, Stage
from cases.sections.frozen import PLACES, document, shared
from cases.sections.known import known
from cases.sections.pages import (
    BY_KEY,
    BY_SLUG,
    SECTIONS,
    Reading,
    after,
    further,
    missing,
    pages,
    prune,
    read,
    read_all,
    readable,
    short_way,
)
from cases.sections.reading import Cleaned, asked, clean, drawn, typed
from cases.sections.rules import is_child_path, is_consultation, is_settled, may_identify, mode
from cases.sections.words import words

__all__ = [
    "BY_KEY",
    "BY_SLUG",
    "CONDITIONS",
    "DONE_STEPS",
    "MILESTONES",
    "SECTIONS",
    "Advice",
    "Cleaned",
    "Field",
    "IntakeFacts",
    "Kind",
    "Option",
    "PLACES",
    "Reading",
    "Section",
    "Sensitivity",
    "Stage",
    "advice",
    "after",
    "asked",
    "clean",
    "document",
    "drawn",
    "facts",
    "further",
    "known",
    "is_child_path",
    "is_consultation",
    "is_settled",
    "may_identify",
    "missing",
    "mode",
    "pages",
    "prune",
    "read",
    "read_all",
    "readable",
    "short_way",
    "shared",
    "typed",
    "words",
]

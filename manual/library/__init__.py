"""Reading the manual: which steps apply, what the chapters say, where a word is found. Reads only."""

from manual.library.glossary import Gone, Term, definitions, retired, retired_in, source_title, sources
from manual.library.indicators import Indicator, Signs, former_indicators, indicators
from manual.library.milestones import milestone_label, milestone_meaning, milestone_words
from manual.library.reader import Book, Section, Text, Volume, book, render
from manual.library.search import Found, Hit, search
from manual.library.source import BadSource, source_titles
from manual.library.steps import (
    Facts,
    NoEdition,
    amount_words,
    current_edition,
    deadline_words,
    edition_steps,
    office_steps,
    override_words,
    recipient_kinds,
    rule_for,
    step,
    steps_for,
)

__all__ = [
    "BadSource",
    "Book",
    "Facts",
    "Found",
    "Gone",
    "Hit",
    "Indicator",
    "NoEdition",
    "Section",
    "Signs",
    "Term",
    "Text",
    "Volume",
    "amount_words",
    "book",
    "current_edition",
    "deadline_words",
    "definitions",
    "edition_steps",
    "former_indicators",
    "indicators",
    "milestone_label",
    "milestone_meaning",
    "milestone_words",
    "office_steps",
    "override_words",
    "recipient_kinds",
    "render",
    "retired",
    "retired_in",
    "rule_for",
    "search",
    "sources",
    "source_title",
    "source_titles",
    "step",
    "steps_for",
]

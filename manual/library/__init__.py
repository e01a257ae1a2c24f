"""Reading the manual: which steps apply, what the chapters say, where a word is found. Reads only."""

from manual.library.indicators import Indicator, IndicatorGroup, indicators
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
    "Hit",
    "Indicator",
    "IndicatorGroup",
    "NoEdition",
    "Section",
    "Text",
    "Volume",
    "amount_words",
    "book",
    "current_edition",
    "deadline_words",
    "edition_steps",
    "indicators",
    "office_steps",
    "override_words",
    "recipient_kinds",
    "render",
    "rule_for",
    "search",
    "source_titles",
    "step",
    "steps_for",
]

"""Editions of the national manual: checklist steps and chapters, as rows.

A decided edition is never changed, because running cases keep the one their steps came from; the database
refuses it (`freezing`). New text is a new draft edition, and publishing it is an act (`manual.services`).
"""

from manual.models.chapters import Chapter, Paragraph
from manual.models.columns import KEY_LENGTH, in_language, paragraph_url
from manual.models.editions import Edition, Review
from manual.models.files import EditionFile
from manual.models.indicators import Indicator, IndicatorGroup
from manual.models.milestones import MilestoneWords
from manual.models.steps import StepTemplate
from manual.models.words import Definition, RetiredParagraph, Source

__all__ = [
    "KEY_LENGTH",
    "Chapter",
    "Definition",
    "Edition",
    "EditionFile",
    "Indicator",
    "IndicatorGroup",
    "MilestoneWords",
    "Paragraph",
    "RetiredParagraph",
    "Review",
    "Source",
    "StepTemplate",
    "in_language",
    "paragraph_url",
]

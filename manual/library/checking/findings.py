"""What checking an edition finds, and what it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.urls import NoReverseMatch, reverse

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


class About(StrEnum):
    """Which row a finding is about; with its key it leads to the editor."""

    STEP = "step"
    PARAGRAPH = "paragraph"
    CHAPTER = "chapter"
    INDICATORS = "indicators"
    INDICATOR = "indicator"
    MILESTONE = "milestone"
    DEFINITION = "definition"
    SOURCE = "source"
    RETIRED = "retired"
    STEPS = "steps"
    """All of them, or one that is missing."""
    TEXTS = "texts"


EDITORS: Final[dict[About, str]] = {
    About.STEP: "manual:edition-step",
    About.PARAGRAPH: "manual:edition-paragraph",
    About.CHAPTER: "manual:edition-chapter",
    About.INDICATORS: "manual:edition-sign-group",
    About.INDICATOR: "manual:edition-sign",
    About.MILESTONE: "manual:edition-date",
    About.DEFINITION: "manual:edition-word",
    About.SOURCE: "manual:edition-source",
    About.RETIRED: "manual:edition-retired",
}
"""Where a row is edited: an address with the number of the edition and the key of the row."""
LISTS: Final[dict[About, str]] = {
    About.STEPS: "manual:edition-steps",
    About.TEXTS: "manual:edition-texts",
}
"""Where the rows of a kind stand together."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (`blocks`: it stops handing in and publishing), or worth a second look.

    `code` names the rule; `key` the row by its key, anchor or number; `field` the column to change; `edition`
    the number of the edition, once it is known.
    """

    code: str
    about: About
    key: str
    words: str
    blocks: bool = False
    field: str = ""
    edition: int = 0

    @property
    def url(self) -> str:
        """The editor of the row, at the field where it can be put right; empty when there is none."""
        if self.about in LISTS:
            return reverse(LISTS[self.about], args=[self.edition])
        try:
            url = reverse(EDITORS[self.about], args=[self.edition, self.key])
        except (KeyError, NoReverseMatch):
            return ""
        return f"{url}#id_{self.field}_q" if self.field else url  # its label, or the legend of its choices


@dataclass(frozen=True, slots=True)
class Material:
    """An edition as it is checked: rows in their order, and what they are checked against."""

    steps: Sequence[StepTemplate]
    chapters: Sequence[Chapter]
    paragraphs: Sequence[Paragraph]
    sources: frozenset[str]
    """Keys of the sources that are known."""
    staffed: frozenset[str]
    """Kinds of agency of which there is at least one."""
    needed: frozenset[str] = field(default_factory=frozenset)
    """Keys of the steps that the portal's own code opens, ends or asks for."""
    groups: Sequence[IndicatorGroup] = ()
    indicators: Sequence[Indicator] = ()
    milestones: Sequence[MilestoneWords] = ()
    definitions: Sequence[Definition] = ()
    source_rows: Sequence[Source] = ()
    retired: Sequence[RetiredParagraph] = ()
    anchors_before: frozenset[str] = field(default_factory=frozenset)
    """Anchors of the edition that this one builds on."""
    anchors: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "anchors", frozenset(row.anchor for row in self.paragraphs))

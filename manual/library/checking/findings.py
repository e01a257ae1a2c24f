"""What checking an edition finds, and what it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from manual.models import Chapter, Paragraph, StepTemplate


class About(StrEnum):
    """Which row a finding is about; with its key it leads to the editor."""

    STEP = "step"
    PARAGRAPH = "paragraph"
    CHAPTER = "chapter"
    INDICATOR = "indicator"
    MILESTONE = "milestone"
    EDITION = "edition"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (`blocks`: it stops handing in and publishing), or worth a second look.

    `code` names the rule; `key` the row by its key, anchor or number; `field` the column to change.
    """

    code: str
    about: About
    key: str
    words: str
    blocks: bool = False
    field: str = ""


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
    anchors: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "anchors", frozenset(row.anchor for row in self.paragraphs))

"""Checking an edition before it is handed in: what cannot be, and what deserves a second look. Reads only.

A finding that blocks stops handing in, approving and publishing; the others are advice.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from accounts.models import Agency
from manual.library.checking import steps, texts
from manual.library.checking.findings import About, Finding, Material
from manual.library.checking.known import NEEDED_STEPS
from manual.library.source import source_titles
from manual.library.steps import edition_steps
from manual.models import Chapter, Edition, Paragraph

__all__ = ["About", "Finding", "Material", "blocking", "check", "findings", "material"]


def findings(edition: Edition) -> list[Finding]:
    """Everything about an edition: what blocks first, then in the order of the manual. Four queries."""
    return check(material(edition))


def blocking(edition: Edition) -> list[Finding]:
    """Only what stops the edition from being handed in, approved or published."""
    return [finding for finding in findings(edition) if finding.blocks]


def check(found: Material) -> list[Finding]:
    """The same for rows at hand. Pure."""
    return sorted(chain(steps.check(found), texts.check(found)), key=lambda finding: not finding.blocks)


def material(edition: Edition, **changes: Any) -> Material:
    """The edition as it is checked; `changes` replace parts of it."""
    paragraphs = Paragraph.objects.filter(edition_id=edition.pk).defer("search_sv", "search_en")
    found: dict[str, Any] = {
        "steps": edition_steps(edition),
        "chapters": list(Chapter.objects.filter(edition_id=edition.pk).order_by("number")),
        "paragraphs": list(paragraphs.order_by("order")),
        "sources": frozenset(source_titles()),
        "staffed": frozenset(Agency.objects.active().values_list("kind", flat=True)),
        "needed": NEEDED_STEPS,
    }
    return Material(**(found | changes))

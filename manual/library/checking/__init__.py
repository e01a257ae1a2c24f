"""Checking an edition before it is handed in: what cannot be, and what deserves a second look. Reads only.

A finding that blocks stops handing in, approving and publishing; the others are advice.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

from accounts.models import Agency
from manual.library.checking import lists, steps, texts
from manual.library.checking.findings import About, Finding, Material
from manual.library.checking.known import NEEDED_STEPS
from manual.library.glossary import sources
from manual.library.steps import edition_steps
from manual.models import Edition, Paragraph

__all__ = ["About", "Finding", "Material", "blocking", "check", "findings", "material"]


def findings(edition: Edition) -> list[Finding]:
    """Everything about an edition: what blocks first, then in the order of the manual."""
    return [replace(finding, edition=edition.number) for finding in check(material(edition))]


def blocking(edition: Edition) -> list[Finding]:
    """Only what stops the edition from being handed in, approved or published."""
    return [finding for finding in findings(edition) if finding.blocks]


def check(found: Material) -> list[Finding]:
    """The same for rows at hand. Pure."""
    every = chain(steps.check(found), texts.check(found), lists.check(found))
    return sorted(every, key=lambda finding: not finding.blocks)


def material(edition: Edition, **changes: Any) -> Material:
    """The edition as it is checked; `changes` replace parts of it. A dozen queries, however many rows."""
    before = Paragraph.objects.filter(edition=edition.based_on).values_list("anchor", flat=True)
    found: dict[str, Any] = {
        "steps": edition_steps(edition),
        "chapters": list(edition.chapters.order_by("number")),
        "paragraphs": list(edition.paragraphs.order_by("order")),
        "sources": frozenset(sources(edition)),
        "staffed": frozenset(Agency.objects.active().values_list("kind", flat=True)),
        "needed": NEEDED_STEPS,
        "groups": list(edition.indicator_groups.order_by("order")),
        "indicators": list(edition.indicators.order_by("order")),
        "milestones": list(edition.milestones.order_by("order")),
        "definitions": list(edition.definitions.order_by("order")),
        "source_rows": list(edition.source_rows.order_by("order")),
        "retired": list(edition.retired.order_by("anchor")),
        "anchors_before": frozenset(before) if edition.based_on_id else frozenset(),
    }
    return Material(**(found | changes))

"""What the milestones are called, and which date is meant. The keys are code, the words the edition's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from core import context
from manual.enums import EditionStatus, Milestone
from manual.models import MilestoneWords

Named = Mapping[str, MilestoneWords]
LASTING: Final = (EditionStatus.PUBLISHED, EditionStatus.RETIRED)
"""An edition that has come so far never changes again."""
KEPT_AT_MOST: Final = 16
_kept: dict[UUID, Named] = {}


def milestone_words(edition_id: UUID) -> Named:
    """Key to words; empty for an edition older than these rows. Kept in the process once it cannot change."""
    if edition_id in _kept:
        return _kept[edition_id]
    return context.read_once(("manual.milestones", edition_id), lambda: _load(edition_id))


def milestone_label(kind: str, edition_id: UUID) -> str:
    """The name in the reader's language; the code's own where the edition has none."""
    row = milestone_words(edition_id).get(kind)
    if row:
        return row.label
    return str(Milestone(kind).label) if kind in Milestone.values else kind


def milestone_meaning(kind: str, edition_id: UUID) -> str:
    """Which date is meant, or nothing."""
    row = milestone_words(edition_id).get(kind)
    return row.meaning if row else ""


def _load(edition_id: UUID) -> Named:
    rows = list(MilestoneWords.objects.filter(edition_id=edition_id).select_related("edition"))
    found = {str(row.key): row for row in rows}
    if rows and rows[0].edition.status in LASTING:
        if len(_kept) >= KEPT_AT_MOST:
            _kept.clear()
        _kept[edition_id] = found
    return found

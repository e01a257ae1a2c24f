"""What the overview says besides, for the desk alone: the event, an age decided, a newer edition."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from cases import workflow
from cases.access import Sight, held_by, may_have
from cases.enums import Verb
from cases.models import LegalGround
from cases.services import assessments, editions
from manual.models import Edition

OWN_LINKS: Final = 60
"""Links to cases of the same event; the inbox has them all."""


@dataclass(frozen=True)
class Beside:
    """What the overview says besides: the event the person was found at, and what an age decision left."""

    total: int = 0
    """Persons of the same event; 0 when the viewer is not told."""
    own: tuple[tuple[str, uuid.UUID], ...] = ()
    """(reference, case) of those the viewer's desks have, this one among them."""
    incident_id: uuid.UUID | None = None
    asks_consent: bool = False
    without_ground: tuple[LegalGround, ...] = ()
    newer: Edition | None = None
    """The edition in force, when the case follows an earlier one and can take it over."""


def beside(sight: Sight) -> Beside:
    """For the desk that decides alone: others in the case learn neither the number nor the grounds."""
    case = sight.case
    if not sight.is_desk or sight.is_unplaced:
        return Beside()
    total, own = 0, []
    if case.incident_id and case.incident is not None:
        total = case.incident.total
        mine = held_by(sight.by).filter(case__incident_id=case.incident_id, desk_id__isnull=False)
        pairs = mine.values_list("case__reference", "case_id").distinct().order_by("case__reference")
        own = list(pairs[:OWN_LINKS])
    newer = editions.newer(case) if may_have(case, "newer_edition") and _can_renew(sight) else None
    if not case.is_open or case.age_band != "adult" or case.is_consultation:
        return Beside(total, tuple(own), case.incident_id, newer=newer)
    asks_consent, left = assessments.left_over(case)
    grounds = tuple(assessments.without_ground(case)) if left else ()
    return Beside(total, tuple(own), case.incident_id, asks_consent, grounds, newer)


def _can_renew(sight: Sight) -> bool:
    row = workflow.TRANSITIONS[Verb.RENEW]
    return sight.case.status in row.sources and row.right in sight.desk_rights

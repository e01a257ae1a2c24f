"""What the overview says besides, for the desk alone: the event, and what an age decision left."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from cases.access import Sight, held_by
from cases.models import LegalGround
from cases.services import assessments

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
    if not case.is_open or case.age_band != "adult" or case.is_consultation:
        return Beside(total, tuple(own), case.incident_id)
    asks_consent, left = assessments.left_over(case)
    grounds = tuple(assessments.without_ground(case)) if left else ()
    return Beside(total, tuple(own), case.incident_id, asks_consent, grounds)

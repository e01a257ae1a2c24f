"""What goes on between desks about a case, for the banner on its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import cached_property

from cases.access import Sight, may_have
from cases.enums import GrantReason, Status
from cases.models import Handover
from cases.services import handovers
from core import looks


@dataclass
class Moves:
    """Each property reads at most once."""

    sight: Sight

    @cached_property
    def handover(self) -> Handover | None:
        """The question to another desk that waits for its answer."""
        case = self.sight.case
        told = case.status == Status.ACTIVE and any(grant.desk_id for grant in self.sight.grants)
        return handovers.open_in(case) if told and may_have(case, "handover") else None

    @cached_property
    def forwarded(self) -> Handover | None:
        """The forwarding that this desk may still send back."""
        return handovers.forwarded_to(self.sight.case) if self.sight.is_desk else None

    @cached_property
    def reads_until(self) -> date | None:
        """The last day on which a desk that has handed the case over reads it."""
        if self.sight.is_desk:
            return None
        ends = [g.valid_until for g in self.sight.grants if g.reason == GrantReason.HANDED_OVER]
        return looks.day_of(ends[0] - timedelta(seconds=1)) if ends and ends[0] else None

"""For which desks a person acts right now, and with which rights."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from core import clock
from core.access import rights_on
from coordinators.models import Desk

if TYPE_CHECKING:
    from accounts.access import Assignment


def desks_of(assignment: Assignment) -> dict[UUID, frozenset[str]]:
    """Desk id → rights (view_inbox, triage, assign, forward, place) of the chosen assignment, now. One query."""
    return rights_on(Desk, assignment.membership_id, clock.now())

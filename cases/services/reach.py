"""Whom the portal cannot reach by e-mail, told to those whose steps wait for them. Never an address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.access import Assignment
from cases.access import at_desks
from cases.enums import LIVE_STEPS, Level
from cases.models import Step
from core import outbox

MOST = 20


@dataclass(frozen=True)
class Lost:
    """A step whose owner does not get what the portal sends."""

    step: Step
    name: str
    """Of the person; empty where it is the agency's mailbox."""


def lost_owners(by: Assignment, desks: dict[UUID, frozenset[str]]) -> list[Lost]:
    """Open steps in the cases of these desks whose owner cannot be reached. Two queries, one if all can."""
    people, addresses = outbox.unreachable()
    if not desks or not (people or addresses):
        return []
    cases = at_desks(by, desks).filter(case=OuterRef("case"), is_open=True, level__gte=Level.STEPS)
    steps = Step.objects.filter(Exists(cases), status__in=LIVE_STEPS)
    nobody = Q(agency__mailbox__in=addresses, assignee__isnull=True)
    found = steps.filter(Q(assignee_id__in=people) | nobody).select_related(
        "case", "template", "agency", "assignee"
    )
    return [_lost(step, people) for step in found.order_by("due_at", "pk")[:MOST]]


def _lost(step: Step, people: Iterable[UUID]) -> Lost:
    reached_by_name = step.assignee is not None and step.assignee_id in set(people)
    return Lost(step, step.assignee.name if step.assignee and reached_by_name else "")

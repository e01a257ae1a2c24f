"""Steps that an act in a case opens: an invitation, a handover, a dispute, a meeting's decision, an alarm."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from django.db.models import Max, Q, QuerySet

from cases.enums import LIVE_STEPS, StepStatus
from cases.models import Case, Step
from cases.services import chasing, checklists
from core import clock
from manual import library
from manual.enums import Priority

INVITATION: Final = "act.answer_invitation"
DISPUTE: Final = "act.settle_dispute"
AGREED: Final = "act.agreed"
BY_HAND: Final = frozenset({AGREED})
"""Steps of an act that people end themselves; the others end with the act they ask for."""


def ends_by_hand(step: Step) -> bool:
    """Whether somebody may say that the step is done, rather than do what it asks for."""
    return not step.key.startswith("act.") or step.key in BY_HAND


def start(
    case: Case,
    key: str,
    due_at: datetime,
    *,
    agency_id: uuid.UUID | None = None,
    desk_id: uuid.UUID | None = None,
    assignee_id: uuid.UUID | None = None,
    wording: str | None = None,
    urgent: bool = False,
) -> Step:
    """A step that an act in the case opens (scope `act`): owed by the agency or desk named, due then.

    Ends like any step; the act's own end calls `end`. `urgent`: chased like a critical step. The caller holds
    the lock on the case.
    """
    template = library.step(library.current_edition(), key)
    # A desk's steps follow the case to the next desk: they are counted together.
    owner = Q(agency_id=agency_id) if agency_id else Q(desk__isnull=False)
    before = case.steps.filter(owner, key=key).aggregate(last=Max("occurrence"))["last"] or 0
    now = clock.now()
    step = Step(
        case=case,
        template=template,
        key=key,
        occurrence=before + 1,
        agency_id=agency_id,
        desk_id=desk_id,
        assignee_id=assignee_id,
        phase=template.phase,
        priority=Priority.CRITICAL if urgent else template.priority,
        deadline_kind=template.kind,
        milestone=template.from_event,
        starts_at=now,
        due_at=due_at,
        status=StepStatus.OPEN,
        data_key_id=case.data_key_id,
        wording=wording,
        created_at=now,
    )
    step.chase_at = None if case.practice else chasing.next_chase(step, now)
    step.save(force_insert=True)
    chasing.settle(case)
    return step


def end(steps: QuerySet[Step], *, by_id: uuid.UUID | None, case: Case) -> None:
    """The act is over: those of these steps that are still live are done. The caller filters by key."""
    for step in steps.filter(status__in=LIVE_STEPS).select_related("template"):
        step.case = case
        checklists.mark_done(step, by_id=by_id)
    chasing.settle(case)

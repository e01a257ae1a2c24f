"""What others owe in the cases one follows, and reminding them by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, time
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import Sight, held_by, sight_of
from cases.enums import ACTING_REASONS, LIVE_STEPS, Level, ParticipationStatus
from cases.models import Participation, Step
from cases.services import casework
from core import audit, clock
from core.enums import AuditOutcome
from core.errors import TransitionNotAllowed
from core.models import AuditEvent

NUDGE: Final = "step.nudge"


def owed_by_others(by: Assignment, desks: dict[uuid.UUID, frozenset[str]], *, mine: bool) -> QuerySet[Step]:
    """Dated steps of other houses in open cases the viewer's own reads in whole, soonest first.

    `mine`: only in cases she handles or is the contact person of. What a step may tell of is asked of
    `Sight.reads`, row by row.
    """
    acting = Q(agency_id__isnull=False) | Q(reason__in=ACTING_REASONS)
    grants = held_by(by, desks).filter(acting, level__gte=Level.FULL, is_open=True)
    if mine:
        contact = Participation.objects.filter(
            case=OuterRef("case"), contact_id=by.user_id, status=ParticipationStatus.ACCEPTED
        )
        grants = grants.filter(Q(case__assignee_id=by.user_id) | Exists(contact))
    steps = Step.objects.filter(case__in=grants.values("case_id"), status__in=LIVE_STEPS)
    own = Q(agency_id=by.agency_id) | Q(desk_id__in=list(desks))
    found = steps.filter(due_at__isnull=False, paused_at__isnull=True).exclude(own).order_by("due_at", "pk")
    related = (
        "case__county",
        "case__desk__region",
        "template",
        "agency",
        "desk__region",
        "assignee",
        "data_key",
    )
    return found.select_related(*related)


def _midnight() -> datetime:
    return datetime.combine(clock.today(), time(0), clock.STOCKHOLM)


def nudged_today(steps: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Of these, the steps that somebody has reminded of today. One query."""
    events = AuditEvent.objects.filter(
        target_id__in=list(steps), verb=NUDGE, outcome=AuditOutcome.ALLOWED, at__gte=_midnight()
    )
    return {pk for pk in events.values_list("target_id", flat=True) if pk}


def may_nudge(sight: Sight | None, step: Step) -> bool:
    """Whoever works on a case that she reads in whole, about another house's step."""
    if sight is None or sight.level < Level.FULL or not (sight.is_desk or sight.agency_id):
        return False
    return sight.reads(step) and not sight.owns(step)


@transaction.atomic(durable=True)
def nudge(*, step_id: uuid.UUID, by: Assignment) -> Step:
    """Remind the house that owes a step: a notice, once a day however many press the button.

    Raises PermissionDenied for those who may not read it, ValidationError the second time of a day,
    TransitionNotAllowed when it has ended.
    """
    found = Step.objects.filter(pk=step_id).only("case_id").first()
    case = casework.lock(found.case_id) if found else None
    step = Step.objects.select_related("template", "agency", "desk").filter(pk=step_id).first()
    if step is None or case is None or not may_nudge(sight_of(by, case), step):
        audit.refuse(NUDGE, step_id, by=by)
        raise PermissionDenied
    step.case = case
    if step.status not in LIVE_STEPS or not case.is_open:
        raise TransitionNotAllowed(_("The step has already ended."))
    if nudged_today([step.pk]):
        raise ValidationError(_("A reminder has already been sent today."), code="nudged")
    audit.record(NUDGE, step, by=by, case=case.id, key=step.key)
    notifications.nudged(step)
    return step

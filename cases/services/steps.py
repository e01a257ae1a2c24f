"""What agencies do with a step: start, done, not applicable, blocked. Each one call, each undoable."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Membership
from cases import notifications
from cases.access import Sight, barred_from, sight_of
from cases.enums import (
    LIVE_STEPS,
    BlockedOn,
    Level,
    NotApplicableReason,
    Status,
    StepStatus,
)
from cases.models import Case, Step
from cases.services import acts, casework, chasing, checklists, clocks, sharing, tallies
from coordinators import routing
from core import audit, clock
from core.errors import StaleVersion, TransitionNotAllowed
from manual.enums import Milestone

ASSESSMENT = "ident.rc.assess"


def _begin(step_id: uuid.UUID, version: int | None, by: Assignment) -> tuple[Step, Sight | None]:
    """The locked step, when the agency or desk of this assignment owes it, or the coordinator reports it.

    The referrer's own duties need no sight of the case: they are her agency's, and assigned to her.
    """
    found = Step.objects.filter(pk=step_id).only("case_id").first()
    case = casework.lock(found.case_id) if found else None
    sight = sight_of(by, case) if case else None
    step = Step.objects.select_related("template", "agency", "data_key").filter(pk=step_id).first()
    if step is None or case is None or not may_act(step, sight, by):
        audit.refuse("step.act", step_id, by=by)
        raise PermissionDenied
    step.case = case
    if is_over(step):
        raise TransitionNotAllowed(_("The case is no longer open."))
    if version is not None and version != step.version:
        raise StaleVersion(step)
    return step, sight


def may_act(step: Step, sight: Sight | None, by: Assignment) -> bool:
    """Own agency's steps, own desk's steps, own duties as referrer; any step for the desk, as reported."""
    own = step.agency_id == by.agency_id and step.assignee_id == by.user_id and by.has("file_referrals")
    if own and step.template.agency_role == checklists.REFERRER_ROLE:
        return True
    if sight is None or sight.level < Level.STEPS:
        return False
    return "triage" in sight.desk_rights or (step.agency_id is not None and step.agency_id == sight.agency_id)


def is_over(step: Step) -> bool:
    """Nothing is done in a case that is no longer open, but for the follow-up of a return (S29)."""
    runs_on = step.case.status == Status.CLOSED and step.milestone == Milestone.ARRIVAL_HOME
    return not step.case.is_open and not runs_on


def is_reported(step: Step, sight: Sight | None) -> bool:
    """Whether the one who acts is the coordinator, on behalf of another agency."""
    return (
        step.agency_id is not None
        and sight is not None
        and sight.agency_id != step.agency_id
        and sight.is_desk
    )


def may_end(step: Step) -> bool:
    """Whether saying so ends the step; an invitation, a handover or a dispute ends by being answered."""
    return acts.ends_by_hand(step)


def _must_end_by_hand(step: Step) -> None:
    if not may_end(step):
        raise TransitionNotAllowed(_("This step ends by itself when what it asks for has been done."))


def _save(step: Step, *fields: str) -> None:
    if "remark" in fields:
        sharing.without_person(step.case, step.remark, "remark")
    step.version += 1
    step.save(update_fields=[*fields, "version"])


def _close(step: Step, verb: str, by: Assignment, **facts: Any) -> None:
    chasing.settle(step.case)
    audit.record(f"step.{verb}", step, by=by, case=step.case_id, key=step.key, **facts)


@transaction.atomic(durable=True)
def done(
    *,
    step_id: uuid.UUID,
    by: Assignment,
    version: int | None = None,
    done_on: date | None = None,
    remark: str = "",
    reported_by: str = "",
) -> Step:
    """The step is carried out. The coordinator says whom it was reported by and how.

    Raises ValidationError at `done_on` for a date in the future, at `reported_by` when that is missing.
    """
    step, sight = _begin(step_id, version, by)
    _must_end_by_hand(step)
    if step.status not in (*LIVE_STEPS, StepStatus.WAITING):
        raise TransitionNotAllowed(_("The step has already ended."))
    if done_on and done_on > clock.today():
        raise ValidationError({"done_on": _("The date cannot be in the future.")})
    if is_reported(step, sight) and not reported_by.strip():
        raise ValidationError({"reported_by": _("Write who reported it, and how.")})
    step.remark = remark or step.remark
    step.reported_by = reported_by or None
    others = ("remark", "reported_by")
    checklists.mark_done(step, by_id=by.user_id, done_on=done_on, others=others)
    if step.key == ASSESSMENT:
        _identified(step.case, by)
    _close(step, "done", by)
    return step


def _identified(case: Case, by: Assignment) -> None:
    """The assessment is made: what waits for "assessed as presumed victim" starts."""
    if case.milestones.filter(kind=Milestone.IDENTIFIED, replaced_at__isnull=True).exists():
        return
    checklists.record_milestone(case, Milestone.IDENTIFIED, clock.now(), by_id=by.user_id, date_only=False)
    checklists.refresh(case)


@transaction.atomic(durable=True)
def start(*, step_id: uuid.UUID, by: Assignment, version: int | None = None) -> Step:
    step, _sight = _begin(step_id, version, by)
    if step.status not in (StepStatus.OPEN, StepStatus.BLOCKED):
        raise TransitionNotAllowed(_("The step cannot be started now."))
    _unblock(step)
    step.status = StepStatus.STARTED
    _save(step, "status", "blocked_on", "next_check_on")
    _close(step, "start", by)
    return step


@transaction.atomic(durable=True)
def save(*, step_id: uuid.UUID, remark: str, by: Assignment, version: int | None = None) -> Step:
    """Write down supporting material without ending the step; one not started yet has started now."""
    step, _sight = _begin(step_id, version, by)
    if step.status == StepStatus.CANCELLED:
        raise TransitionNotAllowed(_("The step has already ended."))
    if step.status == StepStatus.OPEN:
        step.status = StepStatus.STARTED
    step.remark = remark or None
    _save(step, "status", "remark")
    _close(step, "save", by)
    return step


def _unblock(step: Step) -> None:
    step.blocked_on, step.next_check_on = "", None


@transaction.atomic(durable=True)
def not_applicable(
    *,
    step_id: uuid.UUID,
    reason: NotApplicableReason,
    remark: str = "",
    by: Assignment,
    version: int | None = None,
) -> Step:
    step, _sight = _begin(step_id, version, by)
    _must_end_by_hand(step)
    if step.status not in (*LIVE_STEPS, StepStatus.WAITING):
        raise TransitionNotAllowed(_("The step has already ended."))
    _unblock(step)
    step.status, step.not_applicable_reason = StepStatus.NOT_APPLICABLE, reason
    step.ended_at, step.ended_by_id, step.chase_at, step.paused_at = clock.now(), by.user_id, None, None
    step.remark = remark or step.remark
    _save(
        step,
        "status",
        "not_applicable_reason",
        "ended_at",
        "ended_by",
        "chase_at",
        "paused_at",
        "remark",
        "blocked_on",
        "next_check_on",
    )
    clocks.end_stops([step.pk])
    notifications.settled([step.pk])
    _close(step, "not_applicable", by, reason_code=reason)
    return step


@transaction.atomic(durable=True)
def block(
    *,
    step_id: uuid.UUID,
    blocked_on: BlockedOn,
    next_check_on: date,
    remark: str,
    by: Assignment,
    version: int | None = None,
) -> Step:
    """Something hinders the step: what, whom it waits for, when to look again. The deadline stays."""
    step, _sight = _begin(step_id, version, by)
    if step.status not in LIVE_STEPS:
        raise TransitionNotAllowed(_("The step cannot be blocked now."))
    if next_check_on < clock.today():
        raise ValidationError({"next_check_on": _("Choose today or a later day.")})
    step.status, step.blocked_on, step.next_check_on = StepStatus.BLOCKED, blocked_on, next_check_on
    step.remark = remark
    _save(step, "status", "blocked_on", "next_check_on", "remark")
    _close(step, "block", by, blocked_on=blocked_on)
    return step


@transaction.atomic(durable=True)
def reopen(*, step_id: uuid.UUID, by: Assignment, version: int | None = None) -> Step:
    """Undo done or not applicable: the step is to be done again, with its due time as it was."""
    step, _sight = _begin(step_id, version, by)
    _must_end_by_hand(step)
    if step.status not in (StepStatus.DONE, StepStatus.NOT_APPLICABLE):
        raise TransitionNotAllowed(_("Only an ended step can be taken up again."))
    if step.status == StepStatus.DONE:
        _remove_following(step)
        tallies.step_undone(step)
    checklists.bring_home([step], step.case)
    milestone = step.case.milestones.filter(kind=step.milestone, replaced_at__isnull=True).exists()
    step.status = StepStatus.OPEN if milestone and step.due_at else StepStatus.WAITING
    if step.status == StepStatus.WAITING:
        step.starts_at = step.due_at = None
    step.ended_at, step.ended_by, step.done_on, step.not_applicable_reason = None, None, None, ""
    if step.due_at and not step.case.practice:
        step.chase_at = chasing.next_chase(step, clock.now())
    _save(
        step,
        "status",
        "ended_at",
        "ended_by",
        "done_on",
        "not_applicable_reason",
        "chase_at",
        "starts_at",
        "due_at",
        "desk",
        "assignee",
    )
    checklists.refresh(step.case)  # its milestone may have come, or moved, while it had ended
    step.refresh_from_db(fields=["status", "starts_at", "due_at", "chase_at", "stage"])
    _close(step, "reopen", by)
    return step


def _remove_following(step: Step) -> None:
    """The occurrence that the doing opened goes away, unless somebody has begun it: one at most is open.

    Only where the step recurs: what else has a later number was asked for by itself, or came by a merge.
    """
    if not step.template.recurs_amount:
        return
    owner = Q(agency_id=step.agency_id) if step.agency_id else Q(desk__isnull=False)
    later = step.case.steps.filter(owner, key=step.key, occurrence=step.occurrence + 1)
    if later.exclude(status=StepStatus.OPEN).exists():
        raise TransitionNotAllowed(_("The next one of this step has already been begun."))
    tallies.steps_removed(later)
    later.delete()


@transaction.atomic(durable=True)
def assign(*, step_id: uuid.UUID, assignee_id: uuid.UUID | None, by: Assignment) -> Step:
    """Give the step to somebody of the agency or desk that owes it, or to nobody."""
    step, _sight = _begin(step_id, None, by)
    if assignee_id and assignee_id not in _who_can_take(step) - barred_from(step.case):
        raise ValidationError({"assignee": _("Choose a colleague of the agency.")})
    before, step.assignee_id = step.assignee_id, assignee_id
    _save(step, "assignee")
    _close(step, "assign", by, assignee=assignee_id, before=before)
    notifications.step_assigned(step, before=before, by=by)
    return step


def _who_can_take(step: Step) -> set[uuid.UUID]:
    """People of the agency, or whoever answers at the desk today."""
    if step.desk:
        return {person.user_id for person in routing.people_on([step.desk], clock.today())[step.desk.pk]}
    assert step.agency_id is not None, "a step has an owner (constraint)"
    members = Membership.objects.in_force().filter(agency_id=step.agency_id)
    return set(members.values_list("user_id", flat=True))

"""Stopping the clock of one step for a reason, and letting it run again."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import sight_of
from cases.enums import LIVE_STEPS, BlockedOn, Status
from cases.models import Case, ClockStop, Step
from cases.services import casework, chasing, clocks
from cases.services import steps as step_service
from coordinators.enums import AgeBand
from core import audit, clock
from core.errors import StaleVersion, TransitionNotAllowed
from manual.enums import DeadlineKind, Direction, Priority, Scope


def why_not(step: Step, case: Case) -> str:
    """Why the clock of this step cannot be stopped, in words; empty when it can."""
    template = step.template
    if template.kind == DeadlineKind.STATUTORY_FIXED:
        return _("The law sets the deadline: %(basis)s. Its clock cannot be stopped.") % {
            "basis": template.legal_basis
        }
    if case.age_band != AgeBand.ADULT and (
        step.priority == Priority.CRITICAL or DeadlineKind(template.kind).is_statutory
    ):
        return _("The step protects somebody who is or may be a child. Its clock cannot be stopped.")
    if template.direction == Direction.BEFORE:
        return _("The step counts down to a day that comes all the same. Its clock cannot be stopped.")
    if template.scope == Scope.ACT and not step_service.may_end(step):
        return _("Somebody waits for the answer. The clock cannot be stopped.")
    return ""


def open_stop(step: Step) -> ClockStop | None:
    """The stop in force, with who made it."""
    found = step.stops.filter(resumed_at__isnull=True).select_related("stopped_by", "data_key")
    return found.first()


@transaction.atomic(durable=True)
def stop(
    *, step_id: uuid.UUID, reason: BlockedOn, text: str, by: Assignment, version: int | None = None
) -> Step:
    """The clock stands still from now on, by who owes the step or the desk; nobody is chased meanwhile.

    Raises ValidationError, in words, for a deadline of the law, child protection, and a countdown.
    """
    step = _begin(step_id, by, version)
    if step.status not in LIVE_STEPS:
        raise TransitionNotAllowed(_("The step is not under way: it has no clock to stop."))
    if refusal := why_not(step, step.case):
        audit.refuse("step.stop", step, by=by)
        raise ValidationError(refusal, code="never")
    if open_stop(step):
        raise ValidationError(_("The clock has already been stopped."), code="stopped")
    if not text.strip():
        raise ValidationError({"text": _("Write why the clock is stopped.")})
    now = clock.now()
    ClockStop.objects.create(
        step=step,
        reason=reason,
        text=text,
        data_key_id=step.case.data_key_id,
        stopped_at=now,
        stopped_by_id=by.user_id,
    )
    step.paused_at, step.chase_at = step.paused_at or now, None
    _finish(step, "stop", by, reason_code=reason)
    return step


@transaction.atomic(durable=True)
def resume(*, step_id: uuid.UUID, by: Assignment, version: int | None = None) -> Step:
    """The clock runs again and the due time moves by what stood still, once, whatever the reasons were.

    While the case waits for its referrer the desk's clocks go on standing still.
    """
    step = _begin(step_id, by, version)
    row = open_stop(step)
    if row is None:
        raise ValidationError(_("The clock is running."), code="running")
    _run(step, row, by)
    return step


def _run(step: Step, row: ClockStop, by: Assignment) -> None:
    row.resumed_at, row.resumed_by_id = clock.now(), by.user_id
    row.save(update_fields=["resumed_at", "resumed_by"])
    if step.paused_at and not _waits_with_the_case(step):
        clocks.run_on(step.case, [step])
    _finish(step, "resume", by)


def let_go(case: Case, by: Assignment) -> None:
    """Clocks that may not stand still any more run again: the person is, or may be, a child after all.

    Part of services that change what `why_not` asks.
    """
    open_ones = ClockStop.objects.filter(step__case=case, resumed_at__isnull=True)
    for row in open_ones.select_related("step__template"):
        row.step.case = case
        if why_not(row.step, case):
            _run(row.step, row, by)


def _waits_with_the_case(step: Step) -> bool:
    return step.case.status == Status.WAITING and step.desk_id == step.case.desk_id


def _begin(step_id: uuid.UUID, by: Assignment, version: int | None) -> Step:
    """The locked step of somebody who may act on it. Raises PermissionDenied for anybody else."""
    found = Step.objects.filter(pk=step_id).only("case_id").first()
    case = casework.lock(found.case_id) if found else None
    sight = sight_of(by, case) if case else None
    step = Step.objects.select_related("template", "agency").filter(pk=step_id).first()
    if step is None or case is None or not step_service.may_act(step, sight, by):
        audit.refuse("step.act", step_id, by=by)
        raise PermissionDenied
    step.case = case
    if not case.is_open:
        raise TransitionNotAllowed(_("The case is no longer open."))
    if version is not None and version != step.version:
        raise StaleVersion(step)
    return step


def _finish(step: Step, verb: str, by: Assignment, **facts: Any) -> None:
    step.version += 1
    step.save(update_fields=["paused_at", "chase_at", "due_at", "version"])
    chasing.settle(step.case)
    audit.record(f"step.{verb}", step, by=by, case=step.case_id, key=step.key, **facts)

"""Undoing a decision within half a minute, as long as nobody has done anything since.

The token is signed and says what to put back; nothing is kept for it in the database.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Sum
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import require
from cases.enums import LIVE_STEPS, Status, StepStatus, Verb
from cases.models import Case
from cases.services import casework, chasing, clocks, tallies
from core import audit, clock
from core.errors import TransitionNotAllowed

SALT = "cases.undo"
NOT_ENDED = (StepStatus.WAITING, *LIVE_STEPS)
UNDOABLE = (Verb.ACCEPT, Verb.SNOOZE, Verb.ASSIGN, Verb.WAKE)


def before(case: Case) -> dict[str, Any]:
    """What a decision may change, to be read before it."""
    return {
        "status": case.status,
        "assignee": str(case.assignee_id) if case.assignee_id else None,
        "snoozed": case.snoozed_until.isoformat() if case.snoozed_until else None,
        "waiting": case.waiting_since.isoformat() if case.waiting_since else None,
        "answered": case.answered_at.isoformat() if case.answered_at else None,
    }


def token(case: Case, verb: Verb, was: dict[str, Any], by: Assignment) -> str:
    """The signed right to put `was` back while the case still has this version."""
    return signing.dumps(entry(case, verb, was, by), salt=SALT)


def entry(case: Case, verb: Verb, was: dict[str, Any], by: Assignment) -> dict[str, Any]:
    """What a token says of one case, unsigned."""
    stands = {"case": str(case.id), "version": case.version, "steps": _acts_on_steps(case)}
    return was | stands | {"verb": verb, "by": str(by.user_id)}


def _acts_on_steps(case: Case) -> int:
    """How often people have changed the case's steps: that moves no version of the case."""
    return case.steps.aggregate(acts=Sum("version"))["acts"] or 0


def undo(*, token: str, by: Assignment) -> Case:
    """Put the case back. Raises TransitionNotAllowed when too late or when somebody has acted since."""
    try:
        was = signing.loads(token, salt=SALT, max_age=settings.UNDO_WINDOW)
    except signing.BadSignature as bad:
        raise TransitionNotAllowed(_("It is too late to undo.")) from bad
    return put_back(was, by=by)


@transaction.atomic(durable=True)
def put_back(was: dict[str, Any], *, by: Assignment) -> Case:
    """What `undo` does for one case, the signature once checked."""
    too_late = TransitionNotAllowed(_("It is too late to undo."))
    case = casework.lock(uuid.UUID(was["case"]))
    require(by, case, "triage")
    since = case.version != was["version"] or _acts_on_steps(case) != was["steps"]
    if since or str(by.user_id) != was["by"]:
        raise too_late
    _put_back(case, was)
    audit.record("case.undo", case, by=by, verb_code=was["verb"])
    notifications.withdraw(case, verb=was["verb"])
    return case


def _put_back(case: Case, was: dict[str, Any]) -> None:
    reopened_question = case.answered_at is not None and was["answered"] is None
    if reopened_question:
        _reopen_first_answer(case)
    case.status = Status(was["status"])
    case.assignee_id = uuid.UUID(was["assignee"]) if was["assignee"] else None
    case.snoozed_until = parse_datetime(was["snoozed"]) if was["snoozed"] else None
    case.waiting_since = parse_datetime(was["waiting"]) if was["waiting"] else None
    case.answered_at = parse_datetime(was["answered"]) if was["answered"] else None
    case.version += 1
    case.save(
        update_fields=["status", "assignee", "snoozed_until", "waiting_since", "answered_at", "version"]
    )
    case.steps.filter(desk_id=case.desk_id, status__in=NOT_ENDED).update(assignee_id=case.assignee_id)
    if case.status == Status.WAITING:
        clocks.pause(case)
    tallies.answered(case)
    chasing.settle(case)


def _reopen_first_answer(case: Case) -> None:
    step = (
        case.steps.filter(key=casework.ACKNOWLEDGE, status=StepStatus.DONE).select_related("template").first()
    )
    if step is None:
        return
    step.status, step.ended_at, step.ended_by, step.done_on = StepStatus.OPEN, None, None, None
    step.chase_at = None if case.practice else chasing.next_chase(step, clock.now())
    step.version += 1
    step.save(update_fields=["status", "ended_at", "ended_by", "done_on", "chase_at", "version"])

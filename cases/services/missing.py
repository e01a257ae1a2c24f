"""The alarm that a person is missing: one act, everybody in the case knows, hourly until she is found."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import Sight, require_level
from cases.enums import LIVE_STEPS, OPEN_STATUSES, Level
from cases.models import Case
from cases.services import acts, casework, checklists
from coordinators.enums import AgeBand
from core import audit, clock
from core.errors import TransitionNotAllowed
from manual.enums import Condition, Milestone

STEP: Final = "act.find_missing"
HOUR: Final = timedelta(hours=1)


def may_alarm(sight: Sight) -> bool:
    """The desk, and every agency that takes part; a consultation is about nobody who could be missing."""
    writes = sight.level >= Level.STEPS and not sight.only_reads
    return writes and sight.case.is_open and not sight.case.is_consultation


@transaction.atomic(durable=True)
def alarm(*, case_id: uuid.UUID, since: datetime, known: str, by: Assignment) -> Case:
    """The person is missing since then: flags the case, tells every house in it, opens the desk's step.

    Raises PermissionDenied without sight of steps, TransitionNotAllowed when the alarm is on or the case is
    over, ValidationError (`since`) for a time to come.
    """
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    if not may_alarm(sight):
        raise TransitionNotAllowed(_("The case is over. It can be read, not changed."))
    if case.missing_since is not None:
        raise TransitionNotAllowed(_("The alarm is already on."))
    if since > clock.now():
        raise ValidationError({"since": _("The time cannot be in the future.")})
    case.missing_since = since
    case.version += 1
    _child_is_missing(case, since, by)
    case.save(update_fields=["missing_since", "conditions", "version"])
    checklists.refresh(case)
    step = acts.start(case, STEP, clock.now() + HOUR, desk_id=case.desk_id, assignee_id=case.assignee_id)
    step.remark = known or None  # the house that owes a step reads what is written about it, nobody else
    step.save(update_fields=["remark"])
    audit.record("case.missing", case, by=by)
    notifications.person_missing(case, by_id=by.user_id)
    return case


def _child_is_missing(case: Case, since: datetime, by: Assignment) -> None:
    """What the manual asks for a child that has gone starts with the hour it went."""
    if case.age_band == AgeBand.ADULT:
        return
    case.conditions = sorted({*case.conditions, Condition.CHILD_MISSING.value})
    checklists.record_milestone(case, Milestone.CHILD_MISSING, since, by_id=by.user_id, date_only=False)


@transaction.atomic(durable=True)
def found(*, case_id: uuid.UUID, by: Assignment) -> Case:
    """She has been found: the alarm is over everywhere. Any house in the case may say so."""
    case = casework.lock(case_id)
    require_level(by, case, Level.STEPS)
    if case.missing_since is None:
        raise TransitionNotAllowed(_("The alarm is not on."))
    case.missing_since = None
    case.version += 1
    case.conditions = [code for code in case.conditions if code != Condition.CHILD_MISSING]
    case.save(update_fields=["missing_since", "conditions", "version"])
    checklists.refresh(case)
    acts.end(case.steps.filter(key=STEP), by_id=by.user_id, case=case)
    audit.record("case.found", case, by=by)
    notifications.person_found(case, by_id=by.user_id)
    return case


def what_is_known(sight: Sight) -> str:
    """What was told with the alarm: for the desk that looks for her."""
    if not sight.is_desk or sight.level < Level.FULL or sight.case.missing_since is None:
        return ""
    step = sight.case.steps.filter(key=STEP, status__in=LIVE_STEPS).order_by("-occurrence").first()
    return str(step.remark) if step is not None and step.remark else ""


def remind() -> int:
    """Every hour anew to the desk while somebody is missing; keyed by the hour, so that twice is once."""
    now = clock.now()
    rows = Case.objects.filter(missing_since__isnull=False, status__in=OPEN_STATUSES).select_related("desk")
    told = 0
    for case in rows:
        assert case.missing_since is not None
        hours = int((now - case.missing_since) / HOUR)
        if hours >= 1:
            notifications.person_still_missing(case, f"{case.missing_since:%Y%m%d%H%M}:{hours}")
            told += 1
    return told

"""Correcting and withdrawing the dated facts of a case: what stands on them follows, both dates are kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, workflow
from cases.access import require
from cases.enums import PeriodKind, Verb
from cases.models import Case, RecordedMilestone, Step
from cases.sections.facts import CONDITIONS
from cases.services import casework, checklists, tallies
from core import audit, clock
from manual.enums import Condition, Milestone

PLANNED: Final = frozenset(
    {
        Milestone.REFLECTION_EXPIRES,
        Milestone.PERMIT_EXPIRES,
        Milestone.NSP_PERIOD_EXPIRES,
        Milestone.TRIAL_DATE,
        Milestone.DEPARTURE_DATE,
        Milestone.YEAR_END,
    }
)
"""Milestones that may lie ahead."""
BY_A_PERIOD: Final[dict[Milestone, PeriodKind]] = {
    Milestone.REFLECTION_GRANTED: PeriodKind.REFLECTION,
    Milestone.REFLECTION_EXPIRES: PeriodKind.REFLECTION,
    Milestone.PERMIT_EXPIRES: PeriodKind.PERMIT,
    Milestone.NSP_PERIOD_EXPIRES: PeriodKind.SUPPORT_PROGRAMME,
}
"""Dates that a period says. They are never recorded by themselves: one truth."""
BY_A_RETURN: Final = (
    Milestone.RETURN_APPLICATION_SENT,
    Milestone.RETURN_ACCEPTED,
    Milestone.DEPARTURE_DATE,
    Milestone.ARRIVAL_HOME,
)
"""Dates that the return plan says."""
BY_THE_PORTAL: Final = (
    Milestone.REFERRAL_RECEIVED,
    Milestone.SUSPICION_NOTED,
    Milestone.HOTLINE_CALL,
    Milestone.YEAR_END,
)
"""Dates nobody records on the page."""
BY_HAND: Final = tuple(kind for kind in Milestone if kind not in (*BY_A_PERIOD, *BY_A_RETURN, *BY_THE_PORTAL))
"""Dates that are recorded, corrected and withdrawn on the page."""
SAYS: Final[dict[Milestone, Condition]] = {
    Milestone.CHARGES_FILED: Condition.CHARGES_FILED,
    Milestone.COUNSEL_APPOINTED: Condition.COUNSEL_APPOINTED,
    Milestone.INVESTIGATION_OPENED: Condition.INVESTIGATION_OPEN,
    Milestone.JUDGMENT_FINAL: Condition.JUDGMENT_FINAL,
    Milestone.LVU6_DECIDED: Condition.LVU6_DECIDED,
    Milestone.PERMIT_APPLIED: Condition.PERMIT_APPLIED,
    Milestone.PLACEMENT_ENDED: Condition.PLACEMENT_ENDED,
    Milestone.PLACEMENT_STARTED: Condition.PLACEMENT_STARTED,
    Milestone.POLICE_REPORT_MADE: Condition.POLICE_REPORT_MADE,
    Milestone.REFLECTION_APPLIED: Condition.REFLECTION_APPLIED,
    Milestone.SUSPECT_IDENTIFIED: Condition.SUSPECT_IDENTIFIED,
    Milestone.TRIAL_DATE: Condition.TRIAL_DATE_SET,
    Milestone.VICTIM_IS_SUSPECT: Condition.VICTIM_IS_SUSPECT,
}
"""A date recorded on the page says that something holds: the steps that ask for it open (ADR 1023)."""


@transaction.atomic(durable=True)
def record(
    *,
    case_id: uuid.UUID,
    kind: Milestone,
    happened_at: datetime,
    date_only: bool,
    source: str = "",
    by: Assignment,
) -> Case:
    """Record a dated fact, or correct it: what waited for it starts, what stood on the old date moves.

    Raises ValidationError for a date ahead, and for one that a period or the return plan says.
    """
    case = _begin(case_id, kind, by)
    if happened_at > clock.now() and kind not in PLANNED:
        raise ValidationError({"day": _("The date cannot be in the future.")}, code="future")
    before = write(case, kind, happened_at, date_only=date_only, source=source, by=by)
    set_conditions(case, add=[SAYS[kind]] if kind in SAYS else [])
    moved = checklists.refresh(case)
    finish(case, moved, by)
    _told(case, kind, before, by)
    return case


@transaction.atomic(durable=True)
def withdraw(*, case_id: uuid.UUID, kind: Milestone, by: Assignment) -> Case:
    """The date was wrong and no other is known: steps that stand on it wait again. The row is kept.

    What the date alone said holds no more; what an answer can say too goes on holding.
    """
    case = _begin(case_id, kind, by)
    row = current(case, kind)
    if row is None:
        raise ValidationError(_("The date has already been withdrawn."), code="gone")
    row.replaced_at = clock.now()
    row.save(update_fields=["replaced_at"])
    tallies.dates(case)
    said = SAYS.get(kind)
    set_conditions(case, drop=[said] if said and said not in CONDITIONS else [])
    finish(case, checklists.refresh(case), by)
    audit.record("case.date_withdrawn", case, by=by, kind=kind, before=row.pk)
    return case


def _begin(case_id: uuid.UUID, kind: Milestone, by: Assignment) -> Case:
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.RECORD].right)
    workflow.check(Verb.RECORD, case)
    if kind in BY_A_PERIOD:
        raise ValidationError({"kind": _("Record the period: its dates follow by themselves.")})
    if kind in BY_A_RETURN:
        raise ValidationError({"kind": _("The date is kept in the return plan. Change it there.")})
    return case


def current(case: Case, kind: Milestone) -> RecordedMilestone | None:
    """The date that holds now."""
    return case.milestones.filter(kind=kind, replaced_at__isnull=True).first()


def write(
    case: Case,
    kind: Milestone,
    happened_at: datetime,
    *,
    date_only: bool = True,
    source: str = "",
    by: Assignment,
) -> RecordedMilestone | None:
    """Write a date down with its source; returns the row it replaces. Does not refresh."""
    before = current(case, kind)
    if before and (before.happened_at, before.date_only) == (happened_at, date_only) and not source:
        return None
    checklists.record_milestone(case, kind, happened_at, by_id=by.user_id, date_only=date_only)
    if source:
        row = current(case, kind)
        assert row is not None, "just written"
        row.data_key_id, row.source = case.data_key_id, source
        row.save(update_fields=["data_key", "source"])
    return before


def remove(case: Case, kinds: Iterable[Milestone]) -> None:
    """Dates that hold no more, with the fact that said them. Does not refresh."""
    case.milestones.filter(kind__in=list(kinds), replaced_at__isnull=True).update(replaced_at=clock.now())
    tallies.dates(case)


def set_conditions(case: Case, *, add: Iterable[Condition] = (), drop: Iterable[Condition] = ()) -> None:
    """Facts of the case that follow from a period or a return. Does not refresh."""
    case.conditions = sorted(({*case.conditions} | {*map(str, add)}) - {*map(str, drop)})


def finish(case: Case, moved: list[Step], by: Assignment) -> None:
    """Version, conditions, and word to those whose due time somebody else has changed."""
    case.version += 1
    case.save(update_fields=["version", "conditions"])
    notifications.due_moved(case, moved, by=by)


def _told(case: Case, kind: Milestone, before: RecordedMilestone | None, by: Assignment) -> None:
    now = current(case, kind)
    if before is None or now is None:
        audit.record("case.milestone", case, by=by, kind=kind)
    else:
        audit.record("case.date_corrected", case, by=by, kind=kind, before=before.pk, after=now.pk)

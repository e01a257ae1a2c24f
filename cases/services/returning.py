"""The voluntary return: informed, chosen, found eligible, prepared, booked, travelled, followed up at home.

The plan is the truth: dates and conditions in the checklists follow from it. She may change her mind until
she boards; that costs nothing and touches nothing but the journey (S29).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, workflow
from cases.access import require
from cases.enums import (
    LIVE_STEPS,
    CancelReason,
    NotApplicableReason,
    ReturnPart,
    ReturnStage,
    Status,
    StepStatus,
    Verb,
)
from cases.models import Case, ReturnPlan, Step
from cases.services import casework, chasing, checklists, clocks, dates
from cases.services.return_track import LATER, OVER, PARTS, TRAVELLED, Track
from coordinators.enums import AgeBand
from core import audit, clock
from core.errors import StaleVersion, TransitionNotAllowed
from manual.enums import Condition, Milestone, Phase


def latest(case: Case) -> ReturnPlan | None:
    """The plan that holds, else the last one."""
    plans = case.return_plans.select_related("data_key", "eligible_by", "stopped_by", "opened_by")
    under_way = plans.exclude(stage__in=OVER).first()
    return under_way or plans.order_by("-opened_at", "-pk").first()


@transaction.atomic(durable=True)
def start(
    *,
    case_id: uuid.UUID,
    informed_on: date,
    country: str = "",
    language: str,
    interpreter: bool,
    words: str,
    by: Assignment,
) -> ReturnPlan:
    """She wants to go home, and has been told of return, the alternatives and the risks, in her language.

    Raises ValidationError at the field. After a stopped return this is a new plan from the beginning.
    """
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.RETURN].right)
    workflow.check(Verb.RETURN, case)
    if case.is_consultation:
        raise TransitionNotAllowed(_("A consultation has no person who could return."))
    if case.return_plans.exclude(stage__in=OVER).exists():
        raise ValidationError(_("A return is already under way in the case."), code="open")
    _not_ahead("informed_on", informed_on)
    _worded("language", language)
    _worded("words", words)
    plan = ReturnPlan.objects.create(
        case=case,
        for_child=case.age_band != AgeBand.ADULT,
        country=country,
        informed_on=informed_on,
        data_key_id=case.data_key_id,
        notes={"language": language, "interpreter": interpreter, "informed": words},
        opened_by_id=by.user_id,
        opened_at=clock.now(),
    )
    _follow(case, Milestone.RETURN_INTEREST, informed_on, Condition.WANTS_RETURN, by)
    _done(case, ("ret.rc.inform_choice",), by)
    audit.record("return.start", case, by=by, plan=plan.pk)
    return plan


@transaction.atomic(durable=True)
def record(
    *,
    plan_id: uuid.UUID,
    part: ReturnPart,
    day: date | None,
    words: str,
    by: Assignment,
    version: int | None = None,
    arrived_on: date | None = None,
    wants_follow_up: bool | None = None,
) -> ReturnPlan:
    """One part of the return, or its correction. Raises ValidationError for what is demanded and missing."""
    track = _begin(plan_id, by, version, closed=part in LATER)
    plan, case, rule = track.plan, track.case, PARTS[part]
    if part not in track.parts():
        raise ValidationError(_("The part belongs to the return of a child."), code="adult")
    if lacking := track.lacks(part):
        raise ValidationError(_("First: %(what)s.") % {"what": ", ".join(lacking)}, code="lacks")
    if rule.field or rule.milestone:
        if day is None:
            raise ValidationError({"day": _("Enter the date.")})
        if not rule.ahead:
            _not_ahead("day", day)
    if rule.worded:
        _worded("words", words)
    plan.notes = plan.notes | ({str(part): words} if words or str(part) in plan.notes else {})
    if rule.field:
        setattr(plan, rule.field, day)
    if part == ReturnPart.ELIGIBILITY:
        plan.eligible_by_id = by.user_id
    if part == ReturnPart.DEPARTURE:
        plan.wants_follow_up = wants_follow_up
        assert day is not None, "checked above"
        _arrived(case, day, arrived_on, by)
    _write(track)
    if rule.milestone and day:
        _follow(case, rule.milestone, day, rule.condition, by)
    _done(case, rule.steps, by)
    if part == ReturnPart.DEPARTURE and wants_follow_up is False:
        _decline_follow_up(case, by)
    audit.record("return.record", case, by=by, plan=plan.pk, part=part)
    return plan


@transaction.atomic(durable=True)
def stop(*, plan_id: uuid.UUID, words: str, by: Assignment, version: int | None = None) -> ReturnPlan:
    """She has changed her mind, or cannot travel. One act, without any consequence for anything else.

    The steps of the journey end, mail about it does not leave, whoever had something to do for it is told.
    """
    track = _begin(plan_id, by, version)
    plan, case = track.plan, track.case
    if plan.stage in TRAVELLED:
        raise TransitionNotAllowed(_("The person has travelled. A return can be stopped until boarding."))
    steps = list(_journey_steps(case))
    plan.stage, plan.stopped_at, plan.stopped_by_id = ReturnStage.STOPPED, clock.now(), by.user_id
    plan.notes = plan.notes | ({"stopped": words} if words.strip() else {})
    _save(plan)
    checklists.cancel(steps, CancelReason.RETURN_STOPPED)
    dates.set_conditions(case, drop=[Condition.WANTS_RETURN, Condition.RETURN_ACCEPTED])
    journey = (Milestone.RETURN_INTEREST, Milestone.RETURN_APPLICATION_SENT, Milestone.RETURN_ACCEPTED,
               Milestone.DEPARTURE_DATE)  # fmt: skip
    dates.remove(case, journey)
    dates.finish(case, checklists.refresh(case), by)
    notifications.return_stopped(case, plan, steps, by=by)
    audit.record("return.stop", case, by=by, plan=plan.pk)
    return plan


@transaction.atomic(durable=True)
def complete(*, plan_id: uuid.UUID, words: str, by: Assignment, version: int | None = None) -> ReturnPlan:
    """The follow-up at home is over. Raises ValidationError while one of its steps is still to be done."""
    track = _begin(plan_id, by, version, closed=True)
    plan, case = track.plan, track.case
    if plan.stage != ReturnStage.DEPARTED:
        raise TransitionNotAllowed(_("The follow-up begins when the person has travelled."))
    left = aftercare(case).filter(status__in=(StepStatus.WAITING, *LIVE_STEPS)).count()
    if left:
        raise ValidationError(
            _("Steps of the follow-up are still to be done: %(n)s.") % {"n": left}, code="left"
        )
    _worded("words", words)
    plan.stage = ReturnStage.FOLLOWED_UP
    plan.notes = plan.notes | {"follow_up": words}
    _save(plan)
    audit.record("return.complete", case, by=by, plan=plan.pk)
    return plan


def follow_age(case: Case) -> None:
    """After a decision on age: a child's return stands on the decision on her best interests, or goes back to
    before eligibility. The caller holds the lock, and refreshes the checklists afterwards."""
    plan = case.return_plans.exclude(stage__in=(*OVER, ReturnStage.DEPARTED)).first()
    is_child = case.age_band != AgeBand.ADULT
    if plan is None or plan.for_child == is_child:
        return
    plan.for_child = is_child
    if is_child and plan.best_interest_on is None and plan.eligible_on is not None:
        plan.eligible_on, plan.eligible_by_id = None, None
        dates.set_conditions(case, drop=[Condition.RETURN_ACCEPTED])
        dates.remove(case, [Milestone.RETURN_ACCEPTED])
        case.save(update_fields=["conditions"])
    plan.stage = Track(plan, case).stage()
    _save(plan)


def aftercare(case: Case) -> Any:
    """The steps after arrival, whoever owes them; they run on when the case is closed."""
    return case.steps.filter(milestone=Milestone.ARRIVAL_HOME)


def _begin(plan_id: uuid.UUID, by: Assignment, version: int | None, *, closed: bool = False) -> Track:
    """The plan under way, its case locked. `closed`: also when the case is closed and she has travelled."""
    found = ReturnPlan.objects.get(pk=plan_id)
    case = casework.lock(found.case_id)
    require(by, case, workflow.TRANSITIONS[Verb.RETURN].right)
    plan = ReturnPlan.objects.select_related("data_key").get(pk=plan_id)
    if not (closed and case.status == Status.CLOSED and plan.stage == ReturnStage.DEPARTED):
        workflow.check(Verb.RETURN, case)
    if plan.stage in OVER:
        raise TransitionNotAllowed(
            _("The return is no longer under way: %(stage)s.") % {"stage": plan.get_stage_display()}
        )
    if version is not None and version != plan.version:
        raise StaleVersion(plan)
    return Track(plan, case)


def _not_ahead(name: str, day: date) -> None:
    if day > clock.today():
        raise ValidationError({name: _("The date cannot be in the future.")})


def _worded(name: str, text: str) -> None:
    if not text.strip():
        raise ValidationError({name: _("Write a few words.")})


def _write(track: Track) -> None:
    track.plan.stage = track.stage()
    _save(track.plan)


def _save(plan: ReturnPlan) -> None:
    plan.version += 1
    plan.save()


def _follow(case: Case, kind: Milestone, day: date, condition: Condition | None, by: Assignment) -> None:
    """The date and the condition that say the same, and the checklists after them."""
    dates.write(case, kind, _midnight(day), by=by)
    dates.set_conditions(case, add=[condition] if condition else [])
    dates.finish(case, checklists.refresh(case), by)


def _arrived(case: Case, day: date, arrived_on: date | None, by: Assignment) -> None:
    """Arrival starts the follow-up. Travelling takes a day or two: never before leaving, never ahead."""
    at = arrived_on or day
    _not_ahead("arrived_on", at)
    if at < day:
        raise ValidationError({"arrived_on": _("Arrival comes after departure.")})
    dates.write(case, Milestone.ARRIVAL_HOME, _midnight(at), by=by)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), clock.STOCKHOLM)


def _journey_steps(case: Case) -> list[Step]:
    rows = case.steps.filter(phase=Phase.RETURN, status__in=(StepStatus.WAITING, *LIVE_STEPS))
    return list(rows.select_related("template"))


def _done(case: Case, keys: tuple[str, ...], by: Assignment) -> None:
    """What the plan now says needs not be said again in the checklist."""
    living = case.steps.filter(key__in=keys, status__in=(StepStatus.WAITING, *LIVE_STEPS))
    for step in living.select_related("template"):
        step.case = case
        checklists.mark_done(step, by_id=by.user_id)
    chasing.settle(case)


def _decline_follow_up(case: Case, by: Assignment) -> None:
    """Contact after arrival is for those who want it."""
    rows = aftercare(case).filter(status__in=(StepStatus.WAITING, *LIVE_STEPS))
    ids = list(rows.values_list("pk", flat=True))
    Step.objects.filter(pk__in=ids).update(
        status=StepStatus.NOT_APPLICABLE,
        not_applicable_reason=NotApplicableReason.DECLINED,
        ended_at=clock.now(),
        ended_by=by.user_id,
        chase_at=None,
        paused_at=None,
        blocked_on="",
        next_check_on=None,
    )
    clocks.end_stops(ids)
    notifications.settled(ids)
    chasing.settle(case)


def words_of(plan: ReturnPlan) -> Mapping[str, Any]:
    """What was written about the parts."""
    return plan.notes or {}

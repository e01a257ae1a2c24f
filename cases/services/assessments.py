"""What has been decided about the person: child or adult (S02), and whether she is held to be a victim.

Until somebody with the right has decided, a person of unsure age is handled as a child. A decision is never
edited or taken away: a new one stands beside it, and the latest is what holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases import notifications, workflow
from cases.access import Standing, require, sync_grants
from cases.enums import (
    LIVE_PARTICIPATIONS,
    LIVE_STEPS,
    CancelReason,
    ForwardReason,
    GroundEnd,
    GroundKind,
    HandoverStatus,
    Provision,
    StepStatus,
    TraffickingStatus,
    Urgency,
    Verb,
)
from cases.models import AgeDecision, Case, LegalGround, Recognition, Step
from cases.notifications import sharing as telling
from cases.services import (
    casework,
    chasing,
    checklists,
    moving,
    provisions,
    returning,
    sharing,
    stops,
    tallies,
)
from coordinators import routing
from coordinators.enums import AgeBand
from coordinators.models import Desk
from core import audit, clock, workdays
from manual import deadlines, library
from manual.enums import Milestone, Scope

DECIDERS: Final = (
    AgencyKind.MIGRATION_AGENCY,
    AgencyKind.SOCIAL_SERVICES_CHILD,
    AgencyKind.SOCIAL_SERVICES_ADULT,
    AgencyKind.SOCIAL_EMERGENCY,
    AgencyKind.POLICE,
    AgencyKind.PROSECUTOR,
    AgencyKind.TAX_AGENCY,
)
"""Authorities that assess or register an age in their own matters. To be confirmed by a lawyer."""
CHILD_ONLY: Final = frozenset(
    {Provision.CHILD_PATH, *(rule.provision for rule in provisions.RULES if rule.only_children)}
)
"""Provisions that hold only for a person under 18, or of unsure age."""
TO_FIND_A_GROUND: Final = 10
"""Working days in which an agency without a ground any more keeps its own checklist. To be confirmed."""


@transaction.atomic(durable=True)
def decide_age(
    *, case_id: UUID, age_band: AgeBand, decided_on: date, decided_by: AgencyKind, basis: str, by: Assignment
) -> Case:
    """Record an age decision and let everything that depends on the age follow it at once.

    Raises ValidationError at `decided_on`, `decided_by`, `age_band` or `basis`, and for a consultation.
    """
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.DECIDE_AGE].right)
    workflow.check(Verb.DECIDE_AGE, case)
    _refuse_wrong(case, age_band, decided_on, decided_by, basis)
    before, old = case.age_band, case.desk
    decision = AgeDecision.objects.create(
        case=case,
        age_band=age_band,
        before=before,
        decided_on=decided_on,
        decided_by=decided_by,
        data_key_id=case.data_key_id,
        basis=basis,
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )
    case.version += 1
    left = _follow(case, decision, by) if before != age_band else []
    case.save(update_fields=["version"])
    sync_grants(case)
    moved = {"from_desk": old.pk, "to_desk": case.desk_id} if old.pk != case.desk_id else {}
    facts: dict[str, Any] = {"before": before, "after": age_band, "decided_by": decided_by, **moved}
    audit.record("case.decide_age", case, by=by, **facts)
    _tell(case, old, left, decision)
    return case


def _refuse_wrong(
    case: Case, age_band: AgeBand, decided_on: date, decided_by: AgencyKind, basis: str
) -> None:
    if case.is_consultation:
        raise ValidationError(
            _("A consultation has no person whose age can be decided."), code="consultation"
        )
    if age_band not in (AgeBand.CHILD, AgeBand.ADULT):
        raise ValidationError({"age_band": _("Choose what has been decided")})
    if decided_by not in DECIDERS:
        raise ValidationError({"decided_by": _("Choose which authority has decided")})
    if decided_on > clock.today():
        raise ValidationError({"decided_on": _("The date cannot be in the future")})
    if not basis.strip():
        raise ValidationError({"basis": _("Write what the decision is based on")})


def _follow(case: Case, decision: AgeDecision, by: Assignment) -> list[LegalGround]:
    """Everything that stood on the age. Returns the grounds of agencies that do not hold any more."""
    before, after = decision.before, AgeBand(decision.age_band)
    case.age_band = after
    tallies.age_decided(case, decision)
    _clocks(case)
    _desk(case, after, by)
    becomes_adult = after == AgeBand.ADULT
    left = _limit_grounds(case, by) if becomes_adult else []
    if before == AgeBand.ADULT:
        _suspected(case, by)
    case.save(
        update_fields=["age_band", "urgency", "answer_by", "desk", "assignee", "snoozed_until", "routing"]
    )
    _end_steps(case)
    returning.follow_age(case)
    checklists.refresh(case)
    stops.let_go(case, by)
    _assign_referrer(case)
    _first_answer(case)
    chasing.settle(case)
    return left


def _clocks(case: Case) -> None:
    """Urgency and, while nobody has answered, the time to answer. A stricter one is never over at once."""
    now = clock.now()
    if not case.danger:
        case.urgency = Urgency.NORMAL if case.age_band == AgeBand.ADULT else Urgency.CHILD
    if case.answered_at is not None:
        return
    rule = casework.answer_rule(case.edition, case.age_band, case.danger)
    due = deadlines.due_at(rule, case.received_at)
    if due <= now:
        due = min(max(case.answer_by, due), deadlines.due_at(rule, now))
    case.answer_by = due


def _first_answer(case: Case) -> None:
    """The desk's first step is due when the answer is."""
    if case.answered_at is not None:
        return
    steps = case.steps.filter(key=casework.ACKNOWLEDGE, status__in=LIVE_STEPS, paused_at__isnull=True)
    found = list(steps.select_related("template"))
    for step in found:
        step.due_at = case.answer_by
        step.chase_at = None if case.practice else chasing.next_chase(step, clock.now())
    chasing.write(found, "due_at", "chase_at")


def _desk(case: Case, after: AgeBand, by: Assignment) -> None:
    """Where one region has a desk for each age, the other one takes over at once, with all that is owed."""
    old = case.desk
    wanted = routing.reference().desk_for(old.region, after, clock.today()) if old.region else None
    if wanted is None or wanted.pk == old.pk:
        return
    if case.handovers.filter(status=HandoverStatus.OPEN).exists():
        words = _("The case waits for an answer to a handover. Take the handover back first.")
        raise ValidationError(words, code="handover")
    held = moving.ground_of(case, old.pk)
    moving.carried(case, wanted, by_id=by.user_id)
    moving.end_ground(held)
    moving.carry_steps(case, old, wanted, None)
    case.desk, case.assignee, case.snoozed_until = wanted, None, None
    case.routing = moving.moved_route(case, wanted, ForwardReason.AGE)


def _limit_grounds(case: Case, by: Assignment) -> list[LegalGround]:
    """Agencies that stand on what holds for children alone get nothing more to read (ADR 0842).

    What else they stand on goes on. Whoever has nothing else keeps her own checklist for `TO_FIND_A_GROUND`
    working days, so that protection under way is not dropped while consent is asked for.
    """
    live = list(case.grounds.filter(ended_at__isnull=True, agency__isnull=False).select_related("agency"))
    ended = [ground for ground in live if ground.provision in CHILD_ONLY]
    sharing.end_grounds(ended, GroundEnd.REPLACED)
    gone = {ground.pk for ground in ended}
    for part in case.participations.filter(ground__in=gone, status__in=LIVE_PARTICIPATIONS):
        mine = [g for g in live if g.agency_id == part.agency_id and g.kind != GroundKind.OWN_REPORT]
        other = next((ground for ground in mine if ground.pk not in gone), None)
        part.ground = other or _checklist_alone(next(g for g in mine if g.pk == part.ground_id), by)
        part.save(update_fields=["ground"])
    return ended


def _checklist_alone(old: LegalGround, by: Assignment) -> LegalGround:
    return LegalGround.objects.create(
        case_id=old.case_id,
        agency_id=old.agency_id,
        kind=old.kind,
        provision=old.provision,
        categories=[],
        data_key_id=old.data_key_id,
        purpose=old.purpose,
        valid_until=workdays.add_working_days(clock.today(), TO_FIND_A_GROUND),
        made_by_id=by.user_id,
        made_at=clock.now(),
    )


def _suspected(case: Case, by: Assignment) -> None:
    """An adult is found to be a child: what is counted from "a child is suspected" starts now."""
    kind = Milestone.CHILD_SUSPECTED
    if not case.milestones.filter(kind=kind, replaced_at__isnull=True).exists():
        checklists.record_milestone(case, kind, clock.now(), by_id=by.user_id, date_only=False)


def _end_steps(case: Case) -> None:
    """Steps of the other age are ended with the reason, none deleted."""
    standing = Standing(case)
    facts = checklists.facts_of(case, standing)
    living = case.steps.filter(status__in=(StepStatus.WAITING, *LIVE_STEPS), template__scope=Scope.CASE)
    steps = list(living.select_related("template"))
    gone: set[Step] = set()
    for owner in checklists.owners_of(case, standing):
        wanted = {template.key for template in library.steps_for(owner.role, facts, case.edition)}
        hers = owner.role == checklists.REFERRER_ROLE
        gone |= {
            step
            for step in steps
            if owner.owns(step)
            and (step.template.agency_role == checklists.REFERRER_ROLE) == hers
            and step.key not in wanted
        }
    checklists.cancel(gone, CancelReason.AGE_DECIDED)


def _assign_referrer(case: Case) -> None:
    """What a referrer owes is hers, not her agency's at large."""
    for part in case.participations.filter(is_referrer=True, contact__isnull=False):
        owed = case.steps.filter(
            agency_id=part.agency_id,
            template__agency_role=checklists.REFERRER_ROLE,
            assignee__isnull=True,
            status__in=(StepStatus.WAITING, *LIVE_STEPS),
        )
        owed.update(assignee_id=part.contact_id)


def _tell(case: Case, old: Desk, left: Iterable[LegalGround], decision: AgeDecision) -> None:
    if old.pk != case.desk_id:
        notifications.forwarded(case, old, case.desk)
    once, but = f"age:{decision.pk.hex}", decision.recorded_by_id
    for agency_id in sorted({g.agency_id for g in left if g.agency_id}, key=str):
        telling.sharing_changed(case, once=once, but=but, agency_id=agency_id)


def without_ground(case: Case) -> list[LegalGround]:
    """Grounds of agencies that hold only for a child, in the case of an adult: each needs a new one."""
    if case.age_band != AgeBand.ADULT:
        return []
    live = case.grounds.filter(ended_at__isnull=True, agency__isnull=False, provision__in=CHILD_ONLY)
    return list(live.select_related("agency").order_by("made_at"))


def left_over(case: Case) -> tuple[bool, bool]:
    """Of an adult's case: whether she has not been asked for consent, and whether grounds of a child are
    left. One query."""
    consents = case.consents.filter(sharing.in_force())
    grounds = case.grounds.filter(ended_at__isnull=True, agency__isnull=False, provision__in=CHILD_ONLY)
    asked, left = Case.objects.filter(pk=case.pk).values_list(Exists(consents), Exists(grounds)).get()
    return not asked and not case.is_consultation, left


def lacks_consent(case: Case) -> bool:
    """An adult whose case came the way of a child: she is to be asked before more is shared."""
    if case.age_band != AgeBand.ADULT or case.is_consultation:
        return False
    return not case.consents.filter(sharing.in_force()).exists()


# --- whether she is held to be a victim ---------------------------------------------------------------


@transaction.atomic(durable=True)
def recognise(
    *,
    case_id: UUID,
    status: TraffickingStatus,
    decided_on: date,
    decided_by: AgencyKind,
    basis: str,
    by: Assignment,
) -> Case:
    """Record who holds the person to be a victim, or not, and since when. Opens and closes nothing: support
    never depends on it. Raises ValidationError at `decided_on` or `basis`, and for a consultation."""
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.RECOGNISE].right)
    workflow.check(Verb.RECOGNISE, case)
    if case.is_consultation:
        raise ValidationError(_("A consultation has no person to assess."), code="consultation")
    if decided_on > clock.today():
        raise ValidationError({"decided_on": _("The date cannot be in the future")})
    if status != TraffickingStatus.POSSIBLE and not basis.strip():
        raise ValidationError({"basis": _("Write what the assessment is based on")})
    before = case.trafficking_status
    Recognition.objects.create(
        case=case,
        status=status,
        decided_on=decided_on,
        decided_by=decided_by,
        data_key_id=case.data_key_id,
        basis=basis or None,
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )
    case.trafficking_status = status
    case.version += 1
    case.save(update_fields=["trafficking_status", "version"])
    audit.record("case.recognise", case, by=by, before=before, after=status, decided_by=decided_by)
    return case

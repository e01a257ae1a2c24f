"""Bringing agencies into a case. Each one stands on a legal ground and gets exactly the parts chosen."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import AgencyKind
from accounts.models import Agency, Membership
from cases import notifications, workflow
from cases.access import Standing, barred_from, require, sync_grants
from cases.enums import (
    LIVE_PARTICIPATIONS,
    LIVE_STEPS,
    CancelReason,
    DisclosureKind,
    GroundEnd,
    GroundKind,
    ParticipationStatus,
    Verb,
)
from cases.models import Case, LegalGround, Participation
from cases.services import acts, casework, checklists, granting, responsibility, sharing
from cases.services.sharing import ground_choices as ground_choices
from cases.services.sharing import provisions_for as provisions_for
from core import audit, clock
from manual import deadlines
from manual.deadlines import Rule
from manual.enums import Direction, Unit

ANSWER_WITHIN = Rule(3, Unit.WORKING_DAYS, Direction.AFTER)
"""How long an invited agency has to answer. Portal default, to be confirmed."""


@transaction.atomic(durable=True)
def invite(
    *,
    case_id: uuid.UUID,
    agency_id: uuid.UUID,
    ground: str,
    categories: Iterable[str],
    purpose: str,
    by: Assignment,
    valid_until: date | None = None,
) -> Participation:
    """Invite an agency on a legal ground. Until it accepts it sees the header only.

    Raises ValidationError (field `agency` or `ground`) for an agency already in, or a ground that the
    sharing matrix does not allow.
    """
    case = casework.lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.INVITE, case)
    agency = Agency.objects.filter(pk=agency_id, active=True).exclude(kind=AgencyKind.COORDINATION).first()
    if agency is None:
        raise ValidationError({"agency": _("Choose an agency from the list.")})
    if case.participations.filter(agency=agency, status__in=LIVE_PARTICIPATIONS, is_referrer=False).exists():
        raise ValidationError({"agency": _("The agency already takes part in the case.")})
    made = sharing.make_ground(case, agency, ground, categories, purpose, by, valid_until)
    participation = add(case, agency, made, by)
    _bump(case)
    return participation


def add(case: Case, agency: Agency, ground: LegalGround, by: Assignment) -> Participation:
    """The invitation itself: its row, the step that chases the answer, the message. Part of services."""
    now = clock.now()
    participation = Participation.objects.create(
        case=case,
        agency=agency,
        ground=ground,
        status=ParticipationStatus.INVITED,
        invited_by_id=by.user_id,
        invited_at=now,
        answer_by=deadlines.due_at(ANSWER_WITHIN, now),
        data_key_id=case.data_key_id,
    )
    assert participation.answer_by is not None, "just set"
    acts.start(case, acts.INVITATION, participation.answer_by, agency_id=agency.pk)
    code = ground.provision or ground.kind
    audit.record("participation.invite", participation, by=by, case=case.id, agency=agency.id, ground=code)
    notifications.invited(case, participation)
    return participation


def _bump(case: Case, standing: Standing | None = None) -> None:
    case.version += 1
    case.save(update_fields=["version"])
    sync_grants(case, standing)


@transaction.atomic(durable=True)
def answer(
    *,
    participation_id: uuid.UUID,
    accepts: bool,
    reason: str = "",
    contact_id: uuid.UUID | None = None,
    by: Assignment,
) -> Participation:
    """The invited agency accepts, which opens its checklist, or declines with a reason.

    Whoever accepts names one contact person, herself unless another is chosen. When nobody of a kind is left
    a decline may open a dispute (`responsibility`). Raises PermissionDenied for anybody outside the agency,
    ValidationError when already answered, when the case is over, when a decline has no reason, and when the
    agency can no longer decline.
    """
    found = Participation.objects.filter(pk=participation_id).first()
    hers = found is not None and found.agency_id == by.agency_id and by.has("work_cases")
    if found is None or not hers or by.user_id in barred_from(found.case):
        audit.refuse("participation.answer", participation_id, by=by)
        raise PermissionDenied
    case = casework.lock(found.case_id)
    participation = Participation.objects.select_related("ground", "agency").get(pk=participation_id)
    _must_be_answerable(case, participation)
    if contact_id and not works_at(contact_id, found.agency_id, case):
        raise ValidationError({"contact": _("Choose a colleague of the agency.")})
    _settle_answer(case, participation, accepts, reason, contact_id or by.user_id, by)
    return participation


def _must_be_answerable(case: Case, participation: Participation) -> None:
    if participation.status != ParticipationStatus.INVITED:
        raise ValidationError(_("The invitation has already been answered."), code="answered")
    if not case.is_open:
        raise ValidationError(_("The case is no longer open."), code="closed")


@transaction.atomic(durable=True)
def answer_for(
    *, participation_id: uuid.UUID, accepts: bool, reason: str = "", reported_by: str, by: Assignment
) -> Participation:
    """The coordinator writes down what an agency without people in the portal has answered, and who said so.

    Raises ValidationError at `reported_by` when that is missing, and for an agency that can answer itself.
    """
    found = Participation.objects.get(pk=participation_id)
    case = casework.lock(found.case_id)
    require(by, case, "triage")
    participation = Participation.objects.select_related("ground", "agency").get(pk=participation_id)
    _must_be_answerable(case, participation)
    if Membership.objects.in_force().filter(agency_id=participation.agency_id).exists():
        raise ValidationError(_("The agency has people in the portal, who answer for it."), code="people")
    if not reported_by.strip():
        raise ValidationError({"reported_by": _("Write who answered, and how.")})
    _settle_answer(case, participation, accepts, reason, None, by, reported_by)
    return participation


def _settle_answer(
    case: Case,
    participation: Participation,
    accepts: bool,
    reason: str,
    contact_id: uuid.UUID | None,
    by: Assignment,
    reported_by: str = "",
) -> None:
    """The answer and all that follows from it: step, ground, dispute, checklist, grants, ledger, messages."""
    if not accepts and not reason.strip():
        raise ValidationError({"reason": _("Write why the agency declines.")})
    if not accepts and (words := responsibility.why_it_cannot_decline(case, participation.agency)):
        raise ValidationError({"accepts": words}, code="bound")
    _write_answer(participation, accepts, reason, contact_id, by)
    _end_step(case, participation, by, reported_by)
    changed = accepts
    if accepts:
        responsibility.taken_on(case, participation, by_id=by.user_id)
        _disclosed(case, participation)
    else:
        _end_ground(participation, GroundEnd.DECLINED)
        changed = responsibility.after_decline(case, participation) is not None
    standing = Standing(case)
    if changed:
        checklists.refresh(case, standing)
    _bump(case, standing)
    verb = "participation.accept" if accepts else "participation.decline"
    audit.record(verb, participation, by=by, case=case.id, reported=bool(reported_by))
    notifications.invitation_answered(case, participation)


def _end_step(case: Case, participation: Participation, by: Assignment, reported_by: str) -> None:
    """The step that chased the answer is done; on whose word, when it was the coordinator who wrote it."""
    steps = case.steps.filter(key=acts.INVITATION, agency_id=participation.agency_id)
    for step in steps.filter(status__in=LIVE_STEPS) if reported_by else ():
        step.reported_by = reported_by
        step.save(update_fields=["reported_by"])
    acts.end(steps, by_id=by.user_id, case=case)


def _disclosed(case: Case, participation: Participation) -> None:
    sharing.disclosed(
        case,
        DisclosureKind.ACCESS,
        by_id=participation.invited_by_id,
        agency_id=participation.agency_id,
        categories=participation.ground.categories,
        ground_id=participation.ground_id,
    )


def _end_ground(participation: Participation, reason: GroundEnd) -> None:
    """All that the agency's part stands on; its own referral stands by itself."""
    rows = LegalGround.objects.filter(case_id=participation.case_id, agency_id=participation.agency_id)
    sharing.end_grounds(rows.exclude(kind=GroundKind.OWN_REPORT), reason)


def works_at(user_id: uuid.UUID, agency_id: uuid.UUID, case: Case) -> bool:
    """Whether somebody may have a part in the case for the agency."""
    if user_id in barred_from(case):
        return False
    return Membership.objects.in_force().filter(user_id=user_id, agency_id=agency_id).exists()


def _write_answer(
    participation: Participation, accepts: bool, reason: str, contact_id: uuid.UUID | None, by: Assignment
) -> None:
    participation.status = ParticipationStatus.ACCEPTED if accepts else ParticipationStatus.DECLINED
    participation.answered_by_id, participation.answered_at = by.user_id, clock.now()
    participation.contact_id = contact_id if accepts else None
    participation.decline_reason = None if accepts else reason
    participation.save(update_fields=["status", "answered_by", "answered_at", "contact", "decline_reason"])


def contacts_of(rows: Iterable[Participation]) -> dict[uuid.UUID, str]:
    """Part → who is spoken with: its contact person, or a manager once that person has left. One query."""
    named = [row for row in rows if row.contact]
    people = Membership.objects.in_force().filter(agency_id__in={row.agency_id for row in named})
    working: dict[tuple[uuid.UUID, uuid.UUID], bool] = {}
    managers: dict[uuid.UUID, str] = {}
    for agency, user, is_manager, name in people.values_list(
        "agency_id", "user_id", "is_manager", "user__name"
    ).order_by("user__name"):
        working[agency, user] = True
        if is_manager:
            managers.setdefault(agency, name)
    found: dict[uuid.UUID, str] = {}
    for row in named:
        assert row.contact is not None, "only parts with a contact person"
        if working.get((row.agency_id, row.contact.pk)):
            found[row.pk] = row.contact.name
        elif row.agency_id in managers:
            words = _("%(name)s (manager; %(left)s has left)")
            found[row.pk] = words % {"name": managers[row.agency_id], "left": row.contact.name}
        else:
            found[row.pk] = _("nobody; %(left)s has left") % {"left": row.contact.name}
    return found


@transaction.atomic(durable=True)
def change_contact(*, participation_id: uuid.UUID, contact_id: uuid.UUID, by: Assignment) -> Participation:
    """Another contact person of the agency in the case; the old and the new one are told.

    Done by the agency itself or by the coordinator. Raises PermissionDenied for everybody else,
    ValidationError at `contact` for somebody who does not work at the agency.
    """
    found = Participation.objects.get(pk=participation_id)
    case = casework.lock(found.case_id)
    if found.agency_id != by.agency_id or not by.has("work_cases"):
        require(by, case, "triage")
    participation = Participation.objects.select_related("case", "agency").get(pk=participation_id)
    if participation.status != ParticipationStatus.ACCEPTED or participation.is_referrer or not case.is_open:
        raise ValidationError(_("The agency does not take part any more."), code="ended")
    if not works_at(contact_id, participation.agency_id, case):
        raise ValidationError({"contact": _("Choose a colleague of the agency.")})
    before = participation.contact_id
    if before != contact_id:
        participation.contact_id = contact_id
        participation.save(update_fields=["contact"])
        audit.record("participation.contact", participation, by=by, case=case.id, assignee=contact_id)
        notifications.contact_changed(participation, before=before, by=by)
    return participation


@transaction.atomic(durable=True)
def end(*, participation_id: uuid.UUID, by: Assignment) -> Participation:
    """The coordinator ends an agency's part: its sight closes, its open steps end with the reason."""
    found = Participation.objects.get(pk=participation_id)
    case = casework.lock(found.case_id)
    require(by, case, "triage")
    participation = Participation.objects.select_related("agency").get(pk=participation_id)
    if participation.is_referrer or participation.status not in ("invited", "accepted"):
        raise ValidationError(_("The agency does not take part any more."), code="ended")
    participation.status, participation.ended_at = ParticipationStatus.ENDED, clock.now()
    participation.save(update_fields=["status", "ended_at"])
    _end_ground(participation, GroundEnd.LEFT)
    steps = case.steps.filter(agency_id=participation.agency_id, status__in=("waiting", *LIVE_STEPS))
    checklists.cancel(steps.exclude(template__agency_role="referrer"), CancelReason.AGENCY_LEFT)
    checklists.refresh(case)
    _bump(case)
    granting.let_go(case, [participation], by)
    audit.record("participation.end", participation, by=by, case=case.id)
    return participation

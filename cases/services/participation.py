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
from cases.access import Standing, require, sync_grants
from cases.enums import (
    LIVE_STEPS,
    CancelReason,
    DisclosureKind,
    GroundEnd,
    ParticipationStatus,
    Verb,
)
from cases.models import Case, LegalGround, Participation
from cases.services import casework, checklists, sharing
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
    if case.participations.filter(
        agency=agency, status__in=("invited", "accepted"), is_referrer=False
    ).exists():
        raise ValidationError({"agency": _("The agency already takes part in the case.")})
    participation = Participation.objects.create(
        case=case,
        agency=agency,
        ground=sharing.make_ground(case, agency, ground, categories, purpose, by, valid_until),
        status=ParticipationStatus.INVITED,
        invited_by_id=by.user_id,
        invited_at=clock.now(),
        answer_by=deadlines.due_at(ANSWER_WITHIN, clock.now()),
        data_key_id=case.data_key_id,
    )
    _bump(case)
    audit.record("participation.invite", participation, by=by, case=case.id, agency=agency.id, ground=ground)
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

    Raises PermissionDenied for anybody outside the agency, ValidationError when already answered, when the
    case is over, or when a decline has no reason.
    """
    found = Participation.objects.filter(pk=participation_id).first()
    if found is None or found.agency_id != by.agency_id or not by.has("work_cases"):
        audit.refuse("participation.answer", participation_id, by=by)
        raise PermissionDenied
    case = casework.lock(found.case_id)
    participation = Participation.objects.select_related("ground", "agency").get(pk=participation_id)
    if participation.status != ParticipationStatus.INVITED:
        raise ValidationError(_("The invitation has already been answered."), code="answered")
    if not case.is_open:
        raise ValidationError(_("The case is no longer open."), code="closed")
    if not accepts and not reason.strip():
        raise ValidationError({"reason": _("Write why the agency declines.")})
    if contact_id and not _works_at(contact_id, found.agency_id):
        raise ValidationError({"contact": _("Choose a colleague of the agency.")})
    _answer(participation, accepts, reason, contact_id, by)
    standing = Standing(case)
    if accepts:
        checklists.refresh(case, standing)
        sharing.disclosed(
            case,
            DisclosureKind.ACCESS,
            by_id=participation.invited_by_id,
            agency_id=participation.agency_id,
            categories=participation.ground.categories,
            ground_id=participation.ground_id,
        )
    else:
        _end_ground(participation, GroundEnd.DECLINED)
    _bump(case, standing)
    audit.record(
        "participation.accept" if accepts else "participation.decline", participation, by=by, case=case.id
    )
    notifications.invitation_answered(case, participation)
    return participation


def _end_ground(participation: Participation, reason: GroundEnd) -> None:
    rows = LegalGround.objects.filter(pk=participation.ground_id, ended_at__isnull=True)
    rows.update(ended_at=clock.now(), end_reason=reason)


def _works_at(user_id: uuid.UUID, agency_id: uuid.UUID) -> bool:
    return Membership.objects.in_force().filter(user_id=user_id, agency_id=agency_id).exists()


def _answer(
    participation: Participation, accepts: bool, reason: str, contact_id: uuid.UUID | None, by: Assignment
) -> None:
    participation.status = ParticipationStatus.ACCEPTED if accepts else ParticipationStatus.DECLINED
    participation.answered_by_id, participation.answered_at = by.user_id, clock.now()
    participation.contact_id = (contact_id or by.user_id) if accepts else None
    participation.decline_reason = None if accepts else reason
    participation.save(update_fields=["status", "answered_by", "answered_at", "contact", "decline_reason"])


@transaction.atomic(durable=True)
def end(*, participation_id: uuid.UUID, by: Assignment) -> Participation:
    """The coordinator ends an agency's part: its sight closes, its open steps end with the reason."""
    found = Participation.objects.get(pk=participation_id)
    case = casework.lock(found.case_id)
    require(by, case, "triage")
    participation = Participation.objects.get(pk=participation_id)
    if participation.is_referrer or participation.status not in ("invited", "accepted"):
        raise ValidationError(_("The agency does not take part any more."), code="ended")
    participation.status, participation.ended_at = ParticipationStatus.ENDED, clock.now()
    participation.save(update_fields=["status", "ended_at"])
    _end_ground(participation, GroundEnd.LEFT)
    steps = case.steps.filter(agency_id=participation.agency_id, status__in=("waiting", *LIVE_STEPS))
    checklists.cancel(steps.exclude(template__agency_role="referrer"), CancelReason.AGENCY_LEFT)
    checklists.refresh(case)
    _bump(case)
    audit.record("participation.end", participation, by=by, case=case.id)
    return participation

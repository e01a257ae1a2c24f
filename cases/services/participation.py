"""Bringing agencies into a case. Each one stands on a legal ground and gets exactly the parts chosen."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

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
    Category,
    GroundEnd,
    GroundKind,
    ParticipationStatus,
    Provision,
    Verb,
)
from cases.models import Case, Consent, LegalGround, Participation
from cases.services import casework, checklists
from coordinators.enums import AgeBand
from core import audit, clock
from manual import deadlines
from manual.deadlines import Rule
from manual.enums import Direction, Unit

ANSWER_WITHIN = Rule(3, Unit.WORKING_DAYS, Direction.AFTER)
"""How long an invited agency has to answer. Portal default, to be confirmed."""

_CHILD_ONLY = (
    Provision.OSL_10_20,
    Provision.OSL_10_21,
    Provision.OSL_26_9,
    Provision.SOL_19_1,
    Provision.SOL_20_6,
    Provision.CHILD_PATH,
)
_POLICE = (AgencyKind.POLICE, AgencyKind.PROSECUTOR)
_SOCIAL = (AgencyKind.SOCIAL_SERVICES_ADULT, AgencyKind.SOCIAL_SERVICES_CHILD, AgencyKind.SOCIAL_EMERGENCY)


@dataclass(frozen=True)
class GroundChoice:
    """A ground that may be chosen for one agency in one case."""

    code: str
    """"consent", or a provision's code."""
    label: str


def provisions_for(kind: str, age_band: str) -> list[Provision]:
    """Provisions a coordinator (municipal social services staff) may name towards a kind of agency.

    From the sharing matrix (domain 5): towards police and prosecutor OSL 10:21 and 10:20 for a person under
    18, 10:23 for grave offences, 10:15 a to be confirmed; towards social services and care for a person under
    18 OSL 26:9 and the duties of SoL 19–20. The general clause 10:27 is blocked for social services (26:1).
    Towards civil society, IOM and other private bodies an adult's consent is the only way.
    """
    is_child = age_band != AgeBand.ADULT
    if kind in _POLICE:
        choices = [Provision.OSL_10_21, Provision.OSL_10_20, Provision.OSL_10_23, Provision.OSL_10_15A]
    elif kind in _SOCIAL:
        choices = [Provision.SOL_19_1, Provision.SOL_20_6, Provision.OSL_26_9, Provision.OSL_10_2]
    elif kind in (
        AgencyKind.HEALTH_CARE,
        AgencyKind.SCHOOL,
        AgencyKind.MIKA,
        AgencyKind.GUARDIAN,
        AgencyKind.CHIEF_GUARDIAN,
    ):
        choices = [Provision.OSL_26_9, Provision.OSL_10_2]
    elif kind in (AgencyKind.SHELTER, AgencyKind.MIGRATION_AGENCY, AgencyKind.VICTIM_COUNSEL):
        choices = [Provision.OSL_10_2]
    else:
        choices = []
    return [choice for choice in choices if is_child or choice not in _CHILD_ONLY]


def ground_choices(case: Case, agency: Agency) -> list[GroundChoice]:
    """What the coordinator may choose; consent only when it covers this kind of agency."""
    choices = [GroundChoice(code, str(code.label)) for code in provisions_for(agency.kind, case.age_band)]
    consent = consent_covering(case, agency.kind)
    if consent:
        text = _("Consent of %(day)s") % {"day": consent.given_on.isoformat()}
        choices.insert(0, GroundChoice("consent", text))
    return choices


def consent_covering(case: Case, kind: str) -> Consent | None:
    consents = case.consents.filter(withdrawn_on__isnull=True, scope__contains=[kind])
    return consents.order_by("-given_on").first()


@transaction.atomic(durable=True)
def invite(
    *,
    case_id: uuid.UUID,
    agency_id: uuid.UUID,
    ground: str,
    categories: Iterable[str],
    purpose: str,
    by: Assignment,
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
        ground=_ground(case, agency, ground, categories, purpose, by),
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


def _ground(
    case: Case, agency: Agency, code: str, categories: Iterable[str], purpose: str, by: Assignment
) -> LegalGround:
    if code not in {choice.code for choice in ground_choices(case, agency)}:
        raise ValidationError({"ground": _("This ground does not cover the agency. Choose another one.")})
    chosen = [c for c in Category.values if c in set(categories)]
    if case.is_consultation and {Category.IDENTITY, Category.CONTACT} & set(chosen):
        raise ValidationError({"categories": _("A consultation has no identity to share.")})
    is_consent = code == "consent"
    return LegalGround.objects.create(
        case=case,
        agency=agency,
        kind=GroundKind.CONSENT if is_consent else GroundKind.PROVISION,
        consent=consent_covering(case, agency.kind) if is_consent else None,
        provision="" if is_consent else code,
        categories=chosen,
        data_key_id=case.data_key_id,
        purpose=purpose,
        made_by_id=by.user_id,
        made_at=clock.now(),
    )


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

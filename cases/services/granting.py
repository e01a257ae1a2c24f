"""Changing what an agency in the case may see, on which ground and until when; what runs out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import Role
from accounts.models import Agency, User
from cases import workflow
from cases.access import Sight, require, require_level, responsible_in, sight_of, sync_grants
from cases.enums import (
    LIVE_PARTICIPATIONS,
    LIVE_STEPS,
    CancelReason,
    Category,
    ConsentForm,
    DisclosureKind,
    GroundEnd,
    GroundKind,
    Level,
    ParticipationStatus,
    StepStatus,
    Verb,
)
from cases.models import Case, Consent, Disclosure, LegalGround, Participation, PrivacyStatement
from cases.notifications import sharing as telling
from cases.services import casework, checklists, owners, sharing
from core import audit, clock, pdf


def grounds_of(case: Case, agency_id: uuid.UUID) -> QuerySet[LegalGround]:
    """What an agency's part stands on now, the oldest first. Its own referral opens nothing."""
    live = case.grounds.filter(agency_id=agency_id, ended_at__isnull=True)
    return live.exclude(kind=GroundKind.OWN_REPORT).select_related("consent").order_by("made_at", "pk")


@transaction.atomic(durable=True)
def change(
    *,
    participation_id: uuid.UUID,
    replaces: uuid.UUID | None,
    ground: str,
    categories: Iterable[str],
    purpose: str,
    valid_until: date | None,
    by: Assignment,
) -> LegalGround:
    """Put a new ground in the place of an old one, or (`replaces` None) beside those there are.

    Raises ValidationError for what the sharing matrix blocks, and when the old ground is in force no more,
    PermissionDenied for a desk that has stepped back: it opens nothing of what it may not read itself.
    """
    case, row = _begin(participation_id, by)
    require_level(by, case, Level.FULL)
    agency = row.agency
    old = grounds_of(case, agency.pk).filter(pk=replaces).first() if replaces else None
    if replaces and old is None:
        raise ValidationError(_("This ground is not in force any more. Look at the page again."), code="gone")
    before = seen_by(case, agency.pk)
    made = sharing.make_ground(case, agency, ground, categories, purpose, by, valid_until)
    if old is not None:
        sharing.end_grounds([old], GroundEnd.REPLACED)
        if row.ground_id == old.pk:
            row.ground = made
            row.save(update_fields=["ground"])
    if row.status == ParticipationStatus.ACCEPTED and seen_by(case, agency.pk) - before:
        _opened(case, made, by)
    _settle(case, by, agency.pk)
    audit.record(
        "ground.change", row, by=by, case=case.pk, agency=agency.pk, ground=ground, categories=made.categories
    )
    return made


@transaction.atomic(durable=True)
def end(*, participation_id: uuid.UUID, ground_id: uuid.UUID, by: Assignment) -> None:
    """End one of several grounds: what it alone carried is seen no more. The last one ends with the part."""
    case, row = _begin(participation_id, by)
    live = list(grounds_of(case, row.agency_id))
    gone = next((ground for ground in live if ground.pk == ground_id), None)
    if gone is None:
        raise ValidationError(_("This ground is not in force any more. Look at the page again."), code="gone")
    if len(live) == 1:
        raise ValidationError(
            _("It is the agency's only ground. End the agency's part instead."), code="last"
        )
    sharing.end_grounds([gone], GroundEnd.LEFT)
    follow(case, CancelReason.AGENCY_LEFT)
    _settle(case, by, row.agency_id)
    audit.record("ground.end", row, by=by, case=case.pk, agency=row.agency_id)


def _begin(participation_id: uuid.UUID, by: Assignment) -> tuple[Case, Participation]:
    found = Participation.objects.get(pk=participation_id)
    case = casework.lock(found.case_id)
    require(by, case, "triage")
    workflow.check(Verb.SHARE, case)
    row = Participation.objects.select_related("agency").get(pk=participation_id)
    if row.is_referrer or row.status not in LIVE_PARTICIPATIONS:
        raise ValidationError(_("The agency does not take part any more."), code="ended")
    return case, row


def seen_by(case: Case, agency_id: uuid.UUID) -> set[str]:
    """The categories an agency's grounds carry together."""
    return {code for ground in grounds_of(case, agency_id) for code in ground.categories}


def _opened(case: Case, ground: LegalGround, by: Assignment) -> None:
    sharing.disclosed(
        case,
        DisclosureKind.ACCESS,
        by_id=by.user_id,
        agency_id=ground.agency_id,
        categories=ground.categories,
        ground_id=ground.pk,
    )


def _settle(case: Case, by: Assignment | None, agency_id: uuid.UUID | None = None) -> None:
    """After any change of grounds: checklists, version, grants, and who is told."""
    if case.is_open:
        checklists.refresh(case)
    case.version += 1
    case.save(update_fields=["version"])
    sync_grants(case)
    who = by.user_id if by else None
    once = f"{case.pk}:{case.version}"
    telling.sharing_changed(case, once=once, but=who, agency_id=agency_id)


def sight_with(sight: Sight, agency: Agency, categories: Iterable[str]) -> Sight:
    """What nobody in particular at the agency would see of the case, were these parts shared with it."""
    given = frozenset(code for code in categories if code in Category.values)
    nobody = Assignment(
        user=User(pk=uuid.uuid4(), name=agency.name, language=sight.by.user.language),
        membership_id=uuid.uuid4(),
        agency=agency,
        role=Role.CASEWORKER,
        is_manager=False,
        rights=frozenset({"work_cases"}),
    )
    level = Level.FULL if given else Level.STEPS
    return Sight(case=sight.case, by=nobody, level=level, categories=given, agency_id=agency.pk)


# --- when a ground has ended ---------------------------------------------------------------------


def follow(case: Case, why: CancelReason) -> list[Participation]:
    """Bring the parts in line with the grounds: carried by another ground of the agency, else ended.

    Returns the parts that ended. The caller refreshes the checklists and syncs the grants.
    """
    rows = case.participations.filter(
        is_referrer=False, status__in=LIVE_PARTICIPATIONS, ground__ended_at__isnull=False
    ).select_related("agency")
    left = []
    for row in rows:
        other = grounds_of(case, row.agency_id).first()
        if other is not None:
            row.ground = other
            row.save(update_fields=["ground"])
            continue
        row.status, row.ended_at = ParticipationStatus.ENDED, clock.now()
        row.save(update_fields=["status", "ended_at"])
        steps = case.steps.filter(agency_id=row.agency_id, status__in=(StepStatus.WAITING, *LIVE_STEPS))
        checklists.cancel(steps.exclude(template__agency_role=owners.REFERRER_ROLE), why)
        left.append(row)
    return left


def let_go(case: Case, left: Iterable[Participation], by: Assignment | None) -> None:
    """After the grants are gone: papers are destroyed, waiting news never comes, one neutral notice does."""
    rows = list(left)
    people = telling.people_without_sight(case, {row.agency_id for row in rows})
    pdf.withdraw(case.pk, people, by=by)
    telling.sight_ended(case, rows)
    if rows and case.is_open:
        named = responsible_in(case)
        telling.protection_ended(case, [row for row in rows if row.agency_id in named])


def expire(limit: int = 500) -> tuple[int, int]:
    """End grounds and consents whose last day has passed. Returns (cases found, done); may run twice."""
    today = clock.today()
    over = LegalGround.objects.filter(ended_at__isnull=True, valid_until__lt=today, agency__isnull=False)
    consents = Consent.objects.filter(_still_names_somebody(), valid_until__lt=today)
    found = {
        *over.values_list("case_id", flat=True)[:limit],
        *consents.values_list("case_id", flat=True)[:limit],
    }
    for case_id in sorted(found):
        _expire(case_id)
    return len(found), len(found)


def _still_names_somebody() -> Q:
    """The coordinator's own consent lasts until it is withdrawn (ADR 0801)."""
    return ~Q(scope=[]) & ~Q(scope=[sharing.COORDINATOR])


@transaction.atomic(durable=True)
def _expire(case_id: uuid.UUID) -> None:
    case, today = casework.lock(case_id), clock.today()
    for consent in case.consents.filter(_still_names_somebody(), valid_until__lt=today):
        consent.scope = [code for code in consent.scope if code == sharing.COORDINATOR]
        consent.save(update_fields=["scope"])
    over = list(case.grounds.filter(ended_at__isnull=True, valid_until__lt=today, agency__isnull=False))
    sharing.end_grounds(over, GroundEnd.EXPIRED)
    left = follow(case, CancelReason.AGENCY_LEFT)
    _settle(case, None)
    let_go(case, left, None)
    audit.record("ground.expire", case, by=None, grounds=len(over), agencies=len(left))


# --- told outside the portal, and told about herself ----------------------------------------------


@transaction.atomic(durable=True)
def told_outside(
    *,
    case_id: uuid.UUID,
    to: str,
    what: str,
    categories: Iterable[str],
    agency_id: uuid.UUID | None = None,
    by: Assignment,
) -> Disclosure:
    """Somebody was told by telephone, at a meeting or on paper: it stands in the ledger."""
    case = casework.lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.SHARE, case)
    chosen = [code for code in Category.values if code in set(categories)]
    if not chosen:
        raise ValidationError({"categories": _("Choose what was told")})
    row = sharing.disclosed(
        case,
        DisclosureKind.OUTSIDE,
        by_id=by.user_id,
        agency_id=agency_id,
        categories=chosen,
        outside=to,
        what=what,
    )
    case.version += 1
    case.save(update_fields=["version"])
    audit.record("disclosure.outside", case, by=by, disclosure=row.pk)
    return row


@transaction.atomic(durable=True)
def copy_taken(*, job_id: uuid.UUID, case_id: uuid.UUID, categories: Iterable[str], by: Assignment) -> None:
    """A paper about the case left the portal: in the ledger once for each paper, whoever's it is."""
    case = casework.lock(case_id)
    sight = sight_of(by, case)
    if sight is None or case.disclosures.filter(subject_id=job_id, kind=DisclosureKind.COPY).exists():
        return
    house = {"desk_id": case.desk_id} if sight.is_desk else {"agency_id": sight.agency_id}
    sharing.disclosed(
        case, DisclosureKind.COPY, by_id=by.user_id, subject_id=job_id, categories=categories, **house
    )


@transaction.atomic(durable=True)
def inform(
    *, case_id: uuid.UUID, given_on: date, form: ConsentForm, language: str, interpreter: bool, by: Assignment
) -> PrivacyStatement:
    """The person was told how her data are handled. Raises ValidationError for a consultation."""
    case = casework.lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.SHARE, case)
    if case.is_consultation:
        raise ValidationError(_("A consultation has no person."))
    row = PrivacyStatement.objects.create(
        case=case,
        given_on=given_on,
        form=form,
        language=language,
        interpreter=interpreter,
        recorded_by_id=by.user_id,
        recorded_at=clock.now(),
    )
    case.version += 1
    case.save(update_fields=["version"])
    audit.record("privacy.inform", case, by=by, statement=row.pk)
    return row

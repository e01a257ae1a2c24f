"""Who of several agencies of one kind takes a case on, and what happens when none will (S12).

The desk always keeps the case. When a second agency of a kind declines and nobody else of that kind is asked
or takes part, a dispute opens; the agency where the person stays keeps acute protection going until it is
settled.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _

from accounts.models import Agency
from cases import notifications
from cases.access import responsible_in
from cases.enums import (
    LIVE_PARTICIPATIONS,
    LIVE_STEPS,
    CancelReason,
    GroundEnd,
    ParticipationStatus,
    StepStatus,
)
from cases.models import Case, Dispute, LegalGround, Participation
from cases.services import acts, checklists, sharing
from core import clock
from manual import deadlines
from manual.deadlines import Rule
from manual.enums import Unit

SETTLE_WITHIN: Final = Rule(2, Unit.WORKING_DAYS)
"""How long the desk has before the national desk is told. Portal default, to be confirmed."""
MOST_DECLINES: Final = 2
"""Nobody declines one and the same case a third time."""


def open_dispute(case: Case, kind: str) -> Dispute | None:
    return case.disputes.filter(kind=kind, settled_at__isnull=True).first()


def why_it_cannot_decline(case: Case, agency: Agency) -> str:
    """In words for the agency; empty when it may decline. At most three queries."""
    if agency.pk in responsible_in(case):
        return _("The dispute has been settled: your agency takes the case on and cannot decline.")
    declined = case.participations.filter(agency=agency, status=ParticipationStatus.DECLINED).count()
    if declined >= MOST_DECLINES:
        return _("Your agency has already declined twice and cannot decline again.")
    if declined and open_dispute(case, agency.kind):
        return _("Everybody asked has declined, your agency too. It cannot decline again.")
    return ""


def after_decline(case: Case, participation: Participation) -> Dispute | None:
    """Open a dispute when a second agency of the kind has declined and nobody else of it is left.

    The caller refreshes the checklists and the grants. One agency alone that declines is no dispute: the
    coordinator is told, as of every answer.
    """
    kind = participation.agency.kind
    rows = list(
        case.participations.filter(is_referrer=False, agency__kind=kind)
        .select_related("agency", "ground")
        .order_by("answered_at", "invited_at")
    )
    if any(row.status in LIVE_PARTICIPATIONS for row in rows):
        return None
    rows.sort(key=lambda row: row.pk == participation.pk)  # the one at hand came last, to the second
    declined = _declined(rows, _last_settled(case, kind))
    if len(declined) < 2:
        return None
    dispute = open_dispute(case, kind) or _open(case, kind)
    provisional = _keep_protection_going(case, declined)
    notifications.disputed(case, dispute, provisional)
    return dispute


def _last_settled(case: Case, kind: str) -> Dispute | None:
    return case.disputes.filter(kind=kind, settled_at__isnull=False).order_by("-settled_at").first()


def _declined(rows: Iterable[Participation], settled: Dispute | None) -> list[Participation]:
    """The latest refusal of each agency since the last settlement, in the order they came."""
    since = settled.settled_at if settled else None
    latest: dict[uuid.UUID, Participation] = {}
    for row in rows:
        if row.status != ParticipationStatus.DECLINED:
            continue
        if since is None or (row.answered_at and row.answered_at > since):
            latest.pop(row.agency_id, None)
            latest[row.agency_id] = row
    return list(latest.values())


def declined_in(case: Case, kind: str) -> list[Participation]:
    """Who declined, since the last settlement: the two sides of a dispute, with reasons and dates."""
    rows = case.participations.filter(is_referrer=False, agency__kind=kind)
    return _declined(
        rows.select_related("agency", "answered_by", "data_key").order_by("answered_at", "invited_at"),
        _last_settled(case, kind),
    )


def _open(case: Case, kind: str) -> Dispute:
    now = clock.now()
    dispute = Dispute.objects.create(
        case=case,
        kind=kind,
        opened_at=now,
        escalate_at=deadlines.due_at(SETTLE_WITHIN, now),
        data_key_id=case.data_key_id,
    )
    acts.start(case, acts.DISPUTE, dispute.escalate_at, desk_id=case.desk_id, assignee_id=case.assignee_id)
    return dispute


def _keep_protection_going(case: Case, declined: list[Participation]) -> Participation | None:
    """The agency of the municipality of stay among those who declined, else the last to decline.

    It stands on the ground it was invited on, with its acute steps and no content. None when no ground
    holds any more: then nothing may be asked of anybody, and the desk alone answers for the person.
    """
    here = [row for row in declined if row.agency.municipality_code == (case.municipality_id or "-")]
    for row in [*here, *reversed(declined)]:
        if not _still_holds(case, row):
            continue
        consent = sharing.consent_covering(case, row.agency) if row.ground.consent_id else None
        last = consent.valid_until if consent else None
        ground = LegalGround.objects.create(
            case=case,
            agency_id=row.agency_id,
            kind=row.ground.kind,
            consent=consent,
            provision=row.ground.provision,
            categories=[],
            data_key_id=case.data_key_id,
            purpose=row.ground.purpose,
            valid_until=min(filter(None, (row.ground.valid_until, last)), default=None),
            made_at=clock.now(),
        )
        return Participation.objects.create(
            case=case,
            agency=row.agency,
            ground=ground,
            status=ParticipationStatus.PROVISIONAL,
            invited_by_id=row.invited_by_id,
            invited_at=clock.now(),
            data_key_id=case.data_key_id,
        )
    return None


def _still_holds(case: Case, row: Participation) -> bool:
    """The ground of the invitation would carry a new one today."""
    ground = row.ground
    if ground.valid_until and ground.valid_until < clock.today():
        return False
    return ground.consent_id is None or sharing.consent_covering(case, row.agency) is not None


def settle(
    case: Case, dispute: Dispute, *, responsible_id: uuid.UUID, by_id: uuid.UUID, text: str = ""
) -> None:
    """Write down who takes it on; the provisional role and the desk's step end. Shared part of a service.

    The steps of an agency that now takes it on for good go on without a break.
    """
    dispute.settled_at, dispute.settled_by_id = clock.now(), by_id
    dispute.responsible_id, dispute.settlement = responsible_id, text or None
    dispute.save(update_fields=["settled_at", "settled_by", "responsible", "settlement"])
    for row in case.participations.filter(
        status=ParticipationStatus.PROVISIONAL, agency__kind=dispute.kind
    ).select_related("agency"):
        _end_provisional(case, row, goes_on=row.agency_id == responsible_id)
    live = case.steps.filter(key=acts.DISPUTE, status__in=LIVE_STEPS).order_by("due_at", "occurrence")
    if step := live.first():
        acts.end(case.steps.filter(pk=step.pk), by_id=by_id, case=case)


def _end_provisional(case: Case, row: Participation, *, goes_on: bool) -> None:
    row.status, row.ended_at = ParticipationStatus.ENDED, clock.now()
    row.save(update_fields=["status", "ended_at"])
    LegalGround.objects.filter(pk=row.ground_id, ended_at__isnull=True).update(
        ended_at=clock.now(), end_reason=GroundEnd.LEFT
    )
    if not goes_on:
        living = (StepStatus.WAITING, *LIVE_STEPS)
        owed = case.steps.filter(agency_id=row.agency_id, status__in=living)
        checklists.cancel(owed.exclude(template__agency_role=checklists.REFERRER_ROLE), CancelReason.SETTLED)
        notifications.provisional_ended(case, row)


def taken_on(case: Case, participation: Participation, *, by_id: uuid.UUID) -> None:
    """Somebody of the kind accepts while a dispute is open: that settles it."""
    dispute = open_dispute(case, participation.agency.kind)
    if dispute is not None:
        settle(case, dispute, responsible_id=participation.agency_id, by_id=by_id)

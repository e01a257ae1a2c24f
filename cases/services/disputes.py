"""Settling who takes a case on when all of a kind have declined; telling the national desk in time (S12)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Agency
from cases import notifications, workflow
from cases.access import Standing, recused_cases, require, sync_grants
from cases.enums import OPEN_STATUSES, ParticipationStatus, Verb
from cases.models import Case, Dispute, Participation
from cases.services import casework, chasing, checklists, participation, responsibility, sharing
from core import audit, clock
from core.errors import TransitionNotAllowed

BATCH: Final = 200


@transaction.atomic(durable=True)
def settle(
    *,
    case_id: uuid.UUID,
    dispute_id: uuid.UUID,
    agency_id: uuid.UUID,
    text: str,
    ground: str = "",
    categories: Iterable[str] = (),
    purpose: str = "",
    valid_until: date | None = None,
    by: Assignment,
) -> Dispute:
    """The desk writes down who takes the case on and why. That agency is invited, and cannot decline.

    The provisional role ends; acute protection goes on without a break, with the one now responsible. Raises
    ValidationError at `agency`, `text` or the fields of the ground, TransitionNotAllowed when it is settled.
    """
    case = casework.lock(case_id)
    require(by, case, "triage")
    workflow.check(Verb.SETTLE, case)
    dispute = case.disputes.filter(pk=dispute_id, settled_at__isnull=True).first()
    if dispute is None:
        raise TransitionNotAllowed(_("The dispute has already been settled."))
    agency = Agency.objects.active().filter(pk=agency_id, kind=dispute.kind).first()
    if agency is None:
        raise ValidationError({"agency": _("Choose an agency from the list.")})
    if not text.strip():
        raise ValidationError({"text": _("Write what was agreed.")})
    responsibility.settle(case, dispute, responsible_id=agency.pk, by_id=by.user_id, text=text)
    if is_asked(case, agency) is None:
        made = sharing.make_ground(case, agency, ground, categories, purpose, by, valid_until)
        participation.add(case, agency, made, by)
    standing = Standing(case)
    checklists.refresh(case, standing)
    case.version += 1
    case.save(update_fields=["version"])
    sync_grants(case, standing)
    audit.record("dispute.settle", dispute, by=by, case=case.id, agency=agency.pk)
    return dispute


def is_asked(case: Case, agency: Agency) -> Participation | None:
    """The invitation this agency has not answered yet."""
    return case.participations.filter(agency=agency, status=ParticipationStatus.INVITED).first()


def escalated(by: Assignment) -> QuerySet[Dispute]:
    """Disputes that were sent to the national desk and nobody has settled yet, the oldest first; not in
    cases that the reader cannot handle herself."""
    rows = Dispute.objects.filter(escalated_at__isnull=False, settled_at__isnull=True)
    rows = rows.exclude(case_id__in=recused_cases(by))
    rows = rows.filter(case__status__in=OPEN_STATUSES).order_by("escalated_at")
    return rows.select_related("case__desk__region")


@transaction.atomic
def escalate() -> int:
    """Tell the national desk of disputes that nobody settled in time. May run twice: each is told once.

    Not on non-working days, unless somebody is in danger or a child: then the next run that may tells.
    """
    now = clock.now()
    late = Dispute.objects.filter(
        escalate_at__lte=now, settled_at__isnull=True, escalated_at__isnull=True, case__practice=False
    ).filter(case__status__in=OPEN_STATUSES)
    ids = list(late.order_by("escalate_at").values_list("case_id", flat=True)[:BATCH])
    cases = Case.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk__in=ids)
    told = 0
    for case in cases.order_by("pk"):
        if not chasing.may_disturb(case, now):
            continue
        for dispute in late.filter(case=case):
            dispute.escalated_at = now
            dispute.save(update_fields=["escalated_at"])
            audit.record("dispute.escalate", dispute, by=None, case=case.id)
            notifications.escalated(case, dispute)
            told += 1
    return told

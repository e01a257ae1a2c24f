"""Suggestions to correct the routing table: made by forwarding with "wrong region", read by who keeps it."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Assignment
from cases.enums import ForwardReason
from cases.models import Case, RouteCorrection
from coordinators.access import may_manage
from coordinators.models import Desk
from core import audit, clock


def suggest(case: Case, was: Desk, should_be: Desk, reason: ForwardReason, by: Assignment) -> None:
    """Part of forwarding: the same suggestion stands once until it is handled. Practice suggests nothing."""
    if reason != ForwardReason.WRONG_REGION or case.municipality_id is None or case.practice:
        return
    RouteCorrection.objects.bulk_create(
        [
            RouteCorrection(
                municipality_id=case.municipality_id,
                was=was,
                should_be=should_be,
                suggested_by_id=by.user_id,
                suggested_at=clock.now(),
            )
        ],
        ignore_conflicts=True,
    )


def suggested() -> QuerySet[RouteCorrection]:
    """The unhandled first, then the newest."""
    rows = RouteCorrection.objects.select_related(
        "municipality__county", "was__region", "should_be__region", "suggested_by", "handled_by"
    )
    return rows.order_by("-handled_at", "-suggested_at")  # NULLS FIRST comes with DESC


@transaction.atomic(durable=True)
def handle(*, correction_id: uuid.UUID, by: Assignment) -> RouteCorrection:
    """The table has been corrected, or is right as it is. Raises PermissionDenied, recorded."""
    if not may_manage(by):
        audit.refuse("correction.handle", correction_id, by=by)
        raise PermissionDenied
    rows = RouteCorrection.objects.select_for_update(of=("self",), no_key=True)
    row = rows.get(pk=correction_id)
    if row.handled_at is None:
        row.handled_at, row.handled_by_id = clock.now(), by.user_id
        row.save(update_fields=["handled_at", "handled_by"])
        audit.record("correction.handle", row, by=by)
    return row

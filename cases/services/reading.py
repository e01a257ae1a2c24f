"""Who has really looked at a case, from the audit: the other half of the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Max, Min, Q

from accounts.models import Agency, User
from cases.models import Case
from core.enums import AuditOutcome
from core.models import AuditEvent

LOOKS: Final = (
    "case.read",
    "case.steps",
    "case.persons",
    "case.messages",
    "case.history",
    "case.sharing",
    "case.preview",
    "step.read",
    "identity.open",
    "case.pdf",
    "pdf.download",
    "document.open",
    "subject.read",
)
"""Acts by which somebody came to see content of a case."""
LINES: Final = ("case.export",)
"""Acts of one row that names every case it took a line from."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One person in one house, how often, and between which moments."""

    user: str
    house: str
    times: int
    first: datetime
    last: datetime


def looks_at(case: Case, targets: Iterable[uuid.UUID]) -> Q:
    """For rows of the audit: looks at the case or at one of these parts of it."""
    alone = Q(target_id__in=list(targets), verb__in=LOOKS)
    return (alone | Q(target_ids__contains=[case.pk], verb__in=LINES)) & Q(outcome=AuditOutcome.ALLOWED)


def readers(case: Case, targets: Iterable[uuid.UUID], limit: int = 200) -> list[Reader]:
    """Everybody who has looked, the latest first. Three queries."""
    ids = [*targets, case.pk, *([case.person_id] if case.person_id else [])]
    found = (
        AuditEvent.objects.filter(looks_at(case, ids))
        .exclude(user_id=None)
        .values("user_id", "agency_id")
        .annotate(times=Count("pk"), first=Min("at"), last=Max("at"))
        .order_by("-last")[:limit]
    )
    rows = list(found)
    users: dict[uuid.UUID | None, str] = dict(
        User.objects.filter(pk__in={r["user_id"] for r in rows}).values_list("pk", "name")
    )
    houses: dict[uuid.UUID | None, str] = dict(
        Agency.objects.filter(pk__in={r["agency_id"] for r in rows}).values_list("pk", "name")
    )
    return [
        Reader(users.get(r["user_id"], ""), houses.get(r["agency_id"], ""), r["times"], r["first"], r["last"])
        for r in rows
    ]

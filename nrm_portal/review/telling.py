"""Telling auditors that something waits for them: content-free, as all mail."""

from __future__ import annotations

import uuid

from accounts.enums import AgencyKind
from accounts.models import Agency, AgencyPermission, Membership
from core import outbox
from core.access import members_with


def auditors(once: str, *, but: uuid.UUID | None = None) -> None:
    """One message to everybody who may review, in the caller's transaction; never to whom it is about."""
    told: set[uuid.UUID] = set()
    for agency in Agency.objects.filter(kind=AgencyKind.NSPM):
        memberships = members_with(AgencyPermission, agency.pk, "audit")
        told |= set(Membership.objects.filter(pk__in=memberships).values_list("user_id", flat=True))
    for user_id in told - {but}:
        outbox.queue("something_waiting", user_id=user_id, dedupe_key=f"review:{once}:{user_id}")

"""The month of a request for one's own data: who is told, when, before it is over and afterwards."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db import transaction

from cases import notifications
from cases.models import SubjectRequest
from cases.services.subject.requests import deadline
from core import clock

DAYS_BEFORE: Final = (14, 7, 3, 1, 0)
"""Days left at which everybody who protects data is told. After the last day: every day. To be confirmed."""


def stage(last: date, today: date) -> str:
    """The latest point passed, as a word that names it for ever; "" when it is too early."""
    left = (last - today).days
    if left < 0:
        return f"{last.isoformat()}+{-left}"
    passed = [days for days in DAYS_BEFORE if left <= days]
    return f"{last.isoformat()}-{min(passed)}" if passed else ""


def chase() -> tuple[int, int]:
    """Tell about every open request whose time is near or over; returns found and told. May run twice: a
    notice's key names the request and the point."""
    today, told = clock.today(), 0
    found = list(SubjectRequest.objects.filter(closed_at__isnull=True).order_by("due_on", "pk"))
    for request in found:
        told += _chase(request, today)
    return len(found), told


@transaction.atomic(durable=True)
def _chase(request: SubjectRequest, today: date) -> bool:
    fresh = SubjectRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=request.pk)
    point = stage(deadline(fresh), today) if fresh.is_open else ""
    return bool(point) and notifications.request_due(fresh, once=point)

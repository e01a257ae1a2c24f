"""The clock of a wrong disclosure: 72 hours from when it was noticed; who is chased until it is decided."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction

from cases.enums import BreachDecision
from cases.models import Breach
from cases.notifications import breaches as telling
from core import clock

WITHIN: Final = timedelta(hours=72)
"""GDPR art. 33.1. Hours run through nights, weekends and holidays: the stricter reading, to be confirmed."""
DAY: Final = timedelta(hours=24)
RUNGS: Final = (timedelta(hours=24), timedelta(hours=48), timedelta(hours=66), WITHIN)
"""When the officer is chased; from the second rung on the desk too; after the last one every day. Portal
defaults, to be confirmed."""
WITH_THE_DESK: Final = 2


def due(noticed_at: datetime) -> datetime:
    """When the supervisory authority must have been notified, if it is to be."""
    return noticed_at.astimezone(UTC) + WITHIN  # elapsed hours, whatever summer time does


def rung(number: int) -> timedelta:
    """How long after it was noticed the chasing of this number comes, counted from 1."""
    if number <= len(RUNGS):
        return RUNGS[number - 1]
    return WITHIN + (number - len(RUNGS)) * DAY


def following(breach: Breach, now: datetime) -> tuple[int, datetime]:
    """How many rungs have passed at `now`, and when the next one comes."""
    passed = 0
    while breach.noticed_at + rung(passed + 1) <= now:
        passed += 1
    return passed, breach.noticed_at + rung(passed + 1)


def is_settled(breach: Breach) -> bool:
    """Nothing runs any more: not to be notified, or notified."""
    if breach.decision == BreachDecision.NOTIFY:
        return breach.notified_at is not None
    return breach.decision == BreachDecision.NOT_NOTIFY


def set_clock(breach: Breach) -> None:
    """After a decision: the clock stands still, or runs on from now. The caller saves."""
    if is_settled(breach):
        breach.chase_at = None
    else:
        breach.stage, breach.chase_at = following(breach, clock.now())


def chase(limit: int = 200) -> tuple[int, int]:
    """Tell those who owe a decision. Returns (found, told); may run twice, in two processes too."""
    waiting = Breach.objects.filter(chase_at__lte=clock.now()).order_by("chase_at")
    found = list(waiting.values_list("pk", flat=True)[:limit])
    return len(found), sum(_chase(pk) for pk in found)


@transaction.atomic(durable=True)
def _chase(breach_id: uuid.UUID) -> int:
    now = clock.now()
    rows = Breach.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    row = rows.select_related("case__desk").filter(pk=breach_id, chase_at__lte=now).first()
    if row is None:
        return 0
    row.stage, row.chase_at = following(row, now)
    row.save(update_fields=["stage", "chase_at"])
    telling.chased(row, with_desk=row.stage >= WITH_THE_DESK)
    return 1

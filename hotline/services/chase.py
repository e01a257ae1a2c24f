"""Chasing promised calls: owner → the others on duty → the national desk, as steps of cases are chased.

State is rows. A promise carries when it is chased next (`chase_at`, indexed) and the last stage carried out;
the ledger has one row for each stage, due time and recipient. Claim, ledger and notices share a transaction,
so running it twice, or in two processes, equals running it once. Nobody is told while the helpline is closed.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from cases.enums import NoticeKind
from cases.services import notices
from cases.services.chasing import EVENING, MORNING, QUARTER, RUN, next_morning
from core import clock, workdays
from hotline import library
from hotline.enums import ChaseStage
from hotline.models import Callback, CallbackReminder
from hotline.services import roster

logger = logging.getLogger(__name__)
BATCH: Final = 500
AGAIN: Final = timedelta(minutes=10)
"""A promise that could not be chased waits so long; the others are chased meanwhile."""


@dataclass(frozen=True)
class Rung:
    """When a stage comes after the due time, in opening hours."""

    stage: ChaseStage
    hours: int = 0


LADDER: Final = (
    Rung(ChaseStage.DUE),
    Rung(ChaseStage.OTHERS, hours=2),
    Rung(ChaseStage.NATIONAL, hours=8),
)
"""After the reminder. Portal default, to be confirmed: a promise is chased like a critical step."""
_KIND: Final = {
    ChaseStage.REMINDED: NoticeKind.CALLBACK_WAITS,
    ChaseStage.DUE: NoticeKind.CALLBACK_DUE,
    ChaseStage.OTHERS: NoticeKind.CALLBACK_LATE,
    ChaseStage.NATIONAL: NoticeKind.CALLBACK_LATE,
}


def first(row: Callback) -> datetime:
    """When a new promise is chased first: a question from the web as soon as somebody is there to read it."""
    if row.contact_id is not None:
        return _staffed(row.created_at, row.due_at)
    return following(row, row.created_at)


def following(row: Callback, since: datetime) -> datetime:
    """The reminder, when a quarter of the time since `since` is left; at the latest the due time."""
    return _staffed(since + (row.due_at - since) * QUARTER, row.due_at)


def _staffed(moment: datetime, latest: datetime) -> datetime:
    """The instant itself while the helpline is open, else the next opening, but not after `latest`."""
    span = library.opening(moment)
    return min(max(span.opens, moment), latest) if span else latest


def after(stage: ChaseStage, due_at: datetime) -> tuple[ChaseStage, datetime] | None:
    """The rung that follows a stage, with its time; None at the top."""
    for rung in LADDER:
        if rung.stage > stage:
            late = library.after_hours(due_at, rung.hours) if rung.hours else due_at
            return rung.stage, late or due_at + timedelta(hours=rung.hours)
    return None


def sweep() -> tuple[int, int]:
    """Chase until nothing is left to chase. Returns (promises found, people told). May run twice."""
    found = told = 0
    while True:
        batch_found, batch_told = _one_batch()
        found, told = found + batch_found, told + batch_told
        if batch_found < BATCH:
            return found, told


@transaction.atomic(durable=True)
def _one_batch() -> tuple[int, int]:
    now = clock.now()
    rows = Callback.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    due = list(rows.filter(chase_at__lte=now, done_at__isnull=True).order_by("chase_at", "pk")[:BATCH])
    opens = _opens(now) if due else now
    told = 0
    for row in due:
        try:
            with transaction.atomic():
                told += _one(row, now, opens)
        except Exception:
            logger.exception("promise %s cannot be chased", row.pk)
            Callback.objects.filter(pk=row.pk).update(chase_at=now + AGAIN)
    return len(due), told


def _opens(now: datetime) -> datetime:
    """When somebody may be told: now, or when it next opens. Closed until further notice: in office hours."""
    if span := library.opening(now):
        return max(span.opens, now)
    local = clock.local(now)
    if not workdays.is_working_day(local.date()) or local.time() >= EVENING:
        return next_morning(now)
    return max(datetime.combine(local.date(), MORNING, clock.STOCKHOLM), now)


def _one(row: Callback, now: datetime, opens: datetime) -> int:
    told = 0
    if opens > now:
        row.chase_at = opens
    else:
        told = _chase(row, now)
    row.save(update_fields=["stage", "chase_at"])
    return told


def _chase(row: Callback, now: datetime) -> int:
    """One stage a run, however late: the people in between are told one run apart at the most."""
    row.stage = stage = _reached(row, now)
    next_one = after(stage, row.due_at) if stage >= ChaseStage.DUE else (ChaseStage.DUE, row.due_at)
    row.chase_at = max(next_one[1], now + RUN) if next_one else None
    people = recipients(row, stage)
    names = [f"user:{user}" for user in people] or ["mailbox"]
    before = row.reminders.count()
    CallbackReminder.objects.bulk_create(
        [
            CallbackReminder(callback=row, stage=stage, due_at=row.due_at, recipient=name, sent_at=now)
            for name in names
        ],
        ignore_conflicts=True,
    )
    once = f"{_once(row)}:{int(stage)}:{row.due_at:%Y%m%d%H%M}"
    notices.callback(people, _KIND[stage], once=once, direct=stage >= ChaseStage.DUE)
    return row.reminders.count() - before


def _reached(row: Callback, now: datetime) -> ChaseStage:
    if now < row.due_at:
        return ChaseStage.REMINDED
    return ChaseStage(min(max(row.stage, ChaseStage.REMINDED) + 1, ChaseStage.NATIONAL))


def recipients(row: Callback, stage: ChaseStage) -> list[uuid.UUID]:
    """Who hears of a promise at a stage. An owner who has left, or nobody, means the next in line."""
    if stage >= ChaseStage.NATIONAL:
        return list(notices.national_desk())
    able = [member.user_id for member in roster.operators(row.agency_id)]
    there = roster.on_duty(row.agency_id)
    if stage < ChaseStage.OTHERS:
        return [row.owner_id] if row.owner_id in able else there or list(notices.national_desk())
    others = [user for user in there if user != row.owner_id]
    others = others or [user for user in able if user != row.owner_id]
    return others or list(notices.national_desk())


def handed_over(row: Callback, giver: uuid.UUID | None, by: uuid.UUID | None) -> None:
    """Somebody else is to make the call: told to her, unless she took it herself, and settled for the giver.

    Nobody is: told to whoever is on duty. The chase itself runs on; past its top this is the only word.
    """
    notices.called_back(_once(row), giver)
    if row.owner_id is not None and row.owner_id == by:
        return
    people = [user for user in recipients(row, ChaseStage.DUE) if user != giver]
    kind = _KIND[max(ChaseStage(row.stage), ChaseStage.REMINDED)]
    once = f"{_once(row)}:given:{row.version}"
    direct = row.stage >= ChaseStage.DUE
    notices.callback(people or notices.national_desk(), kind, once=once, direct=direct)


def hours_changed(first: date, last: date | None = None) -> int:
    """Tell about each promise of these days that now lies outside the hours: its owner finds another time.

    Joins the transaction in which the hours were changed. Returns how many promises there are.
    """
    calendar, outside = library.Calendar.since(first), 0
    rows = Callback.objects.filter(done_at__isnull=True, due_at__gt=clock.now()).order_by("due_at", "pk")
    for row in rows:
        day = clock.local(row.due_at).date()
        if day < first or (last and day > last):
            continue
        if not any(span.opens < row.due_at <= span.closes for span in calendar.on(day)):
            once = f"{_once(row)}:closed:{row.due_at:%Y%m%d%H%M}"
            notices.callback(
                recipients(row, ChaseStage.REMINDED), NoticeKind.CALLBACK_WAITS, once=once, direct=True
            )
            outside += 1
    return outside


def settle(row: Callback) -> None:
    """What was told about a promise is no news any more."""
    notices.called_back(_once(row))


def _once(row: Callback) -> str:
    return f"callback:{row.pk}"

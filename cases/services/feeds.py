"""One's own calendar of due times under a secret address: made, revoked, read.

Whoever has the address reads that something is due and when, and nothing else. What it holds is worked
out at each reading from the rights of that moment.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.access import Assignment, assignment_for
from accounts.models import Membership
from cases.access import held_by
from cases.enums import LIVE_STEPS, Level
from cases.models import CalendarFeed, Recusal, Step
from coordinators.access import desks_of
from core import audit, clock
from core.models import AuditEvent
from manual.deadlines import last_day

BEHIND: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=400)
MOST: Final = 300
DUTY: Final = "referrer"


def current(by: Assignment) -> CalendarFeed | None:
    """The address in force, without its secret."""
    return CalendarFeed.objects.filter(membership_id=by.membership_id, revoked_at__isnull=True).first()


@transaction.atomic(durable=True)
def make(*, by: Assignment) -> str:
    """A new secret; the one before it stops working. It is told this once: only its hash is kept."""
    _revoke(by)
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        membership_id=by.membership_id, token_hash=_hashed(secret), made_at=clock.now()
    )
    audit.record("feed.make", feed, by=by)
    return secret


@transaction.atomic(durable=True)
def revoke(*, by: Assignment) -> bool:
    """From now on the address leads nowhere. Whether there was one."""
    return _revoke(by)


def _revoke(by: Assignment) -> bool:
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=by.membership_id)
    feed = current(by)
    if feed is None:
        return False
    feed.revoked_at = clock.now()
    feed.save(update_fields=["revoked_at"])
    audit.record("feed.revoke", feed, by=by)
    return True


def _hashed(secret: str) -> bytes:
    """The secret is long and random: nothing slower is needed."""
    return sha256(secret.encode()).digest()


# --- reading -------------------------------------------------------------------------------------


def find(secret: str) -> CalendarFeed | None:
    """The feed of an address, while it and the membership are in force. One query, whatever is asked."""
    rows = CalendarFeed.objects.filter(
        token_hash=_hashed(secret),
        revoked_at__isnull=True,
        membership__in=Membership.objects.in_force(),
    )
    return rows.select_related("membership__user", "membership__agency").first()


@transaction.atomic
def read(feed: CalendarFeed) -> bytes:
    """The calendar as it stands now. Recorded once a day, and when a case is in it that was not that day."""
    by, now = assignment_for(feed.membership), clock.now()
    steps = _steps(by, now)
    with translation.override(by.user.language):
        made = _calendar([(step_id, due_at) for step_id, due_at, _case in steps], feed, now)
    cases = {case_id for _step, _due, case_id in steps}
    first = feed.read_at is None or clock.local(feed.read_at).date() != clock.today()
    if first or cases - _told_today(feed):
        audit.record("feed.read", feed, by=by, target_ids=sorted(cases))
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)
    return made


def _told_today(feed: CalendarFeed) -> set[uuid.UUID]:
    """The cases whose due times the address has given out today, from the record of it."""
    midnight = datetime.combine(clock.today(), time(), clock.STOCKHOLM)
    rows = AuditEvent.objects.filter(target_id=feed.pk, verb="feed.read", at__gte=midnight)
    return {case_id for told in rows.values_list("target_ids", flat=True) for case_id in told}


def _steps(by: Assignment, now: datetime) -> list[tuple[uuid.UUID, datetime, uuid.UUID]]:
    """What she herself, or nobody yet, is to do at her agency and desks, in cases she may see now."""
    desks = desks_of(by)
    mine_or_free = Q(assignee_id=by.user_id) | Q(assignee_id__isnull=True)
    granted = Exists(held_by(by, desks).filter(case=OuterRef("case"), level__gte=Level.STEPS))
    where = Q(desk_id__in=[desk for desk, rights in desks.items() if "triage" in rights]) & mine_or_free
    if by.has("work_cases"):
        where |= Q(agency_id=by.agency_id) & mine_or_free
    where = Q(where, granted)
    if by.has("file_referrals"):
        where |= Q(agency_id=by.agency_id, assignee_id=by.user_id, template__agency_role=DUTY)
    recused = Recusal.objects.filter(user_id=by.user_id, lifted_at__isnull=True)
    live = Step.objects.filter(where, status__in=LIVE_STEPS, paused_at__isnull=True, case__practice=False)
    near = live.filter(due_at__gt=now - BEHIND, due_at__lt=now + AHEAD)
    free = near.exclude(case_id__in=recused.values("case_id"))
    rows = free.order_by("due_at", "pk").values_list("pk", "due_at", "case_id")
    return list(rows[:MOST])  # type: ignore[arg-type]


def _calendar(steps: Iterable[tuple[uuid.UUID, datetime]], feed: CalendarFeed, now: datetime) -> bytes:
    made = Calendar()
    made.add("prodid", "-//NRM-portalen//SV")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "NRM-portalen")
    made.add("x-wr-timezone", "Europe/Stockholm")
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    for step_id, due_at in steps:
        made.add_component(_event(step_id, due_at, feed, now))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def _event(step_id: uuid.UUID, due_at: datetime, feed: CalendarFeed, now: datetime) -> Event:
    """The same event has the same name at every reading, from which nothing can be worked out."""
    event = Event()
    name = salted_hmac("cases.feed", f"{feed.membership_id}:{step_id}", algorithm="sha256").hexdigest()[:32]
    event.add("uid", f"{name}@nrm-portalen")
    event.add("dtstamp", now)
    event.add("summary", _("Deadline in the NRM portal"))
    event.add("url", f"{settings.SITE_URL.rstrip('/')}/arbete/")
    event.add("description", f"{settings.SITE_URL.rstrip('/')}/arbete/")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    starts = _shown(due_at)
    event.add("dtstart", starts)
    if not isinstance(starts, datetime):
        event.add("dtend", starts + timedelta(days=1))
    return event


def _shown(due_at: datetime) -> date | datetime:
    """A deadline that is a date ends at midnight: it fills that day."""
    local = clock.local(due_at)
    return last_day(due_at) if local.time() == time(0) else local

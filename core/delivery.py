"""Sending what stands in the outbox: claim a row, ask once more, send, and only then mark it as sent.

A row is claimed by an update that must hit it, so that any number of workers and repeated messages have
one effect. A worker that dies leaves a lease that runs out; three such deaths park the row, so that a
poisonous one cannot kill workers for ever. A crash between sending and marking sends the same message
again, with the same Message-ID.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.template.loader import render_to_string
from django.utils import translation

from core import clock, jobs, outbox
from core.enums import MailState
from core.models import OutboundEmail

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
LOST_LEASES: Final = 3
ATTEMPTS: Final = 48
LONGEST_WAIT: Final = timedelta(hours=1)
"""Waits of 1, 2, 4 ... 60 minutes, then hourly: about two days until a row is parked."""


class MailOutage(Exception):
    """The mail server does not answer at all: no use in trying the next row now."""


def deliver(mail_id: UUID) -> MailState | None:
    """Send one row if it is due and nobody else has it; returns its new state, None when there was
    nothing to do or it is to leave later.

    Raises MailOutage after noting the failed attempt.
    """
    now = clock.now()
    due = OutboundEmail.objects.filter(pk=mail_id, state=MailState.QUEUED, next_attempt_at__lte=now)
    claimed = due.update(state=MailState.SENDING, lease_until=now + LEASE, attempts=F("attempts") + 1)
    if not claimed:
        return None
    row = OutboundEmail.objects.get(pk=mail_id)
    if later := _not_yet(row):
        _put_off(row, later)
        return None
    try:
        sent = _send(row)
    except smtplib.SMTPRecipientsRefused as error:
        return _failed(row, error, for_good=max(code for code, _ in error.recipients.values()) >= 500)
    except smtplib.SMTPResponseException as error:
        return _failed(row, error)
    except OSError as error:  # refused, timed out, cut: smtplib's own errors are OSErrors too
        _failed(row, error)
        raise MailOutage from error
    except Exception as error:  # one bad row must not stop the others; the row and the log show it
        logger.exception("message %s cannot be made", row.pk)
        return _failed(row, error)
    return _leave(row, MailState.SENT if sent else MailState.CANCELLED)


def next_due() -> UUID | None:
    """A row that should leave now and that no other worker looks at."""
    waiting = OutboundEmail.objects.filter(state=MailState.QUEUED, next_attempt_at__lte=clock.now())
    with transaction.atomic():
        locked = waiting.order_by("next_attempt_at").select_for_update(
            of=("self",), no_key=True, skip_locked=True
        )
        return locked.values_list("pk", flat=True).first()


def reclaim() -> int:
    """Put rows of dead workers back, or aside after the third death; returns how many."""
    now = clock.now()
    dead = OutboundEmail.objects.filter(state=MailState.SENDING, lease_until__lt=now)
    poisonous = Q(lost_leases__gte=LOST_LEASES - 1)
    return dead.update(
        state=Case(When(poisonous, then=Value(MailState.PARKED)), default=Value(MailState.QUEUED)),
        lost_leases=F("lost_leases") + 1,
        lease_until=None,
        next_attempt_at=now,
        error="LeaseLost",
    )


def compose(message: str, language: str, context: outbox.Context) -> tuple[str, str]:
    """Subject and body of a message in a language."""
    values = {"site_url": settings.SITE_URL, "helpline": settings.HELPLINE, **context}
    with translation.override(language):
        subject = render_to_string(f"emails/{message}.subject.txt", values)
        body = render_to_string(f"emails/{message}.body.txt", values)
    return " ".join(subject.split()), body.strip() + "\n"


def _send(row: OutboundEmail) -> bool:
    """Send a claimed row; False when it must not leave any more."""
    reader, context = _reader(row), _context(row)
    if reader is None or context is None:
        return False
    address, language = reader
    subject, body = compose(row.message, language, context)
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    mail = EmailMessage(
        subject,
        body,
        to=[address],
        headers={
            "Message-ID": f"<{row.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": language,
        },
    )
    mail.send()
    return True


def _reader(row: OutboundEmail) -> tuple[str, str] | None:
    """Address and language; None when the person has left or cannot be reached."""
    if row.user_id is None:
        return (row.to, row.language) if row.to else None
    people = get_user_model().objects.filter(pk=row.user_id, is_active=True)
    return people.values_list("email", "language").first()


def _context(row: OutboundEmail) -> outbox.Context | None:
    context: outbox.Context = dict(row.context)
    if (name := context.get("still")) and not outbox.checks[str(name)](context):
        return None
    filler = outbox.fillers.get(row.message)
    more = filler(context) if filler else {}
    return None if more is None else {**context, **more}


def _not_yet(row: OutboundEmail) -> datetime | None:
    name = row.context.get("wait")
    return outbox.waits[str(name)](row.context) if name else None


def _put_off(row: OutboundEmail, later: datetime) -> None:
    """Back into the queue; that it was looked at counts as no attempt."""
    OutboundEmail.objects.filter(pk=row.pk, state=MailState.SENDING).update(
        state=MailState.QUEUED, lease_until=None, attempts=F("attempts") - 1, next_attempt_at=later
    )


def _leave(row: OutboundEmail, state: MailState) -> MailState:
    sent_at = clock.now() if state == MailState.SENT else None
    OutboundEmail.objects.filter(pk=row.pk, state=MailState.SENDING).update(
        state=state, sent_at=sent_at, lease_until=None, error="", to="", context={}
    )
    return state


def _failed(row: OutboundEmail, error: Exception, *, for_good: bool = False) -> MailState:
    state = MailState.PARKED if for_good or row.attempts >= ATTEMPTS else MailState.QUEUED
    wait = min(timedelta(minutes=2 ** min(row.attempts - 1, 10)), LONGEST_WAIT)
    OutboundEmail.objects.filter(pk=row.pk, state=MailState.SENDING).update(
        state=state, error=jobs.describe(error), lease_until=None, next_attempt_at=clock.now() + wait
    )
    return state

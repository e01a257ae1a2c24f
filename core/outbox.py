"""The outbox: every message that leaves the building is first a row, written together with what it tells
about.

`queue` writes in the caller's transaction; after the commit a nudge goes to the broker, and if the broker
is down the sweep finds the row. The reader learns that something waits, in her language, and nothing
else: a context holds codes and counts. Two hooks let an app have its say at the last moment, both by name
and filled in `AppConfig.ready`: `fill` makes what must not lie in the database (a link with a token),
`still` asks whether the reason still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from core import broker, clock
from core.codes import coded
from core.enums import MailState
from core.models import OutboundEmail

Context = Mapping[str, object]
Filler = Callable[[Context], Context | None]
Check = Callable[[Context], bool]
Wait = Callable[[Context], datetime | None]

fillers: Final[dict[str, Filler]] = {}
checks: Final[dict[str, Check]] = {}
waits: Final[dict[str, Wait]] = {}


def queue(
    message: str,
    *,
    dedupe_key: str,
    user_id: UUID | None = None,
    to: str = "",
    language: str = "",
    context: Context | None = None,
    not_before: datetime | None = None,
) -> None:
    """Let a message leave after the commit, once for each `dedupe_key` (ids and codes, nothing personal).

    Name either the reader (`user_id`: address, language and whether she is active are asked at sending
    time) or an address with its language. `context` takes ids, codes, counts and links of this portal;
    the entry `still` names a check registered with `still`. Undoable acts give `not_before`.
    """
    if (user_id is None) == (not to):
        raise ValueError("a message goes either to a person or to an address")
    now = clock.now()
    row = OutboundEmail(
        message=message,
        user_id=user_id,
        to=to,
        language=language or settings.LANGUAGE_CODE,
        context={name: _kept(name, value) for name, value in (context or {}).items()},
        dedupe_key=dedupe_key,
        created_at=now,
        next_attempt_at=max(not_before or now, now),
    )
    OutboundEmail.objects.bulk_create([row], ignore_conflicts=True)
    if row.next_attempt_at <= now:
        transaction.on_commit(lambda: broker.nudge("core.tasks.deliver", row.pk), robust=True)


def cancel(dedupe_prefix: str) -> int:
    """Stop what has not left yet, by the beginning of its dedupe key; returns how many rows."""
    waiting = OutboundEmail.objects.filter(state=MailState.QUEUED, dedupe_key__startswith=dedupe_prefix)
    return waiting.update(state=MailState.CANCELLED, to="", context={})


def sent_today(user_id: UUID) -> int:
    """How many messages were made for a person since midnight in Stockholm, cancelled ones left out."""
    midnight = datetime.combine(clock.today(), datetime.min.time(), clock.STOCKHOLM)
    made = OutboundEmail.objects.filter(user_id=user_id, created_at__gte=midnight)
    return made.exclude(state=MailState.CANCELLED).count()


def states(dedupe_keys: Iterable[str]) -> dict[str, MailState]:
    """Which of these messages have been made already, and how far each has come."""
    rows = OutboundEmail.objects.filter(dedupe_key__in=list(dedupe_keys))
    return {key: MailState(state) for key, state in rows.values_list("dedupe_key", "state")}


def parked() -> QuerySet[OutboundEmail]:
    """What could not be sent and waits for a person."""
    return OutboundEmail.objects.filter(state=MailState.PARKED).order_by("created_at")


def unreachable() -> tuple[set[UUID], set[str]]:
    """People and function mailboxes whose latest messages came back for good, nothing having arrived since.

    One query while everybody can be reached, else two.
    """
    lost = list(parked().values_list("user_id", "to"))
    people, addresses = {user for user, _to in lost if user}, {to for _user, to in lost if to}
    if people:
        ended = OutboundEmail.objects.filter(user_id__in=people, state__in=(MailState.PARKED, MailState.SENT))
        latest = ended.order_by("user_id", "-created_at").distinct("user_id")
        rows = latest.values_list("user_id", "state")
        people = {user for user, state in rows if user and state == MailState.PARKED}
    return people, addresses


def delayed(by: timedelta = timedelta(minutes=10)) -> int:
    """How many messages should have left so long ago (the page then says that mail is delayed)."""
    late = OutboundEmail.objects.filter(state=MailState.QUEUED, next_attempt_at__lt=clock.now() - by)
    failing = OutboundEmail.objects.filter(
        state=MailState.QUEUED, attempts__gt=0, created_at__lt=clock.now() - by
    )
    return (late | failing).count()


def retry_parked() -> int:
    """Give everything that is parked a new start; returns how many rows."""
    return parked().update(state=MailState.QUEUED, attempts=0, lost_leases=0, next_attempt_at=clock.now())


def fill(message: str) -> Callable[[Filler], Filler]:
    """Register what completes the context of a message just before sending; None cancels the message."""

    def register(filler: Filler) -> Filler:
        fillers[message] = filler
        return filler

    return register


def still(name: str) -> Callable[[Check], Check]:
    """Register a check that a context may name in its entry `still`; False cancels the message."""

    def register(check: Check) -> Check:
        checks[name] = check
        return check

    return register


def wait(name: str) -> Callable[[Wait], Wait]:
    """Register what a context may name in its entry `wait`: until when the message is not to leave yet."""

    def register(asked: Wait) -> Wait:
        waits[name] = asked
        return asked

    return register


def _kept(name: str, value: object) -> object:
    if isinstance(value, str) and value.startswith(f"{settings.SITE_URL.rstrip('/')}/"):
        return value
    return coded(name, value)

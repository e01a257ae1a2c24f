"""What is counted about calls: one delta row per fact, in the transaction that changes the fact.

A call counts once, when it ends, in the month in which it ended and the hour in which it began. A matter
counts once however many calls there are about it: a call that goes back to an earlier number adds a call and
no matter. A referral that grows from a call adds neither.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from cases.models import Referral
from core import clock
from core.tallies import Sums, keep, write
from hotline.enums import Caller
from hotline.models import Call, Tally
from hotline.services.chain import matter_of
from hotline.services.tallies.names import CALLS, MATTERS, NOT_STATED, REFERRALS, TOPICS


def contribution(call: Call) -> Sums:
    """What a call adds to the figures as it stands; an open one nothing."""
    found = Sums()
    if call.ended_at is None:
        return found
    ended = clock.local(call.ended_at)
    again = "again" if call.earlier_id else "first"
    _add(found, CALLS, ended, caller=call.caller, again=again, hour=f"{clock.local(call.started_at):%H}")
    if call.caller != Caller.PROFESSIONAL:
        return found
    if call.earlier_id is None:
        _add(
            found,
            MATTERS,
            ended,
            profession=call.profession or NOT_STATED,
            agency=call.agency_kind or NOT_STATED,
            county=call.county_id or NOT_STATED,
        )
    for topic in call.topics:
        _add(found, TOPICS, ended, topic=topic)
    return found


def _add(found: Sums, unit: str, at: datetime, **codes: str) -> None:
    found[unit, at.date().replace(day=1), tuple(sorted(codes.items()))] += 1


def led(matter: list[Call]) -> Sums:
    """What a matter adds that led to a referral: one, beside the matter, in its month. Nothing while its
    first call is open. One query."""
    found = Sums()
    ended_at = matter[0].ended_at
    if ended_at is None:
        return found
    sent = [row.pk for row in matter if row.referral_id and row.caller == Caller.PROFESSIONAL]
    if sent:
        rows = Referral.objects.filter(pk__in=Call.objects.filter(pk__in=sent).values("referral_id"))
        kinds = rows.order_by("sent_at", "pk").values_list("case__is_consultation", flat=True)
        detail = "consultation" if kinds[0] else "referral"
        _add(found, REFERRALS, clock.local(ended_at), detail=detail)
    return found


@contextmanager
def recounted(call: Call, *others: Call) -> Iterator[None]:
    """What happens inside changes this call, or to which of the others it goes back: the figures follow.

    The call may be new: then nothing hangs together with it yet."""
    around, before = _around([call, *others]), contribution(call)
    before.update(_led(around))
    yield
    change = contribution(call)
    change.update(_led(_around(row for matter in around for row in matter)))
    change.subtract(before)
    write(Tally, change)


def _around(calls: Iterable[Call]) -> list[list[Call]]:
    """The matters of these calls as they stand now."""
    return list(matters_of(Call.objects.filter(pk__in=[row.pk for row in calls])))


def matters_of(calls: Iterable[Call]) -> Iterator[list[Call]]:
    """What these calls are about, each once: all that hang together."""
    seen: set[uuid.UUID] = set()
    for call in calls:
        if call.pk not in seen:
            matter = matter_of(call)
            seen |= {row.pk for row in matter}
            yield matter


def _led(matters: Iterable[list[Call]]) -> Sums:
    found = Sums()
    for matter in matters:
        found.update(led(matter))
    return found


@contextmanager
def stays_counted(call_ids: Iterable[uuid.UUID]) -> Iterator[None]:
    """What happens inside erases these calls: they stay counted, and a recount knows why nothing shows it.

    A call that goes back to one of them is the first of what is left: that changes nothing either.
    """
    gone = set(call_ids)
    around = _around(Call.objects.filter(pk__in=gone))
    lost = _whole(around)
    yield
    lost.subtract(_whole(_around(row for matter in around for row in matter if row.pk not in gone)))
    keep(Tally, lost)


def _whole(matters: list[list[Call]]) -> Sums:
    found = _led(matters)
    for call in (row for matter in matters for row in matter):
        found.update(contribution(call))
    return found

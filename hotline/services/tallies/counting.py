"""What is counted about calls: one delta row per fact, in the transaction that changes the fact.

A call counts once, when it ends, in the month in which it ended and the hour in which it began. A matter
counts once however many calls there are about it: a call that goes back to an earlier number adds a call and
no matter. A referral that grows from a call adds neither.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from cases.models import Referral
from core import clock
from hotline.enums import Caller
from hotline.models import Call, Tally
from hotline.services.chain import matter_of
from hotline.services.tallies.names import CALLS, MATTERS, NOT_STATED, REFERRALS, TOPICS

GONE = "_gone"
"""Ends the unit under which counts are kept of calls that have been deleted: no page shows it."""
Codes = tuple[tuple[str, str], ...]
Counts = Counter[tuple[str, date, Codes]]


def contribution(call: Call) -> Counts:
    """What a call adds to the figures as it stands; an open one nothing."""
    found: Counts = Counter()
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


def _add(found: Counts, unit: str, at: datetime, **codes: str) -> None:
    found[unit, at.date().replace(day=1), tuple(sorted(codes.items()))] += 1


def led(matter: list[Call]) -> Counts:
    """What a matter adds that led to a referral: one, beside the matter, in its month. Nothing while its
    first call is open. One query."""
    found: Counts = Counter()
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


def standing(call: Call, *, led: bool) -> Counts:
    """What a call adds; with `led` also the matter it is about, as the database has it."""
    found = contribution(call)
    if led:
        found.update(_led(_around([call])))
    return found


def changed(before: Counts, call: Call, *, led: bool) -> None:
    """Write the difference to what was `standing` before."""
    change = standing(call, led=led)
    change.subtract(before)
    write(change)


def write(change: Counts) -> None:
    """Append the rows of the tallies that make this difference."""
    Tally.objects.bulk_create(
        Tally(month=month, unit=unit, amount=amount, codes=dict(codes))
        for (unit, month, codes), amount in sorted(change.items())
        if amount
    )


@contextmanager
def recounted(call: Call, *others: Call) -> Iterator[None]:
    """What happens inside changes this call, or to which of the others it goes back: the figures follow."""
    before = contribution(call)
    around = _around([call, *others])
    before.update(_led(around))
    yield
    change = contribution(call)
    change.update(_led(_around(around)))
    change.subtract(before)
    write(change)


def _around(calls: Iterable[Call]) -> list[Call]:
    """These calls as they stand now, and all that hang together with them."""
    found: dict[uuid.UUID, Call] = {}
    for call in Call.objects.filter(pk__in=[row.pk for row in calls]):
        if call.pk not in found:
            found |= {row.pk: row for row in matter_of(call)}
    return list(found.values())


def _led(calls: Iterable[Call]) -> Counts:
    """Of all the matters these calls are about."""
    found: Counts = Counter()
    seen: set[uuid.UUID] = set()
    for call in calls:
        if call.pk not in seen:
            matter = matter_of(call)
            seen |= {row.pk for row in matter}
            found.update(led(matter))
    return found


@contextmanager
def stays_counted(call_ids: Iterable[uuid.UUID]) -> Iterator[None]:
    """What happens inside erases these calls: they stay counted, and a recount knows why nothing shows it.

    A call that goes back to one of them is the first of what is left: that changes nothing either.
    """
    gone = set(call_ids)
    around = _around(Call.objects.filter(pk__in=gone))
    kept = _whole(around)
    yield
    kept.subtract(_whole(_around(call for call in around if call.pk not in gone)))
    write(Counter({(f"{unit}{GONE}", month, codes): n for (unit, month, codes), n in kept.items()}))


def _whole(calls: list[Call]) -> Counts:
    found = _led(calls)
    for call in calls:
        found.update(contribution(call))
    return found

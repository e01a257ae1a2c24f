"""What is counted about calls: one delta row per fact, in the transaction that changes the fact.

A call counts once, when it ends, in the hour and month in which it began. A matter counts once however many
calls there are about it: a call that goes back to an earlier number adds a call and no matter. A referral
that grows from a call adds neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final

from core import clock
from hotline.enums import Caller
from hotline.models import Call, Tally

CALLS: Final = "call"
"""Every ended call: who was on the line, whether it went back to an earlier one, the hour."""
MATTERS: Final = "matter"
"""What professionals asked about, each once: profession, kind of agency, county."""
TOPICS: Final = "topic"
"""What was spoken about; a call can have several."""
REFERRALS: Final = "led_to_referral"
"""Matters that led to a referral or a consultation in the portal."""
UNKNOWN: Final = "unknown"

Codes = tuple[tuple[str, str], ...]
Counts = Counter[tuple[str, date, Codes]]


def contribution(call: Call) -> Counts:
    """What a call adds to the figures as it stands; an open one nothing."""
    found: Counts = Counter()
    if call.ended_at is None:
        return found
    began = clock.local(call.started_at)
    again = "again" if call.earlier_id else "first"
    _add(found, CALLS, began, caller=call.caller, again=again, hour=f"{began:%H}")
    if call.caller != Caller.PROFESSIONAL:
        return found
    if call.earlier_id is None:
        _add(
            found,
            MATTERS,
            began,
            profession=call.profession or UNKNOWN,
            agency=call.agency_kind or UNKNOWN,
            county=call.county_id or UNKNOWN,
        )
    for topic in call.topics:
        _add(found, TOPICS, began, topic=topic)
    return found


def _add(found: Counts, unit: str, at: datetime, **codes: str) -> None:
    found[unit, at.date().replace(day=1), tuple(sorted(codes.items()))] += 1


def changed(before: Counts, call: Call) -> None:
    """Write the difference to what the call added `before`."""
    change = contribution(call)
    change.subtract(before)
    Tally.objects.bulk_create(
        Tally(month=month, unit=unit, amount=amount, codes=dict(codes))
        for (unit, month, codes), amount in sorted(change.items())
        if amount
    )


@contextmanager
def recounted(call: Call) -> Iterator[None]:
    """What happens inside changes this call: the figures follow."""
    before = contribution(call)
    yield
    changed(before, call)


def led_to_referral(first: Call, *, is_consultation: bool) -> None:
    """The matter that began with this call became a referral: counted beside the matter, in its month."""
    month = clock.local(first.started_at).date().replace(day=1)
    detail = "consultation" if is_consultation else "referral"
    Tally.objects.create(month=month, unit=REFERRALS, amount=1, codes={"detail": detail})

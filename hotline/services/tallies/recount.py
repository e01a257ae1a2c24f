"""Counting all calls anew, and saying where the tallies differ from them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Final

from django.db.models import QuerySet, Sum

from core.tallies import one_picture, one_recount
from hotline.models import Call, Tally
from hotline.services.chain import matter_of
from hotline.services.tallies.counting import GONE, Codes, Counts, contribution, led, write

BATCH: Final = 2000


def counted() -> Counts:
    """What the tallies say, but for what they keep of calls that are gone."""
    return _sums(Tally.objects.exclude(unit__endswith=GONE))


def _sums(rows: QuerySet[Tally]) -> Counts:
    found = Counts()
    grouped = rows.values_list("unit", "month", "codes").annotate(n=Sum("amount"))
    for unit, month, codes, amount in grouped.order_by().iterator():
        found[unit, month, tuple(sorted(codes.items()))] += amount
    return found


def true() -> Counts:
    """What the tallies should say: every call counted anew, and those that are gone."""
    found = Counts()
    for (unit, month, codes), amount in _sums(Tally.objects.filter(unit__endswith=GONE)).items():
        found[unit.removesuffix(GONE), month, codes] += amount
    for call in Call.objects.order_by("pk").iterator(chunk_size=BATCH):
        found.update(contribution(call))
    for matter in _matters():
        found.update(led(matter))
    return found


def _matters() -> Iterator[list[Call]]:
    """Those in which anything was sent, each once."""
    seen: set[uuid.UUID] = set()
    for call in Call.objects.filter(referral__isnull=False).order_by("pk"):
        if call.pk not in seen:
            matter = matter_of(call)
            seen |= {row.pk for row in matter}
            yield matter


def check() -> list[tuple[str, date, Codes, int, int]]:
    """What differs: unit, month, codes, what it should be, what stands. Changes nothing."""
    with one_picture():
        should, stands = true(), counted()
    return [
        (*key, should[key], stands[key]) for key in sorted({*should, *stands}) if should[key] != stands[key]
    ]


def rebuild() -> int:
    """Count every call anew and write what differs. Returns how many sums had been counted otherwise; Taken
    while another process does it."""
    with one_recount(), one_picture():
        change = true()
        change.subtract(counted())
        write(change)
        return sum(1 for amount in change.values() if amount)

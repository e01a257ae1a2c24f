"""Counting all calls anew, and saying where the tallies differ from them."""

from __future__ import annotations

from datetime import date
from typing import Final

from core.tallies import Codes, Sums, counted, kept, one_picture, one_recount, put_right
from hotline.models import Call, Tally
from hotline.services.tallies.counting import contribution, led, matters_of

BATCH: Final = 2000


def true() -> Sums:
    """What the tallies should say: every call counted anew, and those that are gone."""
    found = kept(Tally)
    for call in Call.objects.order_by("pk").iterator(chunk_size=BATCH):
        found.update(contribution(call))
    for matter in matters_of(Call.objects.filter(referral__isnull=False).order_by("pk")):
        found.update(led(matter))
    return found


def check() -> list[tuple[str, date, Codes, int, int]]:
    """What differs: unit, month, codes, what it should be, what stands. Changes nothing."""
    with one_picture():
        should, stands = true(), counted(Tally)
    return [
        (*key, should[key], stands[key]) for key in sorted({*should, *stands}) if should[key] != stands[key]
    ]


def rebuild() -> int:
    """Count every call anew and write what differs. Returns how many sums had been counted otherwise; Taken
    while another process does it."""
    with one_recount(), one_picture():
        return put_right(Tally, true())

"""Calls about the same thing hang together, each by the call before it."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from hotline.models import Call

LONGEST: Final = 50
"""Calls about one thing that are followed back and forth; a longer chain has never been seen."""


def matter_of(call: Call) -> list[Call]:
    """The call, those it goes back to and those that go back to it, oldest first."""
    found = {call.pk: call}
    while len(found) < LONGEST:
        rows = Call.objects.filter(Q(later__in=found) | Q(earlier__in=found)).exclude(pk__in=found)
        new = {row.pk: row for row in rows.distinct().order_by("started_at", "pk")[:LONGEST]}
        if not new:
            break
        found |= new
    return sorted(found.values(), key=lambda row: (row.started_at, row.pk))

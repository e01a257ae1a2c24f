"""Comparing the stored grants with the rule, and rebuilding them."""

from __future__ import annotations

from django.db import transaction

from cases.access import Standing, container_of, grants_for, sort_columns, sync_grants
from cases.models import Case
from cases.services import casework
from core import audit


def is_true(case: Case) -> bool:
    """Whether the rows of a case say exactly what the rule says, sort columns included."""
    standing = Standing(case)
    facts = (case.grounds.all(), case.participations.all(), standing.handovers, standing.glasses)
    wanted = {
        (
            spec.container,
            spec.level,
            tuple(spec.categories),
            spec.ground_id,
            spec.break_glass_id,
            spec.reason,
            spec.valid_until,
        )
        for spec in grants_for(case, *facts)
    }
    rows = list(case.grants.all())
    have = {
        (
            container_of(row),
            row.level,
            tuple(row.categories),
            row.ground_id,
            row.break_glass_id,
            row.reason,
            row.valid_until,
        )
        for row in rows
    }
    columns = sort_columns(case)
    return wanted == have and all(
        getattr(row, name) == value for row in rows for name, value in columns.items()
    )


def compare(batch: int = 1000) -> tuple[int, int]:
    """Check every open case; repair and record what differs. Returns (checked, differing)."""
    checked = differing = 0
    cases = Case.objects.filter(status__in=("received", "waiting", "active"))
    for case in cases.prefetch_related("grants", "grounds", "participations").iterator(chunk_size=batch):
        checked += 1
        if not is_true(case):
            differing += 1
            resync(case)
    return checked, differing


@transaction.atomic
def resync(case: Case) -> None:
    """Write the grants again from the facts."""
    locked = casework.lock(case.pk)
    sync_grants(locked)
    audit.record("grants.resync", locked, by=None)

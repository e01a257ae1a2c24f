"""How persons are counted: once a year, however many referrals about them were sent in it.

Cases of one person hang together by merges (the referrals stand in one case) and by links to an earlier case.
In each calendar year somebody is counted in the month of the first referral about her; consultations have no
person, the practice case is never counted. Everything that joins or parts cases runs inside `recounted`,
which writes the difference; a recount counts all anew (`true`). Referrals are counted elsewhere (`tallies`).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from django.db.models import Q

from cases.enums import LinkKind
from cases.models import Case, CaseLink, Referral, Tally
from cases.services.tallies.names import AGAIN, NO_CODES, PERSONS, REFERRED_AGAIN
from core import clock
from core.tallies import Sums, keep, write

BATCH: Final = 2000


def _month(at: date) -> date:
    return at.replace(day=1)


def together(case_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """These cases and all that are linked to them as the same person, however far."""
    known: set[uuid.UUID] = set()
    new = set(case_ids)
    while new:
        known |= new
        rows = CaseLink.objects.filter(Q(case__in=new) | Q(other__in=new), kind=LinkKind.EARLIER)
        new = {pk for pair in rows.values_list("case_id", "other_id") for pk in pair} - known
    return known


def _groups(case_ids: set[uuid.UUID]) -> list[set[uuid.UUID]]:
    """The cases by person."""
    near: dict[uuid.UUID, set[uuid.UUID]] = {pk: {pk} for pk in case_ids}
    for one, other in CaseLink.objects.filter(
        kind=LinkKind.EARLIER, case__in=case_ids, other__in=case_ids
    ).values_list("case_id", "other_id"):
        near[one].add(other)
        near[other].add(one)
    groups, left = [], set(case_ids)
    while left:
        group, new = set(), {left.pop()}
        while new:
            group |= new
            new = {pk for one in new for pk in near[one]} - group
        groups.append(group)
        left -= group
    return groups


def _counts(case_ids: set[uuid.UUID]) -> Sums:
    """What these cases, whole persons among them, contribute."""
    sent: dict[uuid.UUID, list[date]] = defaultdict(list)
    rows = Referral.objects.filter(case__in=case_ids, case__is_consultation=False, case__practice=False)
    for case_id, at in rows.values_list("case_id", "sent_at"):
        sent[case_id].append(clock.local(at).date())
    found = Sums()
    for group in _groups(case_ids):
        first: dict[int, date] = {}
        for day in (day for pk in group for day in sent[pk]):
            first[day.year] = min(day, first.get(day.year, day))
        found.update((PERSONS, _month(day), NO_CODES) for day in first.values())
        came = sorted(min(sent[pk]) for pk in group if sent[pk])
        found.update((REFERRED_AGAIN, _month(day), NO_CODES) for day in came[1:])
    again = CaseLink.objects.filter(kind=LinkKind.EARLIER, exploited_again=True, case__in=case_ids)
    for case_id, at in again.values_list("case_id", "case__received_at").distinct():
        if sent[case_id]:
            found[AGAIN, _month(clock.local(at).date()), NO_CODES] += 1
    return found


@contextmanager
def recounted(*cases: Case) -> Iterator[None]:
    """What happens inside joins or parts these cases: the difference is written when it is done."""
    touched = together(case.pk for case in cases)
    before = _counts(touched)
    yield
    change = _counts(together(touched))
    change.subtract(before)
    write(Tally, change)


@contextmanager
def stays_counted(case_ids: Iterable[uuid.UUID]) -> Iterator[None]:
    """What happens inside erases these cases: they stay counted, and a recount knows why nothing shows it."""
    gone = set(case_ids)
    around = together(gone)
    lost = _counts(around)
    yield
    lost.subtract(_counts(around - gone))
    keep(Tally, lost)


def true() -> Sums:
    """Every person counted anew, but for those whose cases are gone."""
    found = Sums()
    linked = CaseLink.objects.filter(kind=LinkKind.EARLIER).values_list("case_id", "other_id")
    joined = {pk for pair in linked for pk in pair}
    found.update(_counts(joined))
    alone = Case.objects.exclude(pk__in=joined).values_list("pk", flat=True).order_by("pk")
    batch: set[uuid.UUID] = set()
    for pk in alone.iterator(chunk_size=BATCH):
        batch.add(pk)
        if len(batch) == BATCH:
            found.update(_counts(batch))
            batch = set()
    found.update(_counts(batch))
    return found

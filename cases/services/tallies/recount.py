"""Counting all anew from the facts, and saying where the tallies differ from them.

Two things can differ: what is counted of a case from what its facts say, and the tallies from the sum of what
is counted. Both are compared as one picture of the database, while the services go on writing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from django.db import transaction

from cases import notifications
from cases.enums import Status
from cases.models import Case, Counted, Tally
from cases.services import persons
from cases.services.tallies import ledger, rules
from cases.services.tallies.ledger import Shelf
from cases.services.tallies.writing import reconcile
from core import audit
from core.tallies import Codes, Sums, counted, keep, kept, one_picture, one_recount, put_right

BATCH: Final = 500
Row = TypeVar("Row")


@dataclass(frozen=True)
class Difference:
    """Where something is counted otherwise than it should be."""

    unit: str
    month: date
    codes: Codes
    should: int
    stands: int
    case: uuid.UUID | None = None
    """Of a fact: whose. Of a sum: nobody's."""


def true() -> Sums:
    """What the tallies should say: the facts counted one by one, those of cases that are gone, the
    persons."""
    found = kept(Tally)
    rows = Counted.objects.order_by("pk").iterator(chunk_size=5000)
    for batch in _batches(rows, 5000):
        found.update(ledger.sums(batch))
    found.update(persons.true())
    return found


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


# --- comparing ------------------------------------------------------------------------------------


def check() -> list[Difference]:
    """Where facts or sums are counted otherwise than they should be; empty when all is well. Changes
    nothing."""
    with one_picture():
        found = [difference for cases in _cases() for difference in _of_cases(cases)]
        return found + _of_sums(true(), counted(Tally))


def _cases() -> Iterator[list[Case]]:
    rows = Case.objects.exclude(status=Status.DISPOSED).order_by("pk")
    last: uuid.UUID | None = None
    while batch := list((rows.filter(pk__gt=last) if last else rows)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _of_cases(cases: list[Case]) -> Iterator[Difference]:
    shelf = Shelf.of([case.pk for case in cases], steps=True)
    among = dict(shelf.rows)
    found = {ledger.key(row): row for row in rules.wanted(cases, shelf)}
    for name in sorted(among.keys() | found.keys(), key=str):
        stands, should = among.get(name), found.get(name)
        if stands and should and ledger.same(stands, should):
            continue
        whose = _whose(stands or should)
        yield from _of_sums(
            ledger.sums([should] if should else []), ledger.sums([stands] if stands else []), whose
        )


def _whose(row: Counted | None) -> uuid.UUID | None:
    assert row is not None, "one of the two is there"
    return row.case_id or (row.step.case_id if row.step else None)


def _of_sums(should: Sums, stands: Sums, case: uuid.UUID | None = None) -> list[Difference]:
    keys = sorted({*should, *stands})
    return [
        Difference(*key, should=should[key], stands=stands[key], case=case)
        for key in keys
        if should[key] != stands[key]
    ]


@transaction.atomic(durable=True)
def alarm(number: int) -> None:
    """So much differs: the national desk and the administrators are told, once a day."""
    audit.record("statistics.differs", by=None, number=number)
    notifications.tallies_differ()


@transaction.atomic(durable=True)
def figures_are_stuck() -> None:
    """Something that is due could not be published: the same people are told, once a day."""
    notifications.figures_are_stuck()


# --- putting right --------------------------------------------------------------------------------


def rebuild() -> tuple[int, int]:
    """Count every case anew and write what differs, while the services go on. May run any number of times.

    Returns how many facts and how many sums had been counted otherwise. Taken while another process does it.
    """
    with one_recount():
        facts = sum(_put_right([case.pk for case in cases]) for cases in _cases())
        return facts, _sum_up()


@transaction.atomic(durable=True)
def _put_right(ids: list[uuid.UUID]) -> int:
    cases = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids)
    return reconcile(*cases.exclude(status=Status.DISPOSED).order_by("pk"))


def _sum_up() -> int:
    with one_picture():
        return put_right(Tally, true())


# --- what stays of those that are gone ------------------------------------------------------------


@contextmanager
def stays_counted(case_ids: Iterable[uuid.UUID]) -> Iterator[None]:
    """What happens inside erases these cases: they stay counted, and a recount knows why nothing shows it."""
    gone = set(case_ids)
    lost = ledger.sums(ledger.all_of(gone))
    with persons.stays_counted(gone):
        yield
    keep(Tally, lost)

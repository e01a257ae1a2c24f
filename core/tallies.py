"""Tallies: rows of +1 and -1, what they sum up to, and folding them into one row for each combination of
codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from psycopg import sql

from core.models import TallyBase

BATCH: Final = 5000
RECOUNTING: Final = 20_260_602
"""Number of the database's advisory lock: any fixed one of its own."""
GONE: Final = "_gone"
"""Ends the unit under which counts are kept of what has been erased: no page shows it."""

Codes = tuple[tuple[str, str], ...]
Sums = Counter[tuple[str, date, Codes]]
"""(unit, month, codes) → amount."""

_FOLD: Final = """
WITH taken AS (
    DELETE FROM {table} WHERE id IN (
        SELECT id FROM {table} WHERE NOT is_folded ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING month, unit, codes, amount
), summed AS (
    INSERT INTO {table} (month, unit, codes, amount, is_folded)
    SELECT month, unit, codes, sum(amount), true FROM taken
    GROUP BY month, unit, codes ORDER BY month, unit, codes
    ON CONFLICT (unit, month, codes) WHERE is_folded DO UPDATE SET amount = {table}.amount + excluded.amount
    RETURNING 1
)
SELECT count(*) FROM taken
"""


def fold(tally: type[TallyBase]) -> int:
    """Sum up the rows of a concrete tally; returns how many. May run twice and at the same time as writers.

    One statement for each batch: a reader sees the rows before or after it, never both or neither.
    """
    statement = sql.SQL(_FOLD).format(table=sql.Identifier(tally._meta.db_table))
    done = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement, [BATCH])
            (taken,) = cursor.fetchone() or (0,)
            done += int(taken)
            if taken < BATCH:
                return done


# --- what they sum up to --------------------------------------------------------------------------


def write(tally: type[TallyBase], change: Sums) -> None:
    """Append the rows that make this difference."""
    tally._default_manager.bulk_create(
        tally(month=month, unit=unit, amount=amount, codes=dict(codes))
        for (unit, month, codes), amount in sorted(change.items())
        if amount
    )


def keep(tally: type[TallyBase], lost: Sums) -> None:
    """What was counted so is erased: it stays counted, and a recount knows why nothing shows it."""
    write(tally, Sums({(f"{unit}{GONE}", month, codes): n for (unit, month, codes), n in lost.items()}))


def counted(tally: type[TallyBase]) -> Sums:
    """What the tallies say, but for what they keep of what is gone."""
    return _sums(tally._default_manager.exclude(unit__endswith=GONE))


def kept(tally: type[TallyBase]) -> Sums:
    """What they keep of what is gone, by the units under which it was counted."""
    found = _sums(tally._default_manager.filter(unit__endswith=GONE))
    return Sums({(unit.removesuffix(GONE), month, codes): n for (unit, month, codes), n in found.items()})


def _sums(rows: QuerySet[TallyBase]) -> Sums:
    found = Sums()
    grouped = rows.values_list("unit", "month", "codes").annotate(n=Sum("amount"))
    for unit, month, codes, amount in grouped.order_by().iterator():
        found[unit, month, tuple(sorted(codes.items()))] += amount
    return found


def put_right(tally: type[TallyBase], should: Sums) -> int:
    """Append what differs from what should stand: what is written meanwhile brings its own rows along.
    Returns how many sums had been counted otherwise."""
    change = Sums(should)
    change.subtract(counted(tally))
    write(tally, change)
    return sum(1 for amount in change.values() if amount)


# --- counting all anew ----------------------------------------------------------------------------


class Taken(Exception):
    """Another process counts all anew, seals or publishes at this moment."""


@contextmanager
def one_recount() -> Iterator[None]:
    """One process at a time counts all anew; Taken while another does.

    Two at once would both see the same difference and both append it. So the lock is taken before the picture
    that is compared, and given back when what was appended stands: it is the connection's, no transaction's.
    Within itself it may be taken again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [RECOUNTING])
        if cursor.fetchone() != (True,):
            raise Taken
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [RECOUNTING])


@contextmanager
def one_picture() -> Iterator[None]:
    """Everything read inside is of one moment, so that facts and tallies can be compared while others write.

    What is appended inside is right afterwards too: whoever wrote meanwhile brought a row along. Inside
    another transaction (a test) it is that one's picture.
    """
    is_outer = not connection.in_atomic_block
    with transaction.atomic():
        if is_outer:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield

"""Folding tallies: many rows of +1 and -1 become one row for each combination of codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction
from psycopg import sql

from core.models import TallyBase

BATCH: Final = 5000
RECOUNTING: Final = 20_260_602
"""Number of the database's advisory lock: any fixed one of its own."""

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


class Taken(Exception):
    """Somebody else counts all anew at this moment."""


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

"""What a database holds, so that two can be compared: rows and digest of each table, and what guards them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

_SAME_WORDS: Final = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex';"
    "SET LOCAL extra_float_digits = 1; SET LOCAL intervalstyle = 'postgres'; SET LOCAL statement_timeout = 0;"
    "SET LOCAL search_path = pg_catalog, public"
)
_ROWS: Final = sql.SQL(
    "COPY (SELECT encode(sha256(convert_to(t::text, 'UTF8')), 'hex') COLLATE \"C\" AS d FROM {table} t"
    " ORDER BY d) TO STDOUT"
)
"""One line a row, sorted: the order in which rows lie on the disk says nothing."""
_GUARDS: Final = """
SELECT 'trigger ' || tgrelid::regclass::text || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger
 JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace
UNION ALL SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || contype::text
 || convalidated::text FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype NOT IN ('n', 't')
UNION ALL SELECT 'index ' || tablename || ' ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'function ' || proname || ' ' || md5(prosrc) FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace
"""
_NOTHING: Final = """
SELECT NOT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace)
   AND NOT EXISTS (SELECT 1 FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
"""


@dataclass(frozen=True)
class Table:
    """How many rows, and a digest over all of them."""

    rows: int
    digest: str


def left_out() -> list[str]:
    """Tables whose rows are not copied: whoever finds a backup must not find a session to go on with."""
    return sorted(
        [Session._meta.db_table, UserSession._meta.db_table, str(settings.CACHES["default"]["LOCATION"])]
    )


def speak_alike(at: BaseDatabaseWrapper) -> None:
    """Values read the same on every server. For the rest of the transaction."""
    with at.cursor() as cursor:
        cursor.execute(_SAME_WORDS)


def tables(at: BaseDatabaseWrapper) -> dict[str, Table]:
    """Every table with its rows counted and digested, in the transaction of the caller."""
    with at.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        names = [row[0] for row in cursor.fetchall()]
    return {name: _table(at, name) for name in names if name not in left_out()}


def _table(at: BaseDatabaseWrapper, name: str) -> Table:
    digest, rows = hashlib.sha256(), 0
    link: Any = at.connection
    with link.cursor() as cursor, cursor.copy(_ROWS.format(table=sql.Identifier("public", name))) as lines:
        for block in lines:
            digest.update(block)
            rows += bytes(block).count(b"\n")
    return Table(rows, digest.hexdigest())


def guards(at: BaseDatabaseWrapper) -> str:
    """A digest over the names of triggers, constraints, indexes and functions, and whether they are awake."""
    with at.cursor() as cursor:
        cursor.execute(_GUARDS)
        lines = sorted(row[0] for row in cursor.fetchall())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def migrations(at: BaseDatabaseWrapper) -> list[str]:
    """The migrations that made the tables."""
    with at.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        return sorted({row[0] for row in cursor.fetchall()})


def is_empty(at: BaseDatabaseWrapper) -> bool:
    """No table, view, sequence or function is there yet."""
    with at.cursor() as cursor:
        cursor.execute(_NOTHING)
        return bool(cursor.fetchone() == (True,))


def unreadable(at: BaseDatabaseWrapper) -> list[str]:
    """Tables and sequences that the connected role may not use."""
    with at.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND ((c.relkind IN ('r', 'p') AND NOT has_table_privilege(c.oid, 'SELECT'))"
            "   OR (c.relkind = 'S' AND NOT has_sequence_privilege(c.oid, 'USAGE'))) ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]

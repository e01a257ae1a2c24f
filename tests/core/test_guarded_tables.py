"""S58, S59: tables that are only added to, against the role that serves and after a restore gone wrong."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from core import append_only, audit, seals
from nrm_portal import checks
from tests.conftest import CommittedDatabase

TABLES = append_only.tables()
ATTEMPTS = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "TRUNCATE {table} CASCADE",
    "DROP TABLE {table}",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER deny_row_change",
    "DROP TRIGGER deny_row_change ON {table}",
    "ALTER TABLE {table} OWNER TO nrm_app",
    "CREATE OR REPLACE FUNCTION deny_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
    "SET session_replication_role = replica",
    "SET ROLE nrm_owner",
)


@pytest.mark.django_db
@pytest.mark.security("S58", "the serving role changes, empties, unguards or takes over an append-only table")
@pytest.mark.parametrize("table", TABLES)
def test_the_serving_role_changes_nothing(table: str, tried: Callable[[int], None]) -> None:
    audit.record("case.read", uuid4(), by=None)
    seals.seal()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )
        column = cursor.fetchone()[0]
    for attempt in ATTEMPTS:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt.format(table=table, column=column))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"GRANT UPDATE ON {table} TO nrm_app")  # only warns that nothing was granted
    assert append_only.unguarded(connection) == []
    tried(len(ATTEMPTS) + 1)


@pytest.mark.security("S59", "a trigger asleep or a right too many after a migration or a restore")
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE core_auditevent DISABLE TRIGGER deny_row_change",
        "ALTER TABLE core_auditseal DISABLE TRIGGER ALL",
        "DROP TRIGGER deny_truncate ON core_auditevent",
        "ALTER TABLE core_auditevent ENABLE REPLICA TRIGGER deny_row_change",
        "GRANT UPDATE ON core_auditevent TO nrm_app",
        "GRANT DELETE ON core_auditseal TO PUBLIC",
    ],
)
def test_the_check_finds_what_is_not_guarded(committed_db: CommittedDatabase, statement: str) -> None:
    assert append_only.unguarded(connections["default"]) == []
    with psycopg.connect(committed_db.superuser, autocommit=True) as link:
        link.execute(statement)
    table = "core_auditseal" if "auditseal" in statement else "core_auditevent"
    found = list(checks.audit_guarded(None, databases=["default"]))
    assert [(one.id, table in one.msg) for one in found] == [("portal.E035", True)]

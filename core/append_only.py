"""Tables that are only ever added to.

A model says `append_only = True`, its migration adds the deny triggers, and `prepare_database` takes the
rights to change it from the runtime role. The missing right is the wall (the runtime role does not own
the table and cannot disable a trigger); the trigger also stops the owner from changing a row by accident.
"""

from __future__ import annotations

from typing import Final

from django.apps import apps
from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper

DENY_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION deny_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only (%)', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $$;
"""


def tables() -> list[str]:
    """The database tables of all append-only models."""
    return sorted(m._meta.db_table for m in apps.get_models() if getattr(m, "append_only", False))


def unguarded(connection: BaseDatabaseWrapper) -> list[str]:
    """Append-only tables that the connected role may change, or whose deny triggers are gone or asleep."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c"
            " WHERE c.relname = ANY(%s) AND c.relnamespace = 'public'::regnamespace"
            " AND (has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')"
            "      OR has_table_privilege(c.oid, 'TRUNCATE')"
            "      OR 2 > (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid"
            "              AND t.tgenabled IN ('O', 'A')"
            "              AND t.tgname IN ('deny_row_change', 'deny_truncate')))"
            " ORDER BY c.relname",
            [tables()],
        )
        return [row[0] for row in cursor.fetchall()]


def deny_changes(table: str) -> migrations.RunSQL:
    """The migration operation that puts deny triggers on a table."""
    return migrations.RunSQL(
        sql=f"""
        {DENY_FUNCTION}
        CREATE TRIGGER deny_row_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION deny_change();
        CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION deny_change();
        """,
        reverse_sql=f"DROP TRIGGER deny_row_change ON {table}; DROP TRIGGER deny_truncate ON {table};",
    )

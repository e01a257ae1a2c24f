"""Bring the database to the state the code needs: tables, cache table, rights of the runtime role."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from core import append_only

LOCK: Final = 20_180_101
"""Any fixed number: several hosts that start at once take turns."""


class Command(BaseCommand):
    """Run at every start and deploy; quick when there is nothing to do."""

    help = "Migrate as the owner, make the cache table, give the runtime role its rights. Safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", type=int, default=60, help="seconds to wait for another host's run")

    def handle(self, *args: Any, **options: Any) -> None:
        alias = "owner" if "owner" in settings.DATABASES else "default"
        connection = connections[alias]
        _take_turn(connection, options["wait"])
        try:
            steps = _migrate(connection, alias, options["verbosity"])
            call_command("createcachetable", database=alias, verbosity=0)
            with transaction.atomic(using=alias):  # no moment in which the audit may be changed
                guarded = _give_rights(connection)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        if options["verbosity"]:
            self.stdout.write(
                f"Database ready: {steps} migrations applied, {guarded} append-only tables guarded."
            )


def _take_turn(connection: BaseDatabaseWrapper, seconds: int) -> None:
    deadline = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if cursor.fetchone() == (True,):
                return
            if time.monotonic() > deadline:
                raise TimeoutError("another host is still preparing the database")
            time.sleep(0.2)


def _migrate(connection: BaseDatabaseWrapper, alias: str, verbosity: int) -> int:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command(
            "migrate", database=alias, interactive=False, skip_checks=True, verbosity=max(verbosity - 1, 0)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return len(plan)


def _give_rights(connection: BaseDatabaseWrapper) -> int:
    """Give the runtime role what it needs and no more; returns how many tables it may only add to.

    Named for all tables there are, not left to default privileges: those miss tables made before they
    were set and tables restored by another role. Nothing to do where one role does both (a developer's
    own database).
    """
    role = settings.DATABASES["default"]["USER"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
        if role in ("", owner):
            return 0
        guarded = append_only.tables()
        names = {"role": sql.Identifier(role), "owner": sql.Identifier(owner)}
        cursor.execute(sql.SQL(_RIGHTS).format(**names))
        for table in guarded:
            cursor.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}, PUBLIC").format(
                    table=sql.Identifier(table), **names
                )
            )
    return len(guarded)


_RIGHTS: Final = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {role};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role};
"""

"""Databases of the benchmark's own, beside the portal's on the same server; nothing else is ever touched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors

PREFIX: Final = "nrm_bench"
ALIASES: Final = ("default", "audit", "owner")
first_like = ""
"""A database to copy the first one from; "" begins with an empty one."""


@dataclass
class Stage:
    """One scratch database, with connections of its own."""

    name: str
    cases: int = 0
    wrappers: dict[str, BaseDatabaseWrapper] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for alias in ALIASES:
            wrapper = connections.create_connection(alias)
            wrapper.settings_dict = wrapper.settings_dict | {"NAME": self.name}
            self.wrappers[alias] = wrapper
        _open.append(self)

    def use(self) -> None:
        """From now on the portal's code in this process works in this database."""
        for alias, wrapper in self.wrappers.items():
            connections[alias] = wrapper

    def close(self) -> None:
        for wrapper in self.wrappers.values():
            wrapper.close()


_open: list[Stage] = []


@contextmanager
def theatre() -> Iterator[None]:
    """Give the process its own connections back at the end, and leave no scratch database behind."""
    if "owner" not in connections:
        raise CommandError(
            "The benchmark needs DATABASE_OWNER_URL: it makes databases of its own. Use bin/manage bench."
        )
    usual = {alias: connections[alias] for alias in ALIASES}
    _drop_all(usual["owner"])
    try:
        yield
    finally:
        for alias, wrapper in usual.items():
            connections[alias] = wrapper
        while _open:
            _open.pop().close()
        _drop_all(usual["owner"])


def create(size: int | None = None, *, like: Stage | None = None) -> Stage:
    """A new scratch database, migrated, with map and manual; or a copy of another one."""
    name = f"{PREFIX}_{size}" if size else PREFIX
    if like:
        like.close()
    origin = like.name if like else first_like
    template = f" TEMPLATE {origin}" if origin else ""
    try:
        _server(connections["owner"], f"CREATE DATABASE {name}{template}")
    except ProgrammingError as refused:
        if not isinstance(refused.__cause__, errors.InsufficientPrivilege):
            raise
        raise CommandError(
            "The owner's role may not make databases. As superuser: ALTER ROLE nrm_owner CREATEDB;"
        ) from refused
    stage = Stage(name, size or 0)
    stage.use()
    if like is None:
        call_command("prepare_database", verbosity=0)
        call_command("load_regions", verbosity=0)
        call_command("sync_manual", publish=True, verbosity=0)
    return stage


def _drop_all(owner: BaseDatabaseWrapper) -> None:
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname ~ %s AND pg_get_userbyid(datdba) = current_user",
            [f"^{PREFIX}(_[0-9]+)?$"],
        )
        names = [row[0] for row in cursor.fetchall()]
    for name in names:
        _server(owner, f"DROP DATABASE {name} WITH (FORCE)")


def _server(owner: BaseDatabaseWrapper, statement: str) -> Any:
    with owner.cursor() as cursor:
        return cursor.execute(statement)

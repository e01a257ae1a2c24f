"""Restoring a backup into an empty database: everything compared, what was destroyed destroyed again.

A generator of lines, one for each thing that was checked. What cannot be trusted stops it; nothing has been
written then, unless the line before says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from psycopg import errors, sql

from cases.services.disposal import replaying
from core import append_only, audit, destroyed, files, jobs, seal_check, vault
from nrm_portal.backup import contents, manifest, programs
from nrm_portal.backup.making import OWNER
from nrm_portal.backup.manifest import DUMP, FILES, BackupBroken, Manifest

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class NotFitting(Exception):
    """Target or code do not fit the backup, or a check afterwards failed. The text says what to do."""


def restore(folder: Path, into: str = "") -> Iterator[str]:
    """Restore. `into`: a database on the same server, made when missing, that must be empty.

    Raises BackupBroken, WrongRing, NotFitting, ProgramError, VaultError or ListBroken.
    """
    made = manifest.load(folder)
    yield f"Backup of {made.made}: {len(made.tables)} tables, {made.rows} rows, {len(made.files)} files."
    made.check_ring()
    yield f"Key ring: version {', '.join(map(str, made.ring))} is at hand and has marked the manifest."
    manifest.check_digests(made, folder)
    yield f"Digests: the dump and {len(made.files)} files are as they were made."
    yield _code(made)
    waiting = _files_to_bring(made, folder)
    if into:
        _use(into)
    owner = connections[OWNER]
    name = owner.settings_dict["NAME"]
    if not contents.is_empty(owner):
        raise NotFitting(
            f"Database {name} is not empty; nothing is written over. Name an empty or new one with --into"
            " NAME, or give bin/manage a new state folder with --data"
        )
    yield f"Database {name} is empty."
    _load(owner, folder)
    yield from _compared(owner, made)
    yield _guarded()
    yield _brought_back(waiting, made, folder)
    with jobs.run("restore") as run:
        yield _keys()
        yield _seals(made)
        yield from _destroyed_again(made)
        run.found = run.done = len(made.tables) + len(made.files)


# --- before anything is written ------------------------------------------------------------------------


def _code(made: Manifest) -> str:
    """Migrations that others here have replaced are known, too: Django notes both as done."""
    here = MigrationLoader(None).disk_migrations
    replaced = {one for migration in here.values() for one in migration.replaces}
    known = {f"{app}.{name}" for app, name in here.keys() | replaced}
    if newer := [one for one in made.migrations if one not in known]:
        raise NotFitting(
            f"This code is older than the backup: it does not know {newer[0]}. Use the version that made it"
            " or a newer one"
        )
    further = sum(f"{app}.{name}" not in made.migrations for app, name in here)
    return f"Code: knows all {len(made.migrations)} migrations of the backup, and {further} newer."


def _files_to_bring(made: Manifest, folder: Path) -> list[Path]:
    """The files that are not in the storage yet; one that lies there must be the same."""
    there = {name for name, _written in files.stored()}
    waiting = []
    for path, digest in made.files.items():
        copy = folder / FILES / path
        if copy.name not in there:
            waiting.append(copy)
        elif manifest.sha256_of(files.as_it_lies(copy.name)) != digest:
            raise NotFitting(f"The file {path} lies in the storage already and is another one")
    return waiting


def _use(name: str) -> None:
    """From now on this process works in the database `name`, which is made when it is missing."""
    if not _NAME.fullmatch(name):
        raise NotFitting(f"{name!r} is no name for a database: small letters, digits and _")
    owner = connections[OWNER]
    with owner.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            _create(owner, name)
    for alias in connections:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def _create(owner: BaseDatabaseWrapper, name: str) -> None:
    role = settings.DATABASES["default"]["USER"]
    names = {"database": sql.Identifier(name), "role": sql.Identifier(role)}
    orders = [
        "CREATE DATABASE {database} ENCODING 'UTF8' TEMPLATE template0",
        "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
    ]
    if role:
        orders.append("GRANT CONNECT ON DATABASE {database} TO {role}")
    try:
        with owner.cursor() as cursor:
            for order in orders:
                cursor.execute(sql.SQL(order).format(**names))
    except ProgrammingError as refused:
        if not isinstance(refused.__cause__, errors.InsufficientPrivilege):
            raise
        raise NotFitting(
            "The owner's role may not make databases. Make it as superuser, like deploy/roles.sql does:"
            f" CREATE DATABASE {name} OWNER {owner.settings_dict['USER']} TEMPLATE template0"
        ) from None


# --- the database --------------------------------------------------------------------------------------


def _load(owner: BaseDatabaseWrapper, folder: Path) -> None:
    """All or nothing, as the owner of the tables; rights are given anew afterwards, not taken over."""
    program = programs.find("pg_restore", programs.major(owner))
    alone = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    program.run(*alone, str(folder / DUMP), at=owner)


def _compared(owner: BaseDatabaseWrapper, made: Manifest) -> Iterator[str]:
    with transaction.atomic(using=OWNER):
        contents.speak_alike(owner)
        tables, guards = contents.tables(owner), contents.guards(owner)
    for name in sorted(made.tables.keys() | tables.keys()):
        if made.tables.get(name) != tables.get(name):
            raise NotFitting(f"Table {name} differs from the manifest. Do not use this database: drop it")
    yield f"Rows: counts and digests of {len(tables)} tables ({made.rows} rows) are equal."
    if guards != made.guards:
        raise NotFitting("Triggers, constraints or indexes differ from the manifest. Drop this database")
    yield "Guards: every trigger, constraint, index and function is there and awake."


def _guarded() -> str:
    """Migrates when the code is newer, gives every right anew, and looks as the role that serves."""
    call_command("prepare_database", verbosity=0)
    serving = connections["default"]
    if bare := append_only.unguarded(serving):
        raise NotFitting(f"Table {bare[0]} should only be added to and can be changed")
    if closed := contents.unreadable(serving):
        raise NotFitting(f"The serving role may not use {closed[0]}")
    role = serving.settings_dict["USER"]
    return f"Rights: {role} may work, and only add to {len(append_only.tables())} append-only tables."


# --- what is secret, and what was destroyed --------------------------------------------------------------


def _brought_back(waiting: list[Path], made: Manifest, folder: Path) -> str:
    for copy in waiting:
        with copy.open("rb") as stream:
            files.bring_back(copy.name, stream)
        if (
            manifest.sha256_of(files.as_it_lies(copy.name))
            != made.files[str(copy.relative_to(folder / FILES))]
        ):
            raise BackupBroken(f"{copy.name} was changed while it was read")
    return f"Files: {len(waiting)} brought back, {len(made.files) - len(waiting)} lay there already."


def _keys() -> str:
    vault.self_test()
    closed = sum(1 for _key in vault.unopened())
    if closed:
        raise NotFitting(f"{closed} data keys do not open with this key ring. Run keys verify")
    return f"Keys: every one of {sum(vault.counts().values())} data keys opens."


def _seals(made: Manifest) -> str:
    """What the folder of seals knows of the time after the backup is not here: told, not refused."""
    found = seal_check.check()
    wrong = [one for one in found.findings if one.seal is None or one.seal <= made.seals]
    if wrong:
        raise NotFitting(
            f"The audit does not fit its seals in {len(wrong)} places, the first of {wrong[0].day}."
            " Run audit verify"
        )
    later = {one.seal for one in found.findings if one.seal}
    more = (
        f" {len(later)} seals in AUDIT_SEAL_DIR are newer than the backup: put that folder away for the"
        " auditor and begin an empty one."
    )
    return f"Seals: {found.rows} rows of the audit fit {made.seals} seals.{more if later else ''}"


def _destroyed_again(made: Manifest) -> Iterator[str]:
    done = replaying.replay()
    with transaction.atomic():
        audit.record("backup.restore", by=None, entries=done.entries, cases=done.cases, keys=done.keys)
    what = f"{done.cases} cases, {done.keys} keys, {done.files} files"
    yield f"Destroyed again: {done.entries} entries, {what}."
    if lost := destroyed.missing():
        raise NotFitting(
            f"DISPOSAL_LIST lacks {len(lost)} entries that the backup knows: it is not the list of this"
            " portal, so what was destroyed after the backup is not destroyed. Put the list back, then run"
            " disposal replay"
        )
    listed = len(destroyed.numbers())
    where = settings.DISPOSAL_LIST
    yield f"List: {listed} destructions in {where}; the backup knows of {made.destroyed}."

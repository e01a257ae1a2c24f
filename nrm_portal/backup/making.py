"""Making a backup: one moment of the database, the sealed files as they lie, and what is said of both.

Everything is written into a folder of another name beside the wanted one, which gets its name at the end: a
folder with the right name is whole. Never copied: the key ring, SECRET_KEY, the list of what was destroyed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max

from core import audit, clock, files, jobs, seals, vault
from core.models import AuditSeal, DataKey, Destruction
from core.vault.ring import ring
from nrm_portal.backup import contents, programs
from nrm_portal.backup.manifest import DUMP, FILES, Manifest, private, sha256, write

OWNER: Final = "owner"


class NotHere(Exception):
    """The folder cannot be used for a backup."""


def make(folder: Path) -> Manifest:
    """Make a backup. Raises NotHere, ProgramError, VaultError or OSError; nothing of it is left then."""
    folder = folder.expanduser().resolve()
    refuse(folder)
    vault.self_test()
    owner = connections[OWNER]
    dump = programs.find("pg_dump", programs.major(owner))
    with _unfinished(folder) as work, jobs.run("backup") as run:
        made = _database(owner, dump, work)
        made.files = dict(_files(work))
        made.sign()
        write(made, work)
        with transaction.atomic():
            audit.record("backup.make", by=None, tables=len(made.tables), files=len(made.files))
        _flush(work)
        work.rename(folder)
        run.found = run.done = len(made.tables) + len(made.files)
    return made


def refuse(folder: Path) -> None:
    """Raises NotHere for a folder in use, or one that is part of what is kept or shown."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotHere(f"{folder} is there already and is not empty")
    if not folder.parent.is_dir():
        raise NotHere(f"{folder.parent} does not exist")
    taken = {"FILES_ROOT": settings.FILES_ROOT, "DISPOSAL_LIST": settings.DISPOSAL_LIST}
    taken |= {"STATIC_ROOT": settings.STATIC_ROOT, "AUDIT_SEAL_DIR": settings.AUDIT_SEAL_DIR}
    for name, place in taken.items():
        if place and folder.is_relative_to(Path(place).resolve()):
            raise NotHere(f"{folder} lies inside {name}")
    for place in settings.STATICFILES_DIRS:
        if folder.is_relative_to(Path(place).resolve()):
            raise NotHere(f"{folder} would be shown to everybody")


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A private folder beside the wanted one; gone if anything goes wrong."""
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", suffix=".unfinished", dir=folder.parent))
    try:
        yield work
    finally:
        if work.exists():
            shutil.rmtree(work)


def _database(owner: BaseDatabaseWrapper, dump: programs.Program, work: Path) -> Manifest:
    """Dump, counts and digests of the same moment: pg_dump reads in the transaction that digests."""
    path = work / DUMP
    private(path).close()
    with transaction.atomic(using=OWNER), owner.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        contents.speak_alike(owner)
        cursor.execute("SELECT pg_export_snapshot()")
        (moment,) = cursor.fetchone() or ("",)
        without = [f"--exclude-table-data=public.{name}" for name in contents.left_out()]
        dump.run("--format=custom", f"--snapshot={moment}", f"--file={path}", *without, at=owner)
        alive = DataKey.objects.using(OWNER).filter(destroyed_at=None)
        versions = set(alive.values_list("ring_version", flat=True).distinct().order_by())
        return Manifest(
            made=clock.now().isoformat(),
            server=programs.major(owner),
            migrations=contents.migrations(owner),
            tables=contents.tables(owner),
            left_out=contents.left_out(),
            guards=contents.guards(owner),
            dump=sha256(path),
            files={},
            ring=sorted(versions) or [ring().newest],
            seals=AuditSeal.objects.using(OWNER).aggregate(n=Max("number"))["n"] or 0,
            destroyed=Destruction.objects.using(OWNER).aggregate(n=Max("number"))["n"] or 0,
        )


def _files(work: Path) -> Iterator[tuple[str, str]]:
    """Copy each file as it lies. Copied after the dump: what the dump names and is not there was erased."""
    (work / FILES).mkdir(mode=0o700)
    for name, _written in files.stored():
        path, digest = work / FILES / files.path_of(name), hashlib.sha256()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            chunks = files.as_it_lies(name)
        except files.Gone:
            continue
        with private(path) as copy:
            for chunk in chunks:
                digest.update(chunk)
                copy.write(chunk)
        yield files.path_of(name), digest.hexdigest()


def _flush(work: Path) -> None:
    """On the disk, before the name says that it is whole."""
    for path in [*work.rglob("*"), work]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def seal_first() -> int | None:
    """Seal the audit up to now; None when somebody has been writing for long, which is no reason to wait."""
    try:
        return seals.seal()[1]
    except seals.NotSettled:
        return None

"""The list of what has been destroyed for ever, kept outside the database.

A backup that is restored brings back what was destroyed after it was made. So each destruction is written
down twice: as a row (`core.models.Destruction`) in the transaction that destroys, and just before that as a
file in `settings.DISPOSAL_LIST`, which is not restored with the database. A number that the list has and the
database has not means that the database is older than the list: it is not served until `replay` of whoever
wrote the entry has destroyed again (`behind`).

An entry is a file of its own, named by its number, written once and on the disk before the destruction is
committed. It holds ids alone, sealed with the key ring and bound to its number: nobody can add, change or
swap one without the ring, and a missing number shows. If the transaction fails after the file was written,
the next attempt at the same subject finds its number and uses it.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Max

from core import clock
from core.models import Destruction
from core.vault import VaultError
from core.vault.ring import ring

LOCK: Final = 20_180_131
"""Any fixed number: destructions take turns, so that numbers have no gaps."""
SUFFIX: Final = ".sealed"


class ListBroken(Exception):
    """An entry is missing, or was changed by somebody without the key ring."""


@dataclass(frozen=True)
class Entry:
    """What one destruction took away: ids alone."""

    number: int
    kind: str
    subject_id: UUID
    at: datetime
    keys: tuple[UUID, ...] = ()
    """Data keys that were destroyed."""
    files: tuple[str, ...] = ()
    """Names of stored files that were removed."""
    also: tuple[UUID, ...] = field(default=())
    """Other rows that went with the subject."""


def add(
    kind: str,
    subject_id: UUID,
    *,
    keys: Iterable[UUID] = (),
    files: Iterable[str] = (),
    also: Iterable[UUID] = (),
) -> int:
    """Write down what is destroyed, in the list and in the caller's transaction. Returns its number.

    To be called last in the transaction. Raises OSError when the list cannot be written: nothing is destroyed
    then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    relist()
    begun = next((e for e in entries(behind()) if (e.kind, e.subject_id) == (kind, subject_id)), None)
    number = begun.number if begun else _next()
    now = clock.now()
    if begun is None:
        _write(Entry(number, kind, subject_id, now, tuple(keys), tuple(files), tuple(also)))
    caught_up(number, kind, subject_id, at=now)
    return number


def caught_up(number: int, kind: str, subject_id: UUID, *, at: datetime) -> None:
    """The database has destroyed this, too."""
    Destruction.objects.create(number=number, kind=kind, subject_id=subject_id, at=at)


# --- what the list says ----------------------------------------------------------------------------


def folder() -> Path:
    """Where the entries of this installation lie: a restored database finds its own list again."""
    mark = Destruction.objects.values_list("subject_id", flat=True).get(number=0)
    return Path(settings.DISPOSAL_LIST) / str(mark)


def numbers() -> set[int]:
    """The numbers of the list, without opening an entry."""
    place = folder()
    return {int(path.stem) for path in place.glob(f"*{SUFFIX}")} if place.is_dir() else set()


def behind() -> list[int]:
    """Numbers that the list has and the database has not: it was restored from an older backup.

    Raises ListBroken when neither knows a number below the highest: somebody has taken an entry away.
    """
    listed, known = numbers(), set(Destruction.objects.values_list("number", flat=True))
    if lost := set(range(1, max(listed, default=0))) - listed - known:
        raise ListBroken(f"the list of what has been destroyed lacks number {min(lost)}")
    return sorted(listed - known)


def missing() -> list[Destruction]:
    """What the database has destroyed and the list does not say: the list was lost, or lies elsewhere."""
    return list(Destruction.objects.exclude(number__in={0, *numbers()}).order_by("number"))


def relist() -> int:
    """Write down again what the database knows and the list has lost; returns how many. May run twice."""
    lost = missing()
    for row in lost:
        _write(Entry(row.number, row.kind, row.subject_id, row.at))
    return len(lost)


def entries(wanted: Iterable[int] | None = None) -> Iterator[Entry]:
    """The entries in their order. Raises ListBroken for one that does not open."""
    place = folder()
    for number in sorted(numbers() if wanted is None else wanted):
        yield _read(place / f"{number:06}{SUFFIX}", number)


def reseal() -> int:
    """Seal under the newest version of the ring what an older one sealed; returns how many. May run twice."""
    newest, done = ring().newest, 0
    for entry in entries():
        path = folder() / f"{entry.number:06}{SUFFIX}"
        if int(path.read_text().partition(":")[0]) != newest:
            fresh = path.with_suffix(".fresh")
            _put(fresh, _sealed(entry))
            fresh.replace(path)
            done += 1
    return done


def _next() -> int:
    highest = Destruction.objects.aggregate(n=Max("number"))["n"] or 0
    return max({int(highest), *numbers()}) + 1


def _write(entry: Entry) -> None:
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    _put(place / f"{entry.number:06}{SUFFIX}", _sealed(entry))
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)


def _bound(number: int) -> bytes:
    return b"destroyed.%d" % number


def _sealed(entry: Entry) -> str:
    said = {
        "kind": entry.kind,
        "subject": str(entry.subject_id),
        "at": entry.at.isoformat(),
        "keys": [str(key) for key in entry.keys],
        "files": list(entry.files),
        "also": [str(row) for row in entry.also],
    }
    masters = ring()
    data = masters.wrap(json.dumps(said).encode(), _bound(entry.number))
    return f"{masters.newest}:{base64.b64encode(data).decode()}"


def _read(path: Path, number: int) -> Entry:
    try:
        version, _, data = path.read_text().partition(":")
        said = json.loads(ring().unwrap(base64.b64decode(data), _bound(number), int(version)))
    except (OSError, ValueError, VaultError) as error:
        raise ListBroken(f"entry {number} does not open ({type(error).__name__})") from None
    return Entry(
        number,
        said["kind"],
        UUID(said["subject"]),
        datetime.fromisoformat(said["at"]),
        tuple(UUID(key) for key in said["keys"]),
        tuple(said["files"]),
        tuple(UUID(row) for row in said["also"]),
    )

"""Seals outside the database: a file a month in `settings.AUDIT_SEAL_DIR`, one JSON object a line.

Files are only added to: the folder may be a mounted store of another machine that takes new lines and gives
none back to be changed.
A line cut off by a crash is left as it is, and its seal is written again on the next line.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

from django.conf import settings

from core import clock
from core.models import AuditSeal

PATTERN: Final = "audit-seals-*.jsonl"
BEGINNING: Final = re.compile(rb'\{"number":(\d{1,12}),')
Place: TypeAlias = tuple[Path, int]
"""A file, and where in it a line begins."""


def folder() -> Path | None:
    """Where seals are written besides the database; None when nothing is set."""
    return Path(settings.AUDIT_SEAL_DIR) if settings.AUDIT_SEAL_DIR else None


def last_number() -> int | None:
    """The highest seal in the folder, 0 when it is empty, None without a folder."""
    place = folder()
    if place is None:
        return None
    for path in sorted(place.glob(PATTERN), reverse=True):
        if numbers := [number for number, _where in _lines(path)]:
            return max(numbers)
    return 0


def write(seals: Iterable[AuditSeal]) -> int:
    """Add these seals to the file of their month, on the disk before this returns; how many."""
    place, done = folder(), 0
    assert place is not None, "write is called only when there is a folder"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for seal in seals:
        path = place / f"audit-seals-{clock.local(seal.sealed_at):%Y-%m}.jsonl"
        text = ("\n" if _cut_off(path) else "") + json.dumps(said(seal), separators=(",", ":")) + "\n"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        done += 1
    return done


def _cut_off(path: Path) -> bool:
    """Does the file end in the middle of a line?"""
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def said(seal: AuditSeal) -> dict[str, Any]:
    """A seal as it stands in a file."""
    return {
        "number": seal.number,
        "after": seal.after_id,
        "last": seal.last_id,
        "count": seal.count,
        "since": seal.since.isoformat(),
        "until": seal.until.isoformat(),
        "sealed": seal.sealed_at.isoformat(),
        "key": str(seal.data_key_id),
        "previous": bytes(seal.previous).hex(),
        "digest": bytes(seal.digest).hex(),
        "marks": base64.b64encode(bytes(seal.marks)).decode(),
    }


def find() -> dict[int, Place]:
    """Where in the folder each seal stands, by number; of one written twice the last."""
    place = folder()
    if place is None:
        return {}
    return {number: where for path in sorted(place.glob(PATTERN)) for number, where in _lines(path)}


def load(where: Place) -> AuditSeal | None:
    """A seal as it stands in the folder, not in the database; None when the line says nothing readable."""
    path, offset = where
    with path.open("rb") as file:
        file.seek(offset)
        try:
            return _seal(json.loads(file.readline()))
        except (ValueError, KeyError, TypeError):
            return None


def _lines(path: Path) -> Iterator[tuple[int, Place]]:
    """Number and place of every whole line; what a crash cut off was written again after it."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            match = BEGINNING.match(line)
            if match and line.endswith(b"}\n"):
                yield int(match[1]), (path, offset)
            offset += len(line)


def _seal(line: dict[str, Any]) -> AuditSeal:
    return AuditSeal(
        number=line["number"],
        after_id=line["after"],
        last_id=line["last"],
        count=line["count"],
        since=datetime.fromisoformat(line["since"]),
        until=datetime.fromisoformat(line["until"]),
        sealed_at=datetime.fromisoformat(line["sealed"]),
        data_key_id=UUID(line["key"]),
        marks=base64.b64decode(line["marks"]),
        previous=bytes.fromhex(line["previous"]),
        digest=bytes.fromhex(line["digest"]),
    )

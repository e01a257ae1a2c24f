"""What a backup says of itself: counts, digests and numbers. No key, no secret, nothing anybody wrote.

It is marked under every version of the key ring that its rows need (HMAC-SHA-256 under a key derived for this
alone). So a restore knows before it touches anything that the ring at hand is the right one, not only one
with the right numbers, and that nobody without the ring has written the digests anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from core.vault import ring
from nrm_portal.backup.contents import Table

NAME: Final = "manifest.json"
DUMP: Final = "database.dump"
FILES: Final = "files"
FORMAT: Final = 1


class BackupBroken(Exception):
    """The backup is not what it was when it was made."""


class WrongRing(Exception):
    """The key ring at hand does not open what this backup holds."""


@dataclass
class Manifest:
    """Everything that can be compared afterwards."""

    made: str
    server: int
    migrations: list[str]
    tables: dict[str, Table]
    left_out: list[str]
    guards: str
    dump: str
    """sha256"""
    files: dict[str, str]
    """sha256 by path"""
    ring: list[int]
    """Versions of the key ring that open the rows."""
    seals: int
    """The number of the last seal of the audit."""
    destroyed: int
    """The highest number of the list of what was destroyed."""
    format: int = FORMAT
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    def said(self) -> bytes:
        """What the marks are made over: everything but themselves."""
        values = asdict(self)
        del values["marks"]
        return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()

    def sign(self) -> None:
        self.marks = {str(number): ring.mark(number, "backup", self.said()) for number in self.ring}

    def check_ring(self) -> None:
        """Raises WrongRing: a version is missing, is another key, or the manifest was changed."""
        at_hand = ring.ring().masters
        if lacking := [number for number in self.ring if number not in at_hand]:
            raise WrongRing(f"version {lacking[0]} of the key ring is needed and is not at hand")
        for number in self.ring:
            right = ring.mark(number, "backup", self.said())
            if not hmac.compare_digest(str(self.marks.get(str(number))).encode(), right.encode()):
                raise WrongRing(
                    f"version {number} of the key ring at hand is not the one the backup was made with,"
                    " or somebody has changed the manifest"
                )
        if not self.ring:
            raise WrongRing("the manifest names no version of the key ring")


def write(manifest: Manifest, folder: Path) -> None:
    """Put the manifest into the folder, on the disk before this returns."""
    with private(folder / NAME) as file:
        file.write(json.dumps(asdict(manifest), indent=1, sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def load(folder: Path) -> Manifest:
    """Raises BackupBroken for what is no backup of ours."""
    try:
        values: dict[str, Any] = json.loads((folder / NAME).read_bytes())
        values["tables"] = {name: Table(**one) for name, one in values["tables"].items()}
        found = Manifest(**values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupBroken(f"{NAME} cannot be read ({type(error).__name__})") from None
    if found.format != FORMAT:
        raise BackupBroken(f"{NAME} is of format {found.format}, this portal reads {FORMAT}")
    return found


def check_digests(manifest: Manifest, folder: Path) -> None:
    """Raises BackupBroken for a dump or file that is missing, was changed, or was put in."""
    wanted = {DUMP: manifest.dump} | {f"{FILES}/{name}": one for name, one in manifest.files.items()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()} - {NAME}
    if strange := sorted(there ^ wanted.keys()):
        what = "was put in" if strange[0] in there else "is missing"
        raise BackupBroken(f"{strange[0]} {what}")
    for name, digest in wanted.items():
        if (folder / name).is_symlink() or sha256(folder / name) != digest:
            raise BackupBroken(f"{name} was changed: its digest differs")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def private(path: Path) -> Any:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

"""Where things live: the checkout, the state of this checkout, and what all checkouts share."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
VENV = CHECKOUT / ".venv"
LONGEST_SOCKET_FOLDER = 80
"""A socket's whole path may have 107 bytes; the server adds its own file name."""


def is_root() -> bool:
    return os.geteuid() == 0


def state_home() -> Path:
    """The folder that holds the state of every checkout of this user."""
    if is_root():
        return Path("/var/lib/nrm-portal")
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "nrm-portal"


def cache_home() -> Path:
    """What may be deleted at any time."""
    if is_root():
        return Path("/var/cache/nrm-portal")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "nrm-portal"


def passable_folder(path: Path) -> Path:
    """Make a folder that another account may pass through but not list. Existing parents are left alone."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for made in missing:
        made.chmod(0o711)
    return path


def can_be_reached_by_others(path: Path) -> bool:
    """True when every folder down to `path` lets other accounts pass."""
    return all(p.stat().st_mode & 0o001 for p in (path, *path.parents) if p.is_dir())


@dataclass(frozen=True)
class State:
    """The state folder of one checkout: data, keys, sockets, logs."""

    root: Path

    @classmethod
    def of(cls, data: str | None) -> State:
        """`data` is the value of --data; without it the folder is named after the checkout."""
        if data:
            return cls(Path(data).expanduser().resolve())
        mark = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:6]
        return cls(state_home() / f"{CHECKOUT.name}-{mark}")

    def make(self) -> None:
        passable_folder(self.root)
        for folder in (self.private, self.logs, self.static):
            folder.mkdir(mode=0o700, exist_ok=True)
        if is_root() and not can_be_reached_by_others(self.root):
            raise SystemExit(
                f"{self.root} lies in a folder that only root may enter, and PostgreSQL does not run as root."
                "\nChoose another place with --data, for example --data /var/lib/nrm-portal/mine"
            )

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.private / "valkey"

    @property
    def private(self) -> Path:
        """0700: keys, broker data, beat's state."""
        return self.root / "private"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def static(self) -> Path:
        """Stays empty: files are served from where they lie. WhiteNoise wants the folder to exist."""
        return self.root / "static"

    @property
    def sockets(self) -> Path:
        """A short path, because a socket's name has a limit."""
        if len(str(self.root)) <= LONGEST_SOCKET_FOLDER:
            return self.root
        mark = hashlib.sha256(str(self.root).encode()).hexdigest()[:8]
        return Path(tempfile.gettempdir()) / f"nrm-{os.getuid()}-{mark}"

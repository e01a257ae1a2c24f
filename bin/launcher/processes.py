"""Children of the launcher: started so that they never outlive it, stopped in order."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOG_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def die_with_parent(death_signal: int, niceness: int = 0) -> Callable[[], None]:
    """What the child does before exec: ask the kernel for `death_signal` when the launcher dies (Linux)."""
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # died between fork and prctl
                os._exit(1)
        if niceness:
            os.nice(niceness)

    return prepare


@dataclass
class Child:
    """One program the launcher keeps: how it starts, how it is asked to stop."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] | None = None
    log: Path | None = None
    stop_signal: int = signal.SIGTERM
    account: str | None = None
    niceness: int = 0
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        account = pwd.getpwnam(self.account) if self.account else None
        output = os.open(self.log, LOG_FLAGS, 0o600) if self.log else subprocess.DEVNULL
        try:
            self.process = subprocess.Popen(
                [str(part) for part in self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environment) if self.environment is not None else None,
                cwd=self.folder,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                # Its own session: Ctrl-C reaches the launcher alone, which stops the children in order.
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal, self.niceness),
            )
        finally:
            if self.log:
                os.close(output)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, patience: float = 10) -> None:
        """Ask, wait `patience` seconds, then end the whole process group."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self.sweep()
        self.process.wait()

    def sweep(self) -> None:
        """End what the program left behind in its process group."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def last_lines(self, count: int = 15) -> str:
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

"""Keeps the portal's processes alive and stops them in order. Used by bin/run and by the fault tests."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from .console import note
from .processes import Child

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before the first, second ... restart of a process that keeps ending."""
STEADY = 60.0
"""A process that lived this long is forgiven its earlier ends."""


@dataclass
class Watched:
    """A child and what happened to it."""

    child: Child
    patience: float = 10
    once: bool = False
    """Runs to its end and is not started again; `done` is called with True when it succeeded."""
    done: Callable[[bool], None] | None = None
    ends: int = 0
    started: float = 0
    again_at: float = 0
    finished: bool = False

    def start(self) -> None:
        self.child.start()
        self.started, self.again_at = time.monotonic(), 0


@dataclass
class Supervisor:
    """Starts children in the order given, restarts those that end, stops them in reverse."""

    watched: list[Watched] = field(default_factory=list)
    _stopping: bool = False

    def listen(self) -> None:
        """Ctrl-C, TERM and a closed terminal all mean: stop in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    def start(self, watched: Watched) -> None:
        self.watched.append(watched)
        watched.start()

    def watch(self) -> None:
        """Return when asked to stop."""
        while not self._stopping:
            for watched in self.watched:
                self._look_at(watched)
            time.sleep(0.3)

    def _look_at(self, watched: Watched) -> None:
        now = time.monotonic()
        if watched.finished or watched.child.is_running:
            return
        if watched.again_at:
            if now >= watched.again_at:
                watched.start()
                note(f"{watched.child.name} runs again")
            return
        watched.child.sweep()
        code = watched.child.process.returncode if watched.child.process else None
        if watched.once:
            watched.finished = True
            if watched.done:
                watched.done(code == 0)
            if code:
                note(f"{watched.child.name} failed; see {watched.child.log}")
            return
        watched.ends = 1 if now - watched.started > STEADY else watched.ends + 1
        pause = PAUSES[min(watched.ends, len(PAUSES)) - 1]
        watched.again_at = now + pause
        note(f"{watched.child.name} ended (code {code}); again in {pause:.0f} s, see {watched.child.log}")

    def stop(self) -> None:
        """Ask all in reverse order, then wait for each; whoever does not end is killed."""
        for watched in reversed(self.watched):
            if watched.child.is_running and watched.child.process:
                watched.child.process.send_signal(watched.child.stop_signal)
        for watched in reversed(self.watched):
            watched.child.stop(watched.patience)

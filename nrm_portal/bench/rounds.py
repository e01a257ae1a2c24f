"""Measuring in turn: each round asks every side on every volume once, so that a busy moment meets all."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from django.db import connection

from nrm_portal.bench.scene import Scene
from nrm_portal.bench.subjects import Act, Subject, subjects

WARM_UP: Final = 2


@dataclass
class Line:
    """What was measured of one subject: seconds by volume and round, and queries by volume."""

    subject: Subject
    ours: list[list[float]] = field(default_factory=list)
    floor: list[list[float]] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Ours ÷ floor at the largest volume: the median of the rounds' quotients."""
        return median(a / b for a, b in zip(self.ours[-1], self.floor[-1], strict=True))

    @property
    def growth(self) -> float:
        """Ours at the largest ÷ the smallest volume, likewise."""
        return median(a / b for a, b in zip(self.ours[-1], self.ours[0], strict=True))

    @property
    def holds(self) -> bool:
        limit, growth = self.subject.limit, self.subject.growth
        return (limit is None or self.ratio <= limit) and (growth is None or self.growth <= growth)


def measure(scenes: Sequence[Scene], rounds: int, say: Callable[[str], None]) -> list[Line]:
    """The table's lines, medians of so many rounds."""
    parts: list[list[Subject]] = []
    for scene in scenes:
        scene.stage.use()
        parts.append(subjects(scene))
    lines = [Line(part, [[] for _ in scenes], [[] for _ in scenes], [0] * len(scenes)) for part in parts[0]]
    for number in range(-WARM_UP, rounds):
        for row, line in enumerate(lines):
            for volume, scene in enumerate(scenes):
                scene.stage.use()
                subject = parts[volume][row]
                if number < 0:
                    line.queries[volume] = _queries(subject.ours())
                    subject.floor()()
                    continue
                line.ours[volume].append(_seconds(subject.ours()))
                line.floor[volume].append(_seconds(subject.floor()))
        say("." if number >= 0 else "w")
    return lines


def _seconds(act: Act) -> float:
    gc.collect(0)
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _queries(act: Act) -> int:
    number = 0

    def count(execute: Any, sql: str, params: Any, many: bool, more: Any) -> Any:
        nonlocal number
        number += 1
        return execute(sql, params, many, more)

    with connection.execute_wrapper(count):
        act()
    return number

"""Measure the portal against its own limits, on databases of its own that are removed afterwards."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any
from unittest.mock import patch

from django.core.management.base import BaseCommand, CommandError

from nrm_portal.bench import picture, report, rounds, scene, scratch, volume

SEEDS = 140
"""Cases that are lived, two of them open in each region; the others are their copies."""


class Command(BaseCommand):
    help = "Fill databases of its own by set SQL and print lists, pages, submit and sweep as ratios."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sizes", type=int, nargs="+", default=[10_000, 100_000], help="cases; the smallest first"
        )
        parser.add_argument("--rounds", type=int, default=12)

    def handle(self, *args: Any, **options: Any) -> None:
        sizes: list[int] = sorted(set(options["sizes"]))
        seeds = min(SEEDS, sizes[0])
        if seeds < 10 or options["rounds"] < 1:
            raise CommandError("At least 10 cases and one round.")
        # Nothing is sent: the tasks would belong to databases that no worker knows.
        with patch("core.broker.nudge"), scratch.theatre():
            try:
                scenes = self._fill(sizes, seeds)
                started = time.monotonic()
                lines = rounds.measure(scenes, options["rounds"], self._say)
            finally:
                scene.forget_people()
            self._done(f" {options['rounds']} rounds", started)
        for line in report.table(lines, sizes):
            self.stdout.write(line)

    def _fill(self, sizes: list[int], seeds: int) -> list[scene.Scene]:
        scene.forget_people()
        started = time.monotonic()
        base = scratch.create()
        scene.live_some(seeds)
        self._done(f"{seeds} cases lived", started)
        scenes = []
        for size in sizes:
            started = time.monotonic()
            stage = scratch.create(size, like=base)
            volume.multiply(size // seeds)
            picture.publish(size // seeds)
            scenes.append(scene.Scene(stage))
            self._done(f"{size} cases by SQL", started)
        return scenes

    def _say(self, text: str) -> None:
        self.stdout.write(text, ending="")
        self.stdout.flush()

    def _done(self, what: str, started: float) -> None:
        self.stdout.write(f"{what}: {time.monotonic() - started:.0f} s")

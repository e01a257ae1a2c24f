"""Disposal by hand: look and run without waiting for the clock, inspect, and finish a restored backup."""

from __future__ import annotations

import json
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from cases.enums import BatchState
from cases.models import DisposalBatch, Hold, Retention, RetentionRule
from cases.services.disposal import batches, looking, replaying, schedules
from core import clock, destroyed, jobs


class Command(BaseCommand):
    """`replay` is the last step of every restore; the portal refuses to start before."""

    help = (
        "status: what waits. look: the nightly look, now. run: erase what was approved a day ago. "
        "rules: take over cases/data/retention.yaml. replay: after a restore, destroy again what had been "
        "destroyed. relist: write a lost list again. reseal: after a rotation of the key ring."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = ("status", "look", "run", "rules", "replay", "relist", "reseal")
        parser.add_argument("what", choices=acts)
        parser.add_argument(
            "--audit",
            type=Path,
            help="replay: a newer copy of the audit, one JSON object a line",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")(options)
        except destroyed.ListBroken as error:
            raise CommandError(f"The list of what has been destroyed is damaged: {error}.") from None

    def _status(self, _options: dict[str, Any]) -> None:
        states = dict(DisposalBatch.objects.values_list("state").annotate(n=Count("pk")).order_by())
        near = Retention.objects.filter(due_on__lte=clock.today() + looking.FIRST).count()
        held = Hold.objects.filter(lifted_at__isnull=True).count()
        listed, behind, missing = destroyed.numbers(), destroyed.behind(), destroyed.missing()
        self._say(f"{near} cases whose time comes within sixty days, {held} holds.")
        self._say(", ".join(f"{states.get(state, 0)} {state}" for state in BatchState.values) + " batches.")
        self._say(f"{len(listed)} destructions in {destroyed.folder()}.")
        if missing:
            self._say(f"{len(missing)} of the database are not in the list: run disposal relist.")
        if behind:
            raise CommandError(f"{len(behind)} of the list are not in the database: run disposal replay.")

    def _look(self, _options: dict[str, Any]) -> None:
        with jobs.run("disposal") as run:
            run.found, run.done = looking.look()
        self._say(f"{run.found} cases looked at, {run.done} warnings.")

    def _run(self, _options: dict[str, Any]) -> None:
        with jobs.run("erasing") as run:
            run.found, run.done, run.failed = batches.carry_out()
        self._say(f"{run.found} cases were to go, {run.done} are gone, {run.failed} failed.")

    def _rules(self, _options: dict[str, Any]) -> None:
        changed = schedules.sync()
        unsettled = RetentionRule.objects.filter(is_settled=False).count()
        self._say(f"{changed} rules changed; {unsettled} of {RetentionRule.objects.count()} to be confirmed.")

    def _replay(self, options: dict[str, Any]) -> None:
        done = replaying.replay(_destroyed_keys(options["audit"]))
        what = f"{done.cases} cases, {done.keys} keys, {done.files} files"
        self._say(f"{done.entries} entries carried out again: {what}.")

    def _relist(self, _options: dict[str, Any]) -> None:
        self._say(f"{destroyed.relist()} entries written again.")

    def _reseal(self, _options: dict[str, Any]) -> None:
        self._say(f"{destroyed.reseal()} entries sealed under the newest version of the key ring.")

    def _say(self, words: str) -> None:
        self.stdout.write(words)


def _destroyed_keys(source: Path | None) -> Iterator[uuid.UUID]:
    """Ids of the keys that a copy of the audit calls destroyed."""
    if source is None:
        return
    for line in source.read_text().splitlines():
        row = json.loads(line)
        if row.get("verb") == "key.destroy" and row.get("target_id"):
            yield uuid.UUID(row["target_id"])

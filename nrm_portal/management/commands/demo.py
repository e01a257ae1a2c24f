"""Fill the demo, or list its accounts."""

from __future__ import annotations

import json
import multiprocessing
import time
from argparse import ArgumentParser
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.models import F

from core import clock, context
from core.enums import JobState
from core.models import JobRun
from nrm_portal.demo import casting, fill, july
from nrm_portal.demo.publishing import publish_past
from nrm_portal.demo.situations import deskwork, show_all
from nrm_portal.demo.stories import Story, stories

PROCESSES = 2


class Command(BaseCommand):
    help = "Fill the demo with fictive people and cases, or list its accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="only make and list the accounts")
        parser.add_argument("--manual", action="store_true", help="only the first edition of the manual")
        parser.add_argument("--json", action="store_true", help="list as JSON")
        parser.add_argument("--limit", type=int, default=None, help="only the newest so many cases")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is off. Set DEMO=1, never in production.")
        if options["manual"]:
            july.begin()
            return
        casting.cast()
        if options["accounts"]:
            self._list(options["json"])
            return
        started = time.monotonic()
        chosen = list(islice(stories(clock.now()), options["limit"]))
        _fill(chosen)
        self.stdout.write(f"demo: {len(chosen)} cases in {time.monotonic() - started:.0f} s")

    def _list(self, as_json: bool) -> None:
        rows = casting.accounts()
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        for row in rows:
            self.stdout.write(
                f"{row['role']:22} {row['email']:34} {row['password']}  {row['desk'] or row['agency']}"
            )


def _fill(chosen: list[Story]) -> None:
    """Two processes share the stories, newest first. The run's row is what the banner reads."""
    today = clock.now()
    run = JobRun.objects.create(name="demo", started_at=today, found=len(chosen))
    state = JobState.FAILED
    try:
        named = next(story for story in chosen if "name" in story.answers)
        fill.practice(fill._workers("social_services_adult")[0], named)
        july.change()
        show_all(today)
        if _tell(chosen, today, run.pk):
            state = JobState.FINISHED
        fill.hurry()
        publish_past(today)
        deskwork.hand_in(today)
        fill.let_rest(today)
    finally:
        done = len(chosen) if state == JobState.FINISHED else F("done")
        JobRun.objects.filter(pk=run.pk).update(state=state, done=done, finished_at=clock.now())
    if state == JobState.FAILED:
        raise CommandError("The demo could not be filled. See the lines above.")


def _tell(chosen: list[Story], today: datetime, run_id: int) -> bool:
    """Every story, in processes of their own; whether all of them came to the end."""
    connections.close_all()
    children = [
        multiprocessing.Process(target=_share, args=(chosen[part::PROCESSES], today, run_id))
        for part in range(PROCESSES)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return not any(child.exitcode for child in children)


def _share(part: list[Story], today: datetime, run_id: int) -> None:
    """One process's share. Progress is written now and then."""
    fill.hurry()
    known = {story.number: story for story in part}
    for number, story in enumerate(part, start=1):
        with context.scope():
            fill.live(story, today, known.get(story.earlier) if story.earlier else None)
        if number % 10 == 0:
            JobRun.objects.filter(pk=run_id).update(done=F("done") + 10)

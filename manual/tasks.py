"""What the clock does here."""

from __future__ import annotations

from celery import shared_task

from core import jobs
from manual import services


@shared_task(name="manual.tasks.keep_editions")
def keep_editions() -> None:
    """Every five minutes: statuses follow the calendar. May run twice.

    Which edition applies is asked by date: a run that is lost changes nothing but the words on a page.
    """
    with jobs.run("editions") as run:
        run.found = run.done = services.catch_up()

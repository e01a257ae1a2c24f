"""Entry point for the clock. It may run twice: what is out stays as it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

from celery import shared_task

from cases.services.tallies.recount import figures_are_stuck
from core import clock, jobs
from core.enums import JobState
from core.models import JobRun
from core.tallies import Taken
from nrm_portal.overview import publishing, recounting, saved

AN_HOUR: Final = timedelta(hours=1)


@shared_task
def publish() -> None:
    """Seal the months that are over and publish what is due; nothing while a demo's past is still told."""
    lately = clock.now() - AN_HOUR
    if JobRun.objects.filter(name="demo", state=JobState.RUNNING, started_at__gt=lately).exists():
        return
    with jobs.run("publish") as run, suppress(Taken):  # the next hour sees to what is left
        try:
            run.done = len(recounting.publish_due())
        except publishing.Stuck as stuck:
            run.done, run.failed = len(stuck.out), len(stuck.periods)
            figures_are_stuck()
            raise


@shared_task
def tell_of_figures() -> None:
    """Tell those who follow a view of the statistics that a new period is out."""
    with jobs.run("figures") as run:
        run.found, run.done = saved.tell()


@shared_task
def recount() -> None:
    """Compare what is counted with the facts, each night. What differs is told, and put right by hand."""
    with jobs.run("recount") as run:
        run.failed = recounting.look()

"""Entry point for the clock. It may run twice: what is out stays as it is."""

from __future__ import annotations

from celery import shared_task

from core import jobs
from core.enums import JobState
from core.models import JobRun
from nrm_portal.overview import publishing


@shared_task
def publish() -> None:
    """Seal the months that are over and publish what is due; nothing while a demo's past is still told."""
    if JobRun.objects.filter(name="demo", state=JobState.RUNNING).exists():
        return
    with jobs.run("publish") as run:
        run.done = len(publishing.publish_due())

"""What the clock does here."""

from __future__ import annotations

from celery import shared_task

from coordinators import services
from core import jobs


@shared_task(name="coordinators.tasks.sync_rights")
def sync_rights() -> None:
    """Every hour: rights on desks follow duties and absences. May run twice; it changes only differences."""
    with jobs.run("rights") as run:
        synced = services.sync_rights()
        run.found = run.done = synced.added + synced.removed

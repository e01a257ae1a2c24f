"""Entry points for the clock. They may run twice: they only remove what is old."""

from __future__ import annotations

from celery import shared_task

from accounts.access import codes, limits
from core import jobs


@shared_task
def forget_attempts() -> None:
    """Attempts and used codes go after a day, browsers when they have not been used for half a year."""
    with jobs.run("attempts") as run:
        run.done = limits.forget_old() + codes.forget_old()

"""Entry points for the clock. Each may run twice: the services claim rows or write unique keys."""

from __future__ import annotations

from celery import shared_task

from core import jobs
from core.tallies import fold
from hotline.models import Tally
from hotline.models.call import kept_since
from hotline.services import becoming, callbacks, chase, keeping


@shared_task
def link_calls() -> None:
    """Link calls to the referrals their drafts became."""
    with jobs.run("link-calls") as run:
        run.done = becoming.link_sent()


@shared_task
def delete_old_calls() -> None:
    """Delete calls that are past their time, and destroy their keys."""
    with jobs.run("old-calls") as run:
        run.found, run.done = keeping.delete_old()
        callbacks.delete_old(kept_since())


@shared_task
def fold_calls() -> None:
    """Sum up what has been counted about calls."""
    with jobs.run("fold-calls") as run:
        run.done = fold(Tally)


@shared_task
def chase_callbacks() -> None:
    """One sweep for promised calls and questions from the web."""
    with jobs.run("callbacks") as run:
        run.found, run.done = chase.sweep()

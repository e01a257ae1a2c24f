"""Runs of scheduled jobs as rows that people can see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from core import clock, context
from core.enums import JobState
from core.models import JobRun

KEPT: Final = timedelta(days=14)
SILENCE: Final = timedelta(minutes=5)


@contextmanager
def run(name: str) -> Iterator[JobRun]:
    """Show a run of the job `name`: set `found`, `done` and `failed` on what it yields.

    The row is there from the start, so that a killed run is seen as never finished. An error is noted by
    its class (its text may quote data) and goes on. Rows older than two weeks are removed on the way.
    """
    with context.scope():
        row = JobRun.objects.create(name=name, started_at=clock.now())
        try:
            yield row
        except BaseException as error:
            row.state, row.error = JobState.FAILED, describe(error)
            raise
        else:
            row.state = JobState.FINISHED
        finally:
            row.finished_at = clock.now()
            row.save(update_fields=["found", "done", "failed", "state", "error", "finished_at"])
        JobRun.objects.filter(name=name, started_at__lt=row.started_at - KEPT).delete()


def describe(error: BaseException) -> str:
    """The class of an error (and an SMTP code): what may be stored about it."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__}{f' {code}' if isinstance(code, int) else ''}"[:100]


def clockwork_runs() -> bool:
    """Has a scheduled job started within five minutes? False: beat or all workers stand still."""
    return JobRun.objects.filter(started_at__gt=clock.now() - SILENCE).exists()

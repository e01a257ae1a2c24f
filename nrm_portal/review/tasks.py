"""Entry points for the clock. Each may run twice: an alert has one open row, a month one report."""

from __future__ import annotations

from datetime import datetime, time

from celery import shared_task

from core import clock, jobs, seal_check
from core.models import JobRun
from nrm_portal.review import anomalies, sampling


@shared_task
def find_anomalies() -> None:
    """Look through what the log got since the last run that ended well, and a little before it."""
    with jobs.run("anomalies") as run:
        before = JobRun.objects.filter(name="anomalies", state="finished").order_by("-started_at").first()
        now = clock.now()
        since = before.started_at - anomalies.OVERLAP if before else now - anomalies.LONGEST
        run.found, run.done = anomalies.find(since, now)


@shared_task
def verify_audit() -> None:
    """Compare the whole audit with its seals, each night. What does not fit raises an alert."""
    with jobs.run("verify") as run:
        checked = seal_check.check()
        run.found, run.done, run.failed = checked.rows, checked.seals, len(checked.findings)
        if checked.findings:
            days = sorted(one.day for one in checked.findings)
            since = datetime.combine(days[0], time(), clock.STOCKHOLM)
            anomalies.note_broken_seals(len(checked.findings), since, clock.now())


@shared_task
def draw_samples() -> None:
    """The report of the month that ended, each morning until it is there."""
    with jobs.run("sampling") as run:
        run.done = int(sampling.make(sampling.month_before(clock.today())) is not None)

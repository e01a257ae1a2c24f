"""Entry points for the clock and the broker. Each may run twice at a time: rows are claimed first."""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

from celery import shared_task

from core import clock, context, delivery, jobs, pdf, seals
from core.enums import MailState

SWEEP_SECONDS: Final = 25.0
"""A sweep ends before the next one starts; what is left is found again."""


@shared_task
def deliver(mail_id: str) -> None:
    """Send one message of the outbox, nudged by the commit that wrote it."""
    with context.scope():
        try:
            delivery.deliver(UUID(mail_id))
        except delivery.MailOutage:
            return  # noted on the row; the sweep tries again


@shared_task
def sweep_outbox() -> None:
    """Send what a lost broker, a dead worker or a silent mail server left behind."""
    until = time.monotonic() + SWEEP_SECONDS
    with jobs.run("outbox") as run:
        run.failed = delivery.reclaim()
        while time.monotonic() < until and (mail_id := delivery.next_due()):
            run.found += 1
            try:
                state = delivery.deliver(mail_id)
            except delivery.MailOutage:
                run.failed += 1
                return
            run.done += state in (MailState.SENT, MailState.CANCELLED)
            run.failed += state in (MailState.QUEUED, MailState.PARKED)


@shared_task(soft_time_limit=30, time_limit=40)
def render_pdf_job(job_id: str) -> None:
    """Render one document on order. Runs in the worker of queue `pdf`, whose memory is limited."""
    with context.scope():
        pdf.render(UUID(job_id))


@shared_task
def sweep_pdf_jobs() -> None:
    """Destroy what is older than an hour and take up what a lost broker or a dead worker left."""
    with jobs.run("pdf") as run:
        run.done = pdf.expire()
        run.found = pdf.resume(clock.now())


@shared_task
def seal_audit() -> None:
    """Seal the closed rows of the audit, once a minute; while somebody goes on writing, the next run does."""
    with jobs.run("seal") as run:
        run.done, run.found = seals.seal()

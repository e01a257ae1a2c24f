"""Entry points for the clock. Each may run twice: the services claim rows or write unique keys."""

from __future__ import annotations

import uuid
from datetime import datetime, time

from celery import shared_task

from cases import notifications
from cases.models import Tally
from cases.services import (
    chasing,
    disputes,
    drafts,
    emergency,
    granting,
    grants,
    handovers,
    incident_sending,
    matching,
    missing,
    scanning,
    triage,
    views,
)
from cases.services.breaches import timing as breaches
from cases.services.disposal import batches, looking
from cases.services.subject import chasing as requests
from core import clock, jobs, workdays
from core.tallies import fold

DIGEST_TIMES = (time(7, 30), time(13, 0))


@shared_task
def chase() -> None:
    """One sweep for late steps."""
    with jobs.run("chase") as run:
        run.found, run.done = chasing.sweep()


@shared_task
def look_through_views() -> None:
    """Tell those who follow a view of their own that a case has come into it."""
    with jobs.run("views") as run:
        run.found, run.done = views.look_through()


@shared_task
def send_digests() -> None:
    """One mail to everybody with unread news, twice a working day. Keyed by the slot it belongs to."""
    slot = digest_slot(clock.now())
    if slot is None:
        return
    with jobs.run("digest") as run:
        views.withdraw_stale()
        run.done = notifications.digests(slot)


def digest_slot(at: datetime) -> datetime | None:
    """The latest digest time that has come today; None before the first, and on non-working days."""
    local = clock.local(at)
    if not workdays.is_working_day(local.date()):
        return None
    past = [moment for moment in DIGEST_TIMES if moment <= local.time()]
    return datetime.combine(local.date(), past[-1], clock.STOCKHOLM) if past else None


@shared_task
def wake_snoozed() -> None:
    """Wake cases whose time has come."""
    with jobs.run("wake") as run:
        run.done = triage.wake_due()


@shared_task
def expire_drafts() -> None:
    """Warn about drafts seven days before they go, and delete those whose day has passed."""
    with jobs.run("drafts") as run:
        run.found = drafts.warn_expiring() + incident_sending.warn_expiring()
        run.done = drafts.delete_expired() + incident_sending.delete_expired()


@shared_task
def compare_grants() -> None:
    """Compare every open case's grants with its facts; a difference is repaired and shown."""
    with jobs.run("grants") as run:
        run.found, run.failed = grants.compare()


@shared_task
def alarm_uncovered() -> None:
    """Tell the national desk about desks where nobody answers."""
    with jobs.run("uncovered") as run:
        run.found = chasing.alarm_uncovered()


@shared_task
def escalate_disputes() -> None:
    """Tell the national desk of disputes that nobody has settled in time."""
    with jobs.run("disputes") as run:
        run.done = disputes.escalate()


@shared_task
def conclude_handovers() -> None:
    """Desks that handed a case over read it no longer than its day."""
    with jobs.run("handovers") as run:
        run.done = handovers.conclude()


@shared_task
def close_emergencies() -> None:
    """Tidy up emergency access that is over."""
    with jobs.run("emergencies") as run:
        run.done = emergency.close_expired()


@shared_task
def expire_grounds() -> None:
    """End grounds and consents whose last day has passed, and tell those concerned."""
    with jobs.run("grounds") as run:
        run.found, run.done = granting.expire()


@shared_task
def chase_requests() -> None:
    """Tell those who protect data when a request for one's own data has to be answered."""
    with jobs.run("requests") as run:
        run.found, run.done = requests.chase()


@shared_task
def fold_tallies() -> None:
    """Sum up the deltas of the rollup."""
    with jobs.run("tallies") as run:
        run.done = fold(Tally)


@shared_task
def scan_document(document_id: str) -> None:
    """Ask the scanner about one document; the sweep asks again when there was no answer."""
    scanning.scan(uuid.UUID(document_id))


@shared_task
def scan_waiting() -> None:
    """Every document that still waits for the scanner."""
    with jobs.run("scan") as run:
        run.found, run.done = scanning.scan_waiting()


@shared_task
def sweep_files() -> None:
    """Delete stored files no document owns; count documents whose file is gone."""
    with jobs.run("files") as run:
        run.done, run.failed = scanning.sweep()


@shared_task
def look_for_disposals() -> None:
    """Warn desks whose cases are to go within sixty days, and end holds that have run out."""
    with jobs.run("disposal") as run:
        run.found, run.done = looking.look()


@shared_task
def carry_out_disposals() -> None:
    """Erase what two persons agreed on a day ago."""
    with jobs.run("erasing") as run:
        run.found, run.done, run.failed = batches.carry_out()


@shared_task
def remind_missing() -> None:
    """Tell the desk every hour while somebody is missing."""
    with jobs.run("missing") as run:
        run.found = missing.remind()


@shared_task
def chase_breaches() -> None:
    """Tell those who owe a decision about a wrong disclosure, until it is made."""
    with jobs.run("breaches") as run:
        run.found, run.done = breaches.chase()


@shared_task
def look_for_matches() -> None:
    """Compare new cases with those that are known; the referrer of none of them learns of it."""
    with jobs.run("match") as run:
        run.found = run.done = matching.look()[0]  # how many match is nobody's to see here

"""Jobs: what the clock has run, for those who keep the portal going."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from core import audit, clock, jobs, looks
from core.enums import JobState, MailState
from core.models import JobRun, OutboundEmail
from core.tables import Column, Table

LATEST: Final = 100
JOBS: Final = {
    "chase": gettext_lazy("Deadlines and reminders"),
    "digest": gettext_lazy("Daily e-mails"),
    "wake": gettext_lazy("Snoozed cases"),
    "match": gettext_lazy("Possible matches"),
    "views": gettext_lazy("Views that people follow"),
    "drafts": gettext_lazy("Expired drafts"),
    "grants": gettext_lazy("Access that ends"),
    "grounds": gettext_lazy("Grounds and consents that run out"),
    "uncovered": gettext_lazy("Desks without anybody on duty"),
    "handovers": gettext_lazy("End of reading after handovers"),
    "emergencies": gettext_lazy("End of emergency access"),
    "disputes": gettext_lazy("Disputes nobody has settled"),
    "breaches": gettext_lazy("Wrong disclosures to be decided"),
    "disposal": gettext_lazy("Cases whose time comes"),
    "erasing": gettext_lazy("Disposal of approved cases"),
    "callbacks": gettext_lazy("Promised calls of the helpline"),
    "tallies": gettext_lazy("Counts for the statistics"),
    "recount": gettext_lazy("Comparison of the counts with the cases"),
    "rights": gettext_lazy("Rights by date"),
    "editions": gettext_lazy("Editions of the Manual by date"),
    "outbox": gettext_lazy("Outgoing mail"),
    "pdf": gettext_lazy("PDF documents"),
    "demo": gettext_lazy("Demo data"),
    "backup": gettext_lazy("Backups"),
    "restore": gettext_lazy("Restored backups"),
    "keys": gettext_lazy("New wrapping of keys"),
    "seal": gettext_lazy("Seals of the access log"),
    "verify": gettext_lazy("Comparison of the access log with its seals"),
    "anomalies": gettext_lazy("Looks that stand out in the access log"),
    "sampling": gettext_lazy("Monthly samples of the access log"),
}
"""What each job is called on the page."""


@require_safe
def job_list(request: AuthenticatedRequest) -> HttpResponse:
    """The latest run of each job, then the last hundred runs, and what waits in the outbox."""
    by = request.assignment
    if not (by.has("manage_portal") or by.has("see_overview")):
        audit.refuse("page.open", by=by, page="job_list")
        raise PermissionDenied
    latest = JobRun.objects.order_by("name", "-started_at").distinct("name")
    mails = OutboundEmail.objects.filter(state__in=(MailState.QUEUED, MailState.SENDING, MailState.PARKED))
    numbers = dict(mails.values_list("state").annotate(n=Count("pk")).order_by())
    context = {
        "latest": _table(_("The latest run of each job"), latest),
        "runs": _table(_("The latest hundred runs"), JobRun.objects.order_by("-started_at")[:LATEST]),
        "mails": {
            "waiting": numbers.get(MailState.QUEUED, 0) + numbers.get(MailState.SENDING, 0),
            "parked": numbers.get(MailState.PARKED, 0),
        },
        "clockwork": jobs.clockwork_runs(),
    }
    return render(request, "cases/jobs/list.html", context)


def _table(caption: str, found: Iterable[JobRun]) -> Table:
    columns = [
        Column(_("Job")),
        Column(_("Started")),
        Column(_("Status")),
        Column(_("Found"), number=True),
        Column(_("Handled"), number=True),
        Column(_("Failed"), number=True),
        Column(_("Error")),
    ]
    rows = [
        [
            JOBS.get(run.name, run.name),
            looks.day_text(run.started_at, clock.now()),
            state_tag(run),
            run.found,
            run.done,
            run.failed,
            run.error,
        ]
        for run in found
    ]
    return Table(caption, columns, rows, cards=True)


def state_tag(run: JobRun) -> SafeString:
    labels = {
        JobState.RUNNING: (_("Running"), "blue", "clock"),
        JobState.FINISHED: (_("Finished"), "green", "check"),
        JobState.FAILED: (_("Failed"), "red", "alert"),
    }
    return looks.tag(*labels[JobState(run.state)])

"""Jobs: what the clock has run, for those who keep the portal going."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from core import audit, jobs
from core.enums import MailState
from core.models import JobRun, OutboundEmail

LATEST: Final = 100


@require_safe
def job_list(request: AuthenticatedRequest) -> HttpResponse:
    """The latest run of each job, then the last hundred runs, and what waits in the outbox."""
    by = request.assignment
    if not (by.has("manage_portal") or by.has("see_overview")):
        audit.refuse("page.open", by=by, page="job_list")
        raise PermissionDenied
    latest = JobRun.objects.order_by("name", "-started_at").distinct("name")
    mails = OutboundEmail.objects.filter(state__in=(MailState.QUEUED, MailState.SENDING, MailState.PARKED))
    context = {
        "latest": list(latest),
        "runs": list(JobRun.objects.order_by("-started_at")[:LATEST]),
        "mails": dict(mails.values_list("state").annotate(n=Count("pk")).order_by()),
        "clockwork": jobs.clockwork_runs(),
    }
    return render(request, "cases/jobs/list.html", context)

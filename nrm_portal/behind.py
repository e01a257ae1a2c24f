"""The list of cases behind a number of the statistics: looks of the heart, choice of the overview."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Assignment, AuthenticatedRequest
from cases.views import queue, rows
from coordinators.models import Desk
from core import audit
from nrm_portal.overview import own
from nrm_portal.overview.own import behind as cases_behind


@require_safe
def behind(request: AuthenticatedRequest) -> HttpResponse:
    """The cases that a number counts, newest first. What is not hers looks like what is not there."""
    by = request.assignment
    desks = own.desks_seen(by)
    _require(by, desks)
    found = cases_behind.of(by, desks, request.GET)
    page = queue.newest(found.grants, request.GET)
    audit.record("case.list", by=by, target_ids=[grant.case_id for grant in page.grants], page="statistics")
    context = {
        "rows": rows.rows(page.grants, preview=False),
        "page": page,
        "words": found.words,
        "counted": found.counted,
        "shown": queue.shown_text(len(page.grants), found.grants.count()),
        "back": found.choice.words(),
    }
    return render(request, "overview/own_cases.html", context)


def _require(by: Assignment, desks: Sequence[Desk]) -> None:
    """Her desk's cases, or those her agency works in; recorded when she has neither."""
    if not desks and not (by.has("see_own_statistics") and by.has("work_cases")):
        audit.refuse("page.open", by=by, page="statistics_cases", right="work_cases")
        raise PermissionDenied

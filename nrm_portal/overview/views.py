"""The statistics of each role, and how we count."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from core import audit
from nrm_portal.overview import helpline_page, national, own, own_pages
from nrm_portal.overview.cards import choices, chosen_year
from nrm_portal.overview.definitions import definitions, suppression_rule


@require_safe
def statistics(request: AuthenticatedRequest) -> HttpResponse:
    """The national picture, a coordinator's own desks, or the agency's own: what the role may see."""
    by = request.assignment
    if by.has("see_overview"):
        return _national(request)
    if by.has("see_own_statistics"):
        return own_pages.show(request, own.desks_seen(by))
    if by.has("log_calls"):
        return redirect("call-statistics")
    audit.refuse("page.open", by=by, page="statistics", right="see_own_statistics")
    raise PermissionDenied


def _national(request: AuthenticatedRequest) -> HttpResponse:
    counted = national.latest()
    year = chosen_year(request.GET.get("ar"), counted.years)
    picture = national.picture(counted, year)
    context = {
        "year": year,
        "period": choices(counted.years, year, counted.today.year),
        "is_empty": picture.is_empty,
        "numbers": [] if picture.is_empty else national.numbers(picture),
        "parts": [] if picture.is_empty else national.parts(picture),
        "may_export": request.assignment.has("export") and not picture.is_empty,
    }
    return render(request, "overview/national.html", context)


@require_safe
def calls(request: AuthenticatedRequest) -> HttpResponse:
    """The helpline in numbers: for its operators and the national coordination. No call can be read here."""
    by = request.assignment
    if not (by.has("log_calls") or by.has("see_overview")):
        audit.refuse("page.open", by=by, page="call_statistics", right="log_calls")
        raise PermissionDenied
    known = helpline_page.latest()
    year = chosen_year(request.GET.get("ar"), known.years)
    shown = helpline_page.picture(known, year)
    context = {
        "year": year,
        "period": choices(known.years, year, known.today.year),
        "is_empty": shown.is_empty,
        "numbers": [] if shown.is_empty else helpline_page.numbers(shown),
        "parts": [] if shown.is_empty else helpline_page.parts(shown),
        "is_operator": by.has("log_calls"),
    }
    return render(request, "overview/calls.html", context)


@require_safe
def counting(request: AuthenticatedRequest) -> HttpResponse:
    """What every number means, and why some are not shown."""
    if not any(map(request.assignment.has, ("see_overview", "see_own_statistics", "log_calls"))):
        audit.refuse("page.open", by=request.assignment, page="counting", right="see_own_statistics")
        raise PermissionDenied
    context = {"definitions": definitions(), "rules": suppression_rule()}
    return render(request, "overview/counting.html", context)

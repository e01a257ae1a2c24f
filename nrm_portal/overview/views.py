"""The statistics of each role, and how we count."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from cases.services.lists import inbox_desks
from core import audit
from nrm_portal.overview import national, own, own_pages
from nrm_portal.overview.definitions import WORDS, suppression_rule
from nrm_portal.overview.national import helpline


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
    choice = national.chosen(request.GET)
    shown = national.picture(choice)
    has_desk = bool(inbox_desks(request.assignment))
    context = {
        **_choosing(choice),
        "is_empty": shown.is_empty,
        "numbers": [] if shown.is_empty else national.numbers(shown),
        "parts": [] if shown.is_empty else national.parts(shown, has_desk=has_desk),
        "made_at": shown.made_at,
        "may_export": request.assignment.has("export") and not shown.is_empty,
        "has_desk": has_desk,
    }
    return render(request, "overview/national.html", context)


def _choosing(choice: national.Chosen) -> dict[str, Any]:
    return {
        "choice": choice,
        "periods": national.period_groups(choice),
        "comparisons": national.comparisons(choice),
    }


@require_safe
def calls(request: AuthenticatedRequest) -> HttpResponse:
    """The helpline in numbers: for its operators and the national coordination. No call can be read here."""
    by = request.assignment
    if not (by.has("log_calls") or by.has("see_overview")):
        audit.refuse("page.open", by=by, page="call_statistics", right="log_calls")
        raise PermissionDenied
    choice = national.chosen(request.GET)
    shown = national.picture(choice)
    is_empty = helpline.is_empty(shown)
    context = {
        **_choosing(choice),
        "is_empty": is_empty,
        "numbers": [] if is_empty else helpline.numbers(shown),
        "parts": [] if is_empty else helpline.parts(shown),
        "made_at": shown.made_at,
        "is_operator": by.has("log_calls"),
    }
    return render(request, "overview/calls.html", context)


@require_safe
def counting(request: AuthenticatedRequest) -> HttpResponse:
    """What every number means, and why some are not shown."""
    if not any(map(request.assignment.has, ("see_overview", "see_own_statistics", "log_calls"))):
        audit.refuse("page.open", by=request.assignment, page="counting", right="see_own_statistics")
        raise PermissionDenied
    context = {"words": WORDS, "rules": suppression_rule()}
    return render(request, "overview/counting.html", context)

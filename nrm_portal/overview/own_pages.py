"""Pages of true numbers: of one's desks, of one's agency."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from coordinators.models import Desk
from core import audit
from nrm_portal.overview import own
from nrm_portal.overview.own import choosing


@require_safe
def own_page(request: AuthenticatedRequest) -> HttpResponse:
    """The numbers of one's desks, for the national desk too; else of one's agency."""
    by = request.assignment
    desks = own.desks_seen(by)
    if not desks and not by.has("see_own_statistics"):
        audit.refuse("page.open", by=by, page="own_statistics", right="see_own_statistics")
        raise PermissionDenied
    return show(request, desks)


def show(request: AuthenticatedRequest, desks: Sequence[Desk]) -> HttpResponse:
    by = request.assignment
    choice = own.choice_of(request.GET, desks)
    shown = own.of_desks(by, choice) if desks else own.of_agency(by, choice)
    context = {
        "own": shown,
        "choice": choice,
        "periods": choosing.period_groups(choice),
        "comparisons": choosing.comparisons(choice),
        "desks": choosing.desk_options(choice, desks),
        "is_desk": bool(desks),
        "sees_country": by.has("see_overview"),
        "may_export": bool(desks) and by.has("export"),
    }
    return render(request, "overview/own.html", context)

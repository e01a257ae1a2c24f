"""The editions of the manual, for those who edit it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from manual.models import Edition


@right_required("edit_manual")
@require_safe
def editions(request: AuthenticatedRequest) -> HttpResponse:
    """Every edition, the newest first."""
    rows = Edition.objects.order_by("-number")
    return render(request, "manual/editions/list.html", {"editions": rows})


@right_required("edit_manual")
@require_safe
def edition(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """One edition: where it stands, and what may be done with it."""
    found = get_object_or_404(Edition, number=number)
    return render(request, "manual/editions/detail.html", {"edition": found})

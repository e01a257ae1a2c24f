"""The calendar under its secret address: for calendar programs, which cannot sign in."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import not_activity
from cases.models import CalendarFeed
from cases.services import feeds

OFTEN: Final = 60
"""Readings of one address in an hour: programs ask every quarter or more seldom."""
HOUR: Final = 3600


@login_not_required
@not_activity
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Unknown, revoked, or of somebody who has left: all the same 404."""
    found = feeds.find(token)
    if found is None:
        raise Http404
    if _too_often(found):
        return HttpResponse(status=429, headers={"Retry-After": str(HOUR)})
    response = HttpResponse(feeds.read(found), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="nrm.ics"'
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _too_often(found: CalendarFeed) -> bool:
    """Counted for addresses in force only: asking for others leaves nothing behind."""
    key = f"feed:{found.pk}"
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key) > OFTEN
    except ValueError:  # it ran out in between
        return False

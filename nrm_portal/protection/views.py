"""The data protection officer's home."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import looks
from nrm_portal.protection.queues import QUEUES


@right_required("protect_data")
@require_safe
def home(request: AuthenticatedRequest) -> HttpResponse:
    """Every queue, with how many wait in it; nothing about a person."""
    lines = []
    for queue in QUEUES:
        waiting = queue.waiting(request.assignment)
        words = (
            ngettext("%(n)s waits", "%(n)s wait", waiting) % {"n": waiting} if waiting else _("Nothing waits")
        )
        lines.append(
            {
                "label": queue.title,
                "hint": queue.lead,
                "url": reverse(queue.url_name),
                "status": looks.tag(words, "amber" if waiting else "grey"),
            }
        )
    return render(request, "protection/home.html", {"lines": lines})

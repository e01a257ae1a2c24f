"""Inställningar: how one is told, quiet hours, and the calendar of one's due times."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest, fresh_to_send
from cases.forms.choices import ChoicesForm
from cases.services import choices as service
from cases.services import feeds
from core.fields import put


@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: AuthenticatedRequest) -> HttpResponse:
    by = request.assignment
    initial = service.chosen(by) | {
        "quiet_from": by.user.quiet_from,
        "quiet_until": by.user.quiet_until,
    }
    data = request.POST if request.method == "POST" else None
    form = ChoicesForm(data, initial=initial, default=service.default(by))
    if request.method == "POST" and form.is_valid():
        hours = {name: form.cleaned_data[name] for name in ("quiet_from", "quiet_until")}
        try:
            service.save(groups=form.groups(), by=by, **hours)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("cases:choices")
    return render(request, "cases/notices/choices.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_to_send
def calendar(request: AuthenticatedRequest) -> HttpResponse:
    """The state of one's calendar address; made by POST, and shown in the answer to it alone."""
    address = ""
    if request.method == "POST":
        secret = feeds.make(by=request.assignment)
        address = settings.SITE_URL.rstrip("/") + reverse("cases:feed", args=[secret])
    context = {"feed": feeds.current(request.assignment), "address": address}
    return render(request, "cases/notices/calendar.html", context)


@require_POST
def revoke_calendar(request: AuthenticatedRequest) -> HttpResponse:
    if feeds.revoke(by=request.assignment):
        messages.success(request, _("The calendar address no longer works."))
    return redirect("cases:calendar")

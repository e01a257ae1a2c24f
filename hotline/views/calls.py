"""Logging a call: the day's list, a new call, one call."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import audit
from hotline.models import Call


@right_required("log_calls")
@require_safe
def log(request: AuthenticatedRequest) -> HttpResponse:
    """The calls of her desk."""
    return render(request, "hotline/log.html", {"calls": []})


@right_required("log_calls")
@require_safe
def new(request: AuthenticatedRequest) -> HttpResponse:
    """A call that has just begun."""
    return render(request, "hotline/call.html", {"call": None})


@right_required("log_calls")
@require_safe
def call(request: AuthenticatedRequest, call_id: uuid.UUID) -> HttpResponse:
    """One call of her desk."""
    found = Call.objects.of_desk(request.assignment.agency_id).filter(pk=call_id).first()
    if found is None:
        audit.refuse("call.read", call_id, by=request.assignment)
        raise Http404
    return render(request, "hotline/call.html", {"call": found})

"""Periods of a case: recorded, extended, ended."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404
from cases.enums import Level, PeriodEnd, PeriodKind, Verb
from cases.forms.dates import EndForm, ExtendForm, PeriodForm
from cases.models import Period
from cases.services import periods as service
from cases.views import case as case_views
from cases.views import spans
from core import audit, clock
from core.fields import put


def _may(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    """Whoever changes periods. 404 for strangers, 403 without the right, said in words at the wrong time."""
    sight = get_case_or_404(request, case_id, need=Level.FULL)
    if workflow.TRANSITIONS[Verb.TIME].right not in sight.desk_rights:
        audit.refuse("case.time", sight.case, by=request.assignment)
        raise PermissionDenied
    workflow.check(Verb.TIME, sight.case)
    return sight


def _show(
    request: AuthenticatedRequest, sight: Sight, form: forms.Form, template: str, **more: Any
) -> HttpResponse:
    context = {"head": case_views.head(request, sight, "dates"), "form": form, **more}
    return render(request, f"cases/periods/{template}.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """A period as decided: first day, last day, which document."""
    sight = _may(request, case_id)
    form = PeriodForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            period = service.record(case_id=case_id, by=request.assignment, **form.recorded())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _saved(period))
            return redirect("cases:dates", case_id)
    return _show(request, sight, form, "record")


@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: AuthenticatedRequest, case_id: uuid.UUID, period_id: uuid.UUID) -> HttpResponse:
    """A decision that moves the end; what is still to be done moves with it."""
    sight = _may(request, case_id)
    period = _current(sight, period_id)
    form = ExtendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            longer = service.extend(period_id=period_id, by=request.assignment, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _saved(longer))
            return redirect("cases:dates", case_id)
    return _show(request, sight, form, "extend", period=spans.span(period, clock.today()))


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: AuthenticatedRequest, case_id: uuid.UUID, period_id: uuid.UUID) -> HttpResponse:
    """A period that ends before its last day, or never was."""
    sight = _may(request, case_id)
    period = _current(sight, period_id)
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            service.end(period_id=period_id, by=request.assignment, **form.ended())
        except ValidationError as error:
            put(form, error)
        else:
            gone = PeriodEnd(form.cleaned_data["reason"]) == PeriodEnd.MISTAKE
            words = _("The period has been withdrawn.") if gone else _("The period has ended.")
            messages.success(request, words)
            return redirect("cases:dates", case_id)
    return _show(request, sight, form, "end", period=spans.span(period, clock.today()))


def _current(sight: Sight, period_id: uuid.UUID) -> Period:
    """The period that holds. One that was extended or ended meanwhile has no page."""
    rows = sight.case.periods.filter(pk=period_id, extended_by__isnull=True, ended_on__isnull=True)
    period = rows.select_related("data_key").first()
    if period is None:
        raise Http404
    return period


def _saved(period: Period) -> str:
    words = spans.countdown(PeriodKind(period.kind), period.ends_on, clock.today())
    return _("Saved. %(words)s.") % {"words": words}

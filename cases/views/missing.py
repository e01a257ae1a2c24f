"""The alarm that a person is missing, and its end."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest
from cases.access import get_case_or_404
from cases.enums import Level
from cases.forms.contact import MissingForm
from cases.services import missing as service
from cases.views import case as case_views
from core import audit, clock
from core.fields import put


@require_http_methods(["GET", "HEAD", "POST"])
def alarm(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """One act: since when, and what is known. While the alarm is on, what the desk knows."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS)
    if not service.may_alarm(sight):
        audit.refuse("case.missing", sight.case, by=request.assignment)
        raise PermissionDenied
    form = MissingForm(request.POST if request.method == "POST" else None, initial={"day": clock.today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            service.alarm(case_id=case_id, since=data["since"], known=data["known"], by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.warning(request, _("The alarm is on. Everybody in the case has been told."))
            return redirect("cases:case", case_id)
    context = {
        "head": case_views.head(request, sight, ""),
        "form": form,
        "known": service.what_is_known(sight),
    }
    return render(request, "cases/missing/alarm.html", context, status=422 if form.errors else 200)


@require_POST
def found(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    get_case_or_404(request, case_id, need=Level.STEPS)
    service.found(case_id=case_id, by=request.assignment)
    messages.success(request, _("The alarm is over. Everybody in the case has been told."))
    return redirect("cases:case", case_id)

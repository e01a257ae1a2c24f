"""Administration of agencies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, right_required
from accounts.enums import AgencyKind
from accounts.forms import AgencyForm
from accounts.models import Agency
from accounts.services import agencies as services
from accounts.views.paging import page_of
from core import outbox

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@right_required("manage_agencies")
@require_safe
def agencies(request: AuthenticatedRequest) -> HttpResponse:
    """Every agency by name; `?q=` searches names, `?slag=` keeps one kind."""
    rows = Agency.objects.all()
    query, kind = request.GET.get("q", "").strip()[:100], request.GET.get("slag", "")
    if query:
        rows = rows.filter(name__icontains=query)
    if kind in AgencyKind.values:
        rows = rows.filter(kind=kind)
    page = page_of(rows, request.GET)
    lost = outbox.unreachable()[1]
    context = {"page": page, "query": query, "kind": kind, "kinds": AgencyKind.choices, "lost": lost}
    return render(request, "accounts/agencies.html", context)


@right_required("manage_agencies")
@fresh_sign_in_required
@get_or_post
def new_agency(request: AuthenticatedRequest) -> HttpResponse:
    """Add an agency."""
    form = AgencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.create_agency(by=request.assignment, **_facts(form))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The agency is added"))
            return redirect("accounts:agencies")
    return render(request, "accounts/agency.html", {"form": form, "agency": None})


@right_required("manage_agencies")
@fresh_sign_in_required
@get_or_post
def agency(request: AuthenticatedRequest, agency_id: UUID) -> HttpResponse:
    """Change what is known about an agency."""
    row = get_object_or_404(Agency, pk=agency_id)
    form = AgencyForm(request.POST if request.method == "POST" else None, initial=AgencyForm.initial_for(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            services.update_agency(row.pk, version=version, by=request.assignment, **_facts(form))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("accounts:agencies")
    return render(request, "accounts/agency.html", {"form": form, "agency": row})


def _facts(form: AgencyForm) -> Any:
    return {name: value for name, value in form.cleaned_data.items() if name != "version"}

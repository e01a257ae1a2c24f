"""Linking a case to an earlier one of the same person, and taking the link away."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest
from cases.enums import Verb
from cases.forms.merging import EarlierForm
from cases.services import links as service
from cases.views import case as case_views
from cases.views.matches import decide
from core.fields import put


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: AuthenticatedRequest, case_id: uuid.UUID, key: str = "") -> HttpResponse:
    """By the number of a case she can see, or by a match (`key`) whose case she may not see."""
    sight = decide(request, case_id, Verb.LINK)
    data = request.POST if request.method == "POST" else None
    first = {"reference": request.GET.get("med", "")[:20]}
    form = EarlierForm(data, by_match=bool(key), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            service.link_earlier(
                case_id=case_id,
                reference=form.cleaned_data.get("reference", ""),
                key=key,
                exploited_again=form.cleaned_data["again"] == "yes",
                by=request.assignment,
            )
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The cases are linked. The person is counted once a year."))
            return redirect("cases:case", case_id)
    context = {"head": case_views.head(request, sight, ""), "form": form, "by_match": bool(key)}
    return render(request, "cases/merging/link.html", context, status=422 if form.errors else 200)


@require_POST
def unlink(request: AuthenticatedRequest, case_id: uuid.UUID, link_id: uuid.UUID) -> HttpResponse:
    """The link was wrong."""
    decide(request, case_id, Verb.LINK)
    try:
        service.unlink(link_id=link_id, case_id=case_id, by=request.assignment)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("The link has been removed."))
    return redirect("cases:case", case_id)

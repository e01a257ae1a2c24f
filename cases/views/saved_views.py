"""Views of one's own: saving what the inbox shows, renaming, following, deleting."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest
from cases.forms.inbox import ViewForm
from cases.services import lists, views
from cases.views import inbox
from coordinators import routing
from core import audit
from core.fields import put


@require_safe
def view_list(request: AuthenticatedRequest) -> HttpResponse:
    """All of hers."""
    by = request.assignment
    inbox.own_desks(by)
    found = views.own(by)
    audit.record("view.list", by=by, views=len(found))
    return render(request, "cases/inbox/views.html", {"found": found, "most": views.MOST})


@require_http_methods(["GET", "HEAD", "POST"])
def save(request: AuthenticatedRequest) -> HttpResponse:
    """What the address asks for, under a name."""
    inbox.own_desks(request.assignment)
    chosen = inbox.chosen_by(request.GET)
    form = ViewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            view = views.save(chosen=chosen, by=request.assignment, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The view has been saved."))
            return redirect(f"{reverse('cases:inbox')}?{view.query}")
    back = f"{reverse('cases:inbox')}?{chosen.words()}"
    context = {"form": form, "shows": _shows(chosen), "back": back, "title": _("Save the view")}
    return render(request, "cases/inbox/view.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: AuthenticatedRequest, view_id: uuid.UUID) -> HttpResponse:
    """Another name, and whether to be told."""
    inbox.own_desks(request.assignment)
    view = views.get(view_id, request.assignment)
    initial = {"name": view.name, "notify": view.notify}
    form = ViewForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            views.change(view_id=view.pk, by=request.assignment, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("cases:views")
    context = {
        "form": form,
        "shows": _shows(lists.read(view.query)),
        "back": reverse("cases:views"),
        "title": _("Change the view"),
    }
    return render(request, "cases/inbox/view.html", context)


@require_POST
def delete(request: AuthenticatedRequest, view_id: uuid.UUID) -> HttpResponse:
    inbox.own_desks(request.assignment)
    name = views.delete(view_id=view_id, by=request.assignment)
    messages.success(request, _("The view “%(name)s” has been deleted.") % {"name": name})
    return redirect("cases:views")


def _shows(chosen: lists.Chosen) -> list[str]:
    """In words: the shared view it begins with, and each filter."""
    form = inbox.filter_form(inbox.as_query(chosen.words()), routing.reference())
    return [str(chosen.view.label), *inbox.filter_words(form).values()]

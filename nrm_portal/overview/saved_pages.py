"""Views of the statistics: the list, saving what the page shows, opening, changing, deleting."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest
from cases.services import figure_views, views
from core import audit
from core.fields import TextField, put
from nrm_portal.overview import own, saved
from nrm_portal.overview.saved import SHOWS, Kept

INVALID = 422


class ViewForm(forms.Form):
    """Field names are those of the address. What it compares and which desk come with the address itself."""

    namn = TextField(
        label=gettext_lazy("Name of the view"),
        limit=60,
        help_text=gettext_lazy("For example “Quarter, counties”. Never the name of a person in a case."),
        error_messages={"required": gettext_lazy("Write what the view is to be called")},
    )
    visar = forms.ChoiceField(
        label=gettext_lazy("Opens with"),
        choices=list(SHOWS.items()),
        error_messages={"required": gettext_lazy("Choose what the view opens with")},
    )
    kort = forms.ChoiceField(label=gettext_lazy("Begins at"), required=False)
    avisera = forms.BooleanField(
        label=gettext_lazy("Tell me when a new period is out"),
        required=False,
        help_text=gettext_lazy("No numbers are sent. How you are told is chosen in the settings."),
    )

    def __init__(self, by: Assignment, data: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        cards = self.fields["kort"]
        assert isinstance(cards, forms.ChoiceField)
        cards.choices = [("", gettext_lazy("The top of the page")), *saved.cards_of(by)]


@require_safe
def view_list(request: AuthenticatedRequest) -> HttpResponse:
    """All of hers."""
    by = _may(request)
    found = figure_views.own(by)
    audit.record("view.list", by=by, views=len(found))
    lines = [{"view": view, "said": " · ".join(saved.of(view.query).said(by))} for view in found]
    return render(request, "overview/views.html", {"lines": lines, "most": views.MOST})


@require_safe
def open_view(request: AuthenticatedRequest, view_id: uuid.UUID) -> HttpResponse:
    """To the newest period of what it shows."""
    by = _may(request)
    return redirect(saved.of(figure_views.get(view_id, by).query).address(by))


@require_http_methods(["GET", "HEAD", "POST"])
def save(request: AuthenticatedRequest) -> HttpResponse:
    """What the address asks for, under a name."""
    by = _may(request)
    kept = saved.read(request.GET, _desks(by))
    form = ViewForm(by, _data(request), {"visar": kept.shows, "kort": kept.card})
    if form.is_valid():
        try:
            view = figure_views.save(words=_words(kept, form), by=by, **_kept(form))
        except ValidationError as error:
            put(form, _at_field(error))
        else:
            messages.success(request, _("The view has been saved."))
            return redirect("overview:view", view.pk)
    return _page(request, form, kept, _("Save the view"), reverse("overview:statistics"))


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: AuthenticatedRequest, view_id: uuid.UUID) -> HttpResponse:
    """Another name or period, and whether to be told."""
    by = _may(request)
    view = figure_views.get(view_id, by)
    kept = saved.of(view.query)
    initial = {"namn": view.name, "visar": kept.shows, "kort": kept.card, "avisera": view.notify}
    form = ViewForm(by, _data(request), initial)
    if form.is_valid():
        try:
            figure_views.change(view_id=view.pk, words=_words(kept, form), by=by, **_kept(form))
        except ValidationError as error:
            put(form, _at_field(error))
        else:
            messages.success(request, _("Saved"))
            return redirect("overview:views")
    return _page(request, form, kept, _("Change the view"), reverse("overview:views"))


@require_POST
def delete(request: AuthenticatedRequest, view_id: uuid.UUID) -> HttpResponse:
    name = figure_views.delete(view_id=view_id, by=_may(request))
    messages.success(request, _("The view “%(name)s” has been deleted.") % {"name": name})
    return redirect("overview:views")


def _may(request: AuthenticatedRequest) -> Assignment:
    by = request.assignment
    if not views.shows_figures(by):
        audit.refuse("page.open", by=by, page="statistics_views", right="see_own_statistics")
        raise PermissionDenied
    return by


def _desks(by: Assignment) -> frozenset[str]:
    """Keys of desks of hers that a view may name; the national page has none."""
    return frozenset() if by.has("see_overview") else frozenset(desk.key for desk in own.desks_seen(by))


def _data(request: AuthenticatedRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _words(kept: Kept, form: ViewForm) -> str:
    chosen = form.cleaned_data
    return Kept(chosen["visar"], kept.comparison, kept.measure, kept.desk, chosen["kort"]).words()


def _kept(form: ViewForm) -> dict[str, Any]:
    return {"name": form.cleaned_data["namn"], "notify": form.cleaned_data["avisera"]}


def _at_field(error: ValidationError) -> ValidationError:
    """The services know the name by its column."""
    found = error.message_dict if hasattr(error, "error_dict") else {}
    return ValidationError({"namn": found["name"]}) if "name" in found else error


def _page(request: AuthenticatedRequest, form: ViewForm, kept: Kept, title: str, back: str) -> HttpResponse:
    along = Kept(comparison=kept.comparison, measure=kept.measure, desk=kept.desk).said(request.assignment)
    context = {"form": form, "title": title, "back": back, "along": along[1:]}
    return render(request, "overview/view.html", context, status=INVALID if form.is_bound else 200)

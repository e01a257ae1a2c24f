"""Making two cases one: choosing the other, comparing them, deciding, and taking it back."""

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
from cases.access import Sight, get_case_or_404
from cases.enums import Verb
from cases.forms.merging import ChooseForm, MergeForm
from cases.services import merge_preview
from cases.services import merging as service
from cases.services.merge_preview import Preview
from cases.views import case as case_views
from cases.views.matches import decide
from core.errors import TransitionNotAllowed
from core.fields import put


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """First the other case and a reason; then, on the same address, everything that differs; then the act."""
    sight = decide(request, case_id, Verb.MERGE)
    if request.method != "POST":
        return _choose(request, sight, ChooseForm(initial={"reference": request.GET.get("med", "")[:20]}))
    form = ChooseForm(request.POST)
    if not form.is_valid():
        return _choose(request, sight, form, status=422)
    other = merge_preview.find(form.cleaned_data["reference"], sight)
    if other is None:
        form.add_error("reference", _("Your desk holds no other case with this number."))
        return _choose(request, sight, form, status=422)
    try:
        shown = merge_preview.preview(
            survivor=sight.case, absorbed=other, reason=form.cleaned_data["reason"], by=request.assignment
        )
    except ValidationError as error:  # too many identities opened in an hour
        put(form, error)
        return _choose(request, sight, form, status=429)
    if shown.obstacles or "merge" not in request.POST:
        return _compare(request, sight, shown, form, MergeForm(None, shown=shown))
    return _merge(request, sight, shown, form)


def _choose(request: AuthenticatedRequest, sight: Sight, form: forms.Form, status: int = 200) -> HttpResponse:
    context = {"head": case_views.head(request, sight, ""), "form": form}
    return render(request, "cases/merging/choose.html", context, status=status)


def _compare(
    request: AuthenticatedRequest, sight: Sight, shown: Preview, chosen: ChooseForm, form: MergeForm,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Who she is stands in this answer only; the browser stores nothing."""
    context = {
        "head": case_views.head(request, sight, ""),
        "shown": shown,
        "chosen": chosen.cleaned_data,
        "form": form,
        "versions": f"{shown.survivor.version}.{shown.absorbed.version}",
    }
    response = render(request, "cases/merging/compare.html", context, status=status)
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _merge(request: AuthenticatedRequest, sight: Sight, shown: Preview, chosen: ChooseForm) -> HttpResponse:
    form = MergeForm(request.POST, shown=shown)
    if not form.is_valid():
        return _compare(request, sight, shown, chosen, form, status=422)
    try:
        service.merge(
            survivor_id=shown.survivor.pk,
            absorbed_id=shown.absorbed.pk,
            choices=form.choices(),
            secrecy=bool(form.cleaned_data.get(service.SECRECY)),
            versions=_versions(request.POST.get("versions", "")),
            by=request.assignment,
        )
    except ValidationError as error:
        put(form, error)
        return _compare(request, sight, shown, chosen, form, status=409)
    words = _("%(gone)s is now part of %(stays)s. Both numbers lead here.")
    numbers = {"gone": shown.absorbed.reference, "stays": shown.survivor.reference}
    messages.success(request, words % numbers)
    return redirect("cases:case", sight.case.pk)


def _versions(text: str) -> tuple[int, int]:
    ours, _dot, theirs = text[:20].partition(".")
    return (int(ours), int(theirs)) if ours.isdecimal() and theirs.isdecimal() else (-1, -1)


@require_http_methods(["GET", "HEAD", "POST"])
def unmerge(request: AuthenticatedRequest, case_id: uuid.UUID, merge_id: uuid.UUID) -> HttpResponse:
    """What happens when the cases are separated again, and the act."""
    sight = _separating(request, case_id)
    row = next((row for row in service.open_merges(sight.case) if row.pk == merge_id), None)
    if row is None:
        raise Http404
    if request.method == "POST":
        service.undo(merge_id=row.pk, by=request.assignment)
        words = _("The cases have been separated. %(reference)s stands on its own again.")
        messages.success(request, words % {"reference": row.absorbed.reference})
        return redirect("cases:case", case_id)
    row.survivor = sight.case
    context: dict[str, Any] = {
        "head": case_views.head(request, sight, ""),
        "row": row,
        "refused": service.why_not_undo(row),
    }
    return render(request, "cases/merging/separate.html", context)


def _separating(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    """A merge can be undone also when the case has been closed since."""
    try:
        return decide(request, case_id, Verb.MERGE)
    except TransitionNotAllowed:
        sight = get_case_or_404(request, case_id)
        if "triage" not in sight.desk_rights:
            raise PermissionDenied from None
        return sight

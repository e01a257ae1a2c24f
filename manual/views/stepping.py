"""The steps of an edition: the list with its order, and the editor of one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from core.fields import put
from manual.enums import Phase, Scope
from manual.forms.steps import StepForm
from manual.library import deadline_words, edition_steps
from manual.library.checking.known import NEEDED_STEPS
from manual.models import Edition, StepTemplate
from manual.services import editing
from manual.views import rows
from manual.views.editions import INVALID, act, edition_or_404, form_page, get_or_post, not_now
from manual.views.writing import moved


@dataclass(frozen=True, slots=True)
class Line:
    """A step in the list; `move_url` where its place can be changed."""

    id: str
    title: str
    url: str
    meta: str
    tags: tuple[SafeString, ...]
    move_url: str


@right_required("edit_manual")
@require_safe
def steps(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Every step, in the order of the manual; those that an act in a case opens come last."""
    found = edition_or_404(number)
    every = edition_steps(found)
    groups = [
        (str(phase.label), [s for s in every if s.phase == phase and s.scope != Scope.ACT]) for phase in Phase
    ]
    groups.append((_("Opened by an act in a case"), [step for step in every if step.scope == Scope.ACT]))
    phases = [
        {"id": f"phase-{n}", "title": title, "steps": [_line(step, found) for step in some]}
        for n, (title, some) in enumerate(groups, 1)
    ]
    return render(request, "manual/editions/steps.html", {"edition": found, "phases": phases})


@right_required("edit_manual")
@get_or_post
def step(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """The editor of one step; of a decided edition it can be read."""
    found = edition_or_404(number)
    row = _step_or_404(found, key)
    if not found.is_draft and request.method != "POST":
        shown = rows.step_row(row)
        return render(
            request,
            "manual/editions/step.html",
            {"edition": found, "step": row, "title": row.title, "shown": shown, "form": None},
        )
    form = StepForm(request.POST if request.method == "POST" else None, found, row)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        if _saved(
            form,
            lambda: editing.save_step(
                edition_id=found.pk, key=key, version=version, values=form.values(), by=request.assignment
            ),
        ):
            messages.success(request, _("Saved: %(what)s") % {"what": row.title})
            return redirect(_place(found, key))
    return _editor(request, form, found, row)


@right_required("edit_manual")
@get_or_post
def new_step(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A step that was not there before."""
    found = edition_or_404(number)
    if closed := not_now(request, found, found.is_draft):
        return closed
    form = StepForm(request.POST if request.method == "POST" else None, found, None)
    if request.method == "POST" and form.is_valid():
        made = _saved(
            form, lambda: editing.add_step(edition_id=found.pk, values=form.values(), by=request.assignment)
        )
        if made:
            messages.success(request, _("The step has been added."))
            return redirect(_place(found, made.key))
    return _editor(request, form, found, None)


@right_required("edit_manual")
@get_or_post
def remove_step(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Take it out of the draft."""
    found = edition_or_404(number)
    row = _step_or_404(found, key)
    if closed := not_now(request, found, found.is_draft):
        return closed
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():

        def remove() -> bool:
            editing.remove_step(edition_id=found.pk, key=key, by=request.assignment)
            return True

        if act(form, remove):
            messages.success(request, _("The step has been removed from the draft."))
            return redirect("manual:edition-steps", number)
    title = _("Remove “%(title)s”") % {"title": row.title}
    lead = _("New cases will not have it. Cases that run now keep it until they take over this edition.")
    return form_page(request, form, title, _("Remove the step"), found, lead=lead, danger=True)


@right_required("edit_manual")
@require_POST
def move_step(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """One place up or down."""
    found = edition_or_404(number)
    _step_or_404(found, key)
    move = partial(editing.move_step, edition_id=found.pk, key=key, by=request.assignment)
    return moved(request, move, _place(found, key))


def _editor(
    request: AuthenticatedRequest, form: StepForm, found: Edition, row: StepTemplate | None
) -> HttpResponse:
    context = {
        "edition": found,
        "step": row,
        "form": form,
        "shown": None,
        "title": row.title if row else _("A new step"),
        "removable": bool(row and row.key not in NEEDED_STEPS),
    }
    return render(request, "manual/editions/step.html", context, status=INVALID if form.errors else 200)


def _saved(form: StepForm, do: Any) -> Any:
    try:
        return act(form, do)
    except ValidationError as error:
        put(form, error)
        return None


def _step_or_404(found: Edition, key: str) -> StepTemplate:
    row = found.steps.filter(key=key.replace("\0", "")).first()
    if row is None:
        raise Http404
    return row


def _place(found: Edition, key: str) -> str:
    return f"{reverse('manual:edition-steps', args=[found.number])}#{_id(key)}"


def _id(key: str) -> str:
    return f"s-{key.replace('.', '-')}"


def _line(row: StepTemplate, found: Edition) -> Line:
    shown = rows.step_row(row)
    return Line(
        id=_id(row.key),
        title=row.title,
        url=reverse("manual:edition-step", args=[found.number, row.key]),
        meta=f"{row.get_agency_role_display()}. {deadline_words(row)}",
        tags=shown.tags,
        move_url=reverse("manual:edition-step-move", args=[found.number, row.key]) if found.is_draft else "",
    )

"""Writing, changing and deleting a work note. They are read and counted in nrm_portal/overview/activity."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest
from coordinators.forms.activity import NoteForm
from coordinators.models import ActivityNote, Desk
from coordinators.services import activity
from core import audit, clock

INVALID: Final = 422
page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@page_with_form
def add(request: AuthenticatedRequest, desk_id: uuid.UUID) -> HttpResponse:
    """A new note at a desk of hers."""
    by = request.assignment
    desk = _desk_or_404(request, desk_id)
    form = NoteForm(
        request.POST if request.method == "POST" else None,
        initial={"key": uuid.uuid4(), "day": clock.today().isoformat()},
    )

    def act(*, key: uuid.UUID, version: int, **said: Any) -> ActivityNote:
        return activity.add(key=key, desk_id=desk.pk, by=by, **said)

    if request.method == "POST" and form.saves(act):
        messages.success(request, _("The note is saved"))
        return redirect(_page(desk.pk, form.cleaned_data["done"].day))
    return _form_page(request, form, desk, _("New work note"), None)


@page_with_form
def change(request: AuthenticatedRequest, note_id: uuid.UUID) -> HttpResponse:
    """Her own note: change it, or delete it."""
    by = request.assignment
    note = activity.of_desk(note_id, by)
    if not activity.may_change(note, by):
        audit.refuse("activity.change", note, by=by)
        raise PermissionDenied
    form = NoteForm(
        request.POST if request.method == "POST" else None,
        initial=NoteForm.values_of(note),
    )

    def act(*, key: uuid.UUID, version: int, **said: Any) -> ActivityNote:
        return activity.change(note_id=note_id, version=version, by=by, **said)

    if request.method == "POST" and form.saves(act):
        messages.success(request, _("The note is changed"))
        return redirect(_page(note.desk_id, form.cleaned_data["done"].day))
    return _form_page(request, form, note.desk, _("Change the work note"), note)


@require_POST
def remove(request: AuthenticatedRequest, note_id: uuid.UUID) -> HttpResponse:
    """Her own note goes for good."""
    note = activity.of_desk(note_id, request.assignment)
    activity.delete(note_id=note_id, by=request.assignment)
    messages.success(request, _("The note is deleted"))
    return redirect(_page(note.desk_id, note.day))


def _form_page(
    request: AuthenticatedRequest, form: NoteForm, desk: Desk, title: str, note: ActivityNote | None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "desk": desk,
        "note": note,
        "leave": _page(desk.pk, note.day if note else clock.today()),
    }
    status = INVALID if form.errors else 200
    return render(request, "coordinators/activity/note.html", context, status=status)


def _desk_or_404(request: AuthenticatedRequest, desk_id: uuid.UUID) -> Desk:
    desks = activity.desks_with_notes(request.assignment)
    if not desks:
        audit.refuse("activity.add", desk_id, by=request.assignment)
        raise PermissionDenied
    found = next((desk for desk in desks if desk.pk == desk_id), None)
    if found is None:
        audit.refuse("activity.add", desk_id, by=request.assignment)
        raise Http404
    return found


def _page(desk_id: uuid.UUID, day: date) -> str:
    """The quarter of the note, at its desk."""
    return f"{reverse('overview:activity-desk', args=[desk_id])}?period={day.year}-Q{(day.month + 2) // 3}"

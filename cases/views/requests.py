"""Requests for one's own data: the officers' list, one request with its clock, cases and extracts."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, right_required
from cases.enums.subject import PackState
from cases.forms import subject as forms
from cases.models import SubjectRequest
from cases.sections import lists
from cases.services.subject import pieces
from cases.services.subject import requests as service
from core import audit, clock, looks
from core.fields import put

SHOWN: Final = 200
COLOURS: Final = {
    PackState.PREPARING: "blue",
    PackState.PREPARED: "amber",
    PackState.APPROVED: "fjord",
    PackState.GIVEN: "green",
}


def time_left(request: SubjectRequest) -> dict[str, Any]:
    """The clock of a request in words that need no colour."""
    last = service.deadline(request)
    if not request.is_open:
        return {"text": str(request.get_outcome_display()), "colour": "grey"}
    left = (last - clock.today()).days
    if left < 0:
        words = ngettext("%(n)s day late", "%(n)s days late", -left) % {"n": -left}
        return {"text": words, "colour": "red"}
    words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left} if left else _("Last day today")
    return {"text": words, "colour": "amber" if left <= 7 else "blue"}


@require_safe
@right_required(service.RIGHT)
def request_list(request: AuthenticatedRequest) -> HttpResponse:
    """By day and state alone: nothing here says who has asked."""
    rows = list(service.listed(request.assignment)[:SHOWN])
    audit.record("subject.list", by=request.assignment, target_ids=[row.pk for row in rows])
    groups = [
        (_("Open"), [_line(row) for row in rows if row.is_open]),
        (_("Ended"), [_line(row) for row in rows if not row.is_open]),
    ]
    context = {"groups": groups, "any": bool(rows)}
    return render(request, "cases/subject/list.html", context)


def _line(row: SubjectRequest) -> dict[str, Any]:
    packs = list(row.packs.all())
    return {
        "row": row,
        "last": looks.date_text(service.deadline(row)),
        "clock": time_left(row),
        "packs": len(packs),
        "given": sum(pack.state == PackState.GIVEN for pack in packs),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(service.RIGHT)
def register(request: AuthenticatedRequest) -> HttpResponse:
    form = forms.RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.register(**form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            words = _("The request is registered. Answer it by %(day)s.")
            messages.success(request, words % {"day": looks.date_text(made.due_on)})
            return redirect("cases:request", made.pk)
    context = {"form": form}
    return render(request, "cases/subject/new.html", context, status=422 if form.errors else 200)


def _opened(request: AuthenticatedRequest, request_id: uuid.UUID) -> SubjectRequest:
    """The request, for who may work on it; 403 for an officer who cannot handle one of its cases."""
    row = get_object_or_404(
        SubjectRequest.objects.select_related("data_key", "registered_by", "checked_by", "closed_by"),
        pk=request_id,
    )
    service.may(request.assignment, "subject.open", row)
    return row


@require_safe
@right_required(service.RIGHT)
def request_page(request: AuthenticatedRequest, request_id: uuid.UUID) -> HttpResponse:
    """Where it stands, what is to be done next."""
    row = _opened(request, request_id)
    return _page(request, row, forms.ReferenceForm())


def _page(
    request: AuthenticatedRequest, row: SubjectRequest, form: forms.ReferenceForm, status: int = 200
) -> HttpResponse:
    audit.record("subject.open", row, by=request.assignment)
    packs = list(row.packs.select_related("agency").order_by("agency__name"))
    may_drop = row.is_open and all(pack.state != PackState.GIVEN for pack in packs)
    context = {
        "row": row,
        "language": lists.language_words(row.language),
        "clock": time_left(row),
        "last": looks.date_text(service.deadline(row)),
        "cases": [(case, case.pk if may_drop else None) for case in pieces.cases_of(row)],
        "packs": [
            (pack, looks.tag(pack.get_state_display(), COLOURS[PackState(pack.state)])) for pack in packs
        ],
        "form": form if row.is_open and row.checked_how else None,
    }
    return render(request, "cases/subject/request.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(service.RIGHT)
def identity(request: AuthenticatedRequest, request_id: uuid.UUID) -> HttpResponse:
    row = _opened(request, request_id)
    form = forms.IdentityForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            service.check_identity(request_id=row.pk, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("It is noted how it was made sure who asks."))
            return redirect("cases:request", row.pk)
    return _form(request, row, form, _("Who asks"), _("Save"))


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(service.RIGHT)
@fresh_sign_in_required
def find(request: AuthenticatedRequest, request_id: uuid.UUID) -> HttpResponse:
    """A case by its number."""
    row = _opened(request, request_id)
    form = forms.ReferenceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            found = service.add_case(request_id=row.pk, by=request.assignment, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            words = ngettext("%(n)s case is in the request.", "%(n)s cases are in the request.", len(found))
            messages.success(request, words % {"n": len(found)})
            return redirect("cases:request", row.pk)
    return _page(request, row, form, 422 if form.errors else 200)


@require_POST
@right_required(service.RIGHT)
def drop(request: AuthenticatedRequest, request_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    row = _opened(request, request_id)
    service.remove_case(request_id=row.pk, case_id=case_id, by=request.assignment)
    messages.success(request, _("The case is no longer in the request."))
    return redirect("cases:request", row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(service.RIGHT)
def extend(request: AuthenticatedRequest, request_id: uuid.UUID) -> HttpResponse:
    row = _opened(request, request_id)
    form = forms.ExtendForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = service.extend(request_id=row.pk, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            words = _("The request is to be answered by %(day)s.")
            messages.success(request, words % {"day": looks.date_text(service.deadline(changed))})
            return redirect("cases:request", row.pk)
    return _form(request, row, form, _("More time"), _("Extend the time"))


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(service.RIGHT)
def end(request: AuthenticatedRequest, request_id: uuid.UUID) -> HttpResponse:
    row = _opened(request, request_id)
    data = request.POST if request.method == "POST" else None
    form = forms.EndForm(data, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            service.close(request_id=row.pk, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The request has ended."))
            return redirect("cases:request", row.pk)
    return _form(request, row, form, _("End the request"), _("End the request"))


def _form(
    request: AuthenticatedRequest, row: SubjectRequest, form: Form, title: str, button: str
) -> HttpResponse:
    if not row.is_open:
        raise PermissionDenied
    context = {"row": row, "form": form, "title": title, "button": button}
    return render(request, "cases/subject/form.html", context, status=422 if form.errors else 200)

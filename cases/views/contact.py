"""How the person is reached: the number behind its instruction, and changing the instruction."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest, fresh_sign_in_required
from cases.access import Sight
from cases.forms.casework import ReasonForm
from cases.forms.contact import ContactForm, NumberForm
from cases.services import contact as service
from cases.views import case as case_views
from cases.views import persons
from cases.views.glance import Line
from core import audit
from core.errors import StaleVersion
from core.fields import put


@require_POST
def open_number(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The number stands in this answer only, under the instruction; the next page has it hidden again."""
    sight = persons.door(request, case_id, "case.persons")
    if sight.case.is_protected:
        return fresh_sign_in_required(_opened)(request, sight)
    return _opened(request, sight)


def _opened(request: AuthenticatedRequest, /, sight: Sight) -> HttpResponse:
    form = NumberForm(request.POST, prefix="number")
    try:
        found = service.open_number(case=sight.case, has_read=form.is_valid(), by=request.assignment)
    except ValidationError as error:
        if form.is_valid():
            put(form, error)
        return persons.show(request, sight, ReasonForm(), status=422, number_form=form)
    lines = persons.number_lines(found)
    response = persons.show(request, sight, ReasonForm(), number=lines, number_is_open=True)
    response.headers["Cache-Control"] = "no-store, private"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """A new instruction; who saves over somebody else's change sees both."""
    sight = persons.door(request, case_id, "case.persons")
    if not service.may_change(sight):
        audit.refuse("contact.change", sight.case, by=request.assignment)
        raise PermissionDenied
    if request.method != "POST":
        return _show(request, sight, ContactForm(initial=_start(sight)))
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _show(request, sight, form, status=422)
    data = form.cleaned_data
    try:
        service.change(case_id=case_id, version=data["version"], told=form.told(), by=request.assignment)
    except StaleVersion:
        return _stale(request, persons.door(request, case_id, "case.persons"), form)
    except ValidationError as error:
        put(form, error)
        return _show(request, sight, form, status=422)
    messages.success(
        request, _("The instruction has been changed. Everybody with an open step who may see it is told.")
    )
    return redirect("cases:persons", case_id)


def _start(sight: Sight) -> dict[str, object]:
    """The instruction alone: the number stays behind its own door."""
    assert sight.case.person is not None, "who may change has a person"
    return {**service.instruction(sight.case), "version": sight.case.person.version}


def _stale(request: AuthenticatedRequest, sight: Sight, form: ContactForm) -> HttpResponse:
    """Nothing is saved; her text stays, the saved one stands beside it, and the next save replaces it."""
    assert sight.case.person is not None, "who may change has a person"
    data = request.POST.copy()
    data["version"] = str(sight.case.person.version)
    again = ContactForm(data)
    theirs = persons.contact_lines(service.instruction(sight.case))
    return _show(request, sight, again, status=409, theirs=theirs)


def _show(
    request: AuthenticatedRequest,
    sight: Sight,
    form: ContactForm,
    status: int = 200,
    theirs: list[Line] | None = None,
) -> HttpResponse:
    context = {"head": case_views.head(request, sight, "persons"), "form": form, "theirs": theirs}
    return render(request, "cases/persons/contact.html", context, status=status)

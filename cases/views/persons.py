"""Who the person is: folded, opened for one look with a reason, and folded again on leaving."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest
from cases import sections
from cases.access import Sight, get_case_or_404
from cases.enums import Category, Level
from cases.forms.casework import ReasonForm
from cases.forms.fields import put
from cases.models import Person
from cases.services import casework
from cases.views import case as case_views
from cases.views.glance import Line
from core import audit


@require_safe
def persons(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The page about the person; nothing that points her out stands in it."""
    sight = _door(request, case_id, "case.persons")
    return _show(request, sight, ReasonForm())


def _door(request: AuthenticatedRequest, case_id: uuid.UUID, verb: str) -> Sight:
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb=verb)
    if not case_views.may_see_person(sight):
        audit.refuse(verb, sight.case, by=request.assignment)
        raise Http404
    return sight


@require_POST
def open_identity(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The identity stands in this answer only; the browser stores nothing, the next page has it folded."""
    sight = _door(request, case_id, "case.persons")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, sight, form, status=422)
    try:
        person = casework.open_identity(
            case=sight.case, reason=form.cleaned_data["reason"], by=request.assignment
        )
    except PermissionDenied:
        return _show(request, sight, form, status=403)
    except ValidationError as error:
        put(form, error)
        return _show(request, sight, form, status=429)
    response = _show(request, sight, form, identity=identity_lines(person, sight))
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _show(
    request: AuthenticatedRequest,
    sight: Sight,
    form: ReasonForm,
    identity: list[Line] | None = None,
    status: int = 200,
) -> HttpResponse:
    case = sight.case
    context = {
        "head": case_views.head(request, sight, "persons"),
        "form": form,
        "identity": {
            "rows": identity,
            "open_url": reverse("cases:identity", args=[case.pk]),
            "protected": case.is_protected,
            "no_consent": case.is_consultation,
            "refused": _refusal(sight),
            "error": " ".join(map(str, form.errors.get("reason", []))),
        },
        "safe": [
            Line(_("Age"), case.get_age_band_display()),
            Line(_("Sex"), case.get_sex_display()),
            Line(_("Citizenship"), case.get_citizenship_display()),
            Line(_("Protected identity"), _("Yes") if case.is_protected else _("No")),
        ],
    }
    return render(request, "cases/case/persons.html", context, status=status)


def _refusal(sight: Sight) -> str:
    """Why this viewer cannot open the identity, when she cannot."""
    if sight.may_open_identity or sight.case.is_consultation:
        return ""
    if sight.case.is_protected and sight.sees(Category.IDENTITY):
        return _("Protected identity. Only the case officer named for the case may open it.")
    return _("Your agency was not given the identity.")


QUESTIONS: Final = {
    "name": "name",
    "alias": "alias_used",
    "birth": "birth",
    "personal_number": "personal_number",
    "citizenships": "citizenship",
    "languages": "languages",
    "passport": "passport_number",
    "lma": "lma_number",
    "way": "safe_contact_method",
    "times": "safe_contact_times",
    "phone": "contact_phone",
    "email": "contact_email",
    "address": "address",
}
"""What the vault holds → the question it answers, which knows its words. The safe way comes first."""


def identity_lines(person: Person, sight: Sight) -> list[Line]:
    """Who she is, and how she is reached when contact is among what the viewer was given."""
    held: dict[str, Any] = dict(person.identity) if isinstance(person.identity, dict) else {}
    if sight.sees(Category.CONTACT):
        held |= person.contact if isinstance(person.contact, dict) else {}
        held["address"] = person.address
    questions = {question.key: question for section in sections.SECTIONS for question in section.fields}
    return [
        Line(str(questions[question].label), sections.words(questions[question], held[key]))
        for key, question in QUESTIONS.items()
        if held.get(key)
    ]

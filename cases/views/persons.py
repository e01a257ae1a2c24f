"""Who the person is: folded, opened for one look with a reason, and folded again on leaving."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required
from cases import sections
from cases.access import Sight, get_case_or_404
from cases.enums import Category, Level
from cases.forms.casework import ReasonForm
from cases.forms.contact import NumberForm
from cases.models import Person
from cases.sections.vaulted import VAULT as QUESTIONS
from cases.services import casework, contact, dependants, missing, protection
from cases.views import case as case_views
from cases.views.glance import Line
from core import audit
from core.fields import put


@require_safe
def persons(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The page about the person; nothing that points her out stands in it."""
    sight = door(request, case_id, "case.persons")
    return show(request, sight, ReasonForm())


def door(request: AuthenticatedRequest, case_id: uuid.UUID, verb: str) -> Sight:
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb=verb)
    if not case_views.may_see_person(sight):
        audit.refuse(verb, sight.case, by=request.assignment)
        raise Http404
    return sight


@require_POST
def open_identity(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Of a protected person only after a fresh sign-in; the form travels along."""
    sight = door(request, case_id, "case.persons")
    if sight.case.is_protected and sight.may_open_identity:
        return fresh_sign_in_required(_opened)(request, sight)
    return _opened(request, sight)


def _opened(request: AuthenticatedRequest, /, sight: Sight) -> HttpResponse:
    """The identity stands in this answer only; the browser stores nothing, the next page has it folded."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show(request, sight, form, status=422)
    try:
        person = casework.open_identity(
            case=sight.case, reason=form.cleaned_data["reason"], by=request.assignment
        )
    except PermissionDenied:
        return show(request, sight, form, status=403)
    except ValidationError as error:
        put(form, error)
        return show(request, sight, form, status=429)
    response = show(request, sight, form, identity=identity_lines(person, sight, with_number=False))
    response.headers["Cache-Control"] = "no-store, private"
    return response


def show(
    request: AuthenticatedRequest,
    sight: Sight,
    form: ReasonForm,
    identity: list[Line] | None = None,
    status: int = 200,
    **more: Any,
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
            "page": reverse("cases:protection", args=[case.pk]) if protection.may_read(sight) else "",
            "error": " ".join(map(str, form.errors.get("reason", []))),
        },
        "about": about(sight) | more,
        "safe": [
            Line(_("Age"), case.get_age_band_display()),
            Line(_("Sex"), case.get_sex_display()),
            Line(_("Citizenship"), case.get_citizenship_display()),
            Line(_("Protected identity"), _("Yes") if case.is_protected else _("No")),
        ],
    }
    return render(request, "cases/case/persons.html", context, status=status)


def about(sight: Sight) -> dict[str, Any]:
    """How she is reached, what she needs and who came along, as far as the viewer was given it."""
    case = sight.case
    sees_contact = contact.may_see(sight)
    return {
        "sees_contact": sees_contact,
        "instruction": contact_lines(contact.instruction(case)) if sees_contact else [],
        "history": [
            (entry["until"], entry["by"], contact_lines(entry["was"])) for entry in contact.history(case)
        ]
        if sees_contact
        else [],
        "contact_refused": _contact_refusal(sight),
        "may_change_contact": contact.may_change(sight),
        "aids": contact.aids_text(case) if contact.may_see_aids(sight) else "",
        "dependants": dependant_rows(sight),
        "sees_dependants": dependants.may_see(sight),
        "may_change_dependants": dependants.may_change(sight),
        "may_alarm": missing.may_alarm(sight),
        "number_form": NumberForm(prefix="number"),
    }


def _contact_refusal(sight: Sight) -> str:
    if contact.may_see(sight) or sight.case.is_consultation:
        return ""
    if sight.case.is_protected and sight.sees(Category.CONTACT):
        return _("Protected identity. Only people named for the case may open it.")
    return _("Your agency was not given how the person is reached.")


INSTRUCTION: Final = {
    "ways": gettext_lazy("Reached"),
    "times": gettext_lazy("When, and how"),
    "words": gettext_lazy("Words to use"),
    "never": gettext_lazy("Never call or tell"),
    "language": gettext_lazy("Language"),
    "aids": gettext_lazy("Interpreter and aids"),
    "sign_language": gettext_lazy("Sign language"),
    "aid_note": gettext_lazy("More about interpreter and aids"),
}


def contact_lines(told: dict[str, Any]) -> list[Line]:
    """The instruction in words, in the order it is to be read."""
    named = {"ways": contact.WAYS, "aids": contact.AIDS}
    return [
        Line(
            str(label),
            ", ".join(str(named[key].get(code, code)) for code in told[key]) if key in named else told[key],
        )
        for key, label in INSTRUCTION.items()
        if told.get(key)
    ]


def dependant_rows(sight: Sight) -> list[dict[str, Any]]:
    """Who came along, each with what the viewer may do."""
    may = dependants.may_change(sight)
    files = may and sight.by.has("file_referrals")
    found = list(dependants.of(sight))
    sent_about = dependants.sent_about_each(found, sight.by) if files else {}
    rows = []
    for row in found:
        who = row.who if isinstance(row.who, dict) else {}
        sent = sent_about.get(row.pk)
        rows.append(
            {
                "row": row,
                "title": f"{row.get_relation_display()}: {who.get('name') or _('name not known')}",
                "lines": [Line(str(label), who[key]) for key, label in DEPENDANT.items() if who.get(key)],
                "own_case": row.own_case.reference if row.own_case else "",
                "sent": sent.reference if sent else "",
                "may_refer": files and sent is None and row.own_case_id is None,
            }
        )
    return rows


DEPENDANT: Final = {
    "birth": gettext_lazy("Born, or age"),
    "where": gettext_lazy("Where she or he is"),
    "needs": gettext_lazy("What is needed"),
}


def _refusal(sight: Sight) -> str:
    """Why this viewer cannot open the identity, when she cannot."""
    if sight.may_open_identity or sight.case.is_consultation:
        return ""
    if sight.case.is_protected and sight.sees(Category.IDENTITY):
        return _("Protected identity. Only people named for the case may open it.")
    return _("Your agency was not given the identity.")


NUMBER: Final = ("phone", "email", "address")


def identity_lines(person: Person, sight: Sight, *, with_number: bool = True) -> list[Line]:
    """Who she is, and how she is reached when contact is among what the viewer was given: on paper with the
    number after the instruction, on the screen the number has a door of its own."""
    held: dict[str, Any] = dict(person.identity) if isinstance(person.identity, dict) else {}
    if sight.sees(Category.CONTACT):
        held |= person.contact if isinstance(person.contact, dict) else {}
        held["address"] = person.address
    questions = {question.key: question for section in sections.SECTIONS for question in section.fields}
    first = [
        Line(str(questions[question].label), sections.words(questions[question], held[key]))
        for key, question in QUESTIONS.items()
        if held.get(key) and key not in (*NUMBER, "way", "times")
    ]
    if not sight.sees(Category.CONTACT):
        return first
    first += contact_lines(contact.instruction(sight.case))
    return first + (number_lines(held) if with_number else [])


def number_lines(held: dict[str, Any]) -> list[Line]:
    questions = {question.key: question for section in sections.SECTIONS for question in section.fields}
    return [
        Line(str(questions[QUESTIONS[key]].label), sections.words(questions[QUESTIONS[key]], held[key]))
        for key in NUMBER
        if held.get(key)
    ]

"""Decisions on the age and on whether the person is held to be a victim: the form and what was decided."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404, held_by
from cases.enums import Verb
from cases.forms.assessments import AgeForm, RecognitionForm
from cases.models import Case
from cases.services import assessments
from cases.views import case as case_views
from core import audit
from core.fields import put

INVALID = 422


def _door(request: AuthenticatedRequest, case_id: uuid.UUID, verb: Verb) -> Sight:
    """The desk that decides. Others in the case get 403, strangers 404; both are recorded."""
    sight = get_case_or_404(request, case_id)
    if workflow.TRANSITIONS[verb].right not in sight.desk_rights:
        audit.refuse(f"case.{verb}", sight.case, by=request.assignment)
        raise PermissionDenied
    return sight


def _may(sight: Sight, verb: Verb) -> bool:
    return verb in {row.verb for row in workflow.available(sight)} and not sight.case.is_consultation


@require_http_methods(["GET", "HEAD", "POST"])
def decide_age(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The age decisions so far, and a new one with everything that follows from it."""
    sight = _door(request, case_id, Verb.DECIDE_AGE)
    form = AgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            case = assessments.decide_age(case_id=case_id, by=request.assignment, **form.decision())
        except ValidationError as error:
            put(form, error)
        else:
            return _decided(request, case, sight)
    rows = sight.case.age_decisions.select_related("recorded_by", "data_key").order_by("-recorded_at")
    context = {
        "head": case_views.head(request, sight, ""),
        "form": form if _may(sight, Verb.DECIDE_AGE) else None,
        "rows": list(rows),
    }
    return render(request, "cases/assessments/age.html", context, status=INVALID if form.errors else 200)


def _decided(request: AuthenticatedRequest, case: Case, sight: Sight) -> HttpResponse:
    """To the case, while it is still at a desk of hers; else to the inbox, since another desk has it now."""
    messages.success(request, _("The decision has been recorded. What depends on the age has followed."))
    if case.desk_id == sight.case.desk_id or held_by(request.assignment).filter(case_id=case.pk).exists():
        return redirect("cases:case", case.pk)
    words = _("%(reference)s is now at %(desk)s.")
    messages.info(request, words % {"reference": case.reference, "desk": case.desk.name})
    return redirect("cases:inbox")


@require_http_methods(["GET", "HEAD", "POST"])
def recognise(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Who has held the person to be a victim, or not, and a new assessment."""
    sight = _door(request, case_id, Verb.RECOGNISE)
    form = RecognitionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            assessments.recognise(case_id=case_id, by=request.assignment, **form.recognition())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(
                request, _("The assessment has been recorded. Steps and support go on as before.")
            )
            return redirect("cases:case", case_id)
    rows = sight.case.recognitions.select_related("recorded_by", "data_key").order_by("-recorded_at")
    context = {
        "head": case_views.head(request, sight, ""),
        "form": form if _may(sight, Verb.RECOGNISE) else None,
        "rows": list(rows),
    }
    return render(
        request, "cases/assessments/recognition.html", context, status=INVALID if form.errors else 200
    )

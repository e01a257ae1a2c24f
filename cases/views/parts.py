"""An agency's part in a case: its contact person, and its answer when the coordinator writes it down."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest
from cases.access import Sight, get_case_or_404
from cases.enums import Level, ParticipationStatus
from cases.forms.agencies import ContactPersonForm, ReportedAnswerForm
from cases.models import Participation
from cases.services import participation as service
from cases.views import case as case_views
from cases.views.participation import may_change_contact, people_of
from core import audit
from core.fields import put


def _part(request: AuthenticatedRequest, sight: Sight, participation_id: uuid.UUID) -> Participation:
    """The part, when it is the viewer's own agency's or she decides at the desk; 404 else, recorded."""
    rows = sight.case.participations.filter(is_referrer=False).select_related("agency", "case")
    row = rows.filter(pk=participation_id).first()
    if row is None:
        audit.refuse("participation.read", participation_id, by=sight.by)
        raise Http404
    return row


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: AuthenticatedRequest, case_id: uuid.UUID, participation_id: uuid.UUID) -> HttpResponse:
    """Another contact person, chosen by the agency itself or by the coordinator."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS)
    row = _part(request, sight, participation_id)
    if not may_change_contact(row, sight):
        audit.refuse("participation.contact", row, by=sight.by)
        raise PermissionDenied
    form = ContactPersonForm(
        request.POST if request.method == "POST" else None,
        people=people_of(row),
        initial={"contact": str(row.contact_id or "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            service.change_contact(
                participation_id=row.pk, contact_id=form.cleaned_data["contact"], by=request.assignment
            )
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The contact person has been changed. Both have been told."))
            return redirect("cases:actors", case_id)
    context = {"head": case_views.head(request, sight, "actors"), "form": form, "row": row}
    return render(request, "cases/agencies/contact.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer_for(
    request: AuthenticatedRequest, case_id: uuid.UUID, participation_id: uuid.UUID
) -> HttpResponse:
    """What an agency without people in the portal has answered, and on whose word."""
    sight = get_case_or_404(request, case_id)
    if "triage" not in sight.desk_rights:
        audit.refuse("participation.answer", participation_id, by=sight.by)
        raise PermissionDenied
    row = _part(request, sight, participation_id)
    form = ReportedAnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            service.answer_for(participation_id=row.pk, by=request.assignment, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The answer has been recorded."))
            return redirect("cases:actors", case_id)
    answered = row.status != ParticipationStatus.INVITED
    has_people = not answered and bool(people_of(row))
    context = {
        "head": case_views.head(request, sight, "actors"),
        "form": None if answered or has_people else form,
        "row": row,
        "has_people": has_people,
    }
    return render(request, "cases/agencies/answer_for.html", context)

"""What one agency may see: the ground, the parts, the last day."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest, fresh_to_send
from cases.access import Sight
from cases.enums import LIVE_PARTICIPATIONS, Level
from cases.forms import sharing as forms
from cases.models import LegalGround, Participation
from cases.services import granting as service
from cases.services import sharing
from cases.views import case as case_views
from cases.views import looking
from cases.views import sharing as pages
from core.fields import put


def _row(sight: Sight, participation_id: uuid.UUID) -> Participation:
    """A part in this very case. Http404 for any other."""
    rows = sight.case.participations.select_related("agency").filter(is_referrer=False, pk=participation_id)
    row = rows.filter(status__in=LIVE_PARTICIPATIONS).first()
    if row is None:
        raise Http404
    return row


def _old(sight: Sight, row: Participation, value: str) -> LegalGround | None:
    """The ground that is to be replaced; Http404 for one that is not the agency's."""
    if not value:
        return None
    found = [g for g in service.grounds_of(sight.case, row.agency_id) if str(g.pk) == value]
    if not found:
        raise Http404
    return found[0]


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_to_send
def ground(request: AuthenticatedRequest, case_id: uuid.UUID, participation_id: uuid.UUID) -> HttpResponse:
    """Change a ground, or add one. Saved only after it has been looked at, or from the look itself."""
    sight = pages.changing(request, case_id, Level.FULL)
    row = _row(sight, participation_id)
    posted = request.method == "POST"
    old = _old(sight, row, (request.POST if posted else request.GET).get("grund", ""))
    choices = sharing.ground_choices(sight.case, row.agency)
    form = _form(request, sight, old, choices)
    do = request.POST.get("do", "")
    if posted and do != "edit" and form.is_valid():
        if do == "look" and looking.permitted(form, choices):
            return _look(request, sight, row, old, form)
        if do == "save" and _saved(request, row, old, form):
            _tell_changed(request, row)
            return redirect("cases:sharing", case_id)
    context = {
        "head": case_views.head(request, sight, "sharing"),
        "form": form,
        "agency": row.agency,
        "old": pages.shown(old) if old else None,
        "old_id": old.pk if old else "",
        "without_ground": not choices,
    }
    return render(request, "cases/sharing/ground.html", context)


def _form(
    request: AuthenticatedRequest, sight: Sight, old: LegalGround | None, choices: list[sharing.GroundChoice]
) -> forms.GroundForm:
    return forms.GroundForm(
        request.POST if request.method == "POST" else None,
        grounds=choices,
        anonymous=sight.case.is_consultation,
        initial=_initial(old),
    )


def _tell_changed(request: AuthenticatedRequest, row: Participation) -> None:
    messages.success(request, _("What %(agency)s may see has been changed.") % {"agency": row.agency.name})


def _initial(old: LegalGround | None) -> dict[str, Any]:
    if old is None:
        return {}
    return {
        "ground": old.provision or sharing.CONSENT,
        "categories": old.categories,
        "purpose": old.purpose or "",
        "valid_until": old.valid_until.isoformat() if old.valid_until else "",
    }


def _saved(
    request: AuthenticatedRequest, row: Participation, old: LegalGround | None, form: forms.GroundForm
) -> bool:
    try:
        service.change(
            participation_id=row.pk, replaces=old.pk if old else None, by=request.assignment, **form.told()
        )
    except ValidationError as error:
        put(form, error)
        return False
    return True


def _look(
    request: AuthenticatedRequest, sight: Sight, row: Participation, old: LegalGround | None, form: Form
) -> HttpResponse:
    """The page of the case as the agency would have it, and then yes or no."""
    others = {
        code
        for live in service.grounds_of(sight.case, row.agency_id)
        if old is None or live.pk != old.pk
        for code in live.categories
    }
    return looking.look(
        request,
        sight,
        row.agency,
        others | set(form.cleaned_data["categories"]),
        action=reverse("cases:ground", args=[sight.case.pk, row.pk]),
        carried=[("grund", str(old.pk) if old else ""), *looking.carried(form)],
    )


@require_POST
def end(
    request: AuthenticatedRequest, case_id: uuid.UUID, participation_id: uuid.UUID, ground_id: uuid.UUID
) -> HttpResponse:
    """End one of several grounds of an agency."""
    sight = pages.changing(request, case_id)
    row = _row(sight, participation_id)
    try:
        service.end(participation_id=row.pk, ground_id=ground_id, by=request.assignment)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        _tell_changed(request, row)
    return redirect("cases:sharing", case_id)

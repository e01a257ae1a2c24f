"""Closing an account or ending an assignment: first all open work gets a new home, then all at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, right_required
from accounts.forms import LeavingForm
from accounts.models import User
from accounts.services import leaving, memberships, people
from accounts.views.people import membership_or_404, person_or_404
from core import audit

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@right_required("manage_people")
@fresh_sign_in_required
@get_or_post
def leave(request: AuthenticatedRequest, user_id: UUID) -> HttpResponse:
    """A person leaves the portal."""
    user = person_or_404(request, user_id)
    people.require_person(request.assignment, user, "person.deactivate")
    act = partial(people.deactivate, user, by=request.assignment)
    words = {"title": _("Close the account"), "button": _("Close the account")}
    return _page(request, user, act, _("The account is closed and every session has ended"), words)


@right_required("manage_people")
@fresh_sign_in_required
@get_or_post
def leave_membership(request: AuthenticatedRequest, membership_id: UUID) -> HttpResponse:
    """A person leaves one assignment; another of the same kind at the agency keeps the work."""
    row = membership_or_404(request, membership_id)
    act = partial(memberships.end_membership, row.pk, by=request.assignment)
    words = {"title": _("End the assignment"), "button": _("End the assignment now"), "membership": row}
    stays = leaving.still_at(row.user, row)
    return _page(request, row.user, act, _("The assignment has ended"), words, row.agency_id, stays)


def _page(
    request: AuthenticatedRequest,
    user: User,
    act: Callable[..., Any],
    done: str,
    words: dict[str, Any],
    agency_id: UUID | None = None,
    stays: bool = False,
) -> HttpResponse:
    """What is open, by kind and house, and who takes it on. References only of the reader's own agency."""
    found = [] if stays else leaving.open_work(user, by=request.assignment, agency_id=agency_id)
    audit.record("person.open_work", user, by=request.assignment, kinds=len(found))
    form = LeavingForm(request.POST if request.method == "POST" else None, works=found)
    if request.method == "POST" and form.is_valid():
        try:
            act(homes=form.cleaned_data)
        except ValidationError as error:
            form.show(error)
        else:
            messages.success(request, done)
            return redirect("accounts:person", user.pk)
    return render(request, "accounts/leaving.html", {"person": user, "form": form, "works": found, **words})

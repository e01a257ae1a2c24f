"""Consent withdrawn: what was said, what it would mean, and then it is done."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest
from cases.access import Sight
from cases.enums import Category
from cases.forms import sharing as forms
from cases.models import LegalGround
from cases.services import withdrawing as service
from cases.views import case as case_views
from cases.views import ledger, looking
from cases.views import participation as actors
from cases.views import sharing as pages
from core import clock
from core.fields import put


@dataclass(frozen=True, slots=True)
class Stop:
    """One agency that loses something, in words."""

    name: str
    stops: str
    stays: str
    steps: list[str]
    leaves: bool


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """First the form; then what it means; then, pressed once more, all of it at once."""
    sight = pages.changing(request, case_id)
    posted = request.method == "POST"
    scopes = service.scope_choices(sight.case)
    form = forms.WithdrawForm(
        request.POST if posted else None, scopes=scopes, initial={"withdrawn_on": clock.today().isoformat()}
    )
    if posted and request.POST.get("do") != "edit" and form.is_valid():
        if request.POST.get("do") != "withdraw":
            return _effects(request, sight, form)
        try:
            done = service.withdraw(case_id=case_id, by=request.assignment, **form.told())
        except ValidationError as error:
            put(form, error)
        else:
            return _done(request, case_id, done)
    context = {"head": case_views.head(request, sight, "sharing"), "form": form, "scopes": scopes}
    return render(request, "cases/sharing/withdraw.html", context)


def _done(request: AuthenticatedRequest, case_id: uuid.UUID, done: service.Effects) -> HttpResponse:
    left = sum(one.leaves for one in done.lost)
    words = ngettext(
        "Consent is withdrawn. %(n)s agency has lost its sight of the case.",
        "Consent is withdrawn. %(n)s agencies have lost their sight of the case.",
        left,
    )
    messages.success(request, words % {"n": left})
    if done.copies:
        messages.warning(request, _("There are earlier copies to call back. They stand under “Disclosed”."))
        return redirect("cases:ledger", case_id)
    return redirect("cases:sharing", case_id)


def _effects(request: AuthenticatedRequest, sight: Sight, form: forms.WithdrawForm) -> HttpResponse:
    found = service.effects(sight.case, form.cleaned_data["scope"])
    context = {
        "head": case_views.head(request, sight, "sharing"),
        "scope": [label for code, label in service.scope_choices(sight.case) if code in found.scope],
        "stops": [_stop(one, sight) for one in found.lost],
        "unaffected": [(sight.name_of(agency), _on(grounds)) for agency, grounds in found.unaffected],
        "copies": [ledger.line(row, sight) for row in found.copies],
        "desk": found.desk,
        "carried": looking.carried(form),
    }
    return render(request, "cases/sharing/effects.html", context)


def _stop(one: service.Lost, sight: Sight) -> Stop:
    labels = [str(Category(code).label) for code in Category.values if code in one.stops]
    return Stop(
        sight.name_of(one.agency),
        ", ".join(labels),
        _on(one.stays),
        [step.template.title for step in one.steps],
        one.leaves,
    )


def _on(grounds: tuple[LegalGround, ...]) -> str:
    return "; ".join(f"{actors.ground_text(g)}: {actors.category_text(g)}" for g in grounds)

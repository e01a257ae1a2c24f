"""I cannot handle this: a page for the coordinator, and for the national desk the list with reasons."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest
from cases.enums import Verb
from cases.forms.handovers import RecuseForm, RedirectForm
from cases.services import recusals
from cases.views import glance, handovers
from coordinators import routing
from core import audit
from core.fields import put

SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def recuse(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """What happens then, and why: she has no sight of the case from the next moment on."""
    sight = handovers.holding(request, case_id, Verb.RECUSE)
    form = RecuseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            recusals.recuse(case_id=case_id, reason=form.cleaned_data["reason"], by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("You no longer handle the case and no longer see it."))
            return redirect("cases:work")
    others = recusals.able_at(sight.case, sight.case.desk)
    context = {
        "case": sight.case,
        "form": form,
        "flags": glance.of(sight).flags,
        "alone": not [user for user in others if user != request.assignment.user_id],
    }
    return render(request, "cases/recusals/recuse.html", context)


@require_safe
def recusal_list(request: AuthenticatedRequest) -> HttpResponse:
    """Reference, who, when and why; nothing of the case itself. Reading it is recorded."""
    return _list(request)


def _list(request: AuthenticatedRequest, wrong: tuple[uuid.UUID, RedirectForm] | None = None) -> HttpResponse:
    rows = list(recusals.recusals_for(request.assignment)[:SHOWN])
    audit.record("recusal.list", by=request.assignment, target_ids={row.case_id for row in rows})
    alone = recusals.stranded(rows)
    shut_out = recusals.shut_out(rows)
    rows = [row for row in rows if row.case_id in alone or row.pk not in shut_out]
    lines = []
    asked: set[uuid.UUID] = set()
    for row in rows:
        form = None
        if row.case_id in alone and row.case_id not in asked:
            form = wrong[1] if wrong and wrong[0] == row.pk else _redirect_form(row.case.desk_id)
            asked.add(row.case_id)
        may_lift = row.lifted_at is None and row.pk not in shut_out
        lines.append({"row": row, "form": form, "alone": row.case_id in alone, "may_lift": may_lift})
    return render(request, "cases/recusals/list.html", {"lines": lines})


def _redirect_form(desk_id: uuid.UUID, data: object = None) -> RedirectForm:
    known = routing.reference()
    here = next(desk for desk in known.desks if desk.pk == desk_id)
    return RedirectForm(data, desks=handovers.desks_but_national(here))


@require_POST
def lift(request: AuthenticatedRequest, recusal_id: uuid.UUID) -> HttpResponse:
    row = recusals.lift(recusal_id=recusal_id, by=request.assignment)
    words = _("%(name)s may handle %(reference)s again.")
    messages.success(request, words % {"name": row.user.name, "reference": row.case.reference})
    return redirect("cases:recusals")


@require_POST
def redirect_case(request: AuthenticatedRequest, recusal_id: uuid.UUID) -> HttpResponse:
    """The case goes to another desk without having been read."""
    rows = {row.pk: row for row in recusals.recusals_for(request.assignment)[:SHOWN]}
    row = rows.get(recusal_id)
    if row is None:
        return redirect("cases:recusals")
    form = _redirect_form(row.case.desk_id, request.POST)
    if form.is_valid():
        try:
            recusals.redirect(recusal_id=recusal_id, desk_id=form.cleaned_data["desk"], by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            words = _("%(reference)s has a new desk.") % {"reference": row.case.reference}
            messages.success(request, words)
            return redirect("cases:recusals")
    return _list(request, (recusal_id, form))

"""Protected identity: what is in place, who is named, how the person is reached, and how it is changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required
from cases.access import Sight, get_case_or_404
from cases.enums import Level, Protection
from cases.enums.guard import tier
from cases.forms import protection as forms
from cases.models import ContactRoute, ProtectionLift
from cases.services import protection as service
from cases.views import case as case_views
from core import audit, looks
from core.errors import StaleVersion
from core.fields import put
from manual.deadlines import last_day

MEANS: Final[dict[int, tuple[Promise, ...]]] = {
    1: (
        gettext_lazy("Name, number, contact and who came along are opened by named people alone."),
        gettext_lazy(
            "The person is found by no search except theirs, and stands on no paper and in no export."
        ),
        gettext_lazy("Others see the region as the place, and of agencies only their kind."),
    ),
    2: (gettext_lazy("No address or workplace is asked for, shown or stored. Contact goes by the route."),),
    3: (gettext_lazy("Nothing leads from earlier numbers to the person: no comparison with other cases."),),
}
"""What each tier adds to the one before it."""


def _door(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.protection")
    if not service.may_read(sight):
        audit.refuse("case.protection", sight.case, by=request.assignment)
        raise Http404
    return sight


def _deciding(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    sight = _door(request, case_id)
    if not service.may_decide(sight):
        audit.refuse("case.protect", sight.case, by=request.assignment)
        raise PermissionDenied
    return sight


@require_safe
def page(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """For everybody who works in the case; the forms for the desk."""
    return _show(request, _door(request, case_id))


def _show(request: AuthenticatedRequest, sight: Sight, status: int = 200, **bound: Any) -> HttpResponse:
    case = sight.case
    assert case.person is not None, "the door lets nobody in without one"
    now, route = case.person.protection, service.route_of(sight)
    lift = service.open_lift(case) if service.may_decide(sight) else None
    made = _forms(sight, now, lift, route) | bound
    context = {
        "head": case_views.head(request, sight, "persons"),
        "tier": Protection(now).label,
        "means": [words for level, lines in MEANS.items() if level <= tier(now) for words in lines],
        "people": _people(sight),
        "lift": lift,
        "own_lift": lift is not None and lift.asked_by_id == sight.by.user_id,
        "route": route,
        "faulty": next((form for form in made.values() if form is not None and form.errors), None),
        **made,
    }
    return render(request, "cases/protection/page.html", context, status=status)


def _forms(
    sight: Sight, now: str, lift: ProtectionLift | None, route: ContactRoute | None
) -> dict[str, Form | None]:
    """What this viewer may do, each as an empty form; None for what she may not."""
    may, names = service.may_decide(sight), service.may_name(sight)
    people = service.nameable(sight.case) if names else []
    return {
        "stricter": forms.StricterForm(prefix="s", now=now) if may and tier(now) < len(MEANS) else None,
        "milder": forms.MilderForm(prefix="m", now=now) if names and lift is None else None,
        "decide": forms.DecideForm(prefix="d") if lift and lift.asked_by_id != sight.by.user_id else None,
        "name": forms.NameForm(prefix="n", people=people) if people else None,
        "route_form": _route_form(sight, route) if names else None,
    }


def _route_form(sight: Sight, route: ContactRoute | None) -> forms.RouteForm:
    known = {"contact": str(route.user_id or ""), "words": route.words} if route else {}
    initial = known | {"version": route.version if route else 0}
    return forms.RouteForm(prefix="r", people=service.route_choices(sight.case), initial=initial)


def _people(sight: Sight) -> list[dict[str, Any]]:
    """Who is named: the handler first. Why, and until when, is the desk's to know."""
    case = sight.case
    if not case.is_protected:
        return []
    found = [{"name": case.assignee.name, "handler": True}] if case.assignee else []
    for row in service.named(case):
        last = looks.date_text(last_day(row.until))
        told = {"row": row, "last": last, "may_end": True} if service.may_decide(sight) else {}
        found.append({"name": row.user.name, "handler": False} | told)
    return found


def _act(
    request: AuthenticatedRequest, sight: Sight, key: str, form: Any, act: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Carry out one form of the page, or show the page again with what is wrong."""
    if form.is_valid():
        try:
            messages.success(request, act(form.cleaned_data))
            return redirect("cases:protection", sight.case.pk)
        except ValidationError as error:
            put(form, error)
        except StaleVersion:
            form.add_error(None, _("Somebody has changed the route since. Look at it and write again."))
            form.data = form.data.copy()
            row = service.route_of(sight)
            form.data[form.add_prefix("version")] = str(row.version if row else 0)
    return _show(request, sight, 422, **{key: form})


@require_POST
def make_stricter(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """At once, by one person: to protect is never slowed down."""
    sight = _deciding(request, case_id)
    assert sight.case.person is not None
    form = forms.StricterForm(request.POST, prefix="s", now=sight.case.person.protection)

    def act(data: dict[str, Any]) -> str:
        service.make_stricter(case_id=case_id, to=Protection(data["tier"]), by=request.assignment)
        return _("The protection has been changed. What may not be stored there has been deleted.")

    return _act(request, sight, "stricter", form, act)


@require_POST
@fresh_sign_in_required
def ask_milder(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The first of two."""
    sight = _deciding(request, case_id)
    assert sight.case.person is not None
    form = forms.MilderForm(request.POST, prefix="m", now=sight.case.person.protection)

    def act(data: dict[str, Any]) -> str:
        to = Protection(data["tier"])
        service.ask_milder(case_id=case_id, to=to, reason=data["reason"], by=request.assignment)
        return _("Another person at the desk has been asked to decide.")

    return _act(request, sight, "milder", form, act)


@require_POST
@fresh_sign_in_required
def decide_milder(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The second of two."""
    sight = _deciding(request, case_id)

    def act(data: dict[str, Any]) -> str:
        row = service.decide_milder(case_id=case_id, approves=data["answer"], by=request.assignment)
        return _("The protection has been made milder.") if row.approved else _("It stays as it is.")

    return _act(request, sight, "decide", forms.DecideForm(request.POST, prefix="d"), act)


@require_POST
@fresh_sign_in_required
def name(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Let one more person open the identity."""
    sight = _deciding(request, case_id)
    form = forms.NameForm(request.POST, prefix="n", people=service.nameable(sight.case))

    def act(data: dict[str, Any]) -> str:
        row = service.name(
            case_id=case_id,
            user_id=data["user"],
            until=data["until"],
            reason=data["why"],
            by=request.assignment,
        )
        return _("%(name)s may open the identity and has been told.") % {"name": row.user.name}

    return _act(request, sight, "name", form, act)


@require_POST
@fresh_sign_in_required
def unname(request: AuthenticatedRequest, case_id: uuid.UUID, named_id: uuid.UUID) -> HttpResponse:
    """Close the identity to somebody, from the next look on."""
    _deciding(request, case_id)
    service.unname(case_id=case_id, named_id=named_id, by=request.assignment)
    messages.success(request, _("The person is no longer named and has been told."))
    return redirect("cases:protection", case_id)


@require_POST
@fresh_sign_in_required
def route(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Through whom the person is reached."""
    sight = _deciding(request, case_id)
    form = forms.RouteForm(request.POST, prefix="r", people=service.route_choices(sight.case))

    def act(data: dict[str, Any]) -> str:
        told = {"user_id": data["contact"], "words": data["words"], "version": data["version"]}
        service.set_route(case_id=case_id, by=request.assignment, **told)
        return _("The contact route has been saved.")

    return _act(request, sight, "route_form", form, act)

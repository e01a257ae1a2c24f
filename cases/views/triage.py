"""The decisions of the inbox: a panel beside the list or a page of its own (GET), and the act (POST)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Assignment, AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404, sight_of
from cases.enums import ForwardReason, NotTakenReason, Status, Verb
from cases.forms import triage as forms_
from cases.models import Case
from cases.services import triage, undo
from cases.views import glance, inbox, queue
from coordinators import routing
from core import audit
from core.errors import TransitionNotAllowed
from core.fields import put

Data = dict[str, Any]


@dataclass(frozen=True)
class Decision:
    """One verb: its form, what it calls, and its words."""

    title: Promise
    button: Promise
    done: Promise
    form: Callable[[Sight, Any], forms.Form]
    act: Callable[[uuid.UUID, Data, Assignment], Case]
    warning: Promise | str = ""
    is_danger: bool = False
    focus: bool = False
    """The button has the focus at once, so that Enter confirms."""


def _accept_form(sight: Sight, data: Any) -> forms.Form:
    people = inbox.people_choices(sight.case.desk, sight.case)
    return forms_.AcceptForm(data, people=people, initial={"assignee": str(sight.by.user_id)})


def _assign_form(sight: Sight, data: Any) -> forms.Form:
    people = inbox.people_choices(sight.case.desk, sight.case)
    return forms_.AssignForm(data, people=people, initial={"assignee": str(sight.case.assignee_id or "")})


def _forward_form(sight: Sight, data: Any) -> forms.Form:
    return forms_.ForwardForm(data, desks=inbox.desk_choices(sight.case.desk))


def _place_form(sight: Sight, data: Any) -> forms.Form:
    names = routing.reference().in_swedish_order()
    return forms_.PlaceForm(data, municipalities=[(row.pk, row.name) for row in names])


def _plain(form: type[forms.Form]) -> Callable[[Sight, Any], forms.Form]:
    return lambda sight, data: form(data)


DECISIONS: Final[dict[Verb, Decision]] = {
    Verb.ACCEPT: Decision(
        gettext_lazy("Accept the case"),
        gettext_lazy("Accept"),
        gettext_lazy("%(reference)s has been accepted."),
        _accept_form,
        lambda pk, data, by: triage.accept(case_id=pk, by=by, assignee_id=data["assignee"]),
        focus=True,
    ),
    Verb.ASK: Decision(
        gettext_lazy("Ask for more"),
        gettext_lazy("Send the question"),
        gettext_lazy(
            "The question in %(reference)s has been sent. The clock stands still until the answer comes."
        ),
        _plain(forms_.AskForm),
        lambda pk, data, by: triage.ask(case_id=pk, text=data["text"], by=by),
    ),
    Verb.FORWARD: Decision(
        gettext_lazy("Forward the case"),
        gettext_lazy("Forward"),
        gettext_lazy("%(reference)s has been forwarded."),
        _forward_form,
        lambda pk, data, by: triage.forward(
            case_id=pk, desk_id=data["desk"], reason=ForwardReason(data["reason"]), by=by
        ),
        gettext_lazy(
            "The other desk sees the case and its history. You no longer see it. The clock goes on."
        ),
    ),
    Verb.SNOOZE: Decision(
        gettext_lazy("Snooze the case"),
        gettext_lazy("Snooze"),
        gettext_lazy("%(reference)s has been snoozed."),
        _plain(forms_.SnoozeForm),
        lambda pk, data, by: triage.snooze(case_id=pk, until=data["until"], by=by),
        gettext_lazy("Deadlines go on while the case is snoozed."),
    ),
    Verb.ASSIGN: Decision(
        gettext_lazy("Assign the case"),
        gettext_lazy("Assign"),
        gettext_lazy("%(reference)s has been assigned."),
        _assign_form,
        lambda pk, data, by: triage.assign(case_id=pk, assignee_id=data["assignee"], by=by),
    ),
    Verb.NOT_TAKE: Decision(
        gettext_lazy("Do not take the case forward"),
        gettext_lazy("Do not take forward"),
        gettext_lazy("%(reference)s is not taken forward. The referrer has been told."),
        _plain(forms_.NotTakeForm),
        lambda pk, data, by: triage.not_take(
            case_id=pk, reason=NotTakenReason(data["reason"]), text=data["text"], by=by
        ),
        gettext_lazy(
            "The referrer is told at once, and open steps end. You can take the case up again later."
        ),
        is_danger=True,
    ),
    Verb.TAKE_BACK: Decision(
        gettext_lazy("Take the question back"),
        gettext_lazy("Take back"),
        gettext_lazy("The question in %(reference)s has been taken back. The clock runs again."),
        _plain(forms_.ConfirmForm),
        lambda pk, data, by: triage.take_back(case_id=pk, by=by),
    ),
    Verb.WAKE: Decision(
        gettext_lazy("Wake the case"),
        gettext_lazy("Wake"),
        gettext_lazy("%(reference)s is no longer snoozed."),
        _plain(forms_.ConfirmForm),
        lambda pk, data, by: triage.wake(case_id=pk, by=by),
    ),
    Verb.PLACE: Decision(
        gettext_lazy("Place the case"),
        pgettext_lazy("decision", "Place"),
        gettext_lazy("%(reference)s has been placed."),
        _place_form,
        lambda pk, data, by: triage.place(case_id=pk, municipality_code=data["municipality"], by=by),
        gettext_lazy("The portal works out the desk from the municipality. That desk takes over."),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: AuthenticatedRequest, case_id: uuid.UUID, verb: Verb) -> HttpResponse:
    """A stranger meets 404, a member without the right 403, whoever comes second is told who was first."""
    sight = get_case_or_404(request, case_id)
    if workflow.TRANSITIONS[verb].right not in sight.desk_rights:
        audit.refuse(f"case.{verb}", sight.case, by=request.assignment)
        raise PermissionDenied
    decision = DECISIONS[verb]
    form = decision.form(sight, request.POST if request.method == "POST" else None)
    form.auto_id = "decision_%s"  # beside the filters of the list, which may ask for the same
    if request.method == "POST" and form.is_valid():
        try:
            return _carry_out(request, sight, verb, form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        except TransitionNotAllowed as refusal:
            return _conflict(request, sight, str(refusal.message))
    try:
        workflow.check(verb, sight.case)
    except TransitionNotAllowed as refusal:
        words = f"{refusal.message} {triage.who_decided(sight.case)}".strip()
        return _conflict(request, sight, words)
    return _panel(request, sight, decision, form)


def _carry_out(request: AuthenticatedRequest, sight: Sight, verb: Verb, data: Data) -> HttpResponse:
    """Do it, say what was done with a way back, and go where the next one waits."""
    by, was = request.assignment, undo.before(sight.case)
    case = DECISIONS[verb].act(sight.case.pk, data, by)
    tags = ""
    if verb in undo.UNDOABLE:
        tags = "undo:" + reverse("cases:undo", args=[undo.token(case, verb, was, by)])
    words = DECISIONS[verb].done % {"reference": case.reference}
    messages.success(request, words, extra_tags=tags)
    return redirect(_onwards(request, sight))


def _onwards(request: AuthenticatedRequest, sight: Sight) -> str:
    """From the inbox to the next row of the same view; from the case page back to it, if it is still seen."""
    case = sight.case
    if "vy" in request.GET:
        grant = next(grant for grant in sight.grants if grant.desk_id)
        following = inbox.next_after(request.assignment, request.GET, queue.Cursor.at(grant))
        return _inbox(request, following)
    if sight_of(request.assignment, case) is None:
        return reverse("cases:inbox")
    return reverse("cases:case", args=[case.pk])


def _inbox(request: AuthenticatedRequest, chosen: uuid.UUID | None) -> str:
    query = request.GET.copy()
    query["vald"] = str(chosen or "")
    return f"{reverse('cases:inbox')}?{query.urlencode()}"


def _panel(request: AuthenticatedRequest, sight: Sight, decision: Decision, form: forms.Form) -> HttpResponse:
    template = "cases/inbox/_panel.html" if request.htmx else "cases/inbox/decision.html"
    back = reverse("cases:case", args=[sight.case.pk])
    if "vy" in request.GET:
        back = _inbox(request, sight.case.pk)
    context = {
        "case": sight.case,
        "form": form,
        "decision": decision,
        "action": request.get_full_path(),
        "back": back,
        "flags": glance.of(sight).flags,
    }
    return render(request, template, context)


def _conflict(request: AuthenticatedRequest, sight: Sight, words: str) -> HttpResponse:
    """Somebody else decided first: who, and the way on."""
    context = {
        "case": sight.case,
        "words": words,
        "show": reverse("cases:case", args=[sight.case.pk]),
        "next": "",
    }
    if "vy" in request.GET:
        grant = next(grant for grant in sight.grants if grant.desk_id)
        context["next"] = _inbox(
            request, inbox.next_after(request.assignment, request.GET, queue.Cursor.at(grant))
        )
    template = "cases/inbox/_conflict.html" if request.htmx else "cases/inbox/conflict.html"
    return render(request, template, context, status=409)


@require_POST
def take_back_decision(request: AuthenticatedRequest, token: str) -> HttpResponse:
    """Undo within half a minute."""
    try:
        case = undo.undo(token=token, by=request.assignment)
    except TransitionNotAllowed as refusal:
        messages.warning(request, str(refusal.message))
        return redirect("home")
    messages.success(request, _("%(reference)s is as it was before.") % {"reference": case.reference})
    waits = case.status == Status.RECEIVED and case.snoozed_until is None
    return redirect(f"{reverse('cases:inbox')}?vy={'att-besvara' if waits else 'alla'}&vald={case.pk}")

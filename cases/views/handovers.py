"""Handing a case over: form, preview, the asked desk's answer, and sending a forwarded case back."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404, sight_of
from cases.enums import HandoverStatus, Verb
from cases.forms.handovers import HandOverForm, RejectForm, SendBackForm
from cases.models import Handover
from cases.services import corrections, handovers
from cases.views import glance, inbox
from coordinators import routing
from coordinators.access import desks_of, may_manage
from coordinators.models import Desk
from core import audit, clock, looks
from core.fields import put


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """First the form, then a page that shows what moves, what stays and who is told; then the question."""
    sight = holding(request, case_id, Verb.HAND_OVER)
    form = _form(sight, request.POST if request.method == "POST" else None)
    if request.method == "POST" and "change" not in request.POST and form.is_valid():
        try:
            if "confirm" in request.POST:
                handovers.ask(case_id=case_id, by=request.assignment, **form.question())
                words = _("The question has been sent. Your desk owns the case until it is accepted.")
                messages.success(request, words)
                return redirect("cases:handover", case_id)
            plan = handovers.plan(sight.case, handovers.target(sight.case, **form.aim()))
            return _page(request, "preview", sight, form=form, plan=plan, moving=_moving(plan))
        except ValidationError as error:
            put(form, error)
    return _page(request, "hand_over", sight, form=form)


def _moving(plan: handovers.Plan) -> list[tuple[str, str, bool]]:
    """Title, due time in words and whether it is late, of each step that moves."""
    now = clock.now()
    return [
        (
            str(step.wording or step.template.title),
            looks.deadline_text(step.due_at, now) if step.due_at else _("Not started yet"),
            step.due_at is not None and step.due_at < now,
        )
        for step in plan.moving
    ]


def holding(request: AuthenticatedRequest, case_id: uuid.UUID, verb: Verb) -> Sight:
    """The sight of somebody at the desk that holds the case, when the status admits the verb."""
    sight = get_case_or_404(request, case_id)
    if workflow.TRANSITIONS[verb].right not in sight.desk_rights:
        audit.refuse(f"case.{verb}", sight.case, by=request.assignment)
        raise PermissionDenied
    workflow.check(verb, sight.case)
    return sight


def _form(sight: Sight, data: object) -> HandOverForm:
    names = routing.reference().in_swedish_order()
    return HandOverForm(
        data, municipalities=[(row.pk, row.name) for row in names], desks=desks_but_national(sight.case.desk)
    )


def desks_but_national(but: Desk) -> list[tuple[str, str]]:
    """Desks that may be given a case, as choices."""
    national = str(routing.reference().national.pk)
    return [pair for pair in inbox.desk_choices(but) if pair[0] != national]


def _page(
    request: AuthenticatedRequest, template: str, sight: Sight, *, status: int = 200, **more: object
) -> HttpResponse:
    context = {"case": sight.case, "sight": sight, "flags": glance.of(sight).flags, **more}
    return render(request, f"cases/handovers/{template}.html", context, status=status)


@require_safe
def handover(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The latest handover: the question with its text and state, for the two desks concerned."""
    sight, row = _concerned(request, case_id)
    return _shown(request, sight, row, RejectForm())


def _concerned(request: AuthenticatedRequest, case_id: uuid.UUID) -> tuple[Sight, Handover]:
    sight = get_case_or_404(request, case_id, verb="case.handover")
    rows = sight.case.handovers.select_related(
        "from_desk__region", "to_desk__region", "asked_by", "answered_by", "municipality", "data_key"
    )
    row = rows.order_by("-asked_at").first()
    if row is None or not {row.from_desk_id, row.to_desk_id} & set(_own_desks(sight)):
        raise Http404
    return sight, row


def _own_desks(sight: Sight) -> list[uuid.UUID]:
    return [grant.desk_id for grant in sight.grants if grant.desk_id]


def _shown(
    request: AuthenticatedRequest, sight: Sight, row: Handover, form: forms.Form, status: int = 200
) -> HttpResponse:
    is_open = row.status == HandoverStatus.OPEN
    asked = is_open and "triage" in desks_of(request.assignment).get(row.to_desk_id, frozenset())
    more = {
        "row": row,
        "form": form if asked else None,
        "may_withdraw": is_open and "forward" in sight.desk_rights,
        "is_open": is_open,
        "reads_only": not sight.is_desk and row.status == HandoverStatus.ACCEPTED,
    }
    return _page(request, "handover", sight, status=status, **more)


@require_POST
def accept(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    get_case_or_404(request, case_id)
    case = handovers.accept(case_id=case_id, by=request.assignment)
    words = _("%(reference)s is now your desk's. You are its case officer.")
    messages.success(request, words % {"reference": case.reference})
    return redirect("cases:case", case_id)


@require_POST
def reject(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    sight, row = _concerned(request, case_id)
    if "triage" not in desks_of(request.assignment).get(row.to_desk_id, frozenset()):
        audit.refuse("case.hand_back", sight.case, by=request.assignment)
        raise PermissionDenied
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _shown(request, sight, row, form)
    handovers.reject(case_id=case_id, answer=form.cleaned_data["answer"], by=request.assignment)
    messages.success(request, _("The desk that asked has been told that you do not take the case over."))
    return redirect("cases:work")


@require_POST
def withdraw(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    get_case_or_404(request, case_id)
    handovers.withdraw(case_id=case_id, by=request.assignment)
    messages.success(request, _("The question has been taken back. The other desk no longer sees the case."))
    return redirect("cases:case", case_id)


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """A case that was forwarded here goes back in one act, with a reason."""
    sight = holding(request, case_id, Verb.FORWARD)
    form = SendBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = form.cleaned_data["answer"]
        case = handovers.send_back(case_id=case_id, answer=answer, by=request.assignment)
        words = _("%(reference)s has been sent back with your reason.") % {"reference": case.reference}
        messages.success(request, words)
        seen = sight_of(request.assignment, case) is not None
        return redirect("cases:case", case_id) if seen else redirect("cases:inbox")
    row = handovers.forwarded_to(sight.case)
    if row is None:
        messages.warning(request, _("The case can no longer be sent back. Hand it over instead."))
        return redirect("cases:case", case_id)
    return _page(request, "send_back", sight, row=row, form=form)


# --- the routing table ---------------------------------------------------------------------------

SHOWN = 200


@require_safe
def correction_list(request: AuthenticatedRequest) -> HttpResponse:
    """What coordinators say is wrong in the routing table. Names no case and no person who is referred."""
    if not may_manage(request.assignment):
        audit.refuse("correction.list", by=request.assignment)
        raise PermissionDenied
    rows = list(corrections.suggested()[:SHOWN])
    context = {
        "waiting": [row for row in rows if row.handled_at is None],
        "handled": [row for row in rows if row.handled_at is not None],
    }
    return render(request, "cases/handovers/corrections.html", context)


@require_POST
def correction_handle(request: AuthenticatedRequest, correction_id: uuid.UUID) -> HttpResponse:
    if not may_manage(request.assignment):
        audit.refuse("correction.handle", correction_id, by=request.assignment)
        raise PermissionDenied
    corrections.handle(correction_id=correction_id, by=request.assignment)
    messages.success(request, _("Marked as handled."))
    return redirect("cases:corrections")

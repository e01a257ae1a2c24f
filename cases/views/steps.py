"""One step: what it asks for, until when and why, and what can be said about it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest
from accounts.models import Membership, User
from cases.access import Sight, barred_from, sight_of
from cases.enums import ENDED_STEPS, LIVE_STEPS, BlockedOn, NotApplicableReason, StepStatus
from cases.forms import steps as forms_
from cases.forms.dates import StopForm
from cases.models import Referral, Step
from cases.services import acts, contact
from cases.services import steps as service
from cases.services import stops as stop_service
from cases.views import inbox, items
from core import audit, clock, looks
from core.errors import StaleVersion
from core.fields import put
from core.models import AuditEvent
from manual import library

_REOPENABLE: Final = (StepStatus.DONE, StepStatus.NOT_APPLICABLE)
Act = Callable[[Step, dict[str, Any], Assignment], Step]
Make = Callable[[Step, Sight | None, QueryDict], forms.Form]


def step_or_404(
    request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID, verb: str = "step.read"
) -> tuple[Step, Sight | None]:
    """The door to one step. Whoever may not read this agency's steps gets 404, recorded like the reading."""
    by = request.assignment
    step = (
        Step.objects.select_related(
            "template",
            "agency",
            "desk__region",
            "assignee",
            "ended_by",
            "data_key",
            "case__desk__region",
            "case__county",
            "case__assignee",
        )
        .filter(pk=step_id, case_id=case_id)
        .first()
    )
    sight = sight_of(by, step.case) if step else None
    if step is None or not may_read(step, sight, by):
        audit.refuse(verb, step_id, by=by)
        raise Http404
    audit.record(verb, step, by=by, case=case_id)
    return step, sight


def may_read(step: Step, sight: Sight | None, by: Assignment) -> bool:
    """What the sight tells (`Sight.reads`); a referrer her own duties."""
    return (sight is not None and sight.reads(step)) or service.may_act(step, sight, by)


def home_of(step: Step, sight: Sight | None, by: Assignment) -> str:
    """Where one comes from: the checklist, or for a referrer her own referral."""
    if sight is not None:
        return reverse("cases:steps", args=[step.case_id])
    own = Referral.objects.sent_by(by.user_id, by.agency_id).filter(case_id=step.case_id).first()
    return reverse("cases:referral", args=[own.pk]) if own else reverse("cases:work")


def _onwards(request: AuthenticatedRequest, step: Step, sight: Sight | None) -> str:
    wanted = request.GET.get("nasta", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return home_of(step, sight, request.assignment)


@require_safe
def step_page(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    step, sight = step_or_404(request, case_id, step_id)
    return _show(request, step, sight)


def _show(
    request: AuthenticatedRequest,
    step: Step,
    sight: Sight | None,
    form: forms.Form | None = None,
    stale: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    by, now = request.assignment, clock.now()
    reported = service.is_reported(step, sight)
    acts = service.may_act(step, sight, by) and not service.is_over(step)
    panels = _panels(step, sight, form, reported) if acts else {}
    context = {
        "step": step,
        "about": _about(step, sight, now),
        "text": {"remark": step.remark, "reported_by": step.reported_by} if _reads_text(step, sight) else {},
        "panels": panels,
        "standing": standing(step, sight),
        "why_not": stop_service.why_not(step, step.case) if acts and step.status in LIVE_STEPS else "",
        "form": form or panels.get("save"),
        "stale": stale,
        "back": home_of(step, sight, by),
        "can": {
            "act": acts,
            "end": acts and service.may_end(step) and step.status in (*LIVE_STEPS, StepStatus.WAITING),
            "reopen": acts and service.may_end(step) and step.status in _REOPENABLE,
            "start": acts and step.status in (StepStatus.OPEN, StepStatus.BLOCKED),
            "stop": acts and step.status in LIVE_STEPS,
            "reported": reported,
            "case": sight is not None,
        },
    }
    return render(request, "cases/steps/step.html", context, status=status)


def standing(step: Step, sight: Sight | None) -> dict[str, Any] | None:
    """Why the clock stands still, since when and by whom; the words are for the house that owes the step."""
    row = stop_service.open_stop(step) if step.paused_at else None
    if row is None:
        return None
    return {
        "reason": row.get_reason_display(),
        "since": looks.date_text(row.stopped_at),
        "who": row.stopped_by.name if items.names_people(step, sight) else "",
        "text": str(row.text or "") if _reads_text(step, sight) else "",
    }


def _act_url(step: Step, sight: Sight | None) -> str:
    """Where what the step asks for is done, when it does not end by somebody's word."""
    if step.key == acts.DISPUTE and step.is_live and sight is not None and sight.disputes:
        return reverse("cases:dispute", args=[step.case_id])
    return ""


def _reads_text(step: Step, sight: Sight | None) -> bool:
    """Without sight it is a referrer's own duty."""
    return sight is None or sight.reads_text_of(step)


def _panels(
    step: Step, sight: Sight | None, bound: forms.Form | None, reported: bool
) -> dict[str, forms.Form]:
    """The forms of the page; the one that was sent in keeps what was written."""
    start = {"version": step.version, "remark": step.remark or "", "done_on": clock.today()}
    made: dict[str, forms.Form] = {
        "save": forms_.SaveForm(is_reported=reported, initial=start),
        "not_applicable": forms_.NotApplicableForm(initial={"version": step.version}, prefix="na"),
        "block": forms_.BlockForm(initial={"version": step.version}, prefix="block"),
        "stop": StopForm(initial={"version": step.version}, prefix="stop"),
        "assign": forms_.AssigneeForm(
            people=_colleagues(step), prefix="who", initial={"assignee": str(step.assignee_id or "")}
        ),
    }
    if bound is not None:
        made |= {name: bound for name, form in made.items() if type(form) is type(bound)}
    return made


def _colleagues(step: Step) -> list[tuple[str, str]]:
    if step.desk is not None or step.agency_id is None:
        assert step.desk is not None, "a step has an owner (constraint)"
        return inbox.people_choices(step.desk, step.case)
    members = (
        Membership.objects.in_force(clock.today()).filter(agency_id=step.agency_id).select_related("user")
    )
    able = members.exclude(user_id__in=barred_from(step.case))
    return sorted({(str(m.user_id), m.user.name) for m in able}, key=lambda pair: pair[1])


def _about(step: Step, sight: Sight | None, now: Any) -> dict[str, Any]:
    """What the page says about the step, in words."""
    template = step.template
    return {
        "title": items.title(step, sight),
        "act_url": _act_url(step, sight),
        "owner": items.owner_name(step, sight),
        "assignee": step.assignee.name if step.assignee and items.names_people(step, sight) else "",
        "clock": items.time_left(step, now) if step.status not in ENDED_STEPS else "",
        "due": looks.deadline_text(step.due_at, now) if step.due_at else "",
        "rule": library.deadline_words(template),
        "overrides": library.override_words(template),
        "kind": items.kind_tag(template, labelled=True),
        "status": items.status_tag(step),
        "manual": items.manual_url(template, step.case_id),
        "number": template.paragraph.replace("-", "."),
        "ended": items.ended(step, sight, now) if step.status in ENDED_STEPS else "",
        "aids": _aids(step, sight),
    }


def _aids(step: Step, sight: Sight | None) -> str:
    """Interpreter and aids, on every step in which somebody meets the person (S31)."""
    meets = step.key in contact.MEETINGS and step.status not in ENDED_STEPS
    return contact.aids_text(step.case) if meets and sight and contact.may_see_aids(sight) else ""


# --- acts ----------------------------------------------------------------------------------------


def act_on(
    request: AuthenticatedRequest,
    case_id: uuid.UUID,
    step_id: uuid.UUID,
    make: Make,
    act: Act,
    words: str,
    undo: bool = False,
) -> HttpResponse:
    """Read the form, call the service, say what happened; or show the page again with the text kept."""
    step, sight = step_or_404(request, case_id, step_id, "step.act")
    form = make(step, sight, request.POST)
    if not form.is_valid():
        return _show(request, step, sight, form, status=422)
    try:
        act(step, form.cleaned_data, request.assignment)
    except ValidationError as error:
        put(form, error)
        return _show(request, step, sight, form, status=422)
    except StaleVersion:
        return _stale(request, case_id, step_id, make)
    tags = ""
    onwards = _onwards(request, step, sight)
    if undo:
        where = "?" + urlencode({"nasta": onwards})
        tags = "undo:" + reverse("cases:step-reopen", args=[case_id, step_id]) + where
    messages.success(request, words % {"step": items.title(step, sight)}, extra_tags=tags)
    return redirect(onwards)


def _stale(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID, make: Make) -> HttpResponse:
    """Somebody saved in between: both versions, and the text stays in the form, to be saved on purpose."""
    step, sight = step_or_404(request, case_id, step_id, "step.act")
    data = request.POST.copy()
    for name in ("version", "na-version", "block-version", "stop-version"):
        if name in data:
            data[name] = str(step.version)
    form = make(step, sight, data)
    form.is_valid()
    mine = form.cleaned_data.get("remark", "")
    stale = {"mine": mine, "theirs": step.remark or "", "who": _who_saved(step)}
    return _show(request, step, sight, form, stale=stale, status=409)


def _who_saved(step: Step) -> str:
    """Who changed the step last, and when."""
    event = (
        AuditEvent.objects.filter(target_id=step.pk, verb__startswith="step.")
        .exclude(verb__in=("step.read", "step.act"))
        .order_by("-at")
        .first()
    )
    person = step.assignee if event is None else None
    name = person.name if person else _name(event)
    at = looks.time_text(event.at) if event else ""
    return _("%(name)s changed the step %(time)s.") % {"name": name or _("Somebody"), "time": at}


def _name(event: AuditEvent | None) -> str:
    if event is None or event.user_id is None:
        return ""
    return User.objects.filter(pk=event.user_id).values_list("name", flat=True).first() or ""


def _save_form(step: Step, sight: Sight | None, data: QueryDict) -> forms.Form:
    return forms_.SaveForm(data, is_reported=service.is_reported(step, sight))


@require_POST
def save(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """Supporting material, without ending the step."""

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.save(step_id=step.pk, remark=data["remark"], by=by, version=data["version"])

    return act_on(request, case_id, step_id, _save_form, act, _("Saved: %(step)s"))


@require_POST
def done(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """One press in a list, or with supporting material from the page of the step."""

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.done(
            step_id=step.pk,
            by=by,
            version=data["version"],
            done_on=data["done_on"],
            remark=data["remark"],
            reported_by=data.get("reported_by", ""),
        )

    return act_on(request, case_id, step_id, _save_form, act, _("Done: %(step)s"), undo=True)


@require_POST
def not_applicable(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    def make(step: Step, sight: Sight | None, data: QueryDict) -> forms.Form:
        return forms_.NotApplicableForm(data, prefix="na")

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.not_applicable(
            step_id=step.pk,
            reason=NotApplicableReason(data["reason"]),
            remark=data["remark"],
            by=by,
            version=data["version"],
        )

    return act_on(request, case_id, step_id, make, act, _("Not applicable: %(step)s"), undo=True)


@require_POST
def block(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    def make(step: Step, sight: Sight | None, data: QueryDict) -> forms.Form:
        return forms_.BlockForm(data, prefix="block")

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.block(
            step_id=step.pk,
            blocked_on=BlockedOn(data["blocked_on"]),
            next_check_on=data["next_check_on"],
            remark=data["remark"],
            by=by,
            version=data["version"],
        )

    return act_on(request, case_id, step_id, make, act, _("Blocked: %(step)s"))


def _bare(step: Step, sight: Sight | None, data: QueryDict) -> forms.Form:
    return forms_.StepForm(data)


@require_POST
def start(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.start(step_id=step.pk, by=by, version=data["version"])

    return act_on(request, case_id, step_id, _bare, act, _("Started: %(step)s"))


@require_POST
def reopen(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    """Undo "done" and "not applicable"."""

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.reopen(step_id=step.pk, by=by, version=data["version"])

    return act_on(request, case_id, step_id, _bare, act, _("Taken up again: %(step)s"))


@require_POST
def assign(request: AuthenticatedRequest, case_id: uuid.UUID, step_id: uuid.UUID) -> HttpResponse:
    def make(step: Step, sight: Sight | None, data: QueryDict) -> forms.Form:
        return forms_.AssigneeForm(data, people=_colleagues(step), prefix="who")

    def act(step: Step, data: dict[str, Any], by: Assignment) -> Step:
        return service.assign(step_id=step.pk, assignee_id=data["assignee"], by=by)

    return act_on(request, case_id, step_id, make, act, _("Responsible was changed: %(step)s"))

"""The return on the case: its track, its parts, and a change of mind; and the returns of a desk by stage."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, at_desks, get_case_or_404
from cases.enums import Category, Level, ReturnPart, ReturnStage, Status, Verb
from cases.forms.returns import CompleteForm, PartForm, StartForm, StopReturnForm
from cases.models import ReturnPlan
from cases.sections import lists
from cases.services import returning as service
from cases.services.return_track import LATER, OVER, PARTS, Track
from cases.views import case as case_views
from cases.views import items, spans
from coordinators.access import desks_of
from core import audit, clock, looks
from core.errors import StaleVersion
from core.fields import put
from manual.enums import Condition

UNDER_WAY: Final = tuple(stage for stage in ReturnStage if stage not in OVER)
MOST: Final = 200
PROSECUTOR: Final = "ret.rc.prosecutor_check"


@dataclass(frozen=True)
class Stop:
    """One part of the track: done, next, or what it waits for."""

    part: ReturnPart
    label: str
    state: str
    day: str
    words: str
    by: str
    lacks: list[str]
    may: bool


@dataclass(frozen=True)
class Row:
    """One return in the list of a desk. Nothing about who the person is."""

    url: str
    reference: str
    title: str
    note: str
    closed: bool


def _door(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    sight = get_case_or_404(request, case_id, need=Level.FULL)
    if not spans.may_see_return(sight):
        audit.refuse("case.return", sight.case, by=request.assignment)
        raise PermissionDenied
    return sight


def _deciding(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    """Whoever plans the return. 403 for others, before anything tells whether there is one."""
    sight = _door(request, case_id)
    if workflow.TRANSITIONS[Verb.RETURN].right not in sight.desk_rights:
        audit.refuse("case.return", sight.case, by=request.assignment)
        raise PermissionDenied
    return sight


@require_safe
def plan(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The track of the return, and what each part demands."""
    sight = _door(request, case_id)
    found = service.latest(sight.case)
    may = "triage" in sight.desk_rights
    top = case_views.head(request, sight, "return")
    context = {
        "head": top,
        "plan": found,
        "may_start": may and _may_start(found, sight),
        "consent_url": _consent_url(sight),
        "told": _told(found) if found else None,
        "stops": _stops(found, sight) if found else [],
        "can": _can(found, sight) if found else {},
        "aftercare": _aftercare(sight, request.path, found),
        "prosecutor": _prosecutor(sight, top),
        "before": _before(sight, found),
    }
    return render(request, "cases/returns/plan.html", context)


def _may_start(found: ReturnPlan | None, sight: Sight) -> bool:
    case = sight.case
    return (
        case.status == Status.ACTIVE and not case.is_consultation and (found is None or found.stage in OVER)
    )


def _consent_url(sight: Sight) -> str:
    """Where the consent to share with IOM is written down."""
    return reverse("cases:sharing", args=[sight.case.pk])


def _told(found: ReturnPlan) -> dict[str, Any]:
    notes = service.words_of(found)
    return {
        "stage": found.get_stage_display(),
        "look": "grey" if found.stage == ReturnStage.STOPPED else "fjord",
        "over": found.stage in OVER,
        "country": lists.country_words(found.country) if found.country else "",
        "informed": looks.date_text(found.informed_on),
        "language": notes.get("language", ""),
        "interpreter": bool(notes.get("interpreter")),
        "wish": notes.get("informed", ""),
        "stopped": looks.date_text(found.stopped_at) if found.stopped_at else "",
        "stopped_by": found.stopped_by.name if found.stopped_by else "",
        "stop_words": notes.get("stopped", ""),
        "follow_up": notes.get("follow_up", ""),
        "wants_follow_up": found.wants_follow_up,
    }


def _can(found: ReturnPlan, sight: Sight) -> dict[str, bool]:
    decides = "triage" in sight.desk_rights
    active = decides and sight.case.status == Status.ACTIVE and found.stage not in OVER
    closed = decides and sight.case.status in (Status.ACTIVE, Status.CLOSED)
    return {
        "stop": active and found.stage != ReturnStage.DEPARTED,
        "complete": closed and found.stage == ReturnStage.DEPARTED,
        "share": active and not Track(found, sight.case).may_share_with_iom,
    }


def _stops(found: ReturnPlan, sight: Sight) -> list[Stop]:
    """The parts in order, each with what is there or what it waits for."""
    track, notes = Track(found, sight.case), service.words_of(found)
    decides = "triage" in sight.desk_rights and found.stage not in OVER
    active = sight.case.status == Status.ACTIVE
    late = sight.case.status == Status.CLOSED and found.stage == ReturnStage.DEPARTED
    made = []
    for part in track.parts():
        day = track.on(part)
        there = day is not None or (not PARTS[part].field and bool(notes.get(str(part))))
        lacks = [] if found.stage in OVER else track.lacks(part)
        left = "over" if found.stage in OVER else "todo" if lacks else "now"
        state = "done" if there else left
        may = decides and not lacks and (active or (late and part in LATER))
        by = found.eligible_by.name if part == ReturnPart.ELIGIBILITY and found.eligible_by else ""
        made.append(Stop(part, str(part.label), state, looks.date_text(day) if day else "",
                         str(notes.get(str(part), "")), by, lacks, may))  # fmt: skip
    return made


def _aftercare(sight: Sight, back: str, found: ReturnPlan | None) -> list[Any]:
    """The steps at home, as far as this viewer reads them; they run on when the case is closed."""
    if found is None or found.stage not in (ReturnStage.DEPARTED, ReturnStage.FOLLOWED_UP):
        return []
    steps = service.aftercare(sight.case).select_related("template", "agency", "desk__region", "assignee",
                                                          "ended_by").order_by("due_at", "key")  # fmt: skip
    now = clock.now()
    seen = [step for step in steps if sight.reads(step)]
    return [items.item(s, sight, now, can_act=case_views.may_act(sight, s), back=back) for s in seen]


def _prosecutor(sight: Sight, top: case_views.Head) -> dict[str, Any] | None:
    """Where an investigation is under way: whether the prosecutor has been asked. A fact, no condition."""
    if Condition.INVESTIGATION_OPEN not in sight.case.conditions:
        return None
    step = next((step for step in top.glance.steps if step.key == PROSECUTOR and sight.reads(step)), None)
    return {"status": items.status_tag(step) if step else SafeString(""), "step": step}


def _before(sight: Sight, found: ReturnPlan | None) -> list[str]:
    """Returns that were stopped earlier in the case."""
    rows = sight.case.return_plans.filter(stage=ReturnStage.STOPPED)
    rows = rows.exclude(pk=found.pk) if found else rows
    return [looks.date_text(row.stopped_at) for row in rows.order_by("-stopped_at") if row.stopped_at]


# --- acts ----------------------------------------------------------------------------------------


def _show(
    request: AuthenticatedRequest, sight: Sight, form: forms.Form, title: str, button: str, **more: Any
) -> HttpResponse:
    top = case_views.head(request, sight, "return")
    context = {"head": top, "form": form, "title": title, "button": button, **more}
    context["consent_url"] = _consent_url(sight) if sight.is_desk else ""
    return render(request, "cases/returns/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """She has been informed, in her language, and wants to go home."""
    sight = _deciding(request, case_id)
    workflow.check(Verb.RETURN, sight.case)
    form = StartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            service.start(case_id=case_id, by=request.assignment, **form.started())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The return has been planned. It can be taken back until boarding."))
            return redirect("cases:return", case_id)
    return _show(request, sight, form, _("Informed of return and of the alternatives"), _("Save"))


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: AuthenticatedRequest, case_id: uuid.UUID, plan_id: uuid.UUID, part: str) -> HttpResponse:
    """One part: when, and in short how."""
    sight = _deciding(request, case_id)
    found = _plan(sight, plan_id)
    if part not in ReturnPart.values:
        raise Http404
    which = ReturnPart(part)
    form = _part_form(request, found, which, sight)
    if request.method == "POST" and form.is_valid():
        try:
            service.record(plan_id=plan_id, part=which, by=request.assignment, **form.recorded())
        except (ValidationError, StaleVersion) as error:
            _refused(form, error, found, sight)
        else:
            messages.success(request, _("Saved: %(what)s") % {"what": which.label})
            return redirect("cases:return", case_id)
    lacks = Track(found, sight.case).lacks(which)
    return _show(request, sight, form, str(which.label), _("Save"), lacks=lacks, part=which)


def _part_form(request: AuthenticatedRequest, found: ReturnPlan, part: ReturnPart, sight: Sight) -> PartForm:
    if request.method == "POST":
        return PartForm(request.POST, part=part)
    day = Track(found, sight.case).on(part)
    words = service.words_of(found).get(str(part), "")
    return PartForm(part=part, initial={"version": found.version, "day": day, "words": words})


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: AuthenticatedRequest, case_id: uuid.UUID, plan_id: uuid.UUID) -> HttpResponse:
    """She has changed her mind: one act, no reason asked, no consequence."""
    sight = _deciding(request, case_id)
    found = _plan(sight, plan_id)
    data = request.POST if request.method == "POST" else None
    form = StopReturnForm(data, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            service.stop(plan_id=plan_id, by=request.assignment, **form.cleaned_data)
        except (ValidationError, StaleVersion) as error:
            _refused(form, error, found, sight)
        else:
            words = _("The return has been stopped. Nothing else in the case has changed.")
            messages.success(request, words)
            return redirect("cases:return", case_id)
    title, button = _("The person has changed her mind"), _("Stop the return")
    return _show(request, sight, form, title, button, stopping=True)


@require_http_methods(["GET", "HEAD", "POST"])
def complete(request: AuthenticatedRequest, case_id: uuid.UUID, plan_id: uuid.UUID) -> HttpResponse:
    """The follow-up at home is over."""
    sight = _deciding(request, case_id)
    found = _plan(sight, plan_id)
    data = request.POST if request.method == "POST" else None
    form = CompleteForm(data, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            service.complete(plan_id=plan_id, by=request.assignment, **form.cleaned_data)
        except (ValidationError, StaleVersion) as error:
            _refused(form, error, found, sight)
        else:
            messages.success(request, _("The follow-up has been completed."))
            return redirect("cases:return", case_id)
    return _show(request, sight, form, _("Complete the follow-up"), _("Complete the follow-up"))


def _plan(sight: Sight, plan_id: uuid.UUID) -> ReturnPlan:
    found = sight.case.return_plans.filter(pk=plan_id).select_related("data_key", "eligible_by").first()
    if found is None:
        raise Http404
    return found


def _refused(
    form: forms.Form, error: ValidationError | StaleVersion, found: ReturnPlan, sight: Sight
) -> None:
    """What the service said, at its field. Somebody saved in between: the text stays, to be saved again."""
    if isinstance(error, ValidationError):
        put(form, error)
        return
    newest = sight.case.return_plans.get(pk=found.pk)
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["version"] = str(newest.version)  # type: ignore[index]
    form.add_error(None, _("Somebody else has changed the plan. Check it, and save again if it still holds."))


# --- the returns of a desk ----------------------------------------------------------------------------


@require_safe
def pipeline(request: AuthenticatedRequest) -> HttpResponse:
    """Returns under way by stage: own desk's cases. The national desk is led to the published figures, since
    a count of today and one of tomorrow would tell of a person."""
    by = request.assignment
    desks = {desk: rights for desk, rights in desks_of(by).items() if "triage" in rights}
    national = by.has("see_overview")
    if not desks and not national:
        audit.refuse("return.list", by=by)
        raise PermissionDenied
    found = _of_desks(request, desks) if desks else []
    context = {
        "columns": _columns(found) if desks else [],
        "total": len(found),
        "national": national,
    }
    return render(request, "cases/returns/pipeline.html", context)


def _of_desks(request: AuthenticatedRequest, desks: dict[uuid.UUID, frozenset[str]]) -> list[ReturnPlan]:
    """The plans under way in the desks' cases; of closed ones those that are followed up at home."""
    by = request.assignment
    held = at_desks(by, desks).filter(level=Level.FULL, categories__contains=[Category.PROCEEDINGS])
    rows = ReturnPlan.objects.filter(case_id__in=held.values("case_id"), stage__in=UNDER_WAY)
    open_ones = rows.exclude(case__status=Status.CLOSED, stage__in=UNDER_WAY[:-1])
    found = list(open_ones.select_related("case__county").order_by("travels_on", "opened_at")[:MOST])
    audit.record("return.list", by=by, target_ids=[row.case_id for row in found])
    return found


def _columns(found: list[ReturnPlan]) -> list[dict[str, Any]]:
    counts = Counter(row.stage for row in found)
    return [
        {
            "label": stage.label,
            "key": stage.value,
            "count": counts[stage],
            "rows": [_row(row) for row in found if row.stage == stage],
        }
        for stage in UNDER_WAY
    ]


def _row(found: ReturnPlan) -> Row:
    case = found.case
    note = _("Informed %(day)s") % {"day": looks.date_text(found.informed_on)}
    if found.departed_on:
        note = _("Travelled %(day)s") % {"day": looks.date_text(found.departed_on)}
    elif found.travels_on:
        note = _("Travels %(day)s") % {"day": looks.date_text(found.travels_on)}
    return Row(f"/arenden/{case.pk}/atervandande/", case.reference, case.title, note,
               case.status == Status.CLOSED)  # fmt: skip

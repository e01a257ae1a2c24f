"""The case: the list, the head that every sub-page shares, the overview, dates, and the end of the case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AuthenticatedRequest
from cases import workflow
from cases.access import Sight, get_case_or_404, held_by, may_have, not_hidden
from cases.enums import LIVE_STEPS, Category, Level, Outcome, ParticipationStatus, StepStatus, Verb
from cases.forms.casework import CloseForm
from cases.models import Participation, Step
from cases.services import casework, lists
from cases.services import steps as step_service
from cases.services.breaches import sight as clearing
from cases.services.disposal.schedules import OVER
from cases.views import beside, glance, inbox, items, matches, queue, rows, spans
from core import audit, clock
from core.fields import put
from core.tables import StepItem


@dataclass(frozen=True, slots=True)
class Tab:
    label: Promise
    url: str
    current: bool
    count: str = ""


@dataclass(frozen=True)
class Head:
    """What every page of a case begins with."""

    glance: glance.Glance
    tabs: list[Tab]
    back: str
    sight: Sight
    is_full: bool = False
    """The overview: with facts and decisions; other pages begin shorter."""
    query: str = ""
    """The view of the inbox one came from."""
    previous: str = ""
    next: str = ""

    @property
    def has_breach(self) -> bool:
        """A wrong disclosure is being handled: for those who are cleared to know of it."""
        if not may_have(self.sight.case, "breaches"):
            return False
        return clearing.breaches_of(self.sight).filter(closed_at__isnull=True).exists()


ABOUT_HER: Final = (Category.IDENTITY, Category.CONTACT, Category.SITUATION, Category.CHILDREN)


def may_see_person(sight: Sight) -> bool:
    """The page about the person exists for those who were given something about her, and for the desk."""
    return sight.level >= Level.STEPS and (sight.is_desk or any(map(sight.sees, ABOUT_HER)))


def may_see_history(sight: Sight) -> bool:
    return sight.level >= Level.FULL


def may_see_sharing(sight: Sight) -> bool:
    """An agency its own grounds; the desk all of them, and consent, also once it has stepped back."""
    return sight.level >= Level.STEPS or (sight.is_desk and not sight.is_unplaced)


def may_see_log(sight: Sight) -> bool:
    """Who has read what is the desk's to know (and the reviewers', elsewhere)."""
    return sight.is_desk and not sight.is_unplaced


def has_an_end(sight: Sight) -> bool:
    """Once it is over, the desk is told how long it is kept."""
    return sight.is_desk and not sight.is_unplaced and sight.case.status in OVER


_TABS: Final = (
    ("cases:case", gettext_lazy("Overview"), lambda sight: True),
    ("cases:steps", gettext_lazy("Checklist"), lambda sight: sight.level >= Level.STEPS),
    ("cases:persons", gettext_lazy("The person"), may_see_person),
    ("cases:documents", gettext_lazy("Documents"), lambda sight: sight.level >= Level.STEPS),
    ("cases:messages", gettext_lazy("Messages"), lambda sight: sight.level >= Level.STEPS),
    ("cases:meetings", gettext_lazy("Meetings"), may_see_history),
    ("cases:actors", gettext_lazy("Agencies"), lambda sight: sight.level >= Level.STEPS),
    ("cases:sharing", gettext_lazy("Consent and sharing"), may_see_sharing),
    ("cases:dates", gettext_lazy("Dates"), may_see_history),
    ("cases:return", gettext_lazy("Return"), spans.has_return),
    ("cases:history", gettext_lazy("History"), may_see_history),
    ("cases:keeping", gettext_lazy("Retention"), has_an_end),
    ("cases:log", gettext_lazy("Access log"), may_see_log),
)


def head(request: AuthenticatedRequest, sight: Sight, current: str, steps: list[Step] | None = None) -> Head:
    tabs = [
        Tab(label, reverse(name, args=[sight.case.pk]), name == f"cases:{current}")
        for name, label, shown in _TABS
        if shown(sight)
    ]
    made = glance.Glance(sight, steps)
    if not sight.is_desk:
        return Head(made, tabs, "", sight, current == "case")
    if "vy" not in request.GET:
        return Head(made, tabs, reverse("cases:inbox"), sight, current == "case")
    query = request.GET.copy()
    query.pop("vald", None)
    words = query.urlencode()
    back = f"{reverse('cases:inbox')}?{words}&vald={sight.case.pk}"
    previous, following = _neighbours(sight, query) if current == "case" else (None, None)
    return Head(
        made, tabs, back, sight, current == "case", words, _beside(previous, words), _beside(following, words)
    )


def _beside(case_id: uuid.UUID | None, query: str) -> str:
    return f"{reverse('cases:case', args=[case_id])}?{query}" if case_id else ""


def _neighbours(sight: Sight, query: Any) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The cases before and after this one in the view it was opened from. One query."""
    grant = next(grant for grant in sight.grants if grant.desk_id)
    base = lists.at(sight.by, lists.inbox_desks(sight.by))
    base = base.filter(inbox.asked_by(query).where(sight.by, clock.now())).exclude(case_id=sight.case.pk)
    return queue.around(base, queue.Cursor.at(grant))


# --- the list ------------------------------------------------------------------------------------


@require_safe
def case_list(request: AuthenticatedRequest) -> HttpResponse:
    """Every case one's agency or desk takes part in."""
    by = request.assignment
    if not by.has("work_cases"):
        audit.refuse("case.list", by=by)
        raise PermissionDenied
    closed = request.GET.get("visa") == "avslutade"
    words = request.GET.get("q", "")[:40].strip()
    base = held_by(by).filter(level__gte=Level.HEADER)
    shown = base.filter(is_open=not closed)
    if words:
        shown = shown.filter(not_hidden(by), case__reference__icontains=words.replace(" ", ""))
    numbers = queue.counts([base.filter(is_open=True), base.filter(is_open=False), shown])
    page = queue.newest(shown, request.GET) if closed else queue.page(shown, request.GET)
    audit.record("case.list", by=by, target_ids=[grant.case_id for grant in page.grants])
    context = {
        "rows": rows.rows(page.grants, preview=False),
        "page": page,
        "views": _list_views(closed, numbers),
        "q": words,
        "closed": closed,
        "shown": queue.shown_text(len(page.grants), numbers[2]),
    }
    return render(request, "cases/case/list.html", context)


def _list_views(closed: bool, numbers: list[int]) -> list[dict[str, Any]]:
    """Open and closed cases, each with how many."""
    opened, over = (queue.count_text(number) for number in numbers[:2])
    return [
        {"label": _("Open"), "url": "?", "count": opened, "current": not closed},
        {"label": _("Closed cases"), "url": "?visa=avslutade", "count": over, "current": closed},
    ]


# --- overview ------------------------------------------------------------------------------------


@require_safe
def overview(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    sight = get_case_or_404(request, case_id)
    return render(request, "cases/case/overview.html", overview_context(request, sight))


def overview_context(request: AuthenticatedRequest, sight: Sight) -> dict[str, Any]:
    """What the overview shows for a sight: the viewer's own, or the one somebody is about to be given."""
    top = head(request, sight, "case")
    own, others = to_do(top, request.path)
    return {
        "head": top,
        "own": own,
        "others": others,
        "invitation": invitation_of(sight),
        "beside": beside.beside(sight),
        "known": matches.Sameness(sight),
    }


def invitation_of(sight: Sight) -> Participation | None:
    """The invitation that waits for the viewer's own agency."""
    if sight.agency_id is None or sight.level > Level.HEADER:
        return None
    return sight.case.participations.filter(
        agency_id=sight.agency_id, status=ParticipationStatus.INVITED
    ).first()


def to_do(top: Head, back: str) -> tuple[list[StepItem], list[StepItem]]:
    """What is to be done now by the viewer's own house, and by others; by time left."""
    sight, now = top.sight, clock.now()
    live = [s for s in top.glance.steps if s.status in LIVE_STEPS and top.glance.reads(s)]
    live.sort(key=lambda s: (s.due_at or now, s.template.order))
    own = [
        items.item(s, sight, now, can_act=may_act(sight, s), back=back, owner=False)
        for s in live
        if sight.owns(s)
    ]
    others = [items.item(s, sight, now, can_act=False, back=back) for s in live if not sight.owns(s)]
    return own, others


def may_act(sight: Sight, step: Step) -> bool:
    step.case = sight.case
    return not step_service.is_over(step) and step_service.may_act(step, sight, sight.by)


# --- checklist -----------------------------------------------------------------------------------


@require_safe
def checklist(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.steps")
    steps = list(
        sight.case.steps.select_related(
            "template", "agency", "desk__region", "assignee", "ended_by", "data_key"
        ).order_by("phase", "template__order", "occurrence")
    )
    top, now = head(request, sight, "steps", steps), clock.now()
    seen = [step for step in steps if top.glance.reads(step)]
    mine = request.GET.get("visa") == "mina"
    number = request.GET.get("steg", "")
    shown = [
        s for s in seen if (not mine or sight.owns(s)) and (not number or s.phase.startswith(f"{number}_"))
    ]
    back = request.get_full_path()
    made = {s.pk: items.item(s, sight, now, can_act=may_act(sight, s), back=back) for s in shown}
    context = {
        "head": top,
        "groups": items.grouped(shown, made),
        "progress": _progress(seen),
        "views": _step_views(seen, sight, mine, number),
    }
    return render(request, "cases/case/checklist.html", context)


def _progress(steps: list[Step]) -> str:
    counted = [s for s in steps if s.status not in (StepStatus.CANCELLED, StepStatus.NOT_APPLICABLE)]
    done = sum(step.status == StepStatus.DONE for step in counted)
    return _("%(done)s of %(total)s done") % {"done": done, "total": len(counted)}


def _step_views(seen: list[Step], sight: Sight, mine: bool, number: str) -> list[dict[str, Any]]:
    own = sum(sight.owns(step) for step in seen)
    return [
        {"label": _("All"), "url": "?", "count": str(len(seen)), "current": not mine and not number},
        {"label": _("Ours"), "url": "?visa=mina", "count": str(own), "current": mine},
        *(
            {
                "label": f"{phase.number} {phase.label}",
                "url": f"?steg={phase.number}",
                "count": str(sum(s.phase == phase for s in seen)),
                "current": number == str(phase.number),
            }
            for phase in rows.PHASES
            if any(s.phase == phase for s in seen)
        ),
    ]


# --- the end -------------------------------------------------------------------------------------


def _available(sight: Sight, verb: Verb) -> None:
    """PermissionDenied for a member without the right, TransitionNotAllowed when it is not the time."""
    if workflow.TRANSITIONS[verb].right not in sight.desk_rights:
        audit.refuse(f"case.{verb}", sight.case, by=sight.by)
        raise PermissionDenied
    workflow.check(verb, sight.case)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """A page of its own: what is unfinished, how the case ended, what happens then."""
    sight = get_case_or_404(request, case_id)
    _available(sight, Verb.CLOSE)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = Outcome(form.cleaned_data["outcome"])
        try:
            casework.close(case_id=case_id, outcome=outcome, by=request.assignment)
        except ValidationError as error:
            put(form, error)
        else:
            words = _("%(reference)s has been closed.") % {"reference": sight.case.reference}
            messages.success(request, words)
            return redirect("cases:case", case_id)
    top = head(request, sight, "")
    unfinished = [s for s in top.glance.steps if s.status in (*LIVE_STEPS, StepStatus.WAITING)]
    words = ngettext("%(n)s step is not finished", "%(n)s steps are not finished", len(unfinished))
    context = {
        "head": top,
        "form": form,
        "title": words % {"n": len(unfinished)},
        "unfinished": [items.item(s, sight, clock.now(), can_act=False) for s in unfinished],
    }
    return render(request, "cases/case/close.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    sight = get_case_or_404(request, case_id)
    _available(sight, Verb.REOPEN)
    if request.method == "POST":
        try:
            casework.reopen(case_id=case_id, by=request.assignment)
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        else:
            words = _("%(reference)s has been reopened.") % {"reference": sight.case.reference}
            messages.success(request, words)
        return redirect("cases:case", case_id)
    return render(request, "cases/case/reopen.html", {"head": head(request, sight, "")})

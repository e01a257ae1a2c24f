"""Agencies in a case: who takes part on what ground, inviting, answering, ending."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_to_send
from accounts.enums import AgencyKind
from accounts.models import Agency, Membership
from cases import workflow
from cases.access import Sight, barred_from, get_case_or_404
from cases.enums import Category, GroundKind, Level, ParticipationStatus, Provision, Status, Verb
from cases.forms.agencies import BoundAnswerForm
from cases.forms.casework import AnswerForm
from cases.forms.sharing import InviteForm
from cases.models import LegalGround, Participation, Step
from cases.services import participation as service
from cases.services import responsibility
from cases.views import case as case_views
from cases.views import glance, looking
from core import audit, clock, looks
from core.fields import put
from core.swedish import swedish_key
from manual.enums import Scope

_TAGS = {
    ParticipationStatus.INVITED: ("blue", "send"),
    ParticipationStatus.ACCEPTED: ("fjord", "check"),
    ParticipationStatus.PROVISIONAL: ("amber", "alert"),
    ParticipationStatus.DECLINED: ("grey", "x"),
    ParticipationStatus.ENDED: ("grey", ""),
}


@dataclass(frozen=True)
class Actor:
    """One agency's part in the case, in words."""

    row: Participation
    name: str
    contact: str
    status: str
    is_open: bool
    """Ground, parts and reason are told to the desk, and to the agency itself."""
    ground: str
    categories: str
    reason: str
    may_end: bool
    may_change: bool
    may_answer: bool


def ground_text(ground: LegalGround) -> str:
    """Consent of a day, or the provision by name."""
    if ground.kind == GroundKind.CONSENT and ground.consent is not None:
        return _("Consent of %(day)s") % {"day": looks.date_text(ground.consent.given_on)}
    if ground.kind == GroundKind.PROVISION:
        return str(Provision(ground.provision).label)
    return str(GroundKind(ground.kind).label)


def category_text(ground: LegalGround) -> str:
    labels = [str(Category(code).label) for code in ground.categories]
    return ", ".join(labels) if labels else _("Its checklist only")


def may_change_contact(row: Participation, sight: Sight) -> bool:
    """The agency's own people, and the coordinator who decides."""
    own = row.agency_id == sight.agency_id and sight.level >= Level.STEPS
    takes_part = row.status == ParticipationStatus.ACCEPTED and sight.case.is_open
    return takes_part and (own or "triage" in sight.desk_rights)


def _actor(row: Participation, sight: Sight, contacts: dict[uuid.UUID, str]) -> Actor:
    return Actor(
        row=row,
        name=sight.name_of(row.agency),
        contact="" if sight.hides(row.agency) else contacts.get(row.pk, ""),
        is_open=sight.is_desk or row.agency_id == sight.agency_id,
        status=looks.tag(ParticipationStatus(row.status).label, *_TAGS[ParticipationStatus(row.status)]),
        ground=ground_text(row.ground),
        categories=category_text(row.ground),
        reason=str(row.decline_reason or "") if sight.is_desk else "",
        may_end="triage" in sight.desk_rights and row.status in ("invited", "accepted"),
        may_change=may_change_contact(row, sight),
        may_answer="triage" in sight.desk_rights and row.status == "invited" and sight.case.is_open,
    )


@require_safe
def actors(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everybody in the case, on what ground, and what each may see."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS)
    top = case_views.head(request, sight, "actors")
    context = {
        "head": top,
        "actors": [_actor(row, sight, top.glance.contacts) for row in top.glance.actors],
        "may_invite": Verb.INVITE in {row.verb for row in workflow.available(sight)},
        "may_ask": "triage" in sight.desk_rights and sight.case.status == Status.ACTIVE,
        "disputes": [AgencyKind(row.kind).label for row in sight.disputes],
    }
    return render(request, "cases/case/actors.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@fresh_to_send
def invite(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Choose an agency; then, when it is known, the grounds that cover it and what it may see."""
    sight = _inviting(request, case_id)
    data = request.POST if request.method == "POST" else request.GET if "agency" in request.GET else None
    chosen = _agency(data.get("agency", "") if data is not None else "")
    form = _invite_form(sight, chosen, request.POST if request.method == "POST" else None)
    unchosen = request.method != "POST" and data is not None and chosen is None
    if unchosen:
        form = _asked_for_agency(sight)
    pressed = request.method == "POST" and request.POST.get("do") != "edit" and form.is_valid()
    if pressed and (done := _looked_at(request, sight, chosen, form) or _invited(request, case_id, form)):
        return done
    context = {
        "head": case_views.head(request, sight, "actors"),
        "form": form,
        "agency": chosen,
        "without_ground": chosen is not None and not service.ground_choices(sight.case, chosen),
    }
    return render(request, "cases/case/invite.html", context, status=422 if unchosen else 200)


def _looked_at(
    request: AuthenticatedRequest, sight: Sight, agency: Agency | None, form: InviteForm
) -> HttpResponse | None:
    """The case as the agency will see it once it has accepted; None when that was not asked for."""
    if request.POST.get("do") != "look" or agency is None:
        return None
    if not looking.permitted(form, service.ground_choices(sight.case, agency)):
        return None
    categories, action = form.cleaned_data["categories"], reverse("cases:invite", args=[sight.case.pk])
    carried, press = looking.carried(form), _("Send the invitation")
    return looking.look(request, sight, agency, categories, action=action, carried=carried, press=press)


def _invited(request: AuthenticatedRequest, case_id: uuid.UUID, form: InviteForm) -> HttpResponse | None:
    """Sent; None when the service refused, which stands in the form then."""
    if form.errors:
        return None
    try:
        service.invite(case_id=case_id, by=request.assignment, **form.invitation())
    except ValidationError as error:
        put(form, error)
        return None
    words = _("The invitation has been sent. Until the agency accepts it sees the heading only.")
    messages.success(request, words)
    return redirect("cases:actors", case_id)


def _asked_for_agency(sight: Sight) -> InviteForm:
    """The first half pressed without a choice: only that is told."""
    form = _invite_form(sight, None, {})
    for name in set(form.errors) - {"agency"}:
        del form.errors[name]
    return form


def _inviting(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    """The sight of somebody who may invite now. Raises PermissionDenied or TransitionNotAllowed else."""
    sight = get_case_or_404(request, case_id)
    if "triage" not in sight.desk_rights:
        audit.refuse("participation.invite", sight.case, by=request.assignment)
        raise PermissionDenied
    workflow.check(Verb.INVITE, sight.case)
    return sight


def _agency(value: str) -> Agency | None:
    try:
        return (
            Agency.objects.active().filter(pk=uuid.UUID(value)).exclude(kind=AgencyKind.COORDINATION).first()
        )
    except ValueError:
        return None


def _invite_form(sight: Sight, chosen: Agency | None, data: Any) -> InviteForm:
    agencies = Agency.objects.active().exclude(kind=AgencyKind.COORDINATION).values_list("pk", "name")
    grounds = service.ground_choices(sight.case, chosen) if chosen else []
    return InviteForm(
        data,
        agencies=sorted(((str(pk), name) for pk, name in agencies), key=lambda pair: swedish_key(pair[1])),
        grounds=grounds,
        anonymous=sight.case.is_consultation,
        initial={"agency": str(chosen.pk) if chosen else ""},
    )


@require_POST
def end(request: AuthenticatedRequest, case_id: uuid.UUID, participation_id: uuid.UUID) -> HttpResponse:
    """The coordinator ends an agency's part."""
    sight = get_case_or_404(request, case_id)
    row = sight.case.participations.select_related("agency").filter(pk=participation_id).first()
    if row is None:
        raise Http404
    try:
        service.end(participation_id=row.pk, by=request.assignment)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        words = _("%(agency)s no longer takes part. Its sight of the case has closed.")
        messages.success(request, words % {"agency": row.agency.name})
    return redirect("cases:actors", case_id)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: AuthenticatedRequest, participation_id: uuid.UUID) -> HttpResponse:
    """What an invited agency sees: the heading, who asks, on what ground, what it would get; yes or no."""
    row, sight = _invitation(request, participation_id)
    bound = responsibility.why_it_cannot_decline(row.case, row.agency) if row.answered_at is None else ""
    form = (BoundAnswerForm if bound else AnswerForm)(
        request.POST if request.method == "POST" else None,
        people=people_of(row),
        initial={"contact": str(request.assignment.user_id)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            service.answer(participation_id=row.pk, by=request.assignment, **form.answered())
        except ValidationError as error:
            put(form, error)
        else:
            return _answered(request, row, form.cleaned_data["accepts"])
    context = {
        "glance": glance.of(sight),
        "row": row,
        "bound": bound,
        "form": form if row.status == ParticipationStatus.INVITED else None,
        "ground": ground_text(row.ground),
        "categories": category_text(row.ground),
        "time_left": looks.clock(row.answer_by, clock.now(), started=row.invited_at, answer=True),
    }
    return render(request, "cases/case/answer.html", context)


def _answered(request: AuthenticatedRequest, row: Participation, accepts: bool) -> HttpResponse:
    own = Step.objects.filter(case_id=row.case_id, agency_id=row.agency_id)
    if accepts and own.exclude(template__scope=Scope.ACT).exists():
        messages.success(request, _("Your agency takes part. This is your checklist."))
        return redirect("cases:steps", row.case_id)
    if accepts:
        messages.success(
            request, _("Your agency takes part. The Manual has no step for you in this case so far.")
        )
        return redirect("cases:case", row.case_id)
    messages.success(request, _("The coordinator has been told that your agency declines."))
    return redirect("cases:work")


def _invitation(request: AuthenticatedRequest, participation_id: uuid.UUID) -> tuple[Participation, Sight]:
    """The invitation of one's own agency, with the sight it gives; 404 for everybody else, recorded."""
    by = request.assignment
    found = Participation.objects.select_related("agency", "ground__consent", "invited_by").filter(
        pk=participation_id, agency_id=by.agency_id, is_referrer=False
    )
    row = found.first() if by.has("work_cases") else None
    if row is None:
        audit.refuse("participation.read", participation_id, by=by)
        raise Http404
    return row, get_case_or_404(request, row.case_id)


def people_of(row: Participation) -> list[tuple[str, str]]:
    members = (
        Membership.objects.in_force(clock.today()).filter(agency_id=row.agency_id).select_related("user")
    )
    able = members.exclude(user_id__in=barred_from(row.case))
    return sorted({(str(m.user_id), m.user.name) for m in able}, key=lambda pair: swedish_key(pair[1]))

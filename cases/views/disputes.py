"""When agencies of one kind all decline: both sides for the desk, a bare list for the national desk."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AuthenticatedRequest
from accounts.enums import AgencyKind
from accounts.models import Agency
from cases import workflow
from cases.access import Sight, get_case_or_404
from cases.enums import ParticipationStatus, Verb
from cases.forms.agencies import SettleForm
from cases.models import Dispute
from cases.services import disputes as service
from cases.services import participation, responsibility
from cases.views import case as case_views
from cases.views import looking
from coordinators.access import desks_of
from core import audit, clock, looks
from core.errors import TransitionNotAllowed
from core.fields import put
from core.swedish import swedish_key
from core.tables import Column, Table, reference


@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Who declined and why, who keeps protection going; and the form that names who takes it on."""
    sight = get_case_or_404(request, case_id)
    dispute = _open(sight, request)
    data = request.POST if request.method == "POST" else request.GET if "agency" in request.GET else None
    chosen = _chosen(dispute, data.get("agency", "") if data is not None else "")
    form = _form(sight, dispute, chosen, request.POST if request.method == "POST" else None)
    sent = request.method == "POST" and request.POST.get("do") != "edit" and form.is_valid()
    if sent and (
        done := _looked_at(request, sight, dispute, chosen, form) or _settled(request, dispute, form)
    ):
        return done
    context = {
        "head": case_views.head(request, sight, "actors"),
        "about": _about(sight, dispute),
        "form": form,
        "agency": chosen,
        "without_ground": bool(chosen) and not form.is_asked and not form.fields["ground"].choices,  # type: ignore[attr-defined]
    }
    return render(request, "cases/agencies/dispute.html", context)


def _looked_at(
    request: AuthenticatedRequest, sight: Sight, dispute: Dispute, agency: Agency | None, form: SettleForm
) -> HttpResponse | None:
    """The case as the agency will see it once it has accepted; None when that was not asked for."""
    if request.POST.get("do") != "look" or agency is None or form.is_asked:
        return None
    if not looking.permitted(form, participation.ground_choices(sight.case, agency)):
        return None
    action = reverse("cases:dispute", args=[sight.case.pk])
    carried = [("kind", dispute.kind), *looking.carried(form)]
    categories = form.cleaned_data["categories"]
    return looking.look(
        request, sight, agency, categories, action=action, carried=carried, press=_("Settle the dispute")
    )


def _settled(request: AuthenticatedRequest, dispute: Dispute, form: SettleForm) -> HttpResponse | None:
    """Written down; None when the service refused, which stands in the form then."""
    if form.errors:
        return None
    try:
        service.settle(
            case_id=dispute.case_id, dispute_id=dispute.pk, by=request.assignment, **form.settlement()
        )
    except ValidationError as error:
        put(form, error)
        return None
    messages.success(request, _("The dispute is settled. The agency you named cannot decline."))
    return redirect("cases:actors", dispute.case_id)


def _open(sight: Sight, request: AuthenticatedRequest) -> Dispute:
    """The dispute at hand. PermissionDenied for a member without the right, TransitionNotAllowed else."""
    if workflow.TRANSITIONS[Verb.SETTLE].right not in sight.desk_rights:
        audit.refuse("case.settle", sight.case, by=sight.by)
        raise PermissionDenied
    workflow.check(Verb.SETTLE, sight.case)
    kind = request.POST.get("kind", "") or request.GET.get("kind", "")
    found = [row for row in sight.disputes if not kind or row.kind == kind]
    if not found:
        raise TransitionNotAllowed(_("The dispute has already been settled."))
    return found[0]


def _about(sight: Sight, dispute: Dispute) -> dict[str, Any]:
    rows = responsibility.declined_in(sight.case, dispute.kind)
    keeps = sight.case.participations.filter(
        status=ParticipationStatus.PROVISIONAL, agency__kind=dispute.kind
    ).select_related("agency")
    now = clock.now()
    return {
        "dispute": dispute,
        "kind": AgencyKind(dispute.kind).label,
        "declined": [
            {
                "name": row.agency.name,
                "at": row.answered_at,
                "who": row.answered_by.name if row.answered_by else "",
                "reason": str(row.decline_reason or ""),
            }
            for row in rows
        ],
        "keeps": next((row.agency.name for row in keeps), ""),
        "clock": looks.clock(dispute.escalate_at, now, started=dispute.opened_at),
        "others": [row for row in sight.disputes if row.pk != dispute.pk],
    }


def _of_kind(dispute: Dispute) -> list[tuple[str, str]]:
    rows = Agency.objects.active().filter(kind=dispute.kind).values_list("pk", "name")
    return sorted(((str(pk), name) for pk, name in rows), key=lambda pair: swedish_key(pair[1]))


def _chosen(dispute: Dispute, value: str) -> Agency | None:
    try:
        return Agency.objects.active().filter(pk=uuid.UUID(value), kind=dispute.kind).first()
    except ValueError:
        return None


def _form(sight: Sight, dispute: Dispute, chosen: Agency | None, data: Any) -> SettleForm:
    asked = chosen is not None and service.is_asked(sight.case, chosen) is not None
    grounds = participation.ground_choices(sight.case, chosen) if chosen and not asked else []
    return SettleForm(
        data,
        agencies=_of_kind(dispute),
        grounds=grounds,
        anonymous=sight.case.is_consultation,
        is_asked=asked,
        initial={"agency": str(chosen.pk) if chosen else ""},
    )


@require_safe
def escalated(request: AuthenticatedRequest) -> HttpResponse:
    """For the national desk: disputes nobody settled in time, by reference and kind of agency; no content."""
    by = request.assignment
    if not any("place" in rights for rights in desks_of(by).values()):
        audit.refuse("dispute.list", by=by)
        raise PermissionDenied
    found = list(service.escalated(by)[:200])
    audit.record("dispute.list", by=by, target_ids=[row.case_id for row in found])
    return render(request, "cases/agencies/escalated.html", {"table": _table(found), "any": bool(found)})


def _table(found: list[Dispute]) -> Table:
    """Reference, kind of agency, desk and days: nothing of the case."""
    columns = (_("Reference"), _("Kind of agency"), _("Desk"), _("Since"), _("Sent here"))
    rows = [
        [
            reference(row.case.reference),
            row.get_kind_display(),
            str(row.case.desk.name),
            looks.date_text(row.opened_at),
            looks.date_text(row.escalated_at) if row.escalated_at else "",
        ]
        for row in found
    ]
    title = _("Disputes nobody has settled in time")
    return Table(title, [Column(words) for words in columns], rows, cards=True, hide_caption=True)

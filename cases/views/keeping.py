"""How long a case is kept, and how it goes: the page in the case, and the pages of disposal."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Assignment, AuthenticatedRequest, fresh_sign_in_required, right_required
from accounts.enums import AgencyKind
from cases.access import Sight, get_case_or_404
from cases.enums import BatchState, ItemState, RecordKind
from cases.forms.keeping import ApproveForm, HoldByNumberForm, HoldForm, ProposeForm
from cases.models import Case, DisposalBatch, RetentionRule
from cases.services.disposal import batches, holds, looking, schedules
from cases.services.disposal.batches import Line
from cases.views import case as case_views
from core import audit, clock, looks
from core.fields import put
from core.tables import Column, Table

TINTS: Final = {
    BatchState.PROPOSED: "amber",
    BatchState.APPROVED: "red",
    BatchState.DONE: "grey",
    BatchState.REFUSED: "blue",
    BatchState.STOPPED: "blue",
}


def state_tag(batch: DisposalBatch) -> SafeString:
    return looks.tag(BatchState(batch.state).label, TINTS[BatchState(batch.state)])


def period(rule: RetentionRule) -> str:
    """Five years, and whether the law says so."""
    words = f"{rule.amount} {rule.get_unit_display()}"
    return words if rule.is_settled else _("%(period)s (to be confirmed)") % {"period": words}


def basis(rule: RetentionRule) -> str:
    return str(rule.basis.get(get_language() or "sv") or rule.basis.get("sv", ""))


# --- in the case -----------------------------------------------------------------------------------


def _mine(request: AuthenticatedRequest, case_id: uuid.UUID) -> Sight:
    """Whoever decides at the desk. Others with sight of the case get 403, strangers 404."""
    sight = get_case_or_404(request, case_id, verb="case.keeping")
    if "triage" not in sight.desk_rights or sight.is_unplaced:
        audit.refuse("case.keeping", sight.case, by=request.assignment)
        raise PermissionDenied
    return sight


@require_http_methods(["GET", "HEAD", "POST"])
def keeping(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """When the case will go, by which rule, and what keeps it. POST: keep it for longer."""
    sight = _mine(request, case_id)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            holds.place(case_id=case_id, by=request.assignment, **form.asked())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The case is kept for now."))
            return redirect("cases:keeping", case_id)
    living = holds.living(sight.case).select_related("placed_by", "data_key").order_by("ends_on")
    context = {
        "head": case_views.head(request, sight, "keeping"),
        "rows": _when(sight.case),
        "holds": living,
        "form": form,
    }
    return render(request, "cases/keeping/case.html", context)


def _when(case: Case) -> list[dict[str, Any]]:
    """The days and the rule, in words."""
    if case.status not in schedules.OVER:
        return [{"label": _("Kept"), "value": _("As long as it is open, and its period after that")}]
    if not schedules.rules():
        schedules.sync()
    found = schedules.due(case)
    rows = [
        {"label": _("Last entry"), "value": looks.date_text(found.counts_from)},
        {"label": _("Period"), "value": period(found.rule)},
        {"label": _("Comes from"), "value": basis(found.rule)},
        {"label": _("Kept until"), "value": looks.date_text(found.on)},
    ]
    if holds.living(case).exists():
        rows.append({"label": _("Can go from"), "value": _("Not while it is on hold")})
    elif warned := getattr(case, "retention", None):
        rows.append({"label": _("Can go from"), "value": looks.date_text(looking.goes_on(warned))})
    return rows


@require_POST
def lift_in_case(request: AuthenticatedRequest, case_id: uuid.UUID, hold_id: uuid.UUID) -> HttpResponse:
    """One of this very case; Http404 for any other."""
    sight = _mine(request, case_id)
    if not sight.case.holds.filter(pk=hold_id).exists():
        raise Http404
    holds.lift(hold_id=hold_id, by=request.assignment)
    messages.success(request, _("The case need not be kept any longer."))
    return redirect("cases:keeping", case_id)


# --- the pages of disposal ----------------------------------------------------------------------------


def _answers(request: AuthenticatedRequest, what: str) -> None:
    if not batches.may_see(request.assignment):
        audit.refuse(what, by=request.assignment)
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def disposal(request: AuthenticatedRequest) -> HttpResponse:
    """Whose time comes, what keeps some, and the batches. POST: propose a batch."""
    by = request.assignment
    _answers(request, "disposal.list")
    found = batches.lines(by)
    ripe = [line for line in found if line.can_be_proposed]
    form = ProposeForm(request.POST if request.method == "POST" else None, cases=_choices(ripe))
    if request.method == "POST" and form.is_valid():
        try:
            batch = batches.propose(by=by, **form.chosen())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Proposed. Another person has to approve it."))
            return redirect("cases:batch", batch.pk)
    audit.record("disposal.list", by=by, target_ids=[line.case.pk for line in found])
    context = {
        "form": form if ripe or form.is_bound else None,
        "coming": _coming([line for line in found if not line.can_be_proposed]),
        "batches": [_line(row) for row in batches.batches(by)],
        "officer": by.has("protect_data"),
    }
    return render(request, "cases/keeping/list.html", context)


def _line(row: DisposalBatch) -> dict[str, Any]:
    """One batch in the list: its decision, who proposed it, how many cases."""
    total = getattr(row, "total", 0)
    count = ngettext("%(n)s case", "%(n)s cases", total) % {"n": total}
    hint = f"{row.proposed_by.name}, {looks.date_text(row.proposed_at)}, {count}"
    url = reverse("cases:batch", args=[row.pk])
    return {"label": row.decision, "url": url, "hint": hint, "status": state_tag(row)}


def _choices(found: list[Line]) -> list[tuple[str, str]]:
    words = _("%(reference)s, %(desk)s, kept until %(day)s")
    return [
        (
            str(line.case.pk),
            words % {
                "reference": line.case.reference, "desk": line.case.desk.name,
                "day": looks.date_text(line.retention.due_on),
            },
        )
        for line in found
    ]  # fmt: skip


def _coming(found: list[Line]) -> Table | None:
    """What is not ripe, or is kept, each with why."""
    if not found:
        return None
    columns = [Column(_("Case")), Column(_("Desk")), Column(_("Kept until")), Column(_("Can go from")),
               Column(_("What keeps it"))]  # fmt: skip
    rows = [
        [
            line.case.reference,
            line.case.desk.name,
            looks.date_text(line.retention.due_on),
            looks.date_text(line.on) if line.hold is None else _("Not while it is on hold"),
            _why(line),
        ]
        for line in found
    ]
    return Table(_("Cases that cannot go yet"), columns, rows, cards=True, hide_caption=True)


def _why(line: Line) -> str:
    if line.batch_id:
        return _("In a batch")
    if line.hold:
        words = _("On hold until %(day)s: %(reason)s")
        return words % {
            "day": looks.date_text(line.hold.ends_on), "reason": line.hold.get_reason_display()
        }  # fmt: skip
    return str(line.obstacle.label) if line.obstacle else ""


@require_safe
def rules(request: AuthenticatedRequest) -> HttpResponse:
    """How long what is kept, and where that comes from."""
    _answers(request, "disposal.rules")
    if not RetentionRule.objects.exists():
        schedules.sync()
    columns = [Column(_("Records")), Column(_("Agencies")), Column(_("Period")), Column(_("Comes from"))]
    rows = [
        [
            RecordKind(rule.record).label,
            AgencyKind(rule.agency_kind).label if rule.agency_kind else _("All others"),
            period(rule),
            basis(rule),
        ]
        for rule in sorted(RetentionRule.objects.all(), key=lambda one: (one.record, one.agency_kind))
    ]
    table = Table(_("How long records are kept"), columns, rows, cards=True, hide_caption=True)
    return render(request, "cases/keeping/rules.html", {"table": table})


@right_required("protect_data")
@require_http_methods(["GET", "HEAD", "POST"])
def hold_by_number(request: AuthenticatedRequest) -> HttpResponse:
    """The data protection officer keeps a case whose number she was told. Nothing of it is shown to her."""
    form = HoldByNumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            case = holds.find(form.cleaned_data["reference"], by=request.assignment)
            holds.place(case_id=case, by=request.assignment, **form.asked())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The case is kept for now."))
            return redirect("cases:holds")
    rows = holds.all_living(request.assignment)
    audit.record("hold.list", by=request.assignment, target_ids={row.case_id for row in rows})
    return render(request, "cases/keeping/holds.html", {"form": form, "holds": rows})


@right_required("protect_data")
@require_POST
def lift(request: AuthenticatedRequest, hold_id: uuid.UUID) -> HttpResponse:
    holds.lift(hold_id=hold_id, by=request.assignment)
    messages.success(request, _("The case need not be kept any longer."))
    return redirect("cases:holds")


# --- one batch ----------------------------------------------------------------------------------------


def _batch_or_404(request: AuthenticatedRequest, batch_id: uuid.UUID) -> DisposalBatch:
    found = batches.batch_of(batch_id, request.assignment) if batches.may_see(request.assignment) else None
    if found is None:
        raise Http404
    return found


@require_safe
def batch(request: AuthenticatedRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Its cases by number, who proposed and who approved, and what may be done about it now."""
    return _show(request, _batch_or_404(request, batch_id), ApproveForm())


def _show(request: AuthenticatedRequest, row: DisposalBatch, form: ApproveForm) -> HttpResponse:
    by = request.assignment
    mine = row.proposed_by_id == by.user_id
    context = {
        "batch": row,
        "tag": state_tag(row),
        "rows": _facts(row),
        "table": _items(row, by),
        "form": form,
        "may_judge": row.state == BatchState.PROPOSED and by.has("protect_data") and not mine,
        "waits_for_another": row.state == BatchState.PROPOSED and (mine or not by.has("protect_data")),
        "may_stop": row.state == BatchState.APPROVED or (row.state == BatchState.PROPOSED and mine),
    }
    context["may_stop"] = context["may_stop"] and (mine or by.has("protect_data"))
    return render(request, "cases/keeping/batch.html", context)


def _facts(row: DisposalBatch) -> list[dict[str, Any]]:
    facts = [
        {"label": _("Decision on disposal"), "value": row.decision},
        {"label": _("Proposed"), "value": _by(row.proposed_by, row.proposed_at)},
    ]
    if row.decided_by:
        word = _("Not approved") if row.state == BatchState.REFUSED else _("Approved")
        facts.append({"label": word, "value": _by(row.decided_by, row.decided_at)})
    if row.carried_out_from and row.state == BatchState.APPROVED:
        when = looks.day_text(row.carried_out_from, clock.now())
        facts.append({"label": _("Carried out from"), "value": when})
    if row.stopped_by:
        facts.append({"label": _("Stopped"), "value": _by(row.stopped_by, row.stopped_at)})
    if row.done_at:
        facts.append({"label": _("Carried out"), "value": looks.day_text(row.done_at, clock.now())})
    return facts


def _by(person: Any, at: Any) -> str:
    return f"{person.name}, {looks.day_text(at, clock.now())}"


def _items(row: DisposalBatch, by: Assignment) -> Table:
    items = batches.items_of(row, by)
    rows = [
        [
            item.case.reference,
            looks.date_text(item.due_on),
            ItemState(item.state).label,
            item.get_obstacle_display() if item.obstacle else "–",
        ]
        for item in items
    ]
    columns = [Column(_("Case")), Column(_("Kept until")), Column(_("Status")), Column(_("Why it was left"))]
    return Table(_("Cases of the batch"), columns, rows, cards=True, hide_caption=True)


@fresh_sign_in_required
@require_POST
def approve(request: AuthenticatedRequest, batch_id: uuid.UUID) -> HttpResponse:
    """The second person agrees, with a fresh sign-in."""
    row = _batch_or_404(request, batch_id)
    batches.require_second(row, request.assignment, "disposal.approve")
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form)
    batches.approve(batch_id=batch_id, by=request.assignment)
    messages.success(request, _("Approved. It can be stopped for one day."))
    return redirect("cases:batch", batch_id)


@require_POST
def refuse(request: AuthenticatedRequest, batch_id: uuid.UUID) -> HttpResponse:
    _batch_or_404(request, batch_id)
    batches.refuse(batch_id=batch_id, by=request.assignment)
    messages.success(request, _("Not approved. Everything stays."))
    return redirect("cases:batch", batch_id)


@require_POST
def stop(request: AuthenticatedRequest, batch_id: uuid.UUID) -> HttpResponse:
    _batch_or_404(request, batch_id)
    batches.stop(batch_id=batch_id, by=request.assignment)
    messages.success(request, _("Stopped. Everything stays."))
    return redirect("cases:batch", batch_id)

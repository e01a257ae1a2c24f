"""Those who came along: adding, correcting, a referral of their own, and the link to their own case."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import AuthenticatedRequest
from cases.access import Sight
from cases.forms.contact import DependantForm, LinkForm
from cases.models import Dependant
from cases.services import dependants as service
from cases.views import case as case_views
from cases.views import persons
from cases.views.glance import Line
from core import audit
from core.errors import StaleVersion
from core.fields import put


def _door(request: AuthenticatedRequest, case_id: uuid.UUID, verb: str) -> Sight:
    """404 to whoever has no page about the person, 403 without what concerns children or in a closed case."""
    sight = persons.door(request, case_id, "case.persons")
    if not service.may_change(sight):
        audit.refuse(verb, sight.case, by=request.assignment)
        raise PermissionDenied
    return sight


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    sight = _door(request, case_id, "dependant.add")
    form = DependantForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            service.add(case_id=case_id, by=request.assignment, **form.told())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:persons", case_id)
    return _show(request, sight, form)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: AuthenticatedRequest, case_id: uuid.UUID, dependant_id: uuid.UUID) -> HttpResponse:
    sight = _door(request, case_id, "dependant.correct")
    row = service.get_or_404(sight.case, dependant_id)
    form = DependantForm(request.POST if request.method == "POST" else None, initial=_start(row))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            service.correct(
                case_id=case_id,
                dependant_id=dependant_id,
                version=-1 if version is None else version,
                by=request.assignment,
                **form.told(),
            )
        except StaleVersion as stale:
            assert isinstance(stale.current, Dependant)
            return _stale(request, sight, stale.current)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:persons", case_id)
    return _show(request, sight, form, row)


def _start(row: Dependant) -> dict[str, object]:
    who = row.who if isinstance(row.who, dict) else {}
    known = {"relation": row.relation, "is_child": "yes" if row.is_child else "no", "version": row.version}
    return {**who, **known}


def _stale(request: AuthenticatedRequest, sight: Sight, row: Dependant) -> HttpResponse:
    data = request.POST.copy()
    data["version"] = str(row.version)
    who = row.who if isinstance(row.who, dict) else {}
    theirs = [Line(str(label), who[key]) for key, label in persons.DEPENDANT.items() if who.get(key)]
    theirs.insert(0, Line(_("Name or alias"), who.get("name", "")))
    return _show(request, sight, DependantForm(data), row, theirs=theirs, status=409)


def _show(
    request: AuthenticatedRequest,
    sight: Sight,
    form: DependantForm,
    row: Dependant | None = None,
    *,
    theirs: list[Line] | None = None,
    status: int = 0,
) -> HttpResponse:
    if not service.may_hold_whereabouts(sight.case) and not form.data.get("where"):
        form.fields.pop("where", None)  # what was posted all the same is refused at the field
    context = {
        "head": case_views.head(request, sight, "persons"),
        "form": form,
        "row": row,
        "theirs": theirs,
    }
    status = status or (422 if form.is_bound and form.errors else 200)
    return render(request, "cases/persons/dependant.html", context, status=status)


@require_POST
def refer(request: AuthenticatedRequest, case_id: uuid.UUID, dependant_id: uuid.UUID) -> HttpResponse:
    """Begin a referral about the dependant, with what is known filled in."""
    _door(request, case_id, "dependant.refer")
    draft_id = service.refer(case_id=case_id, dependant_id=dependant_id, by=request.assignment)
    words = _(
        "What is known has been filled in. When the referral is sent, link it on the page about the person."
    )
    messages.info(request, words)
    return redirect("cases:draft", draft_id)


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: AuthenticatedRequest, case_id: uuid.UUID, dependant_id: uuid.UUID) -> HttpResponse:
    sight = _door(request, case_id, "dependant.link")
    row = service.get_or_404(sight.case, dependant_id)
    sent = service.sent_about(row, request.assignment)
    start = {"reference": sent.reference if sent else ""}
    form = LinkForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        reference = form.cleaned_data["reference"]
        try:
            service.link(
                case_id=case_id, dependant_id=dependant_id, reference=reference, by=request.assignment
            )
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The cases are linked."))
            return redirect("cases:persons", case_id)
    context = {"head": case_views.head(request, sight, "persons"), "form": form, "row": row}
    return render(request, "cases/persons/link.html", context, status=422 if form.errors else 200)

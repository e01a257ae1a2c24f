"""Records of meetings and what was decided at them; and asking one agency for something without a meeting."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AuthenticatedRequest
from accounts.models import Agency
from cases import workflow
from cases.access import Sight, get_case_or_404
from cases.enums import Level, Status, Verb
from cases.forms.agencies import AskForm
from cases.forms.meetings import MeetingForm
from cases.models import Decision, Meeting
from cases.services import meetings as service
from cases.views import case as case_views
from cases.views import items
from core import audit, clock, looks
from core.errors import TransitionNotAllowed
from core.fields import put


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision in words; to those it does not concern only that there is one."""

    text: str
    owner: str
    due: str
    status: str
    url: str


@dataclass(frozen=True, slots=True)
class Record:
    """One meeting as the page shows it."""

    id: uuid.UUID
    held_on: date
    present: str
    minutes: str
    by: str
    at: datetime
    corrects: date | None
    corrected_on: datetime | None
    decisions: list[Decided]


@require_safe
def meeting_list(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """The records this viewer may read, newest first."""
    sight = get_case_or_404(request, case_id, need=Level.FULL, verb="case.meetings")
    found = list(service.meetings_for(sight))
    names = _names(found, sight)
    context = {
        "head": case_views.head(request, sight, "meetings"),
        "records": [_record(row, sight, names) for row in found],
        "may_record": Verb.MEET in {row.verb for row in workflow.available(sight)},
    }
    return render(request, "cases/meetings/list.html", context)


def _names(found: Iterable[Meeting], sight: Sight) -> dict[uuid.UUID, str]:
    """Of all agencies that were at these meetings. One query."""
    ids = {pk for row in found for pk in row.present}
    return {row.pk: sight.name_of(row) for row in Agency.objects.filter(pk__in=ids)}


def _record(row: Meeting, sight: Sight, names: dict[uuid.UUID, str]) -> Record:
    later: Meeting | None = getattr(row, "corrected_by", None)
    return Record(
        id=row.pk,
        held_on=row.held_on,
        present=", ".join([str(sight.case.desk.name), *(names[pk] for pk in row.present if pk in names)]),
        minutes=str(row.minutes or ""),
        by=row.recorded_by.name,
        at=row.recorded_at,
        corrects=row.corrects.held_on if row.corrects else None,
        corrected_on=later.recorded_at if later else None,
        decisions=[_decided(decision, sight) for decision in row.decisions.all()],
    )


def _decided(row: Decision, sight: Sight) -> Decided:
    step = row.step
    told = sight.reads_text_of(step)
    owner = sight.name_of(row.agency) if row.agency else str(row.desk.name) if row.desk else ""
    return Decided(
        text=str(row.text) if told else str(step.template.title),
        owner=owner,
        due=looks.deadline_text(step.due_at, clock.now()) if step.due_at else "",
        status=items.status_tag(step),
        url=reverse("cases:step", args=[sight.case.pk, step.pk]) if sight.reads(step) else "",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """A new record; `rattar` in the address names the one it corrects, which fills in what was written."""
    sight = get_case_or_404(request, case_id)
    if workflow.TRANSITIONS[Verb.MEET].right not in sight.desk_rights:
        audit.refuse("case.meet", sight.case, by=sight.by)
        raise PermissionDenied
    workflow.check(Verb.MEET, sight.case)
    earlier = _earlier(request, sight)
    more = "more" in request.POST
    form = _form(request, sight, earlier, more)
    if request.method == "POST" and not more and form.is_valid() and _recorded(case_id, form, earlier, sight):
        messages.success(request, _("The meeting has been recorded. Each decision is now a step."))
        return redirect("cases:meetings", case_id)
    if more:
        form.errors.clear()
    context = {
        "head": case_views.head(request, sight, "meetings"),
        "form": form,
        "decisions": [
            [form[f"{name}_{n}"] for name in ("text", "owner", "due_on")] for n in range(form.shown)
        ],
        "earlier": earlier,
        "room": form.shown < 20,
    }
    return render(request, "cases/meetings/record.html", context)


def _recorded(case_id: uuid.UUID, form: MeetingForm, earlier: Meeting | None, sight: Sight) -> bool:
    """Written down; False when the service refused, which stands in the form then."""
    try:
        service.record(
            case_id=case_id,
            decisions=_agreed(form),
            corrects_id=earlier.pk if earlier else None,
            by=sight.by,
            **form.recorded(),
        )
    except ValidationError as error:
        put(form, _placed(error, form.places()))
        return False
    return True


def _earlier(request: AuthenticatedRequest, sight: Sight) -> Meeting | None:
    """The record to be corrected; 404 for one that is not in this case."""
    value = request.GET.get("rattar", "")
    if not value:
        return None
    try:
        found = sight.case.meetings.select_related("data_key").filter(pk=uuid.UUID(value)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _form(request: AuthenticatedRequest, sight: Sight, earlier: Meeting | None, more: bool) -> MeetingForm:
    inside = [(str(agency.pk), agency.name) for agency in service.agencies_in(sight.case)]
    initial: dict[str, Any] = {"rows": 2}
    if earlier is not None:
        initial |= {
            "held_on": earlier.held_on,
            "present": [str(pk) for pk in earlier.present],
            "minutes": earlier.minutes or "",
        }
    data = None
    if request.method == "POST":
        data = request.POST.copy()
    form = MeetingForm(
        data, agencies=inside, owners=[(service.DESK, str(sight.case.desk.name)), *inside], more=more,
        initial=initial,
    )  # fmt: skip
    if data is not None:
        data["rows"] = str(form.shown)
    return form


def _agreed(form: MeetingForm) -> list[service.Agreed]:
    data = form.cleaned_data
    return [service.Agreed(data[f"text_{n}"], data[f"owner_{n}"], data[f"due_on_{n}"]) for n in form.places()]


def _placed(error: ValidationError, places: list[int]) -> ValidationError:
    """The service counts the decisions written, the page also the empty ones between them."""
    known = getattr(error, "error_dict", None)
    if known is None:
        return error
    moved = {}
    for name, problems in known.items():
        start, _line, number = name.rpartition("_")
        moved[f"{start}_{places[int(number)]}" if number.isdigit() else name] = problems
    return ValidationError(moved)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Ask an agency in the case for something: a step of that agency, with a day."""
    sight = get_case_or_404(request, case_id)
    if "triage" not in sight.desk_rights:
        audit.refuse("step.ask", sight.case, by=sight.by)
        raise PermissionDenied
    if sight.case.status != Status.ACTIVE:
        words = _("Nothing can be asked for: the case is now “%(status)s”.")
        raise TransitionNotAllowed(words % {"status": sight.case.get_status_display()})
    inside = [(str(agency.pk), agency.name) for agency in service.agencies_in(sight.case)]
    form = AskForm(
        request.POST if request.method == "POST" else None,
        agencies=inside,
        initial={"agency": request.GET.get("aktor", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            service.ask(case_id=case_id, by=request.assignment, **form.asked())
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("The agency has been asked. The step is chased until it is done."))
            return redirect("cases:actors", case_id)
    context = {"head": case_views.head(request, sight, "actors"), "form": form, "any": bool(inside)}
    return render(request, "cases/agencies/ask.html", context)

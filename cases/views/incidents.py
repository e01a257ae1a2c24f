"""Several persons at the same event: the event, the persons, check, send. All of it the owner's alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from cases import sections
from cases.enums import IncidentStatus
from cases.forms.drafts import SectionForm
from cases.forms.incidents import PasteForm
from cases.models import Incident
from cases.sections import Cleaned, Section, incident
from cases.services import incident_sending, incidents
from cases.views import incident_parts
from core import clock, looks
from core.errors import StaleVersion, TransitionNotAllowed
from core.fields import put

P = ParamSpec("P")
INVALID, CONFLICT, GONE = 422, 409, 410
FILE = right_required("file_referrals")
PAGES = {page.slug: page for page in incident.EVENT_PAGES}
CONFIRM = sections.BY_KEY["confirm"]

IncidentView = Callable[Concatenate[AuthenticatedRequest, Incident, P], HttpResponse]


def with_incident(view: IncidentView[P]) -> Callable[..., HttpResponse]:
    """Fetch the event among her own; a stranger gets 404. One that is over leads to what was sent."""

    @wraps(view)
    def fetched(
        request: AuthenticatedRequest, /, incident_id: uuid.UUID, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        row = incidents.own_incident(incident_id, request.assignment)
        if row.expires_at is None or row.expires_at <= clock.now():
            return redirect("cases:incident-receipt", row.pk)
        return view(request, row, *args, **kwargs)

    return fetched


def _is_autosave(request: AuthenticatedRequest) -> bool:
    return request.headers.get("X-NRM-Autosave") == "1"


def _view(request: AuthenticatedRequest) -> str:
    """The random word of the page view that sends."""
    return request.POST.get("view", "")[:32]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@FILE
@require_safe
def incident_list(request: AuthenticatedRequest) -> HttpResponse:
    """Her own events, with how many are sent and how many are left."""
    rows = [
        (row, len(incidents.unsent(row)) if row.expires_at else 0)
        for row in incidents.incidents_of(request.assignment)[:50]
    ]
    return render(request, "cases/incidents/list.html", {"rows": rows})


# --- the event ----------------------------------------------------------------------------------------


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: AuthenticatedRequest) -> HttpResponse:
    """The event first. It is made with the first answers, not by looking."""
    page = incident.HAPPENED
    if request.method != "POST":
        return _event_page(request, None, page, SectionForm(page, dict(incident.FRAME), fresh=True))
    row = incidents.start(by=request.assignment)
    return _save_event(request, row, page)


@FILE
@require_safe
@with_incident
def hub(request: AuthenticatedRequest, row: Incident) -> HttpResponse:
    """The event and its persons: what is done, what is to be corrected, when it is deleted."""
    persons = incident_parts.person_rows(row)
    context = {
        "row": row,
        "tasks": incident_parts.task_rows(row),
        "persons": persons,
        "ready": sum(person.ready for person in persons),
        "wrong": [person for person in persons if not person.ready],
        "event_links": incident_parts.event_links(row),
        "interrupted": incidents.is_interrupted(row),
        "is_sent": row.status == IncidentStatus.SENT,
    }
    return render(request, "cases/incidents/hub.html", context)


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
@with_incident
def section(request: AuthenticatedRequest, row: Incident, slug: str) -> HttpResponse:
    """One page of questions about the event."""
    page = PAGES.get(slug)
    if page is None:
        raise Http404
    if request.method == "POST":
        return _save_event(request, row, page)
    saved = page.key in row.event.get(incidents.SAVED, {})
    answers = {**incident.FRAME, **row.event}
    cleaned = sections.clean(page, row.event, dict(incident.FRAME)) if "fel" in request.GET else None
    form = SectionForm(page, answers, cleaned=cleaned, fresh=not saved)
    return _event_page(request, row, page, form)


def _save_event(request: AuthenticatedRequest, row: Incident, page: Section) -> HttpResponse:
    try:
        cleaned = incidents.save_event(
            row=row, section=page, raw=request.POST, version=_number(request.POST.get("version", "")),
            by=request.assignment, view=_view(request),
        )  # fmt: skip
    except StaleVersion as stale:
        return _stale(request, row, page, stale, SectionForm(page, dict(incident.FRAME), raw=request.POST))
    if _is_autosave(request):
        return _saved(row.version, row)
    leaving = "exit" in request.POST
    if cleaned.errors and not (leaving and not cleaned.faults):
        told = replace(cleaned, errors=cleaned.faults) if leaving else cleaned
        form = SectionForm(page, dict(incident.FRAME), raw=request.POST, cleaned=told)
        return _event_page(request, row, page, form, status=INVALID)
    following = {incident.HAPPENED.key: incident.DONE}.get(page.key)
    if leaving or following is None:
        return redirect("cases:incident", row.pk)
    return redirect("cases:incident-section", row.pk, following.slug)


def _saved(version: int, row: Incident) -> HttpResponse:
    at = clock.local(row.saved_at)
    return JsonResponse({"version": version, "saved": f"{at:%H.%M}".removeprefix("0")})


def _stale(
    request: AuthenticatedRequest, row: Incident, page: Section, stale: StaleVersion, form: SectionForm,
    person: incidents.Person | None = None,
) -> HttpResponse:  # fmt: skip
    """Saved elsewhere in the meantime: what was typed stays in the form, and can be saved over it."""
    if _is_autosave(request):
        return JsonResponse({}, status=CONFLICT)
    current = stale.current
    assert isinstance(current, Incident), "a stale event comes with the event as it is now"
    if person is not None:
        fresh = incidents.person_of(current, uuid.UUID(person["id"]))
        return _person_page(request, current, fresh, form, status=CONFLICT, conflict=True)
    return _event_page(request, current, page, form, status=CONFLICT, conflict=True)


def _event_page(
    request: AuthenticatedRequest, row: Incident | None, page: Section, form: SectionForm, status: int = 200,
    conflict: bool = False,
) -> HttpResponse:  # fmt: skip
    url = reverse("cases:incident-section", args=[row.pk, page.slug]) if row else ""
    context = {
        "row": row,
        "section": page,
        "form": form,
        "action": url,
        "version": row.version if row else 0,
        "view": _view(request) or get_random_string(16),
        "conflict": conflict,
    }
    return render(request, "cases/incidents/section.html", context, status=status)


# --- the persons --------------------------------------------------------------------------------------


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
@with_incident
def paste(request: AuthenticatedRequest, row: Incident) -> HttpResponse:
    """Lines from a list; each becomes a person, readable or not."""
    form = PasteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            number = incidents.paste(row=row, by=request.assignment, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        else:
            words = ngettext("%(n)s line has been added.", "%(n)s lines have been added.", number)
            messages.success(request, words % {"n": number})
            return redirect("cases:incident", row.pk)
    headings, line = incident_parts.template_line()
    context = {"row": row, "form": form, "headings": headings, "line": line}
    status = INVALID if form.errors else 200
    return render(request, "cases/incidents/paste.html", context, status=status)


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
@with_incident
def add(request: AuthenticatedRequest, row: Incident) -> HttpResponse:
    """One more person: age and consent first, then what they allow to ask."""
    if request.method != "POST":
        return _person_page(request, row, None, SectionForm(incident.FOUND, {}, fresh=True))
    try:
        person, cleaned = incidents.add_person(row=row, raw=request.POST, by=request.assignment)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("cases:incident", row.pk)
    return _after_person(request, row, person, cleaned, was_settled=False)


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
@with_incident
def person(request: AuthenticatedRequest, row: Incident, person_id: uuid.UUID) -> HttpResponse:
    """Correct one person. What is wrong stands at its question."""
    found = incidents.person_of(row, person_id)
    if request.method != "POST":
        cleaned = sections.clean(incident.FOUND, found["answers"], {})
        told = None if "ny" in request.GET else replace(cleaned, errors=_own_faults(row, found))
        form = SectionForm(incident.FOUND, found["answers"], cleaned=told, fresh="ny" in request.GET)
        return _person_page(request, row, found, form)
    settled = sections.is_settled(found["answers"])
    try:
        cleaned = incidents.save_person(
            row=row,
            person_id=person_id,
            raw=request.POST,
            version=_number(request.POST.get("version", "")),
            by=request.assignment,
            view=_view(request),
        )
    except StaleVersion as stale:
        form = SectionForm(incident.FOUND, found["answers"], raw=request.POST)
        return _stale(request, row, incident.FOUND, stale, form, found)
    saved = incidents.person_of(row, person_id)
    if _is_autosave(request):
        return _saved(saved["version"], row)
    return _after_person(request, row, saved, cleaned, was_settled=settled)


def _own_faults(row: Incident, found: incidents.Person) -> dict[str, Any]:
    """What is to be corrected about the person herself, also what only the whole referral asks for."""
    return dict(incidents.check(row, found).own_faults)


def _after_person(
    request: AuthenticatedRequest, row: Incident, found: incidents.Person, cleaned: Cleaned, *,
    was_settled: bool,
) -> HttpResponse:  # fmt: skip
    here = reverse("cases:incident-person", args=[row.pk, found["id"]])
    if sections.is_consultation(found["answers"]) and request.POST.get("name"):
        messages.warning(
            request, _("The person has not agreed. Name and other personal data are not stored.")
        )
    if sections.is_settled(found["answers"]) and not was_settled:
        return redirect(f"{here}?ny=1")
    faults = _own_faults(row, found)
    if faults:
        told = Cleaned(answers=dict(found["answers"]), errors=faults)
        form = SectionForm(incident.FOUND, found["answers"], cleaned=told)
        return _person_page(request, row, found, form, status=INVALID)
    return redirect("cases:incident-person-add" if "more" in request.POST else "cases:incident", row.pk)


def _person_page(
    request: AuthenticatedRequest, row: Incident, found: incidents.Person | None, form: SectionForm,
    status: int = 200, conflict: bool = False,
) -> HttpResponse:  # fmt: skip
    new = reverse("cases:incident-person-add", args=[row.pk])
    context = {
        "row": row,
        "person": found,
        "form": form,
        "action": reverse("cases:incident-person", args=[row.pk, found["id"]]) if found else new,
        "version": found["version"] if found else 0,
        "view": _view(request) or get_random_string(16),
        "consultation": sections.is_consultation(found["answers"]) if found else False,
        "settled": sections.is_settled(found["answers"]) if found else False,
        "conflict": conflict,
    }
    return render(request, "cases/incidents/person.html", context, status=status)


@FILE
@require_POST
@with_incident
def remove(request: AuthenticatedRequest, row: Incident, person_id: uuid.UUID) -> HttpResponse:
    """Take out a person who is not sent."""
    number = incidents.person_of(row, person_id)["n"]
    incidents.remove_person(row=row, person_id=person_id, by=request.assignment)
    messages.success(request, _("Person %(n)s has been removed.") % {"n": number})
    return redirect("cases:incident", row.pk)


# --- sending ------------------------------------------------------------------------------------------


@FILE
@require_safe
@with_incident
def check(request: AuthenticatedRequest, row: Incident) -> HttpResponse:
    """Who goes to which desk and by when they answer, before anything is sent."""
    return _check(request, row, SectionForm(CONFIRM, {}))


def _check(
    request: AuthenticatedRequest, row: Incident, form: SectionForm, status: int = 200
) -> HttpResponse:
    persons = incident_parts.person_rows(row)
    context = {
        "row": row,
        "form": form,
        "groups": incident_parts.groups(row),
        "wrong": [one for one in persons if not one.ready],
        "ready": sum(one.ready for one in persons),
        "event_links": incident_parts.event_links(row),
        "today": looks.date_text(clock.today()),
    }
    return render(request, "cases/incidents/check.html", context, status=status)


@FILE
@require_POST
@with_incident
def send(request: AuthenticatedRequest, row: Incident) -> HttpResponse:
    """Send everybody who is ready. Pressed twice it leads to the same receipt."""
    cleaned = sections.clean(CONFIRM, request.POST, {})
    if cleaned.errors:
        form = SectionForm(CONFIRM, {}, raw=request.POST, cleaned=cleaned)
        return _check(request, row, form, status=INVALID)
    try:
        incident_sending.send(row=row, by=request.assignment)
    except (ValidationError, TransitionNotAllowed):
        if row.status != IncidentStatus.SENT:
            messages.error(request, _("Nobody can be sent yet. Correct what is marked first."))
            return redirect("cases:incident", row.pk)
    return redirect("cases:incident-receipt", row.pk)


@FILE
@require_safe
def receipt(request: AuthenticatedRequest, incident_id: uuid.UUID) -> HttpResponse:
    """The reference of each person, whom it went to and when they answer."""
    row = incidents.own_incident(incident_id, request.assignment)
    if row.status != IncidentStatus.SENT:
        return redirect("cases:incident", row.pk)
    open_ = row.expires_at is not None and row.expires_at > clock.now()
    context = {
        "row": row,
        "rows": incident_parts.sent_rows(row),
        "left": len(incidents.unsent(row)) if open_ else 0,
        "interrupted": open_ and incidents.is_interrupted(row),
        "open": open_,
    }
    return render(request, "cases/incidents/receipt.html", context)


@FILE
@require_POST
@with_incident
def finish(request: AuthenticatedRequest, row: Incident) -> HttpResponse:
    """Nobody more will be sent: what was written about the event here is erased."""
    incident_sending.finish(row=row, by=request.assignment)
    messages.success(request, _("The event is finished. What you have sent is unchanged."))
    return redirect("cases:incident-receipt", row.pk)


@FILE
@require_http_methods(["GET", "HEAD", "POST"])
@with_incident
def discard(request: AuthenticatedRequest, row: Incident) -> HttpResponse:
    """Delete an event that is not sent, after one question."""
    if row.status != IncidentStatus.DRAFT:
        return redirect("cases:incident-receipt", row.pk)
    if request.method == "POST":
        incident_sending.discard(row=row, by=request.assignment)
        messages.success(request, _("The event is deleted."))
        return redirect("cases:incidents")
    return render(request, "cases/incidents/discard.html", {"row": row})

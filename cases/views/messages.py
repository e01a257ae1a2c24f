"""Notes that stay in the house, and messages to chosen recipients in the case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages as flash
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest
from cases.access import Sight, get_case_or_404, sight_of
from cases.enums import Level
from cases.forms.casework import MessageForm, NoteForm
from cases.forms.fields import put
from cases.models import Case, Message, Note
from cases.services import messages as service
from cases.views import case as case_views
from core import audit, looks


@dataclass(frozen=True, slots=True)
class Entry:
    """A note or a message as components/message_entry.html prints it."""

    kind: str
    author: str
    agency: str
    at: datetime
    text: str
    read: str = ""


def _note(note: Note) -> Entry:
    return Entry("note", note.author.name, "", note.written_at, str(note.text))


def _message(message: Message, sight: Sight) -> Entry:
    sender = message.from_agency
    house = sight.name_of(sender) if sender else ""
    if message.from_desk is not None:
        house = str(message.from_desk.name)
    kind = "own" if message.author_id == sight.by.user_id else "message"
    text, to = str(message.text), _recipients(message, sight)
    if sender and sight.hides(sender):
        return Entry(kind, house, "", message.sent_at, text, to)
    return Entry(kind, message.author.name, house, message.sent_at, text, to)


def _recipients(message: Message, sight: Sight) -> str:
    """To whom, and who has read it."""
    parts = []
    for row in message.recipients.all():
        name = sight.name_of(row.agency) if row.agency else ""
        if row.desk is not None:
            name = str(row.desk.name)
        if row.referral is not None:
            name = _("The referrer (%(agency)s)") % {"agency": row.referral.agency.name}
        if row.read_at and not (row.agency and sight.hides(row.agency)):
            read = _("read by %(name)s %(time)s")
            name += f" ({read % {'name': row.read_by.name, 'time': looks.date_text(row.read_at)}})"  # type: ignore[union-attr]
        parts.append(name)
    return _("To: %(names)s") % {"names": "; ".join(parts)}


@require_safe
def message_list(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Both kinds, newest first; opening the page reads what was unread."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.messages")
    return _show(request, sight)


def _show(
    request: AuthenticatedRequest, sight: Sight, bound: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    found = list(service.messages_for(sight))
    entries = [_message(message, sight) for message in found]
    entries += [_note(note) for note in service.notes_for(sight)]
    service.mark_read(sight, found)
    note = bound if isinstance(bound, NoteForm) else NoteForm(prefix="note")
    message = (
        bound if isinstance(bound, MessageForm) else MessageForm(recipients=service.recipients_for(sight))
    )
    context = {
        "head": case_views.head(request, sight, "messages"),
        "entries": sorted(entries, key=lambda entry: entry.at, reverse=True),
        "note_form": note,
        "message_form": message,
        "form": bound,
        "is_open": sight.case.is_open,
    }
    return render(request, "cases/case/messages.html", context, status=status)


@require_POST
def add_note(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    form = NoteForm(request.POST, prefix="note")
    sight = _sight(request, case_id, "note.add")
    if sight is None:
        return _lost(request, form["text"].data)
    if not form.is_valid():
        return _show(request, sight, form, status=422)
    try:
        service.add_note(case_id=case_id, text=form.cleaned_data["text"], by=request.assignment)
    except PermissionDenied:
        return _lost(request, form.cleaned_data["text"])
    flash.success(request, _("The note has been saved. Only your own unit can read it."))
    return redirect("cases:messages", case_id)


@require_POST
def send(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    sight = _sight(request, case_id, "message.send")
    if sight is None:
        return _lost(request, request.POST.get("text", ""))
    form = MessageForm(request.POST, recipients=service.recipients_for(sight))
    if not form.is_valid():
        return _show(request, sight, form, status=422)
    try:
        service.send(
            case_id=case_id, to=form.cleaned_data["to"], text=form.cleaned_data["text"], by=request.assignment
        )
    except ValidationError as error:
        put(form, error)
        return _show(request, sight, form, status=422)
    except PermissionDenied:
        return _lost(request, form.cleaned_data["text"])
    flash.success(request, _("The message has been sent."))
    return redirect("cases:messages", case_id)


def _sight(request: AuthenticatedRequest, case_id: uuid.UUID, verb: str) -> Sight | None:
    """The sight needed to write, or None, recorded: a page shown before access ended may still be sent in."""
    case = Case.objects.select_related("desk__region", "county", "assignee").filter(pk=case_id).first()
    sight = sight_of(request.assignment, case) if case else None
    if sight is None or sight.level < Level.STEPS:
        audit.refuse(verb, case_id, by=request.assignment)
        return None
    return sight


def _lost(request: AuthenticatedRequest, text: str | None) -> HttpResponse:
    """Nothing is stored, the text stays to be copied, and the reason is told; a stranger learns nothing."""
    return render(request, "cases/case/lost.html", {"text": (text or "")[:100_000]}, status=404)

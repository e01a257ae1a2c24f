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
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest
from cases.access import Sight, get_case_or_404, sight_of
from cases.enums import Level, NoteKind
from cases.forms.casework import MessageForm
from cases.forms.notes import TEMPLATES, NoteForm, ShareNoteForm
from cases.models import Case, Message, Note
from cases.services import messages as service
from cases.views import case as case_views
from cases.views import lost
from core import audit, looks
from core.fields import put


@dataclass(frozen=True, slots=True)
class Entry:
    """A note or a message as components/message_entry.html prints it."""

    kind: str
    author: str
    agency: str
    at: datetime
    text: str
    read: str = ""
    label: str = ""
    unread: bool = False
    share_url: str = ""


def _note(note: Note, sight: Sight) -> Entry:
    kind = NoteKind(note.kind)
    label = "" if kind == NoteKind.NOTE else str(kind.label)
    text = str(note.text)
    if note.reason:
        text += "\n\n" + _("Reason:") + f" {note.reason}"
    url = reverse("cases:note-share", args=[sight.case.pk, note.pk]) if sight.case.is_open else ""
    return Entry("note", note.author.name, "", note.written_at, text, label=label, share_url=url)


def _message(message: Message, sight: Sight) -> Entry:
    sender = message.from_agency
    house = sight.name_of(sender) if sender else ""
    if message.from_desk is not None:
        house = str(message.from_desk.name)
    kind = "own" if message.author_id == sight.by.user_id else "message"
    text, to, unread = str(message.text), _recipients(message, sight), service.is_unread(sight, message)
    if sender and sight.hides(sender):
        return Entry(kind, house, "", message.sent_at, text, to, unread=unread)
    return Entry(kind, message.author.name, house, message.sent_at, text, to, unread=unread)


def _recipients(message: Message, sight: Sight) -> str:
    """To whom, and who has confirmed to have read it; of a hidden house nobody is named."""
    parts = []
    for row in message.recipients.all():
        name = sight.name_of(row.agency) if row.agency else ""
        if row.desk is not None:
            name = str(row.desk.name)
        if row.referral is not None:
            name = _("The referrer (%(agency)s)") % {"agency": row.referral.agency.name}
        if row.read_at and row.read_by:
            when = f"{looks.date_text(row.read_at)} {looks.time_text(row.read_at)}"
            hidden = row.agency is not None and sight.hides(row.agency)
            read = _("read %(time)s") if hidden else _("read by %(name)s %(time)s")
            name += f" ({read % {'name': row.read_by.name, 'time': when}})"
        parts.append(name)
    return _("To: %(names)s") % {"names": "; ".join(parts)}


@require_safe
def message_list(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Both kinds, newest first. Looking reads nothing: that is said with a button."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.messages")
    return _show(request, sight)


def _show(
    request: AuthenticatedRequest, sight: Sight, bound: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    entries = [_message(message, sight) for message in service.messages_for(sight)]
    entries += [_note(note, sight) for note in service.notes_for(sight)]
    chosen = TEMPLATES.get(request.GET.get("mall", ""))
    text = {"text": str(chosen[1])} if chosen else None
    recipients = service.recipients_for(sight)
    context = {
        "head": case_views.head(request, sight, "messages"),
        "entries": sorted(entries, key=lambda entry: entry.at, reverse=True),
        "note_form": bound if isinstance(bound, NoteForm) else NoteForm(prefix="note"),
        "message_form": bound
        if isinstance(bound, MessageForm)
        else MessageForm(recipients=recipients, initial=text),
        "form": bound,
        "is_open": sight.case.is_open and not sight.only_reads,
        "may_write": not sight.only_reads,
        "more": {
            "templates": [(word, name) for word, (name, _text) in TEMPLATES.items()],
            "chosen": chosen is not None,
            "unread": sum(entry.unread for entry in entries),
        },
    }
    return render(request, "cases/case/messages.html", context, status=status)


@require_POST
def confirm_read(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """What has been written to one's own house is read: the senders see who and when."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.messages")
    service.mark_read(sight, service.messages_for(sight))
    flash.success(request, _("The senders see that your unit has read the messages."))
    return redirect("cases:messages", case_id)


@require_POST
def add_note(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    form = NoteForm(request.POST, prefix="note")
    sight = _sight(request, case_id, "note.add")
    if sight is None:
        return _lost(request, _typed(form))
    if not form.is_valid():
        return _show(request, sight, form, status=422)
    try:
        service.add_notes(case_id=case_id, written=form.written(), by=request.assignment)
    except ValidationError as error:
        put(form, error)
        return _show(request, sight, form, status=422)
    except PermissionDenied:
        return _lost(request, _typed(form))
    flash.success(request, _("The note has been saved. Only your own unit can read it."))
    return redirect("cases:messages", case_id)


def _typed(form: NoteForm) -> str:
    return "\n\n".join(str(form[name].data) for name in form.fields if form[name].data)


@require_http_methods(["GET", "HEAD", "POST"])
def share_note(request: AuthenticatedRequest, case_id: uuid.UUID, note_id: uuid.UUID) -> HttpResponse:
    """What leaves the house is shown as others will read it, before it leaves."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.messages")
    note = service.own_note(sight, note_id)
    is_view = note.kind == NoteKind.VIEW
    data = request.POST if request.method == "POST" else None
    form = ShareNoteForm(data, recipients=service.recipients_for(sight), is_view=is_view)
    if data is not None and form.is_valid() and _shared(sight, note, form):
        flash.success(request, _("The message has been sent."))
        return redirect("cases:messages", case_id)
    context = {
        "head": case_views.head(request, sight, "messages"),
        "form": form,
        "text": service.words_of(note),
        "is_view": is_view,
    }
    return render(request, "cases/messages/share.html", context, status=422 if form.errors else 200)


def _shared(sight: Sight, note: Note, form: ShareNoteForm) -> bool:
    to, ticked = form.cleaned_data["to"], form.cleaned_data.get("shares_view", False)
    try:
        service.share_note(case_id=sight.case.pk, note_id=note.pk, to=to, shares_view=ticked, by=sight.by)
    except ValidationError as error:
        put(form, error)
        return False
    return True


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
    if sight is None or sight.level < Level.STEPS or sight.only_reads:
        audit.refuse(verb, case_id, by=request.assignment)
        return None
    return sight


def _lost(request: AuthenticatedRequest, text: str | None) -> HttpResponse:
    """Nothing is stored, the text stays to be copied, and the reason is told; a stranger learns nothing."""
    return lost.page(request, [text or ""])

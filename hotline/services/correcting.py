"""What was wrong in a call, told after a day: a note beside it. The call itself stays as it was saved."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from coordinators.services import guard
from core import audit, clock
from core.errors import TransitionNotAllowed
from core.text import normalise, storable
from hotline.models import Call, CorrectionNote
from hotline.services import calls, matters


def notes_of(call: Call) -> list[CorrectionNote]:
    """In the order they were written, with who wrote them."""
    return list(call.corrections.select_related("by", "data_key").order_by("at", "pk"))


def may_note(call: Call, by: Assignment) -> bool:
    """Once the call is over and not hers to change: its desk adds to it."""
    return not call.is_open and call.agency_id == by.agency_id and not calls.may_edit(call, by)


@transaction.atomic(durable=True)
def add_note(
    *, call_id: uuid.UUID, words: str, by: Assignment, accepted: Iterable[str] = ()
) -> CorrectionNote:
    """Write what was wrong. `accepted`: words that look like names and that she has said are none.

    Raises ValidationError at `words`; TransitionNotAllowed while the call can be changed instead.
    """
    call = matters.locked(call_id, by, "call.correct")
    matters.require_professional(call)
    if not may_note(call, by):
        raise TransitionNotAllowed(_("The call can still be changed. Change it instead."))
    text = storable(normalise(words))
    if not text:
        raise ValidationError({"words": _("Write what was wrong")})
    if len(text) > calls.TEXT_LIMIT:
        raise ValidationError({"words": _("Write at most %(n)s characters") % {"n": calls.TEXT_LIMIT}})
    doubt = guard.look(text, accepted=accepted)
    if doubt.refused or doubt.names:
        raise ValidationError({"words": guard.words(doubt)})
    note = CorrectionNote.objects.create(
        call=call, data_key=call.data_key, words=text, by=by.user, at=clock.now()
    )
    audit.record("call.correct", call, by=by, note=note.pk)
    return note

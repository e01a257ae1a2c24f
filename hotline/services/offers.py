"""The draft for the caller's own account: a code told on the phone, fetched once.

The operator never learns who the caller is, and whoever fetches sees nothing of the call but the draft.
Wrong, used, withdrawn and run out are one answer.
"""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.models import Draft
from cases.services import drafts
from cases.services.references import LETTERS
from core import audit, clock, vault
from core.enums import AuditOutcome
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from hotline.enums import Caller
from hotline.models import Call, DraftOffer
from hotline.services import becoming, matters

LIVES: Final = timedelta(days=3)
"""How long a code can be used. To be confirmed."""
TRIES: Final = 10
"""Wrong codes one person may enter in an hour."""
HOUR: Final = timedelta(hours=1)
_KIND: Final = "draft_code"
_SHAPE: Final = re.compile(r"[A-Z]{4}\d{4}")


def _new_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _place in range(4))
    return f"{letters}-{secrets.randbelow(10_000):04d}"


def _plain(code: str) -> str:
    return re.sub(r"[\s\-–—]", "", code).upper()


@transaction.atomic(durable=True)
def make(*, call_id: uuid.UUID, with_words: bool, by: Assignment) -> str:
    """A code for the caller. It is told this once; a new one ends the one before it.

    Raises TransitionNotAllowed when the call has become something already, or stands at a case number.
    """
    call = matters.locked(call_id, by, "call.offer")
    now = becoming.became(call, by)
    becoming.require_free(call, now)
    if now.draft_id:
        raise TransitionNotAllowed(_("You have begun the draft yourself. Delete it before you hand it over."))
    code = _new_code()
    offer = DraftOffer.objects.filter(call=call).first() or DraftOffer(call=call)
    offer.code = vault.blind_index(_KIND, _plain(code))
    offer.with_words, offer.made_by = with_words, by.user
    offer.made_at, offer.until = clock.now(), clock.now() + LIVES
    offer.save()
    audit.record("call.offer", call, by=by, words=with_words)
    return code


@transaction.atomic(durable=True)
def withdraw(*, call_id: uuid.UUID, by: Assignment) -> None:
    """The code does not work any more. Raises TransitionNotAllowed when the draft has been fetched."""
    call = matters.locked(call_id, by, "call.withdraw_offer")
    offer = DraftOffer.objects.filter(call=call).first()
    if offer is not None and offer.taken_at is not None:
        raise TransitionNotAllowed(_("The draft has been fetched already."))
    if offer is not None:
        audit.record("call.withdraw_offer", call, by=by)
        offer.delete()


@transaction.atomic(durable=True)
def fetch(*, code: str, by: Assignment) -> Draft:
    """The draft of a call, the caller's own from now on. Pressed twice she gets the same draft.

    Raises PermissionDenied without the right to send referrals, ValidationError at `code`.
    """
    if not by.has("file_referrals"):
        audit.refuse("call.fetch", by=by)
        raise PermissionDenied
    if _tried(by) >= TRIES:
        audit.refuse("call.fetch_too_many", by=by)
        raise ValidationError({"code": _("You have entered many codes. Wait an hour, or ring the helpline.")})
    offer = _offer(code)
    if offer and offer.taken_by_id == by.user_id and offer.call.draft_id:
        again = drafts.drafts_of(by).filter(pk=offer.call.draft_id).first()
        if again is not None:
            return again
    if offer is None or not _works(offer):
        audit.refuse("call.fetch", by=by)
        raise ValidationError({"code": _("The code does not work. Check it, or ring the helpline again.")})
    return _hand_over(offer, by)


def _works(offer: DraftOffer) -> bool:
    """Not used yet, in time, and of a call that can still lead on."""
    return offer.taken_at is None and offer.until > clock.now() and offer.call.caller == Caller.PROFESSIONAL


def _tried(by: Assignment) -> int:
    rows = AuditEvent.objects.filter(user_id=by.user_id, verb="call.fetch", outcome=AuditOutcome.REFUSED)
    return rows.filter(at__gt=clock.now() - HOUR).count()


def _offer(code: str) -> DraftOffer | None:
    """The offer of a code, locked with its call. As many queries for one that is none."""
    plain = _plain(code)
    wanted = vault.blind_indexes(_KIND, plain) if _SHAPE.fullmatch(plain) else ()
    calls = Call.objects.select_for_update(of=("self",), no_key=True).filter(offer__code__in=wanted)
    call = calls.first()
    rows = DraftOffer.objects.select_related("call__data_key").filter(code__in=wanted)
    return rows.first() if call else None


def _hand_over(offer: DraftOffer, by: Assignment) -> Draft:
    draft = becoming.begin_draft(offer.call, with_words=offer.with_words, by=by)
    offer.taken_by, offer.taken_at = by.user, clock.now()
    offer.save(update_fields=["taken_by", "taken_at"])
    audit.record("call.fetch", offer.call, by=by, draft=draft.pk)
    return draft

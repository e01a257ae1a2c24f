"""A call that becomes a referral: a draft filled with what points nobody out. Consent is asked in the draft.

The draft is the operator's own, or the caller fetches it with a code (`offers`). When it has been sent, a job
links the call to the referral; nothing is counted twice.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.enums import Citizenship, Sex
from cases.models import Case, Draft, Referral
from cases.services import drafts
from coordinators.enums import AgeBand
from core import audit, clock
from core.errors import TransitionNotAllowed
from hotline.enums import Child, Danger
from hotline.models import Call, DraftOffer
from hotline.services import matters, tallies

DANGERS: Final = {Danger.YES: "yes", Danger.NO: "no"}
AGES: Final = {Child.YES: AgeBand.CHILD, Child.NO: AgeBand.ADULT}
"""Unsure is not carried over: whether somebody is handled as a child is decided by whoever sends."""
BATCH: Final = 500


@dataclass(frozen=True)
class Became:
    """How far a call has come, as much of it as the desk may know."""

    draft_id: uuid.UUID | None = None
    """Hers to go on with."""
    referral_id: uuid.UUID | None = None
    """Sent by herself: her receipt."""
    offer: DraftOffer | None = None
    is_taken: bool = False
    """The caller has fetched the draft. What she does with it the desk is not told."""
    is_others: bool = False
    """A colleague at the desk makes a referral of it."""

    @property
    def is_free(self) -> bool:
        """Nothing has been made of the call, or what was made is gone."""
        return not (self.draft_id or self.referral_id or self.offer or self.is_taken or self.is_others)


def answers_of(call: Call, *, with_words: bool = False) -> dict[str, Any]:
    """What the call says, as answers of the questionnaire. Nothing that is not known is answered."""
    found: dict[str, Any] = {
        "immediate_danger": DANGERS.get(Danger(call.danger), ""),
        "age_group": str(AGES.get(Child(call.child), "")),
        "sex": "" if call.sex == Sex.UNKNOWN else call.sex,
        "forms": list(call.forms),
        "county_general": call.county_id or "",
        "already_done": ["helpline"],
        **_citizenship(call),
        **_place(call),
    }
    if with_words and call.summary:
        found["narrative_general"] = str(call.summary)
    return {key: value for key, value in found.items() if value}


def _citizenship(call: Call) -> dict[str, Any]:
    if call.citizenship_group == Citizenship.UNKNOWN:
        return {}
    countries = ["SE"] if call.citizenship_group == Citizenship.SWEDEN else []
    return {"citizenship_group": call.citizenship_group, "citizenship": countries}


def _place(call: Call) -> dict[str, Any]:
    if call.municipality_id:
        return {"place_now": "municipality", "municipality_of_presence": call.municipality_id}
    return {"place_now": "county", "county_of_presence": call.county_id} if call.county_id else {}


def became(call: Call, by: Assignment) -> Became:
    """For the call page. Four queries at the most."""
    alive = Q(taken_at__isnull=False) | Q(until__gt=clock.now())
    offer = DraftOffer.objects.filter(alive, call=call).first()
    if offer and offer.taken_at:
        return Became(is_taken=True)
    if call.draft_id is None:
        return Became(offer=offer)
    sent = Referral.objects.filter(draft_id=call.draft_id).values_list("pk", "referrer_id").first()
    if sent:
        return Became(referral_id=sent[0]) if sent[1] == by.user_id else Became(is_others=True)
    draft = Draft.objects.filter(pk=call.draft_id).values_list("owner_id", "agency_id").first()
    if draft is None:
        return Became(offer=offer)
    return Became(draft_id=call.draft_id) if draft == (by.user_id, by.agency_id) else Became(is_others=True)


@transaction.atomic(durable=True)
def convert(*, call_id: uuid.UUID, with_words: bool, by: Assignment) -> Draft:
    """A draft of the operator's own, to file for the caller. Pressed twice she goes on with the same draft.

    Raises TransitionNotAllowed when the call has become something already, or stands at a case number.
    """
    call = matters.locked(call_id, by, "call.convert")
    now = became(call, by)
    if now.draft_id:
        return drafts.own_draft(now.draft_id, by)
    require_free(call, now)
    DraftOffer.objects.filter(call=call, taken_at__isnull=True).delete()
    draft = begin_draft(call, with_words=with_words, by=by)
    audit.record("call.convert", call, by=by, draft=draft.pk)
    return draft


def require_free(call: Call, now: Became) -> None:
    matters.require_professional(call)
    if now.is_taken or now.referral_id or now.is_others:
        raise TransitionNotAllowed(_("A referral has been begun from this call already."))
    if call.reference:
        raise TransitionNotAllowed(_("The call is attached to a case number. Detach it first."))


def begin_draft(call: Call, *, with_words: bool, by: Assignment) -> Draft:
    """Joins the caller's transaction; the call knows the draft from now on."""
    draft = drafts.begin(
        answers=answers_of(call, with_words=with_words), by=by, call=call.pk, consultation=_consultation(call)
    )
    call.draft_id = draft.pk
    call.save(update_fields=["draft_id"])
    return draft


def _consultation(call: Call) -> Case | None:
    """An earlier call of the matter led to a consultation: the referral grows from it, counted once."""
    sent = [row.referral_id for row in matters.matter_of(call) if row.referral_id and row.pk != call.pk]
    found = Case.objects.filter(referrals__in=sent, is_consultation=True)
    return found.order_by("-received_at").first()


# --- when the draft has been sent -------------------------------------------------------------------------


def link_sent() -> int:
    """Link calls to what their drafts became; returns how many. May run twice, also at once."""
    waiting = Call.objects.filter(draft_id__isnull=False, referral__isnull=True)
    sent = Referral.objects.filter(draft_id__in=waiting.values("draft_id"))
    linked = 0
    for draft_id in list(sent.order_by("sent_at").values_list("draft_id", flat=True)[:BATCH]):
        linked += _link(draft_id)
    return linked


@transaction.atomic(durable=True)
def _link(draft_id: uuid.UUID) -> int:
    rows = Call.objects.select_for_update(of=("self",), no_key=True).filter(referral__isnull=True)
    call = rows.filter(draft_id=draft_id).first()
    referral = Referral.objects.select_related("case").filter(draft_id=draft_id).first()
    if call is None or referral is None:
        return 0
    matter = matters.matter_of(call)
    with tallies.recounted(call):
        call.referral, call.case = referral, referral.case
        call.save(update_fields=["referral", "case"])
    others = Call.objects.filter(pk__in=[row.pk for row in matter], case__isnull=True, reference="")
    others.update(case=referral.case)
    audit.record("call.linked", call, by=None, referral=referral.pk)
    return 1

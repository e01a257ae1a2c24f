"""What a call belongs to, where it is read: on its own page, on the receipt, on the case."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import template

from accounts.access import Assignment
from cases.models import Case, Draft, Referral
from hotline.enums import Caller, Topic
from hotline.models import Call
from hotline.services import attaching, becoming, correcting

register = template.Library()
MOST: Final = 20


@register.inclusion_tag("hotline/links/_leads_to.html", takes_context=True)
def leads_to(context: dict[str, Any], call: Call | None, call_id: uuid.UUID, in_form: bool) -> dict[str, Any]:
    """What has come of a call and what can. `in_form`: the presses keep what stands in the form first."""
    by: Assignment = context["request"].assignment
    kept = call is not None and call.caller == Caller.PROFESSIONAL
    return {
        "call": call,
        "call_id": call_id,
        "in_form": in_form,
        "is_ours": call is None or kept,
        "state": becoming.became(call, by) if call is not None and kept else becoming.Became(),
        "notes": correcting.notes_of(call) if call is not None and not call.is_open else [],
        "may_note": call is not None and kept and correcting.may_note(call, by),
    }


@register.inclusion_tag("hotline/links/_earlier.html")
def earlier_call(call: Call | None, call_id: uuid.UUID) -> dict[str, Any]:
    """In the form: the number the caller has from before."""
    return {"call": call, "call_id": call_id}


@register.inclusion_tag("hotline/links/_of_case.html")
def calls_of_case(case: Case) -> dict[str, Any]:
    """For those who work on a case: that calls belong to it, when, and what they were about."""
    return {"rows": [(call, _words(call)) for call in attaching.of_case(case)[:MOST]]}


def _words(call: Call) -> str:
    """What a call was about, in codes."""
    topics = [str(topic.label) for topic in Topic if topic.value in call.topics]
    return ", ".join(part for part in (str(call.get_about_display()), *topics) if part)


@register.inclusion_tag("hotline/links/_of_referral.html", takes_context=True)
def call_of_referral(context: dict[str, Any], referral: Referral) -> dict[str, Any]:
    """On the receipt: the call the referral grew from. The way in is for whoever can open the call."""
    return _grew_from(context, referral.draft_id)


@register.inclusion_tag("hotline/links/_of_referral.html", takes_context=True)
def call_of_draft(context: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """On the draft: the call it begins with."""
    return _grew_from(context, draft.pk)


def _grew_from(context: dict[str, Any], draft_id: uuid.UUID) -> dict[str, Any]:
    by: Assignment = context["request"].assignment
    call = Call.objects.filter(draft_id=draft_id).only("pk", "number", "started_at", "agency_id").first()
    can_open = call is not None and by.has("log_calls") and by.agency_id == call.agency_id
    return {"call": call, "can_open": can_open}

"""`{% load hotline %}{% helpline %}`: whom to call, as it is at this moment."""

from __future__ import annotations

import uuid
from typing import Any

from django import template

from core import clock, looks
from hotline import library
from hotline.enums import Caller
from hotline.models import Call
from hotline.services import callbacks

register = template.Library()


@register.inclusion_tag("hotline/help.html")
def helpline(ask: bool = True) -> dict[str, Any]:
    """`ask`: with the way to leave a question."""
    found = library.helpline()
    return {"helpline": found, "today": found.next_day == clock.today(), "ask": ask}


@register.inclusion_tag("hotline/_promises.html")
def promises(call: Call | None, call_id: uuid.UUID, in_form: bool) -> dict[str, Any]:
    """What was promised in a call and is not done; and the way to promise one. `in_form`: keeps it first."""
    now = clock.now()
    rows = callbacks.of_call(call) if call is not None else []
    return {
        "rows": [(row.pk, looks.clock(row.due_at, now, started=row.created_at)) for row in rows],
        "is_ours": call is None or call.caller == Caller.PROFESSIONAL,
        "call_id": call_id,
        "in_form": in_form,
    }


@register.inclusion_tag("hotline/_waiting.html", takes_context=True)
def waiting_calls(context: dict[str, Any]) -> dict[str, Any]:
    """The way to the queue, with how many wait there. One query."""
    return {"number": callbacks.queue(context["request"].assignment).count()}

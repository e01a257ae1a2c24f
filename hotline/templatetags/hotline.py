"""`{% load hotline %}{% helpline %}`: whom to call, as it is at this moment."""

from __future__ import annotations

from typing import Any

from django import template

from core import clock
from hotline import library

register = template.Library()


@register.inclusion_tag("hotline/help.html")
def helpline(ask: bool = True) -> dict[str, Any]:
    """`ask`: with the way to leave a question."""
    found = library.helpline()
    return {"helpline": found, "today": found.next_day == clock.today(), "ask": ask}

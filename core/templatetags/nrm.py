"""Tags and filters of the design, a builtin library: no `{% load %}` needed.

The words and drawings are made by `core.looks`; see there for what each one says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.templatetags.l10n import unlocalize
from django.templatetags.static import do_static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import clock as core_clock
from core import looks

register = template.Library()

register.simple_tag(looks.icon, name="icon")
register.tag("static", do_static)
register.simple_tag(looks.flags, name="flags")
register.filter("unlocalize", unlocalize, is_safe=False)


@register.simple_tag
def tag(label: looks.Text, colour: str = "grey", icon: str = "") -> SafeString:
    """`{% tag _("Child") "amber" "child" %}`."""
    return looks.tag(label, colour, icon)


@register.simple_tag
def time_left(due: datetime | None, now: datetime | None = None, **about: Any) -> str:
    """`{% time_left due now started=... met=... paused=... answer=True danger=False %}`: a text clock."""
    return str(looks.clock(due, now or core_clock.now(), **about))


@register.simple_tag
def step_band(steps: Sequence[looks.BandStep], size: str = "mini", label: str = "") -> SafeString:
    """`{% step_band steps %}`, `{% step_band steps "full" %}`: the six-step band. See `looks.BandStep`."""
    if size == "mini":
        return looks.mini_band(steps)
    at = looks.current_step([step.state for step in steps])
    current = {"number": at + 1, "step": steps[at]}
    return render_to_string("components/step_band.html", {"steps": steps, "label": label, "current": current})


@register.filter
def undo_url(message: Message) -> str:
    """A message sent with `extra_tags="undo:/address/"` offers to undo what it tells."""
    return _undo(message)[0]


@register.filter
def undo_token(message: Message) -> str:
    """What is sent with it, where it is too long for an address: `undo:/address/ token`."""
    return _undo(message)[2]


def _undo(message: Message) -> tuple[str, str, str]:
    tags = message.extra_tags or ""
    return tags.removeprefix("undo:").partition(" ") if tags.startswith("undo:") else ("", "", "")


@register.filter(expects_localtime=False)
def date_text(moment: date | datetime | None) -> str:
    """20 november 2026."""
    return looks.date_text(moment) if moment else ""


@register.filter(expects_localtime=False)
def iso_date(moment: date | datetime | None) -> str:
    """2026-11-20, for tables."""
    return looks.day_of(moment).isoformat() if moment else ""


@register.filter(expects_localtime=False)
def time_text(moment: datetime | None) -> str:
    """kl. 9.12."""
    return looks.time_text(moment) if moment else ""


@register.filter(expects_localtime=False)
def moment_text(moment: datetime | None) -> str:
    """i dag kl. 9.12, i går kl. 16, fredag 20 november kl. 12."""
    return looks.day_text(moment, core_clock.now()) if moment else ""


@register.filter(expects_localtime=False)
def ago(moment: datetime | None) -> SafeString:
    """`<time>` with words relative to now and the absolute time in its title."""
    if moment is None:
        return SafeString("")
    at = core_clock.local(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="minutes"),
        looks.day_text(moment, core_clock.now()),
        looks.relative_text(moment, core_clock.now()),
    )


@register.filter(expects_localtime=False)
def clock_text(due: datetime | None) -> str:
    """The words of a deadline without the box: 42 min kvar; Senast i morgon kl. 12; Försenad 1 dag."""
    return looks.clock(due, core_clock.now()).text


@register.filter
def duration(length: timedelta | None) -> str:
    """3 tim 20 min."""
    return looks.duration_text(length) if length is not None else ""


@register.filter
def file_size(octets: int) -> str:
    """2,4 MB."""
    return looks.file_size(octets)


@register.filter
def phone(number: str) -> SafeString:
    """A number that can be called: `{{ "020-39 00 00"|phone }}`."""
    return format_html('<a class="tel" href="{}">{}</a>', looks.phone_href(number), number)

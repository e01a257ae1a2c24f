"""Pieces of the call page: what was pressed, the tabs, what stands beside the form, a call in words."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.access import Assignment, AuthenticatedRequest
from cases.enums import Citizenship, Sex
from coordinators.services import guard
from core import audit, clock, looks
from hotline.enums import Caller, ReferredTo, Topic
from hotline.forms import CallForm
from hotline.forms.calls import MUNICIPALITY
from hotline.models import Call
from hotline.services import contacts, reading, suggestions
from hotline.services.calls import TEXTS, Saved
from manual.enums import Exploitation

AUTOSAVE: Final = "autosave"
END: Final = "end"
KEEP: Final = "keep"
LOOK: Final = "look"

Rows = list[tuple[str, str]]


def is_autosave(request: AuthenticatedRequest) -> bool:
    return request.headers.get("X-NRM-Autosave") == "1"


def pressed(request: AuthenticatedRequest) -> str:
    """The button: end, keep, look, one of the callers; or that the page saved by itself."""
    if is_autosave(request):
        return AUTOSAVE
    caller = request.POST.get("caller", "")
    if caller in Caller.values:
        return caller
    return next((name for name in (END, KEEP, LOOK) if name in request.POST), KEEP)


def accepted(request: AuthenticatedRequest) -> list[str]:
    """Words the operator has said are no names of persons."""
    return guard.apart(request.POST.getlist("not_names"))


def uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def title(begun: datetime) -> str:
    """Samtal 10.42."""
    return _("Call %(time)s") % {"time": date_format(clock.local(begun), "TIME_FORMAT")}


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the calls she has open."""

    label: str
    url: str
    current: bool


def tabs(by: Assignment, current: Call | None, fresh: datetime | None) -> list[Tab]:
    """Her open calls and the one on the page; the last one is a new call."""
    rows = [
        (row.started_at, reverse("hotline:call", args=[row.pk]), current is not None and row.pk == current.pk)
        for row in reading.open_of(by)
    ]
    if fresh is not None:
        rows.append((fresh, reverse("hotline:new"), True))
    seen: Counter[str] = Counter()
    found = []
    for begun, url, is_current in rows:
        name = title(begun)
        seen[name] += 1
        found.append(Tab(f"{name} ({seen[name]})" if seen[name] > 1 else name, url, is_current))
    return found


def names_asked(form: CallForm) -> list[str]:
    """Every word of the texts the page asks about, also those she has already said are no names."""
    if not form.is_bound:
        return []
    return [word for field in TEXTS for word in guard.look(str(form.data.get(field, ""))).names]


def left_out_words(saved: Saved) -> str:
    """Which texts an autosave did not store, and why."""
    labels = {name: str(CallForm.base_fields[name].label) for name in TEXTS}
    told = [f"{labels[name]}: {guard.words(doubt)}" for name, doubt in saved.left_out.items()]
    return _("Saved, except: %(what)s") % {"what": " ".join(told)}


def beside(form: CallForm, row: Call | None, by: Assignment, *, besides: uuid.UUID | None) -> dict[str, Any]:
    """Contacts, recent calls and paragraphs of the manual for what the form says now."""
    municipality, county = _place(form)
    kind = str(form["agency_kind"].value() or "")
    recent = reading.recent(municipality_id=municipality, agency_kind=kind, by=by, besides=besides)
    if recent:
        audit.record("call.list", by=by, target_ids=[call.pk for call in recent])
    sent = form.data if isinstance(form.data, QueryDict) and form.is_bound else None
    given = sent.getlist("advice") if sent is not None else list(row.advice) if row else []
    query = str(sent.get("q", ""))[:200] if sent is not None else ""
    return {
        "contacts": contacts.contacts(municipality, county),
        "recent": [(call, _recent_words(call)) for call in recent],
        "query": query,
        "offered": _offered(form, row, given, query),
    }


def _place(form: CallForm) -> tuple[str | None, str | None]:
    """The municipality or the county the form names, if there is one of that code."""
    place = str(form["place"].value() or "")
    if not place or place not in dict(form.fields["place"].choices):  # type: ignore[attr-defined]
        return None, None
    return (place[1:], None) if place[0] == MUNICIPALITY else (None, place[1:])


def _offered(form: CallForm, row: Call | None, given: list[str], query: str) -> suggestions.Offered:
    return suggestions.offer(
        given=given,
        edition=row.edition if row else None,
        topics=form["topics"].value() or [],
        forms=form["forms"].value() or [],
        child=str(form["child"].value() or ""),
        danger=str(form["danger"].value() or ""),
        query=query,
    )


def _recent_words(call: Call) -> str:
    """What a recent call was about, in codes."""
    parts = [str(call.get_about_display()), *labels(Topic, call.topics)]
    return ", ".join(part for part in parts if part)


def labels(enum: Any, codes: list[str]) -> list[str]:
    """The words of stored codes, in the order of the list."""
    return [str(member.label) for member in enum if member.value in codes]


def summary(call: Call) -> Rows:
    """A call in words, for reading. Empty answers are left out."""
    place = call.municipality or call.county
    rows: list[tuple[str | Promise, object]] = [
        (_("Began"), looks.day_text(call.started_at, clock.now())),
        (
            _("Length"),
            looks.duration_text(call.ended_at - call.started_at) if call.ended_at else _("still open"),
        ),
        (_("Answered by"), call.operator.name),
        (_("Who called"), call.get_caller_display()),
        (_("Profession"), call.get_profession_display()),
        (_("Works at"), call.get_agency_kind_display()),
        (_("Anonymous"), _("Yes") if call.anonymous else ""),
        (_("Place"), place.name if place else ""),
        (_("About"), call.get_about_display()),
    ]
    if call.caller == Caller.PROFESSIONAL:
        rows += _facts(call)
    rows += [
        (_("Danger"), call.get_danger_display()),
        (_("Referred to"), ", ".join(labels(ReferredTo, call.referred_to))),
        (_("Follow up on"), looks.date_text(call.follow_up_on) if call.follow_up_on else ""),
    ]
    return [(str(label), str(value)) for label, value in rows if value]


def _facts(call: Call) -> list[tuple[str | Promise, object]]:
    advice = suggestions.offer(given=call.advice, edition=call.edition).given if call.advice else ()
    return [
        (_("Child"), call.get_child_display()),
        (_("Said no"), _("Yes, an adult") if call.declined else ""),
        (_("Sex"), call.get_sex_display() if call.sex != Sex.UNKNOWN else ""),
        (
            _("Citizenship"),
            call.get_citizenship_group_display() if call.citizenship_group != Citizenship.UNKNOWN else "",
        ),
        (_("Form of exploitation"), ", ".join(labels(Exploitation, call.forms))),
        (_("Asked about"), ", ".join(labels(Topic, call.topics))),
        (_("The call in short"), call.summary or ""),
        (_("Advice from the manual"), ", ".join(f"{row.number} {row.title}" for row in advice)),
        (_("Other advice that was given"), call.advice_words or ""),
    ]

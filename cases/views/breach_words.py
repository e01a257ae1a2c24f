"""A wrong disclosure in words: the same for the desk, the data protection officer, and on paper."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.enums import BreachDecision, Category, DisclosureKind, GroundEnd
from cases.models import Breach, BreachRecipient, Disclosure
from cases.services.breaches import timing
from cases.services.breaches.exposure import KNOWN_BY_THE_LOG, Exposure, Look, Refusal
from cases.views import timeline
from cases.views.looks_taken import READS
from core import clock, looks

Line = dict[str, str]


def at(moment: datetime) -> str:
    return f"{looks.date_text(moment)} {looks.time_text(moment)}"


def line(label: str, value: object) -> Line:
    return {"label": label, "value": str(value)}


def title(breach: Breach) -> str:
    return _("Wrong disclosure %(day)s") % {"day": looks.date_text(breach.reported_at)}


def due(breach: Breach) -> looks.Clock | None:
    """The 72 hours, until they are settled."""
    if timing.is_settled(breach) or breach.closed_at is not None:
        return None
    return looks.clock(breach.due_at, clock.now(), started=breach.noticed_at)


def status(breach: Breach) -> Any:
    """One word for lists and heads."""
    if breach.closed_at is not None:
        return looks.tag(_("Closed"), "grey")
    if breach.decision == BreachDecision.NOT_NOTIFY:
        return looks.tag(_("Not to be notified"), "blue")
    if breach.notified_at is not None:
        return looks.tag(_("Notified"), "blue")
    return looks.tag(_("To be decided"), "amber", "clock-alert")


def facts(breach: Breach) -> list[Line]:
    """What was reported, by whom and when."""
    lines = [
        line(_("What has happened"), breach.get_kind_display()),
        line(_("In the reporter’s words"), breach.what or ""),
        line(_("Reported by"), f"{breach.reported_by.name}, {breach.reported_agency.name}"),
        line(_("Reported"), at(breach.reported_at)),
        line(_("Noticed"), at(breach.noticed_at)),
        line(_("72 hours end"), at(breach.due_at)),
        line(_("Can it reach somebody who threatens the person?"), breach.get_threat_display()),
    ]
    if breach.since:
        lines.append(line(_("Could be seen since"), looks.date_text(breach.since)))
    if breach.outside:
        lines.append(line(_("Outside the portal"), breach.outside))
    return lines


def named(breach: Breach) -> list[dict[str, Any]]:
    """Who saw wrongly, and what has become of their sight."""
    related = ("user", "agency", "desk__region", "bar")
    return [
        {"row": row, "name": _name(row), "state": _state(row), "may_restore": _is_shut_out(row)}
        for row in breach.recipients.select_related(*related)
    ]


def _name(row: BreachRecipient) -> str:
    if row.user is not None:
        return row.user.name
    if row.agency is not None:
        return row.agency.name
    return str(row.desk.name) if row.desk is not None else ""


def _is_shut_out(row: BreachRecipient) -> bool:
    return row.bar is not None and row.bar.lifted_at is None


def _state(row: BreachRecipient) -> str:
    if row.bar is not None and row.bar.lifted_at is not None:
        return _("Sight was ended; may see the case again since %(time)s") % {"time": at(row.bar.lifted_at)}
    return _("Sight was ended with the report") if row.had_sight else _("Had no sight any more")


def kinds(codes: Iterable[str]) -> str:
    held = set(codes)
    return ", ".join(str(Category(code).label) for code in Category.values if code in held)


def listed(found: Exposure) -> dict[str, Any]:
    """The list as plain text, for page and paper alike."""
    return {
        "summary": _summary(found),
        "categories": kinds(found.categories),
        "only_possible": kinds(found.possible - found.categories),
        "opened": [_look(look) for look in found.opened],
        "seen_in_lists": [_look(look) for look in found.listed],
        "acted": [{**_look(look), "words": _act(look.verb)} for look in found.acted],
        "could": [_could(row) for row in found.could],
        "left": [_left(row) for row in found.left],
        "refused": [_refusal(one) for one in found.refused],
        "unknown": unknown(found),
    }


def _summary(found: Exposure) -> str:
    looked = [*found.opened, *found.listed]
    if not looked:
        return _("The portal has recorded no look by those named.")
    times = sum(len(look.moments) for look in looked)
    people = ngettext("%(n)s person", "%(n)s people", found.people) % {"n": found.people}
    words = ngettext("%(people)s looked %(n)s time.", "%(people)s looked %(n)s times.", times)
    return words % {"people": people, "n": times}


def _look(look: Look) -> dict[str, Any]:
    return {
        "who": f"{look.user}, {look.house}" if look.house else look.user,
        "words": look.words,
        "what": look.what,
        "fields": list(look.fields),
        "categories": kinds(look.categories),
        "moments": [at(moment) for moment in look.moments],
        "is_paper": look.is_paper,
    }


class _Untold(dict[str, str]):
    """What an act was about stands in the history, not here."""

    def __missing__(self, name: str) -> str:
        return "…"


def _act(verb: str) -> str:
    """An act in the words of the history; one that has none by its code."""
    words = timeline.ACTS.get(verb) or READS.get(verb)
    return str(words) % _Untold() if words else verb


def _could(row: Disclosure) -> Line:
    until = _("still open")
    if row.ground is not None and row.ground.ended_at is not None:
        until = f"{at(row.ground.ended_at)} ({GroundEnd(row.ground.end_reason).label})"
    return {
        "to": _recipient(row),
        "parts": kinds(row.categories) or _("Its checklist only"),
        "from": at(row.at),
        "until": until,
        "by": row.by.name if row.by else "",
    }


def _left(row: Disclosure) -> Line:
    return {
        "to": _recipient(row),
        "how": str(DisclosureKind(row.kind).label),
        "parts": "" if row.kind in KNOWN_BY_THE_LOG else kinds(row.categories),
        "at": at(row.at),
        "by": row.by.name if row.by else "",
        "what": str(row.what or ""),
    }


def _recipient(row: Disclosure) -> str:
    names = [row.agency.name if row.agency else "", str(row.desk.name) if row.desk else ""]
    return ", ".join(filter(None, (*names, str(row.outside or ""))))


def _refusal(one: Refusal) -> dict[str, Any]:
    who = f"{one.user}, {one.house}" if one.house else one.user
    return {"who": who, "words": one.words, "moments": [at(moment) for moment in one.moments]}


def unknown(found: Exposure) -> list[str]:
    """What nobody can read out of a log."""
    lines = [
        _("Whether what stood on a page was read, remembered, photographed or told on."),
        _("Who else stood before the screen, or used the account."),
        _("What was told outside the portal and was never recorded in it."),
        _(
            "“Opened the case” is recorded for the overview and for pages that show less. The list gives the"
            " most that can have stood there."
        ),
        _("A page that was open when sight ended may still stand on a screen until it is left."),
    ]
    if found.left or any(look.is_paper for look in found.looks):
        lines.append(_("Where papers and files are now. The portal cannot take them back."))
    if found.is_cut_short:
        lines.append(_("The log is longer than what is read here. Ask operations for the rest."))
    return lines


def assessed(breach: Breach) -> list[Line]:
    """The assessment so far; what is not known yet is left out."""
    pairs = [
        (_("Risk for the person"), breach.get_risk_display() if breach.risk else ""),
        (_("Kinds of data"), kinds(breach.categories)),
        (_("What it can lead to"), breach.consequences),
        (_("What has been done and will be done"), breach.measures),
        (_("Who is told"), breach.told),
        (_("The person herself"), breach.get_person_told_display() if breach.person_told else ""),
        (_("When and how, or why not"), breach.person_told_why),
        (_("Supervisory authority"), breach.get_decision_display() if breach.decision else ""),
        (_("Reason"), breach.decision_why),
        (_("Decided"), _who_when(breach.decided_by, breach.decided_at)),
        (_("Notified"), at(breach.notified_at) if breach.notified_at else ""),
        (_("Number at the authority"), breach.notified_as),
        (_("Why later than 72 hours"), breach.late_why),
        (_("Closed"), _who_when(breach.closed_by, breach.closed_at)),
    ]
    return [line(label, value) for label, value in pairs if value]


def _who_when(who: Any, when: datetime | None) -> str:
    return f"{who.name}, {at(when)}" if who is not None and when is not None else ""

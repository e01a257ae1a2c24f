"""What has happened in a case, in words, from the audit: acts for all in it, reading for the desk."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import AgencyKind
from accounts.models import Agency, User
from cases.access import KEPT_APART, Sight
from cases.enums import (
    Category,
    ForwardReason,
    NotTakenReason,
    Outcome,
    PeriodEnd,
    PeriodKind,
    ReturnPart,
    TraffickingStatus,
)
from cases.models import RecordedMilestone, Step
from cases.views import items
from cases.views.looks_taken import READS
from coordinators import routing
from coordinators.enums import AgeBand
from core import clock, looks
from core.enums import AuditOutcome
from core.models import AuditEvent
from manual.enums import Milestone
from manual.library import milestone_label

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One entry as components/timeline.html prints it; `day` is a heading before the first of a day."""

    title: str
    actor: str
    at: datetime
    body: str = ""
    url: str = ""
    day: str = ""


ACTS: Final[dict[str, Promise]] = {
    "referral.submit": gettext_lazy("The referral was sent"),
    "referral.supplement": gettext_lazy("The referrer added information"),
    "case.accept": gettext_lazy("The case was accepted"),
    "case.ask": gettext_lazy("More information was asked for"),
    "case.forward": gettext_lazy("The case was forwarded to %(to)s"),
    "case.place": gettext_lazy("The case was placed at %(to)s"),
    "case.hand_over": gettext_lazy("%(to)s was asked to take the case over"),
    "case.take_over": gettext_lazy("%(to)s took the case over"),
    "case.hand_back": gettext_lazy("The asked desk did not take the case over"),
    "case.hand_withdraw": gettext_lazy("The question to take the case over was taken back"),
    "case.send_back": gettext_lazy("The case was sent back to %(to)s"),
    "case.rehome": gettext_lazy("Somebody left; the case or a part in it went to %(who)s"),
    "case.recuse": gettext_lazy("Said that she or he cannot handle the case"),
    "recusal.lift": gettext_lazy("May handle the case again, by the national desk"),
    "case.snooze": gettext_lazy("The case was snoozed"),
    "case.wake": gettext_lazy("The case is no longer snoozed"),
    "case.assign": gettext_lazy("The case was assigned to %(who)s"),
    "case.not_take": gettext_lazy("The case was not taken forward"),
    "case.take_back": gettext_lazy("The question to the referrer was taken back"),
    "case.undo": gettext_lazy("The latest decision was undone"),
    "case.merge": gettext_lazy("The case was merged with another one"),
    "case.unmerge": gettext_lazy("The cases were separated again"),
    "case.close": gettext_lazy("The case was closed"),
    "case.reopen": gettext_lazy("The case was reopened"),
    "case.renew": gettext_lazy("The case follows a later edition of the Manual"),
    "case.milestone": gettext_lazy("A date was recorded: %(kind)s"),
    "case.decide_age": gettext_lazy("The age was decided"),
    "case.recognise": gettext_lazy("The status of the suspicion was assessed"),
    "case.date_corrected": gettext_lazy("A date was corrected: %(kind)s"),
    "case.date_withdrawn": gettext_lazy("A date was withdrawn: %(kind)s"),
    "period.record": gettext_lazy("A period was recorded: %(period)s"),
    "period.extend": gettext_lazy("A period was extended: %(period)s"),
    "period.end": gettext_lazy("A period ended: %(period)s"),
    "return.start": gettext_lazy("A return was planned"),
    "return.record": gettext_lazy("The return: %(part)s"),
    "return.stop": gettext_lazy("The return was stopped"),
    "return.complete": gettext_lazy("The follow-up of the return was completed"),
    "participation.invite": gettext_lazy("%(agency)s was invited"),
    "participation.accept": gettext_lazy("The invitation was accepted"),
    "participation.decline": gettext_lazy("The invitation was declined"),
    "participation.end": gettext_lazy("An agency's part ended"),
    "consent.register": gettext_lazy("A consent was recorded"),
    "consent.withdraw": gettext_lazy("Consent was withdrawn"),
    "privacy.inform": gettext_lazy("The person was informed of how data are handled"),
    "ground.change": gettext_lazy("What %(agency)s may see was changed"),
    "ground.end": gettext_lazy("A ground for %(agency)s was ended"),
    "ground.expire": gettext_lazy("What had run out was ended"),
    "disclosure.outside": gettext_lazy("Something told outside the portal was recorded"),
    "step.done": gettext_lazy("Done: %(step)s"),
    "step.start": gettext_lazy("Started: %(step)s"),
    "step.save": gettext_lazy("Supporting material was added: %(step)s"),
    "step.not_applicable": gettext_lazy("Not applicable: %(step)s"),
    "step.block": gettext_lazy("Blocked: %(step)s"),
    "step.stop": gettext_lazy("The clock was stopped: %(step)s"),
    "step.resume": gettext_lazy("The clock runs again: %(step)s"),
    "step.reopen": gettext_lazy("Taken up again: %(step)s"),
    "participation.contact": gettext_lazy("%(who)s became contact person"),
    "dispute.settle": gettext_lazy("The dispute was settled: %(agency)s takes the case on"),
    "dispute.escalate": gettext_lazy("The national desk was told of the dispute"),
    "meeting.record": gettext_lazy("A meeting was recorded"),
    "step.ask": gettext_lazy("%(agency)s was asked for: %(step)s"),
    "step.nudge": gettext_lazy("A reminder was sent: %(step)s"),
    "step.assign": gettext_lazy("Responsible was changed: %(step)s"),
    "message.send": gettext_lazy("A message was sent"),
    "note.add": gettext_lazy("An internal note was written"),
    "note.share": gettext_lazy("A note was sent on as a message"),
    "document.add": gettext_lazy("A document was added"),
    "document.remove": gettext_lazy("A document was removed"),
    "contact.change": gettext_lazy("The contact instruction was changed"),
    "case.missing": gettext_lazy("Alarm: the person is missing"),
    "case.found": gettext_lazy("The person has been found"),
    "emergency.open": gettext_lazy("Emergency access was opened"),
    "emergency.close": gettext_lazy("Emergency access was closed"),
    "emergency.expire": gettext_lazy("Emergency access came to its end"),
    "emergency.review": gettext_lazy("Emergency access was reviewed"),
    "protection.raise": gettext_lazy("The protection of identity was made stricter"),
    "protection.ask": gettext_lazy("A milder protection of identity was asked for"),
    "protection.lift": gettext_lazy("The protection of identity was made milder, by two persons"),
    "protection.refuse": gettext_lazy("A milder protection of identity was refused"),
    "protection.name": gettext_lazy("%(who)s was named for the protected identity"),
    "protection.unname": gettext_lazy("%(who)s is no longer named for the protected identity"),
    "protection.route": gettext_lazy("The contact route was decided"),
}
"""What people did, for everybody who follows the case."""

PERIODS: Final = ("period.record", "period.extend", "period.end")
DATED: Final = ("case.milestone", "case.date_corrected", "case.date_withdrawn")
"""Acts that tell which date was written: shown to those who may know of it."""

FOR_THE_DESK: Final = (
    "consent.register",
    "consent.withdraw",
    "privacy.inform",
    "ground.change",
    "ground.end",
    "ground.expire",
    "disclosure.outside",
    "emergency.open",
    "emergency.close",
    "emergency.expire",
    "emergency.review",
    "protection.raise",
    "protection.ask",
    "protection.lift",
    "protection.refuse",
    "protection.name",
    "protection.unname",
)
"""Acts that tell what the person wants and what others were told: no agency learns them from the history."""


@dataclass
class Names:
    """Names of the people, agencies, desks and steps that events speak of, read once."""

    users: dict[uuid.UUID, str]
    agencies: dict[uuid.UUID, str]
    steps: dict[uuid.UUID, str]
    desks: dict[uuid.UUID, str]
    days: Mapping[uuid.UUID, str]
    """Rows of dated facts → their day."""
    hidden: frozenset[uuid.UUID] = frozenset()
    """Agencies whose people are not named either."""
    edition_id: uuid.UUID | None = None
    """Of the case, when the events are those of one: what its dated facts are called."""

    def user(self, value: object) -> str:
        return self.users.get(_uuid(value), "") or _("somebody")

    def agency(self, value: object) -> str:
        return self.agencies.get(_uuid(value), "") or _("an agency")

    def desk(self, value: object) -> str:
        return self.desks.get(_uuid(value), "")

    def day(self, value: object) -> str:
        return self.days.get(_uuid(value), "")

    def step(self, value: object) -> str:
        return self.steps.get(_uuid(value), "") or _("a step")

    def fact(self, value: object) -> str:
        if value in Milestone.values and self.edition_id:
            return milestone_label(str(value), self.edition_id)
        return _label(Milestone, value)


def _uuid(value: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return uuid.UUID(int=0)


def acts(sight: Sight, targets: Iterable[uuid.UUID], steps: Iterable[Step], limit: int) -> list[Event]:
    """The latest acts on a case and its parts, newest first, in the words this viewer may read. Three
    queries."""
    untold = [code for code in KEPT_APART if not sight.tells(code)]
    verbs = [verb for verb in ACTS if sight.is_desk or verb not in FOR_THE_DESK]
    found = AuditEvent.objects.filter(
        target_id__in=list(targets), verb__in=verbs, outcome=AuditOutcome.ALLOWED
    ).order_by("-at", "-pk")
    if untold:
        found = found.exclude(verb__in=DATED, facts__kind__in=untold)
    if not sight.sees(Category.SITUATION):
        found = found.exclude(verb="case.recognise")
    if not sight.sees(Category.PROCEEDINGS):
        found = found.exclude(Q(verb__startswith="period.") | Q(verb__startswith="return."))
    return _told(list(found[:limit]), ACTS, {step.pk: items.title(step, sight) for step in steps}, sight)


def reads(targets: Iterable[uuid.UUID], case_id: uuid.UUID, limit: int) -> list[Event]:
    """Who saw the case or its parts, and who was refused, newest first."""
    ids = list(targets)
    words: dict[str, Promise] = READS | ACTS
    direct = AuditEvent.objects.filter(target_id__in=ids)
    listed = AuditEvent.objects.filter(target_ids__contains=[case_id])
    found = sorted(
        {
            event.pk: event for rows in (direct, listed) for event in rows.order_by("-at", "-pk")[:limit]
        }.values(),
        key=lambda event: (event.at, event.pk),
        reverse=True,
    )[:limit]
    return [_one(list(run)) for _same, run in groupby(_told(found, words, {}), key=_sameness)]


def told(events: Iterable[AuditEvent]) -> list[Event]:
    """These events in words, with the names of everybody, in the order they come: for the reviewers."""
    return _told(list(events), READS | ACTS, {})


def _sameness(event: Event) -> tuple[str, str, str, date]:
    """What makes neighbours one line: what, who, why, and the day."""
    return event.title, event.actor, event.body, looks.day_of(event.at)


def _one(run: list[Event]) -> Event:
    """The latest of the same looks in a row, with how many and since when."""
    if len(run) == 1:
        return run[0]
    words = _("%(what)s, %(n)s times since %(time)s")
    since = looks.time_text(run[-1].at)
    return replace(run[0], title=words % {"what": run[0].title, "n": len(run), "time": since})


def _told(
    events: list[AuditEvent],
    words: Mapping[str, Promise],
    steps: dict[uuid.UUID, str],
    sight: Sight | None = None,
) -> list[Event]:
    moved = any(event.facts.get("to_desk") for event in events)
    desks = {desk.pk: str(desk.name) for desk in routing.reference().desks} if moved else {}
    agencies = _agencies(events)
    hidden = frozenset(row.pk for row in agencies if sight and sight.hides(row))
    told_names = {row.pk: sight.name_of(row) if sight else row.name for row in agencies}
    edition_id = sight.case.edition_id if sight else None
    names = Names(_user_names(events), told_names, steps, desks, _days(events), hidden, edition_id)
    told: list[Event] = []
    previous = ""
    for event in events:
        day = looks.weekday_text(event.at, clock.today())
        told.append(_event(event, words, names, "" if day == previous else day))
        previous = day
    return told


def _user_names(events: list[AuditEvent]) -> dict[uuid.UUID, str]:
    ids = {event.user_id for event in events if event.user_id}
    ids |= {_uuid(event.facts[name]) for event in events for name in ("assignee",) if event.facts.get(name)}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))


def _days(events: list[AuditEvent]) -> dict[uuid.UUID, str]:
    """The days that corrections speak of; the audit itself keeps no dates. No query when there is none."""
    ids = {_uuid(event.facts[name]) for event in events for name in ("before", "after")
           if event.facts.get(name) and event.verb in (*DATED, *PERIODS)}  # fmt: skip
    if not ids:
        return {}
    rows = RecordedMilestone.objects.filter(pk__in=ids).values_list("pk", "happened_at")
    return {pk: looks.date_text(at) for pk, at in rows}


def _agencies(events: list[AuditEvent]) -> list[Agency]:
    ids = {event.agency_id for event in events if event.agency_id}
    ids |= {_uuid(event.facts["agency"]) for event in events if event.facts.get("agency")}
    return list(Agency.objects.filter(pk__in=ids).only("name", "kind"))


def _event(event: AuditEvent, words: Mapping[str, Promise], names: Names, day: str) -> Event:
    actor = _("the portal")
    if event.user_id:
        actor = names.user(event.user_id)
        if event.agency_id in names.hidden:
            actor = names.agency(event.agency_id)
        elif event.agency_id:
            actor = f"{actor}, {names.agency(event.agency_id)}"
    title = str(words.get(event.verb, event.verb)) % _values(event, names)
    if event.outcome == AuditOutcome.REFUSED:
        title = _("Refused: %(what)s") % {"what": title}
    return Event(title, actor, event.at, body=_body(event, names), day=day)


def _values(event: AuditEvent, names: Names) -> dict[str, str]:
    facts = event.facts
    return {
        "to": names.desk(facts.get("to_desk")),
        "who": names.user(facts.get("assignee")),
        "agency": names.agency(facts.get("agency")),
        "kind": names.fact(facts.get("kind")),
        "step": names.step(event.target_id),
        "period": _label(PeriodKind, facts.get("kind")),
        "part": _label(ReturnPart, facts.get("part")),
    }


def _label(choices: Any, code: object) -> str:
    labels = dict(choices.choices)
    return str(labels.get(code, code or ""))


def _assessed(choices: Any, facts: Facts) -> str:
    """Before and after, and by which kind of authority."""
    words = _("%(before)s → %(after)s (%(by)s)")
    return words % {
        "before": _label(choices, facts.get("before")),
        "after": _label(choices, facts.get("after")),
        "by": _label(AgencyKind, facts.get("decided_by")),
    }


_BODIES: Final[dict[str, Callable[[Facts], str]]] = {
    "case.forward": lambda facts: _label(ForwardReason, facts.get("reason_code")),
    "case.hand_over": lambda facts: _label(ForwardReason, facts.get("reason_code")),
    "case.decide_age": lambda facts: _assessed(AgeBand, facts),
    "case.recognise": lambda facts: _assessed(TraffickingStatus, facts),
    "case.not_take": lambda facts: _label(NotTakenReason, facts.get("reason_code")),
    "case.close": lambda facts: _label(Outcome, facts.get("outcome")),
}


def _change(facts: Facts, names: Names) -> str:
    """From which day to which; of a withdrawn date only the old one."""
    before, after = names.day(facts.get("before")), names.day(facts.get("after"))
    reason = _label(PeriodEnd, facts.get("reason_code"))
    if before and after and before != after:
        words = _("From %(before)s to %(after)s") % {"before": before, "after": after}
    else:
        words = _("It was %(day)s") % {"day": before} if before and not after else after
    return ". ".join(part for part in (words, reason) if part)


def _body(event: AuditEvent, names: Names) -> str:
    """The reason that was given: a code of the act, or the words of the one who looked; old and new dates."""
    if event.verb in (*DATED, *PERIODS):
        return _change(event.facts, names)
    if event.verb in _BODIES:
        return _BODIES[event.verb](event.facts)
    return event.reason

"""A case at a glance: what the preview and the head of the case page show, as far as the viewer may see."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases import workflow
from cases.access import Sight, may_have
from cases.enums import Category, Level, ParticipationStatus, Status, Verb
from cases.models import Case, Participation, Referral, Step, Supplement
from cases.sections import PLACES, shared
from cases.sections.frozen import WHOM_SHE_TRUSTS
from cases.services import matching, participation
from cases.services import meetings as meeting_service
from cases.views import items, moves, rows, spans, timeline
from cases.views.decisions import AT_ONCE, MORE, OWN_PAGE, SLUGS
from core import clock, looks

IMPORTANT: Final = (
    (gettext_lazy("Consent"), ("consent_status", "consent_scope", "consent_date")),
    (gettext_lazy("Language and interpreter"), ("languages", "?interpreter_needed")),
    (
        gettext_lazy("Where the person is"),
        ("municipality_of_presence|county_of_presence|county_general|place_now",),
    ),
    (gettext_lazy("What has happened"), ("forms", "?still_ongoing")),
    (gettext_lazy("Needs"), ("needs", "?health_acute")),
    (
        gettext_lazy("Already done"),
        ("?emergency_contacted", "already_done", "?report_made", "?police_report"),
    ),
)
"""What a coordinator decides by besides the age, from which questions. `?`: the answer needs its question
beside it. `|`: the first that has an answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a summary list."""

    label: str
    value: Any
    url: str = ""
    hidden: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """One decision: `inline` opens a panel here, `at_once` posts directly, else a page of its own."""

    label: str
    url: str
    key: str
    primary: bool
    inline: bool
    at_once: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the frozen referral that the viewer may read."""

    key: str
    title: str
    rows: list[Line]


class Glance:
    """Lazily what a page asks for; each property reads at most once."""

    def __init__(self, sight: Sight, steps: Sequence[Step] | None = None) -> None:
        self.sight = sight
        self.case = sight.case
        self.now = clock.now()
        self._steps = steps

    @cached_property
    def steps(self) -> list[Step]:
        """Every step of the case with its template and owner; empty without sight of steps."""
        if self.sight.level < Level.STEPS:
            return []
        if self._steps is not None:
            return list(self._steps)
        found = self.case.steps.select_related("template", "agency", "desk__region", "assignee", "data_key")
        return list(found.order_by("phase", "template__order", "occurrence"))

    def reads(self, step: Step) -> bool:
        return self.sight.reads(step)

    @cached_property
    def referrals(self) -> list[Referral]:
        return list(self.case.referrals.select_related("agency", "referrer", "data_key").order_by("sent_at"))

    @cached_property
    def opening(self) -> Referral:
        return next(r for r in self.referrals if r.reference == self.case.reference)

    @cached_property
    def flags(self) -> list[SafeString]:
        told = self.sight.is_desk or self.sight.level >= Level.STEPS
        return [
            *rows.emergency_tag(self.sight.emergency),
            rows.status_tag(self.case),
            *rows.flags(
                self.case,
                self.now,
                missing=told,
                disputed=bool(self.sight.disputes),
                matched=matching.may_see(self.sight) and self.case.has_match,
            ),
        ]

    @cached_property
    def clock(self) -> looks.Clock | None:
        due = self.case.next_due_at
        if not self.sight.is_desk:
            due = self.next_step.due_at if self.next_step else None
        return rows.case_clock(self.case, due, self.now)

    @cached_property
    def countdowns(self) -> list[str]:
        """The ends of periods that come, in words, for those who may know."""
        return spans.countdowns(self.sight)

    @cached_property
    def band(self) -> list[looks.BandStep]:
        url = reverse("cases:steps", args=[self.case.pk])
        seen = [step for step in self.steps if self.reads(step)]  # a number tells of what is not shown
        return rows.band(rows.counted(seen), url) if self.sight.level >= Level.STEPS else []

    @cached_property
    def facts(self) -> list[Line]:
        """Where it stands: who holds it, who handles it, from whom, since when."""
        case = self.case
        lines = [
            Line(_("Desk"), case.desk.name),
            Line(_("Case officer"), case.assignee.name if case.assignee else _("Nobody yet")),
            *self._sender,
            Line(_("Received"), looks.day_text(case.received_at, self.now), key="received_at"),
        ]
        if self.sight.sees(Category.SITUATION) and not case.is_consultation:
            lines.append(Line(_("Status of the suspicion"), case.get_trafficking_status_display()))
        if self.next_step is not None:
            lines.append(Line(_("Next"), items.title(self.next_step, self.sight)))
        if case.snoozed_until:
            words = looks.day_text(case.snoozed_until, self.now)
            lines.append(Line(_("Snoozed until"), words, key="snoozed_until"))
        return lines

    @property
    def _sender(self) -> list[Line]:
        """From whom the referral came; an agency that is only invited is not told."""
        told = self.sight.is_desk or self.sight.level >= Level.STEPS
        agency = self.opening.agency
        shown = self.sight.name_of(agency) if self.sight.may_see_protected else agency.get_kind_display()
        return [Line(_("From"), str(shown))] if told else []

    @cached_property
    def next_step(self) -> Step | None:
        """What is to be done first, by whoever owes it."""
        live = [step for step in self.steps if step.is_live and step.due_at and self.reads(step)]
        return min(live, key=lambda step: (step.due_at or self.now, step.template.order)) if live else None

    @cached_property
    def why_here(self) -> str:
        """The routing explained, as it was stored; of a protected person it would tell where she is."""
        if not self.sight.may_see_protected:
            return _("Protected identity: the place is shown as region only.")
        told = self.case.routing.get("explanation") or {}
        return str(told.get(get_language() or "sv") or told.get("sv") or "")

    @cached_property
    def parts(self) -> list[Part]:
        """The referral as sent, the parts of the categories this viewer has. Identity is never among them."""
        seen = self.sight.categories - {Category.IDENTITY, Category.CONTACT}
        return _parts(self.opening, seen, self._untold) if seen else []

    @property
    def _untold(self) -> frozenset[str]:
        """Questions whose answers tell whom else she trusts, and whom not: the desk's to know; and where a
        protected person is: for those named."""
        trusted = frozenset() if self.sight.is_desk else WHOM_SHE_TRUSTS
        return trusted if self.sight.may_see_protected else trusted | PLACES

    @cached_property
    def further(self) -> list[tuple[str, list[Part]]]:
        """Other referrals about the person, of cases merged into this one: number and parts."""
        seen = self.sight.categories - {Category.IDENTITY, Category.CONTACT}
        others = [row for row in self.referrals if row.reference != self.case.reference] if seen else []
        return [(row.reference, parts) for row in others if (parts := _parts(row, seen, self._untold))]

    @cached_property
    def important(self) -> list[Line]:
        """What a coordinator decides by."""
        answers = {line.key: line for part in self.parts for line in part.rows}
        lines = [Line(_("Age"), self.case.get_age_band_display())] if self.parts else []
        for label, keys in IMPORTANT if self.sight.is_desk else IMPORTANT[1:]:  # whom else she trusts is hers
            found = [words for key in keys if (words := _answer(answers, key))]
            if found:
                lines.append(Line(str(label), ". ".join(dict.fromkeys(found))))
        return lines

    @cached_property
    def participations(self) -> list[Participation]:
        """Every agency's part, the referrer's own among them."""
        found = self.case.participations.select_related("agency", "contact", "ground__consent")
        return list(found.order_by("invited_at"))

    @cached_property
    def actors(self) -> list[Participation]:
        """Agencies in the case. Those that declined or have left are the desk's to know."""
        if self.sight.level < Level.STEPS:
            return []
        invited = [row for row in self.participations if not row.is_referrer]
        return [row for row in invited if self.sight.is_desk or self._is_told(row)]

    def _is_told(self, row: Participation) -> bool:
        """To agencies: who takes part, and what they themselves keep going meanwhile."""
        own = row.agency_id == self.sight.agency_id and row.status == ParticipationStatus.PROVISIONAL
        return own or row.status == ParticipationStatus.ACCEPTED

    @cached_property
    def contacts(self) -> dict[uuid.UUID, str]:
        """Part → its contact person; a manager where that person has left. One query."""
        return participation.contacts_of(self.actors)

    @cached_property
    def actor_lines(self) -> list[tuple[str, str, str]]:
        """Name, status and contact person of each agency; of a hidden one its kind alone."""
        return [
            (
                self.sight.name_of(row.agency),
                str(row.get_status_display()),
                self.contacts.get(row.pk, "") if not self.sight.hides(row.agency) else "",
            )
            for row in self.actors
        ]

    @cached_property
    def supplements(self) -> list[Supplement]:
        """What the referrers added after sending."""
        if not self.sight.sees(Category.SITUATION):
            return []
        found = Supplement.objects.filter(referral__case=self.case).select_related("added_by", "data_key")
        return list(found.order_by("-added_at"))

    @cached_property
    def wanted(self) -> str:
        """What the coordinator has asked for, while the case waits for it."""
        if self.case.status != Status.WAITING or not self.sight.is_desk or self.sight.level < Level.FULL:
            return ""
        return next((str(r.wanted) for r in self.referrals if r.wanted), "")

    @cached_property
    def targets(self) -> list[uuid.UUID]:
        """Ids the history of the case is written under, of what the viewer may see."""
        whole = self.sight.level >= Level.FULL
        shown = {row.pk for row in self.actors} if whole else set()
        own = self.sight.agency_id
        steps = (step.pk for step in self.steps if self.reads(step))
        referrals = (row.pk for row in self.referrals if whole)
        parts = (row.pk for row in self.participations if row.pk in shown or row.agency_id == own)
        between = self._between_agencies if whole else ()
        return [self.case.pk, *self._absorbed, *steps, *referrals, *parts, *between]

    @cached_property
    def _absorbed(self) -> list[uuid.UUID]:
        """Cases merged into this one: their history goes on in it. No query without another referral."""
        if len(self.referrals) < 2 or self.sight.level < Level.FULL:
            return []
        return list(Case.objects.filter(merged_into=self.case).values_list("pk", flat=True))

    @cached_property
    def _between_agencies(self) -> list[uuid.UUID]:
        """Records of meetings the viewer may read; disputes, for the desk. One query."""
        if not may_have(self.case, "meetings", "disputes"):
            return []
        meetings = meeting_service.meetings_for(self.sight).order_by().values_list("pk")
        if not self.sight.is_desk:
            return [pk for (pk,) in meetings]
        return [pk for (pk,) in meetings.union(self.case.disputes.values_list("pk"))]

    def latest(self, number: int) -> list[timeline.Event]:
        if self.sight.level < Level.STEPS:
            return []
        return timeline.acts(self.sight, self.targets, self.steps, number)

    @cached_property
    def events(self) -> list[timeline.Event]:
        return self.latest(3)

    @cached_property
    def last_five(self) -> list[timeline.Event]:
        return self.latest(5)

    @cached_property
    def moves(self) -> moves.Moves:
        """What goes on between desks about the case."""
        return moves.Moves(self.sight)

    @cached_property
    def buttons(self) -> list[Button]:
        """The decisions this viewer may take now, in the order of their keys."""
        return [self._button(row) for row in self._available if row.verb not in MORE]

    @cached_property
    def more(self) -> list[Button]:
        """The rarer decisions."""
        return [self._button(row) for row in self._available if row.verb in MORE]

    @cached_property
    def _available(self) -> list[workflow.Transition]:
        return [row for row in workflow.available(self.sight) if row.verb in SLUGS]

    def _button(self, row: workflow.Transition) -> Button:
        return Button(
            str(row.verb.label),
            reverse(SLUGS[row.verb], args=[self.case.pk]),
            row.key,
            row.verb in (Verb.ACCEPT, Verb.PLACE),
            row.verb not in (*OWN_PAGE, *AT_ONCE, *MORE),
            row.verb in AT_ONCE,
        )


def _answer(answers: dict[str, Line], key: str) -> str:
    """The words of one entry of IMPORTANT, on one line; empty without an answer."""
    line = next((answers[name] for name in key.removeprefix("?").split("|") if name in answers), None)
    if line is None:
        return ""
    words = str(line.value).replace("\n", ", ")
    return f"{line.label} {words}" if key.startswith("?") else words


def of(sight: Sight) -> Glance:
    return Glance(sight)


def _parts(referral: Referral, seen: frozenset[str], untold: frozenset[str]) -> list[Part]:
    """Pages of the referral; the categories of a page stand together again, those that are seen."""
    document = referral.document
    if not isinstance(document, list):  # the key has been destroyed
        return []
    pages: dict[str, Part] = {}
    for part in shared(document):
        if part["category"] in seen:
            page = pages.setdefault(part["key"], Part(part["key"], part["title"], []))
            page.rows.extend(
                Line(pair["question"], pair["answer"], key=pair["key"])
                for pair in part["answers"]
                if pair["key"] not in untold
            )
    return list(pages.values())

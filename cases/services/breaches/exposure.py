"""Who saw what, and when: from the access log and the ledger, exactly as far as they go (S16).

Each look of those named is joined with what the page it opened showed at that moment: the categories that the
grounds of the house carried then, and the answers, numbers and papers that these categories hold. Names of
fields, never their values.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Agency, User
from cases.access import EVERYTHING, WITHOUT_PERSON
from cases.enums import Category, DisclosureKind, GroundKind, Level
from cases.models import Breach, BreachRecipient, Case, Disclosure, Document, LegalGround
from cases.services.breaches import pages
from core.enums import AuditOutcome
from core.models import AuditEvent, PdfJob

LIMIT: Final = 5000
"""Rows of the access log that are read; the page says so when there are more."""
DESK_ROLES: Final = (Role.REGIONAL_COORDINATOR, Role.NATIONAL_COORDINATOR)
SUMMARY: Final = "pdf/case_summary.html"
LEFT: Final = (DisclosureKind.COPY, DisclosureKind.DOCUMENT, DisclosureKind.MESSAGE, DisclosureKind.OUTSIDE)
KNOWN_BY_THE_LOG: Final = (DisclosureKind.COPY, DisclosureKind.DOCUMENT)


@dataclass(frozen=True)
class Look:
    """One person's looks of one kind that showed the same, each with its moment."""

    user: str
    house: str
    words: str
    fields: tuple[str, ...]
    categories: frozenset[str]
    moments: tuple[datetime, ...]
    what: str = ""
    """Which step or document."""
    is_paper: bool = False
    """It left the portal."""
    is_list: bool = False
    verb: str = ""
    """Set for other acts in the case, which have no page of their own: its code in the access log."""


@dataclass(frozen=True)
class Refusal:
    """Somebody of those named tried, and was stopped."""

    user: str
    house: str
    words: str
    moments: tuple[datetime, ...]


@dataclass
class Exposure:
    """Everything the portal knows about what those named came to see."""

    looks: list[Look] = field(default_factory=list)
    could: list[Disclosure] = field(default_factory=list)
    """Access that was given, by the ledger."""
    left: list[Disclosure] = field(default_factory=list)
    """What left the portal or was told outside it, by the ledger."""
    refused: list[Refusal] = field(default_factory=list)
    is_cut_short: bool = False

    @property
    def opened(self) -> list[Look]:
        """Lists are told apart: they show the heading alone."""
        return [look for look in self.looks if not look.is_list and not look.verb]

    @property
    def listed(self) -> list[Look]:
        return [look for look in self.looks if look.is_list]

    @property
    def acted(self) -> list[Look]:
        """What they did in the case besides looking."""
        return [look for look in self.looks if look.verb]

    @property
    def categories(self) -> frozenset[str]:
        """Kinds of data that came out for certain: opened, taken out or told.

        What stood on a paper is known from its order; the ledger names all that could have.
        """
        told = {code for row in self.left if row.kind not in KNOWN_BY_THE_LOG for code in row.categories}
        return frozenset(told.union(*(look.categories for look in self.looks)))

    @property
    def possible(self) -> frozenset[str]:
        """Kinds that could have been seen too, if everything that was open had been opened."""
        return self.categories | {code for row in self.could for code in row.categories}

    @property
    def people(self) -> int:
        return len({(look.user, look.house) for look in self.looks if not look.verb})


@dataclass(frozen=True)
class _Key:
    user_id: uuid.UUID
    agency_id: uuid.UUID | None
    verb: str
    what: str
    shown: pages.Shown
    is_paper: bool


def exposure(breach: Breach, *, names_documents: bool) -> Exposure:
    """What those named saw since `breach.since`, to this moment.

    `names_documents`: by name, for the desk that sees them anyway; else by kind and day.
    """
    return _Reader(breach, names_documents).read()


class _Reader:
    """Reads the log once and words it. About ten queries, whatever the number of looks."""

    def __init__(self, breach: Breach, names_documents: bool) -> None:
        self.breach, self.case = breach, breach.case
        self.names_documents = names_documents
        self.recipients: list[BreachRecipient] = list(breach.recipients.select_related("desk"))
        self.contents = pages.Contents(self.case)

    def read(self) -> Exposure:
        events = self._events()
        found = Exposure(is_cut_short=len(events) >= LIMIT)
        allowed = [event for event in events if event.outcome == AuditOutcome.ALLOWED]
        refused = [event for event in events if event.outcome == AuditOutcome.REFUSED]
        names = _Names({e.user_id for e in events if e.user_id}, {e.agency_id for e in events})
        found.looks = self._looks(allowed, names)
        found.refused = self._refusals(refused, names)
        rows = self._ledger()
        found.could = [row for row in rows if row.kind == DisclosureKind.ACCESS]
        found.left = [row for row in rows if row.kind in LEFT]
        return found

    # --- what is read ------------------------------------------------------------------------------

    def _events(self) -> list[AuditEvent]:
        """Rows about the case or a part of it, by those named, the oldest first."""
        who = self._who()
        if not who:
            return []
        about = Q(target_id__in=self._targets) | Q(target_ids__contains=[self.case.pk])
        rows = AuditEvent.objects.filter(about, who).exclude(user_id=None).exclude(verb__startswith="breach.")
        if self.breach.since is not None:
            rows = rows.filter(at__gte=self.breach.since)
        return list(rows.order_by("at", "pk")[:LIMIT])

    def _who(self) -> Q:
        found = Q()
        for row in self.recipients:
            if row.user_id:
                found |= Q(user_id=row.user_id)
            elif row.agency_id:
                found |= Q(agency_id=row.agency_id)
            elif row.desk is not None:
                found |= Q(agency_id=row.desk.agency_id, role__in=[role.value for role in DESK_ROLES])
        return found

    @cached_property
    def _absorbed(self) -> list[uuid.UUID]:
        return list(Case.objects.filter(merged_into=self.case).values_list("pk", flat=True))

    @cached_property
    def _targets(self) -> list[uuid.UUID]:
        """Ids under which looks at the case are written: itself, the person, and every part of it."""
        case = self.case
        rows: list[QuerySet[Any, Any]] = [
            related.order_by().values_list("pk")
            for related in (
                case.participations, case.messages, case.notes, case.meetings, case.disputes, case.dependants
            )
        ]  # fmt: skip
        parts = case.referrals.order_by().values_list("pk").union(*rows, all=True)
        whole = [case.pk, *self._absorbed, *([case.person_id] if case.person_id else [])]
        return [*whole, *self._steps, *self._documents, *(pk for (pk,) in parts)]

    @cached_property
    def _steps(self) -> dict[uuid.UUID, str]:
        rows = self.case.steps.select_related("template")
        return {step.pk: str(step.template.title) for step in rows}

    @cached_property
    def _documents(self) -> dict[uuid.UUID, Document]:
        return {row.pk: row for row in self.case.documents.select_related("data_key")}

    @cached_property
    def _grounds(self) -> list[LegalGround]:
        return list(self.case.grounds.exclude(kind=GroundKind.OWN_REPORT))

    @cached_property
    def _papers(self) -> dict[str, PdfJob]:
        jobs = PdfJob.objects.filter(case_id__in=[self.case.pk, *self._absorbed])
        return {str(job.pk): job for job in jobs.defer("context", "result")}

    def _ledger(self) -> list[Disclosure]:
        """Rows of the ledger about those named, the oldest first."""
        who = Q()
        for row in self.recipients:
            if row.agency_id:
                who |= Q(agency_id=row.agency_id)
            elif row.desk_id:
                who |= Q(desk_id=row.desk_id)
            else:
                who |= Q(by_id=row.user_id, kind__in=(DisclosureKind.COPY, DisclosureKind.DOCUMENT))
        if not who:
            return []
        rows = self.case.disclosures.filter(who)
        if self.breach.since is not None:
            lasting = Q(kind=DisclosureKind.ACCESS) & (
                Q(ground__ended_at__isnull=True) | Q(ground__ended_at__gte=self.breach.since)
            )
            rows = rows.filter(lasting | Q(at__gte=self.breach.since))
        related = ("agency", "desk__region", "by", "ground", "data_key")
        return list(rows.select_related(*related).order_by("at", "pk"))

    # --- in words ----------------------------------------------------------------------------------

    def _looks(self, events: list[AuditEvent], names: _Names) -> list[Look]:
        grouped: dict[_Key, list[datetime]] = {}
        orders: dict[uuid.UUID, list[AuditEvent]] = {}
        for event in events:
            assert event.user_id is not None
            if event.verb in ("case.pdf", "ledger.pdf"):
                orders.setdefault(event.user_id, []).append(event)
            key = self._key(event, orders.get(event.user_id, []))
            grouped.setdefault(key, []).append(event.at)
        return [self._look(key, moments, names) for key, moments in grouped.items()]

    def _key(self, event: AuditEvent, orders: list[AuditEvent]) -> _Key:
        shown, what = self._shown(event, orders)
        assert event.user_id is not None
        is_paper = event.verb in ("pdf.download", "inbox.print", "case.export")
        return _Key(event.user_id, event.agency_id, event.verb, what, shown, is_paper)

    def _shown(self, event: AuditEvent, orders: list[AuditEvent]) -> tuple[pages.Shown, str]:
        page = pages.PAGES.get(event.verb)
        if page is None:
            return pages.Shown(), ""
        if event.verb == "document.open":
            return self._document(event)
        level, categories = self._sight_at(event)
        is_desk = event.role in DESK_ROLES
        shown = self.contents.of(page.shows, level, categories, is_desk=is_desk)
        if event.verb == "pdf.download":
            return self._paper(event, orders, shown, categories)
        what = self._steps.get(event.target_id, "") if event.verb == "step.read" and event.target_id else ""
        return shown, what

    def _sight_at(self, event: AuditEvent) -> tuple[int, frozenset[str]]:
        """Level as it was recorded with the look, and what the grounds of the house carried at that moment.

        Emergency access stands on no ground: then everything was open."""
        at, is_desk = event.at, event.role in DESK_ROLES
        hers = [g for g in self._grounds if g.agency_id == event.agency_id or (is_desk and g.desk_id)]
        own = [g for g in hers if g.made_at <= at and (g.ended_at is None or g.ended_at >= at)]
        everything = WITHOUT_PERSON if self.case.is_consultation else EVERYTHING
        carried = frozenset(code for g in own for code in g.categories) if own else frozenset(everything)
        recorded = event.facts.get("level")
        level = int(recorded) if isinstance(recorded, int) else int(Level.FULL if carried else Level.STEPS)
        return level, carried

    def _document(self, event: AuditEvent) -> tuple[pages.Shown, str]:
        row = self._documents.get(event.target_id) if event.target_id else None
        if row is None:
            return pages.Shown(), ""
        kind = str(Category(row.category).label)
        name = str(row.name) if self.names_documents and row.name else ""
        what = name or _("%(kind)s, %(type)s, added %(day)s") % {
            "kind": kind,
            "type": row.media_type,
            "day": f"{row.uploaded_at:%Y-%m-%d}",
        }
        carried = frozenset({row.category, Category.DOCUMENTS.value})
        return pages.Shown((_("The whole document"),), carried), what

    def _paper(
        self, event: AuditEvent, orders: list[AuditEvent], shown: pages.Shown, seen: frozenset[str]
    ) -> tuple[pages.Shown, str]:
        """What was ordered last before the paper was made says what stands on it."""
        job = self._papers.get(str(event.facts.get("job", "")))
        until = job.created_at if job else event.at
        order = next((one for one in reversed(orders) if one.at <= until), None)
        if job is not None and job.template != SUMMARY:
            return pages.Shown((_("Who was told what, and who has read"),)), ""
        if order is not None and order.facts.get("identity"):
            return self.contents.with_identity(shown, seen), ""
        return shown, ""

    def _look(self, key: _Key, moments: list[datetime], names: _Names) -> Look:
        page = pages.PAGES.get(key.verb)
        return Look(
            names.user(key.user_id),
            names.house(key.agency_id),
            str(page.words) if page else "",
            key.shown.fields,
            key.shown.categories,
            tuple(moments),
            key.what,
            key.is_paper,
            page is not None and page.shows == pages.LISTED and not key.is_paper,
            "" if page else key.verb,
        )

    def _refusals(self, events: list[AuditEvent], names: _Names) -> list[Refusal]:
        grouped: dict[tuple[uuid.UUID, uuid.UUID | None, str], list[datetime]] = {}
        for event in events:
            assert event.user_id is not None
            grouped.setdefault((event.user_id, event.agency_id, event.verb), []).append(event.at)
        return [
            Refusal(names.user(user), names.house(house), _words(verb), tuple(moments))
            for (user, house, verb), moments in grouped.items()
        ]


def _words(verb: str) -> str:
    page = pages.PAGES.get(verb)
    return str(page.words) if page else verb


class _Names:
    """Of the people and houses of the log, read once."""

    def __init__(self, users: Iterable[uuid.UUID], houses: Iterable[uuid.UUID | None]) -> None:
        self._users = dict(User.objects.filter(pk__in=list(users)).values_list("pk", "name"))
        ids = [pk for pk in houses if pk]
        self._houses = dict(Agency.objects.filter(pk__in=ids).values_list("pk", "name"))

    def user(self, pk: uuid.UUID) -> str:
        return self._users.get(pk, "") or _("somebody")

    def house(self, pk: uuid.UUID | None) -> str:
        return self._houses.get(pk, "") if pk else ""

"""Reading the log: by case, by person, what left the portal, what was refused. Newest first, by pages.

A line names who, what, when and why, and the references of the cases it is about. Nothing else of a case is
ever read here, and of what an act wrote down only what `_detail` tells.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import AgencyKind
from accounts.models import Agency, User
from cases.models import Case, DataPack, Person, Referral, RequestedCase
from core.enums import AuditOutcome
from core.models import AuditEvent
from nrm_portal.review.words import TAKEN_OUT, said

SIZE: Final = 50
NAMED: Final = 3
"""References named in one line; a list of thirty cases says how many."""


@dataclass(frozen=True, slots=True)
class Line:
    """One act in words."""

    id: int
    at: datetime
    user_id: uuid.UUID | None
    who: str
    house: str
    what: str
    reason: str
    refused: bool
    references: tuple[str, ...] = ()
    """The first cases of the line; `more` says how many there are besides."""
    more: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, and the row to go on after (None at the end)."""

    lines: list[Line] = field(default_factory=list)
    after: int | None = None


# --- which rows -----------------------------------------------------------------------------------------


def find_case(reference: str) -> Case | None:
    """The case of any of its reference numbers; of a merged one the case that took it in."""
    rows = Case.objects.filter(Q(reference=reference) | Q(referrals__reference=reference))
    case = rows.select_related("merged_into").first()
    return case.merged_into or case if case else None


def of_case(case: Case, after: int | None = None) -> Page:
    """Everything done, seen or refused in a case, in those merged into it and in what belongs to it."""
    family = [case, *Case.objects.filter(merged_into=case)]
    ids = [one.pk for one in family]
    about = _belongings(family)
    direct = AuditEvent.objects.filter(target_id__in=about)
    listed = AuditEvent.objects.filter(target_ids__overlap=about)
    told = (
        AuditEvent.objects.filter(facts__has_key="case")
        .annotate(of=KeyTextTransform("case", "facts"))
        .filter(of__in=[str(pk) for pk in ids])
    )
    return _page([direct, listed, told], after, cases=frozenset(ids))


def _belongings(family: list[Case]) -> list[uuid.UUID]:
    """Ids under which acts on a case may stand that do not name the case itself."""
    ids = [one.pk for one in family]
    rows = Referral.objects.filter(case__in=ids).values_list("pk", "draft_id", "data_key_id")
    found = {pk for row in rows for pk in row}
    for one in family:
        found |= {one.pk, one.data_key_id, *filter(None, (one.person_id, one.incident_id))}
    people = Person.objects.filter(cases__in=ids).values_list("data_key_id", flat=True)
    requests = RequestedCase.objects.filter(case__in=ids).values_list("request_id", flat=True)
    packs = DataPack.objects.filter(request__in=requests).values_list("pk", flat=True)
    return [*found, *people, *requests, *packs]


def of_person(user_id: uuid.UUID, after: int | None = None) -> Page:
    """What somebody who works here did or was refused, and what was done to the account."""
    own = AuditEvent.objects.filter(user_id=user_id)
    account = AuditEvent.objects.filter(target_id=user_id)
    return _page([own, account], after)


def copies(after: int | None = None) -> Page:
    """What made a copy outside the portal, or a way to one."""
    return _page([AuditEvent.objects.filter(verb=verb) for verb in TAKEN_OUT], after, apart=True)


def refusals(after: int | None = None) -> Page:
    return _page([AuditEvent.objects.filter(outcome=AuditOutcome.REFUSED)], after, apart=True)


def these(event_ids: Iterable[int]) -> list[Line]:
    """Lines of rows named by their ids, newest first."""
    return _lines(list(AuditEvent.objects.filter(pk__in=list(event_ids)).order_by("-at", "-pk")))


def _page(
    sources: list[QuerySet[AuditEvent]],
    after: int | None,
    cases: frozenset[uuid.UUID] = frozenset(),
    *,
    apart: bool = False,
) -> Page:
    """The next page of several sources together. Each is read by its own index, as far as needed."""
    mark = AuditEvent.objects.filter(pk=after).values_list("at", flat=True).first() if after else None
    found: dict[int, AuditEvent] = {}
    for rows in sources:
        if mark is not None:
            rows = rows.filter(Q(at__lt=mark) | Q(at=mark, pk__lt=after))
        found |= {event.pk: event for event in rows.order_by("-at", "-pk")[: SIZE + 1]}
    events = sorted(found.values(), key=lambda event: (event.at, event.pk), reverse=True)
    shown = events[:SIZE]
    return Page(_lines(shown, cases, apart=apart), shown[-1].pk if len(events) > SIZE else None)


# --- in words -------------------------------------------------------------------------------------------


def _lines(
    events: list[AuditEvent], cases: frozenset[uuid.UUID] = frozenset(), *, apart: bool = False
) -> list[Line]:
    """Six queries at the most, however many lines. With `cases` (the page is about them) no references; with
    `apart` (a page for which nobody gave a reason) no shelter beside a reference."""
    users = dict(User.objects.filter(pk__in={e.user_id for e in events}).values_list("pk", "name"))
    houses = {
        row.pk: row
        for row in Agency.objects.filter(pk__in={e.agency_id for e in events}).only("name", "kind")
    }
    named = {} if cases else _references(events)
    return [_line(event, users, houses, named, hide=bool(cases) or apart) for event in events]


def _line(
    event: AuditEvent,
    users: Mapping[Any, str],
    houses: Mapping[Any, Agency],
    named: Mapping[int, tuple[str, ...]],
    *,
    hide: bool,
) -> Line:
    who, house, references = _("the portal"), "", named.get(event.pk, ())
    if event.user_id:
        who = users.get(event.user_id) or _("somebody unknown")
        row = houses.get(event.agency_id)
        house = row.name if row else ""
        if row and row.kind == AgencyKind.SHELTER and hide:
            # Where a person is must not be read off a list of who has seen her.
            who, house = _("somebody who works there"), str(row.get_kind_display())
    return Line(
        event.pk,
        event.at,
        event.user_id,
        who,
        house,
        said(event.verb),
        event.reason,
        event.outcome == AuditOutcome.REFUSED,
        references[:NAMED],
        max(len(references), len(event.target_ids)) - NAMED if references else 0,
        _detail(event),
    )


def _detail(event: AuditEvent) -> str:
    """How much was seen or taken, in words; never what."""
    facts, parts = event.facts, []
    if facts.get("identity") is True:
        parts.append(_("with who the person is"))
    if len(event.target_ids) > 1:
        n = len(event.target_ids)
        parts.append(ngettext("among %(n)s case", "among %(n)s cases", n) % {"n": n})
    if event.verb in ("export.make", "case.export"):
        parts.append(str(facts.get("form", "")).upper())
        parts.append(ngettext("%(n)s row", "%(n)s rows", facts.get("rows", 0)) % {"n": facts.get("rows", 0)})
        if mark := facts.get("mark") or facts.get("file"):
            parts.append(_("extract %(mark)s") % {"mark": mark})
    return ", ".join(parts)


def _references(events: list[AuditEvent]) -> dict[int, tuple[str, ...]]:
    """The cases each line is about, by reference."""
    wanted = {event.pk: _candidates(event) for event in events}
    ids = {pk for found in wanted.values() for pk in found}
    known = dict(Case.objects.filter(pk__in=ids).values_list("pk", "reference"))
    rest = ids - set(known)
    known |= dict(Case.objects.filter(person__in=rest).values_list("person_id", "reference"))
    known |= dict(Referral.objects.filter(pk__in=rest).values_list("pk", "case__reference"))
    return {
        pk: tuple(dict.fromkeys(known[one] for one in found if one in known)) for pk, found in wanted.items()
    }


def _candidates(event: AuditEvent) -> list[uuid.UUID]:
    """Ids in one row that may be a case, its person or its referral; of long lists only the first."""
    found = [event.target_id] if event.target_id else []
    with suppress(ValueError):
        found.append(uuid.UUID(str(event.facts.get("case"))))
    return [*found, *event.target_ids[: NAMED + 1]]

"""What the inbox lists: the shared views, the filters, and the words that keep both in an address.

Views ask the grant's own columns alone, so that page and counts are read from its indexes. Only filters
that somebody has set may ask the case.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from cases.access import at_desks, not_hidden
from cases.enums import OPEN_STATUSES, Status, Urgency
from cases.models import CaseGrant, Referral
from coordinators.access import desks_of
from coordinators.enums import AgeBand
from core import clock
from manual.enums import Exploitation

Grants = QuerySet[CaseGrant]
Condition = Callable[[Assignment, datetime], Q]


@dataclass(frozen=True)
class View:
    """A shared view of the inbox."""

    key: str
    label: Promise
    where: Condition
    empty: Promise


def _unanswered(by: Assignment, now: datetime) -> Q:
    return Q(status=Status.RECEIVED, snoozed_until__isnull=True)


def _mine(by: Assignment, now: datetime) -> Q:
    return Q(assignee_id=by.user_id)


def _children(by: Assignment, now: datetime) -> Q:
    return Q(is_child=True)


def _late(by: Assignment, now: datetime) -> Q:
    return Q(due_at__lte=now)


def _waiting(by: Assignment, now: datetime) -> Q:
    return Q(status=Status.WAITING)


def _snoozed(by: Assignment, now: datetime) -> Q:
    return Q(snoozed_until__isnull=False)


def _all(by: Assignment, now: datetime) -> Q:
    return Q()


VIEWS: Final = {
    view.key: view
    for view in (
        View("att-besvara", _("To answer"), _unanswered, _("Nothing waits for an answer right now.")),
        View("mina", _("Mine"), _mine, _("You handle no open case right now.")),
        View("barn", _("Children"), _children, _("There is no open case about a child right now.")),
        View("forsenade", _("Overdue"), _late, _("Nothing is overdue right now.")),
        View(
            "vantar", _("Waiting for information"), _waiting, _("No case waits for the referrer right now.")
        ),
        View("parkerade", _("Snoozed"), _snoozed, _("No case is snoozed right now.")),
        View("alla", _("All open"), _all, _("There are no open cases right now.")),
    )
}
FIRST: Final = VIEWS["att-besvara"]


def view_of(query: Mapping[str, Any]) -> View:
    """The shared view an address names, else the first."""
    return VIEWS.get(query.get("vy", ""), FIRST)


def inbox_desks(by: Assignment) -> dict[Any, frozenset[str]]:
    """The desks whose inbox is open to her today."""
    return {desk: rights for desk, rights in desks_of(by).items() if rights & {"view_inbox", "place"}}


def at(by: Assignment, desks: dict[Any, frozenset[str]]) -> Grants:
    """Every open case at these desks that she may see."""
    return at_desks(by, desks).filter(is_open=True)


# --- filters -------------------------------------------------------------------------------------


@dataclass
class Filters:
    """What a valid filter asks for, as a condition on grants."""

    data: Mapping[str, Any]
    by: Assignment
    parts: list[Q] = field(default_factory=list)

    def condition(self) -> Q:
        data, where = self.data, Q()
        for name, column in (
            ("status", "status__in"),
            ("county", "case__county_id"),
            ("age", "case__age_band__in"),
        ):
            if data.get(name):
                where &= Q(**{column: data[name]})
        if data.get("form"):
            where &= Q(case__forms__contains=[data["form"]]) | Q(case__main_form=data["form"])
        if data.get("incident"):
            where &= Q(case__incident_id=data["incident"])
        if data.get("danger"):
            where &= Q(urgency=Urgency.DANGER)
        if data.get("q"):
            where &= Q(case__reference__icontains=data["q"].replace(" ", ""))
        if any(data.get(name) for name in ("county", "agency", "q")):
            where &= not_hidden(self.by)  # a filter by place, sender or number would point her out
        return where & self._agency() & self._assignee() & self._period()

    def _agency(self) -> Q:
        name = self.data.get("agency")
        if not name:
            return Q()
        return Q(Exists(Referral.objects.filter(case=OuterRef("case"), agency__name__icontains=name)))

    def _assignee(self) -> Q:
        me = self.by.user_id
        return {
            "me": Q(assignee_id=me),
            "nobody": Q(assignee_id__isnull=True),
            "others": Q(assignee_id__isnull=False) & ~Q(assignee_id=me),
        }.get(self.data.get("assignee") or "", Q())

    def _period(self) -> Q:
        where = Q()
        if since := self.data.get("since"):
            where &= Q(received_at__gte=datetime.combine(since, time(0), clock.STOCKHOLM))
        if until := self.data.get("until"):
            where &= Q(received_at__lt=datetime.combine(until + timedelta(days=1), time(0), clock.STOCKHOLM))
        return where


@dataclass(frozen=True)
class Chosen:
    """A shared view with filters set: what a saved view keeps, and what an address asks for."""

    view: View
    data: Mapping[str, Any]

    def where(self, by: Assignment, now: datetime) -> Q:
        return self.view.where(by, now) & Filters(self.data, by).condition()

    def words(self) -> str:
        """The same choice always in the same words."""
        pairs: list[tuple[str, str]] = [("vy", self.view.key)]
        for name in _READERS:
            value = self.data.get(name)
            values = sorted(value) if isinstance(value, (list, tuple)) else [value]
            pairs += [(name, "on" if part is True else str(part)) for part in values if part]
        return urlencode(pairs)


def _one_of(*allowed: str) -> Callable[[list[str]], Any]:
    return lambda values: next((value for value in values if value in allowed), "")


def _some_of(*allowed: str) -> Callable[[list[str]], Any]:
    return lambda values: [value for value in values if value in allowed]


def _text(limit: int) -> Callable[[list[str]], Any]:
    return lambda values: values[0].replace("\0", "").strip()[:limit] if values else ""


def _day(values: list[str]) -> date | None:
    try:
        return date.fromisoformat(values[0]) if values else None
    except ValueError:
        return None


def _event(values: list[str]) -> str:
    try:
        return str(uuid.UUID(values[0])) if values else ""
    except ValueError:
        return ""


_READERS: Final[dict[str, Callable[[list[str]], Any]]] = {
    "status": _some_of(*(status.value for status in OPEN_STATUSES)),
    "county": _text(2),
    "form": _one_of(*Exploitation.values),
    "age": _some_of(*AgeBand.values),
    "danger": lambda values: "on" in values,
    "incident": _event,
    "agency": _text(80),
    "assignee": _one_of("me", "nobody", "others"),
    "since": _day,
    "until": _day,
    "q": _text(40),
}
"""How each filter is read back from the words a view was saved in."""


def read(words: str) -> Chosen:
    """A saved choice, cleaned again: what is not known any more asks for nothing."""
    query = QueryDict(words)
    return Chosen(view_of(query), {name: reader(query.getlist(name)) for name, reader in _READERS.items()})

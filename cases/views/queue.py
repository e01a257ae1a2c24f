"""Lists of cases: which rows, in which order, page by page. The base is always the viewer's own grants."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from cases.enums import Status
from cases.models import CaseGrant, Referral
from coordinators.enums import AgeBand
from core import clock

PAGE_SIZE: Final = 25
MOST: Final = 1000
"""Counts stop here and say "1000+"."""

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
    return Q(case__status=Status.RECEIVED, case__snoozed_until__isnull=True)


def _mine(by: Assignment, now: datetime) -> Q:
    return Q(case__assignee_id=by.user_id)


def _children(by: Assignment, now: datetime) -> Q:
    return ~Q(case__age_band=AgeBand.ADULT)


def _late(by: Assignment, now: datetime) -> Q:
    return Q(due_at__lte=now)


def _waiting(by: Assignment, now: datetime) -> Q:
    return Q(case__status=Status.WAITING)


def _snoozed(by: Assignment, now: datetime) -> Q:
    return Q(case__snoozed_until__isnull=False)


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


def counts(bases: Iterable[Grants]) -> list[int]:
    """How many rows each query has, `MOST` + 1 at most. One statement for all."""
    parts: list[str] = []
    params: list[Any] = []
    for base in bases:
        sql, values = base.order_by().values("pk")[: MOST + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS c)")
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        return list(cursor.fetchone())


def counted(base: Grants, conditions: Iterable[Q]) -> list[int]:
    """How many rows of one bounded list fulfil each condition, `MOST` + 1 at most. One pass."""
    parts = {f"n{place}": Count("pk", filter=where or None) for place, where in enumerate(conditions)}
    return [min(number, MOST + 1) for number in base.order_by().aggregate(**parts).values()]


def count_text(number: int) -> str:
    return f"{MOST}+" if number > MOST else str(number)


def shown_text(here: int, total: int) -> str:
    """25 of 38 cases shown; nothing about an empty list."""
    return (
        gettext("%(here)s of %(total)s cases shown") % {"here": here, "total": count_text(total)}
        if here
        else ""
    )


# --- pages ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cursor:
    """A place in the order (urgency, due time with none last, case)."""

    urgency: int
    due_at: datetime | None
    case_id: uuid.UUID

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """From an address; None when it is none."""
        try:
            urgency, due, case_id = text.split("~")
            due_at = clock.read(due) if due else None
            if due and due_at is None:
                return None
            return cls(int(urgency[:2]), due_at, uuid.UUID(case_id))
        except ValueError:
            return None

    @classmethod
    def at(cls, grant: CaseGrant) -> Cursor:
        return cls(grant.urgency, grant.due_at, grant.case_id)

    def __str__(self) -> str:
        due = self.due_at.astimezone(clock.STOCKHOLM).isoformat() if self.due_at else ""
        return f"{self.urgency}~{due}~{self.case_id}"

    def following(self) -> Q:
        if self.due_at is None:
            same = Q(due_at__isnull=True, case_id__gt=self.case_id)
        else:
            same = (
                Q(due_at__gt=self.due_at)
                | Q(due_at__isnull=True)
                | Q(due_at=self.due_at, case_id__gt=self.case_id)
            )
        return Q(urgency__gt=self.urgency) | Q(urgency=self.urgency) & same

    def preceding(self) -> Q:
        if self.due_at is None:
            same = Q(due_at__isnull=False) | Q(due_at__isnull=True, case_id__lt=self.case_id)
        else:
            same = Q(due_at__lt=self.due_at) | Q(due_at=self.due_at, case_id__lt=self.case_id)
        return Q(urgency__lt=self.urgency) | Q(urgency=self.urgency) & same


@dataclass
class Page:
    """One page of grants with the addresses around it."""

    grants: list[CaseGrant]
    previous: str = ""
    next: str = ""


_ORDER: Final = (F("urgency").asc(), F("due_at").asc(nulls_last=True), F("case_id").asc())
_REVERSE: Final = (F("urgency").desc(), F("due_at").desc(nulls_first=True), F("case_id").desc())


def page(base: Grants, query: Mapping[str, str], size: int = PAGE_SIZE) -> Page:
    """The rows after `efter` or before `fore` of the address, else the first. One query."""
    after, before = Cursor.parse(query.get("efter", "")), Cursor.parse(query.get("fore", ""))
    rows = base.select_related("case__county", "case__desk__region", "case__assignee").defer("case__routing")
    if before:
        found = list(rows.filter(before.preceding()).order_by(*_REVERSE)[: size + 1])
        more_before, more_after = len(found) > size, True
        found = found[:size][::-1]
    else:
        found = list((rows.filter(after.following()) if after else rows).order_by(*_ORDER)[: size + 1])
        more_before, more_after = after is not None, len(found) > size
        found = found[:size]
    if not found:
        return Page([])
    return Page(
        found,
        _address(query, "fore", Cursor.at(found[0])) if more_before else "",
        _address(query, "efter", Cursor.at(found[-1])) if more_after else "",
    )


def newest(base: Grants, query: Mapping[str, str], size: int = PAGE_SIZE) -> Page:
    """The rows by when the case was received, the latest first, after `efter` of the address. One query."""
    rows = base.select_related("case__county", "case__desk__region", "case__assignee").defer("case__routing")
    after = Cursor.parse(query.get("efter", ""))
    if after and after.due_at:
        older = Q(received_at__lt=after.due_at) | Q(received_at=after.due_at, case_id__gt=after.case_id)
        rows = rows.filter(older)
    found = list(rows.order_by("-received_at", "case_id")[: size + 1])
    more, found = len(found) > size, found[:size]
    last = Cursor(0, found[-1].received_at, found[-1].case_id) if found else None
    first_page = "?" + with_parts(query) if after else ""
    return Page(found, first_page, _address(query, "efter", last) if last and more else "")


def first(base: Grants) -> CaseGrant | None:
    """The first row in the order of the lists."""
    return base.order_by(*_ORDER).first()


def last(base: Grants) -> CaseGrant | None:
    """The last row in the order of the lists."""
    return base.order_by(*_REVERSE).first()


def _address(query: Mapping[str, str], name: str, cursor: Cursor) -> str:
    return "?" + with_parts(query, **{name: str(cursor)})


def with_parts(query: Any, **changes: str) -> str:
    """The address's query with some parts changed; paging and the chosen row fall away."""
    parts = [
        (key, value)
        for key, values in query.lists()
        for value in values
        if value and key not in (*changes, "efter", "fore", "vald")
    ]
    return urlencode([*parts, *((key, value) for key, value in changes.items() if value)])


# --- filters -------------------------------------------------------------------------------------


@dataclass
class Chip:
    label: str
    url: str


@dataclass
class Filters:
    """What a valid filter form asks for, as a condition on grants."""

    data: Mapping[str, Any]
    by: Assignment
    parts: list[Q] = field(default_factory=list)

    def condition(self) -> Q:
        data, where = self.data, Q()
        for name, column in (
            ("status", "case__status__in"),
            ("county", "case__county_id"),
            ("age", "case__age_band__in"),
        ):
            if data.get(name):
                where &= Q(**{column: data[name]})
        if data.get("form"):
            where &= Q(case__forms__contains=[data["form"]]) | Q(case__main_form=data["form"])
        if data.get("danger"):
            where &= Q(case__danger=True)
        if data.get("q"):
            where &= Q(case__reference__icontains=data["q"].replace(" ", ""))
        return where & self._agency() & self._assignee() & self._period()

    def _agency(self) -> Q:
        name = self.data.get("agency")
        if not name:
            return Q()
        return Q(Exists(Referral.objects.filter(case=OuterRef("case"), agency__name__icontains=name)))

    def _assignee(self) -> Q:
        me = self.by.user_id
        return {
            "me": Q(case__assignee_id=me),
            "nobody": Q(case__assignee_id__isnull=True),
            "others": Q(case__assignee_id__isnull=False) & ~Q(case__assignee_id=me),
        }.get(self.data.get("assignee") or "", Q())

    def _period(self) -> Q:
        where = Q()
        if since := self.data.get("since"):
            where &= Q(received_at__gte=datetime.combine(since, time(0), clock.STOCKHOLM))
        if until := self.data.get("until"):
            where &= Q(received_at__lt=datetime.combine(until + timedelta(days=1), time(0), clock.STOCKHOLM))
        return where

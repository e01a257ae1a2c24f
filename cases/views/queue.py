"""Lists of cases: which rows, in which order, page by page. The base is always the viewer's own grants."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext

from cases.models import CaseGrant, Dispute, Referral
from cases.services.lists import VIEWS, Filters, Grants, View
from core import clock

__all__ = ["VIEWS", "Filters", "Grants", "View"]

PAGE_SIZE: Final = 25
LARGE_PAGE: Final = 50
"""As many as can be chosen at once."""
MOST: Final = 1000
"""Counts stop here and say "1000+"."""


def counts(bases: Iterable[Grants]) -> list[int]:
    """How many cases each query has; beyond `MOST` it is not worth knowing. One statement for all.

    A case seen through two containers counts once; twice as many rows are read for that."""
    parts: list[str] = []
    params: list[Any] = []
    for base in bases:
        sql, values = base.order_by().values("case_id")[: 2 * (MOST + 1)].query.sql_with_params()
        parts.append(f"(SELECT count(DISTINCT case_id) FROM ({sql}) AS c)")
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        return list(cursor.fetchone())


def counted(base: Grants, conditions: Iterable[Q]) -> list[int]:
    """How many rows of one bounded list fulfil each condition, `MOST` + 1 at most. One pass."""
    parts = {f"n{place}": Count("case_id", filter=where or None) for place, where in enumerate(conditions)}
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
    rows = _whole(base)
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
        _once(found),
        _address(query, "fore", Cursor.at(found[0])) if more_before else "",
        _address(query, "efter", Cursor.at(found[-1])) if more_after else "",
    )


def _whole(base: Grants) -> Grants:
    """With what a row of a list prints, the sender of the referral that opened the case included."""
    opening = Referral.objects.filter(case=OuterRef("case"), reference=OuterRef("case__reference"))
    rows = base.select_related("case__county", "case__desk__region", "case__assignee").defer("case__routing")
    disputed = Dispute.objects.filter(case=OuterRef("case"), settled_at__isnull=True)
    return rows.annotate(sender=Subquery(opening.values("agency__name")[:1]), disputed=Exists(disputed))


def newest(base: Grants, query: Mapping[str, str], size: int = PAGE_SIZE) -> Page:
    """The rows by when the case was received, the latest first, after `efter` of the address. One query."""
    rows = _whole(base)
    after = Cursor.parse(query.get("efter", ""))
    if after and after.due_at:
        older = Q(received_at__lt=after.due_at) | Q(received_at=after.due_at, case_id__gt=after.case_id)
        rows = rows.filter(older)
    found = list(rows.order_by("-received_at", "case_id")[: size + 1])
    more, found = len(found) > size, found[:size]
    last = Cursor(0, found[-1].received_at, found[-1].case_id) if found else None
    first_page = "?" + with_parts(query) if after else ""
    return Page(_once(found), first_page, _address(query, "efter", last) if last and more else "")


def _once(grants: Iterable[CaseGrant]) -> list[CaseGrant]:
    """A case seen through several containers stands there once, by the grant that shows most of it."""
    best: dict[uuid.UUID, CaseGrant] = {}
    for grant in grants:
        if grant.case_id not in best or grant.level > best[grant.case_id].level:
            best[grant.case_id] = grant
    return list(best.values())


def first(base: Grants) -> CaseGrant | None:
    """The first row in the order of the lists."""
    return base.order_by(*_ORDER).first()


def last(base: Grants) -> CaseGrant | None:
    """The last row in the order of the lists."""
    return base.order_by(*_REVERSE).first()


def around(base: Grants, here: Cursor) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The cases before and after a place. One query."""
    before = base.filter(here.preceding()).order_by(*_REVERSE).annotate(side=Value(0))
    after = base.filter(here.following()).order_by(*_ORDER).annotate(side=Value(1))
    sides = [rows.values_list("side", "case_id")[:1] for rows in (before, after)]
    found = dict(sides[0].union(sides[1], all=True))
    return found.get(0), found.get(1)


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
    """A filter that is set, with the address of the list without it."""

    label: str
    url: str

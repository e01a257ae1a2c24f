"""The rule of who sees a case, said again from the facts alone: no grant, no right, none of its querysets.

What `cases.access` computes, stores and asks must come to the same, whatever has happened.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.access import Assignment
from accounts.models import Membership
from cases.models import BreakGlass, Case, Handover, LegalGround, NamedPerson, Participation, Recusal
from coordinators.models import Absence, Duty
from core import clock

ALL: Final = frozenset({"identity", "contact", "situation", "health", "children", "proceedings", "documents"})
NOTHING: Final = (0, frozenset[str]())
HEADER: Final = (2, frozenset[str]())


def on(day: date, prefix: str = "") -> Q:
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": day})
    )


def desks(by: Assignment) -> set[uuid.UUID]:
    """Desks she has a duty at today, and those of whom she stands in for."""
    today = clock.today()
    away = Absence.objects.filter(on(today), deputy_id=by.membership_id).values_list(
        "membership_id", flat=True
    )
    rows = Duty.objects.filter(on(today), membership_id__in=[by.membership_id, *away])
    return set(rows.values_list("desk_id", flat=True))


def is_in(by: Assignment) -> bool:
    """Whether the membership is in force today."""
    return Membership.objects.filter(on(clock.today()), pk=by.membership_id, user__is_active=True).exists()


def emergency(by: Assignment, case: Case) -> bool:
    """Whether it is an hour of emergency that shows her the case."""
    rows = BreakGlass.objects.filter(case=case, user_id=by.user_id, closed_at=None, until__gt=clock.now())
    return by.role == "national_coordinator" and rows.exists()


def is_named(by: Assignment, case: Case) -> bool:
    """Whether a protected identity is hers to open: who handles the case, and who was named for it."""
    rows = NamedPerson.objects.filter(case=case, user_id=by.user_id, ended_at=None, until__gt=clock.now())
    if case.is_protected and emergency(by, case):
        return False
    return not case.is_protected or case.assignee_id == by.user_id or rows.exists()


def over(day: date | None) -> bool:
    """Whether the last day is past, in Stockholm."""
    end = datetime.combine((day or date.max - timedelta(days=2)) + timedelta(days=1), time(0))
    return clock.now() >= end.replace(tzinfo=ZoneInfo("Europe/Stockholm"))


def sees(by: Assignment, case: Case) -> tuple[int, frozenset[str]]:
    """(level, categories): 2 the heading, 3 its own steps, 4 the case in these categories."""
    mine, found = desks(by), [NOTHING]
    if (
        case.status in ("merged", "disposed")
        or Recusal.objects.filter(case=case, user_id=by.user_id, lifted_at=None).exists()
    ):
        return NOTHING
    grounds = [g for g in LegalGround.objects.filter(case=case, ended_at=None) if not over(g.valid_until)]
    everything = ALL - {"identity", "contact"} if case.is_consultation else ALL
    if emergency(by, case):
        found.append((4, everything))
    for ground in grounds:
        if ground.desk_id == case.desk_id and case.desk_id in mine:
            found.append(HEADER if case.routing.get("unplaced") or not ground.categories else (4, everything))
        for asked in Handover.objects.filter(case=case, ground=ground):
            if asked.status == "open" and asked.to_desk_id in mine and asked.to_desk_id == ground.desk_id:
                found.append(HEADER)
            if asked.status == "accepted" and asked.from_desk_id in mine and not over(asked.moves_on):
                found.append((4, everything) if ground.categories else HEADER)
    for part in Participation.objects.filter(case=case, agency_id=by.agency_id, is_referrer=False):
        if part.ground_id in {g.pk for g in grounds} and by.has("work_cases"):
            given = {
                c
                for g in grounds
                if g.agency_id == by.agency_id and g.kind != "own_report"
                for c in g.categories
            }
            own = {
                "invited": HEADER,
                "provisional": (3, frozenset[str]()),
                "accepted": (4 if given else 3, frozenset(given)),
            }
            found.append(own.get(part.status, NOTHING))
    return max(level for level, _ in found), frozenset[str]().union(*(some for _, some in found))

"""Calls as lists: those of a day, those she has open, the last ones about the same place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Q

from accounts.access import Assignment
from core import clock
from hotline.enums import Caller
from hotline.models import Call
from hotline.models.call import CallQuerySet
from hotline.services.calls import FORGOTTEN

MOST: Final = 200
"""Rows of one day; more has never been seen, and the page says when there are."""
RECENT: Final = timedelta(days=90)
FEW: Final = 5
TABS: Final = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows."""

    day: date
    mine: bool = False
    caller: str = ""
    about: str = ""


def of_day(wanted: Wanted, by: Assignment) -> list[Call]:
    """The calls of her desk that began on a day, newest first."""
    start = datetime.combine(wanted.day, time(0), clock.STOCKHOLM)
    end = datetime.combine(wanted.day + timedelta(days=1), time(0), clock.STOCKHOLM)
    rows = _desk(by).filter(started_at__gte=start, started_at__lt=end)
    if wanted.mine:
        rows = rows.filter(operator_id=by.user_id)
    if wanted.caller:
        rows = rows.filter(caller=wanted.caller)
    if wanted.about:
        rows = rows.filter(about=wanted.about)
    return list(rows.order_by("-started_at", "-id")[: MOST + 1])


def to_follow_up(day: date, by: Assignment) -> list[Call]:
    """What somebody at the desk said is to be followed up on that day."""
    return list(_desk(by).filter(follow_up_on=day).order_by("started_at", "id")[:MOST])


def open_of(by: Assignment) -> list[Call]:
    """The calls she has not ended, oldest first: the tabs of the page."""
    rows = Call.objects.of_desk(by.agency_id).still_open().filter(operator_id=by.user_id)
    return list(rows.order_by("started_at", "id")[:TABS])


def forgotten(by: Assignment) -> list[Call]:
    """Calls of her desk that somebody left open: whoever sees them ends them, so that they are counted."""
    since = clock.now() - FORGOTTEN
    return list(_desk(by).still_open().filter(started_at__lte=since).order_by("started_at", "id")[:MOST])


def recent(
    *, municipality_id: str | None, agency_kind: str, by: Assignment, besides: uuid.UUID | None = None
) -> list[Call]:
    """The last ended calls from the same kind of agency about the same municipality: codes, never texts."""
    if not municipality_id or not agency_kind:
        return []
    rows = _desk(by).filter(
        ~Q(pk=besides),
        municipality_id=municipality_id,
        agency_kind=agency_kind,
        caller=Caller.PROFESSIONAL,
        ended_at__isnull=False,
        started_at__gte=clock.now() - RECENT,
    )
    return list(rows.order_by("-started_at", "-id")[:FEW])


def _desk(by: Assignment) -> CallQuerySet:
    rows = Call.objects.of_desk(by.agency_id).select_related("operator", "municipality", "county")
    return rows.defer("advice_words", "summary")

"""When the helpline for professionals is staffed. The calls themselves are not kept yet.

Source: the agency says "office hours on weekdays"; the exact hours are not published and are to be
confirmed, so pages name days, never hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from django.conf import settings

from core import clock, workdays

OPENS: Final[time] = workdays.OPENS
CLOSES: Final[time] = workdays.CLOSES
HOURS_CONFIRMED: Final = False


@dataclass(frozen=True)
class Helpline:
    """What a page says about the helpline at one moment."""

    number: str
    is_open: bool
    next_day: date
    """The working day on which it is next staffed: today while it is open or not yet open."""


def is_open(at: datetime) -> bool:
    """Is the helpline staffed at an instant? Weekends, public holidays and free eves are closed."""
    local = clock.local(at)
    return workdays.is_working_day(local.date()) and OPENS <= local.time() < CLOSES


def next_day(at: datetime) -> date:
    """The first working day, today included while its hours are not over."""
    local = clock.local(at)
    if workdays.is_working_day(local.date()) and local.time() < CLOSES:
        return local.date()
    return workdays.next_working_day(local.date())


def helpline(at: datetime | None = None) -> Helpline:
    """The helpline now, or at another instant."""
    moment = at or clock.now()
    return Helpline(settings.HELPLINE, is_open(moment), next_day(moment))

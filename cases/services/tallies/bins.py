"""Classes of times. Medians are found from these, so that no single time is kept in the figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from cases.services.tallies.names import DAYS, WAITS

_OF: Final = {"m": "minutes", "h": "hours", "d": "days"}


def _edge(code: str) -> timedelta:
    return timedelta(**{_OF[code[-1]]: float(code[:-1])})


WAIT_EDGES: Final = tuple((_edge(code), code) for code in WAITS[:-1])
"""(longest time, class) of time to first answer; what takes longer is the last class."""
DAY_EDGES: Final = tuple((int(code[:-1]), code) for code in DAYS[:-1])
"""(most days, class) from the referral to a step of the manual; the same day and the next are the first."""


def wait_class(took: timedelta) -> str:
    return next((code for edge, code in WAIT_EDGES if took <= edge), WAITS[-1])


def day_class(start: date, end: date) -> str:
    """What was done before the referral came is in the first class."""
    return next((code for edge, code in DAY_EDGES if (end - start).days <= edge), DAYS[-1])

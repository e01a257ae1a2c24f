"""Names of codes, and times in words as exactly as a sample of them deserves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.looks import duration_text
from nrm_portal.overview import labels
from nrm_portal.overview.own.facts import Sent, once
from nrm_portal.overview.quantiles import edge

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)


def days_text(took: timedelta, *, within: bool = False) -> str:
    """To the nearest day, less than one in words; what is done `within` it, up."""
    days = _units(took, DAY, within)
    return edge(f"{days}d") if days else _("less than a day")


def time_text(took: timedelta | None, *, within: bool = False) -> str:
    """42 min; 3 h 20 min; from 48 hours 2 days. A dash where there are too few to say."""
    if took is None:
        return "–"
    rounded = MINUTE * _units(took, MINUTE, within)
    return duration_text(rounded) if rounded < 2 * DAY else days_text(took, within=within)


def _units(took: timedelta, unit: timedelta, up: bool) -> int:
    """Whole units: the nearest, half of one up; or `up`, so that what is said to be over is over."""
    return -(-took // unit) if up else (took + unit / 2) // unit


def in_cases(things: str, cases: int) -> str:
    """27 referrals in 26 cases: where a case has more than one of what is counted."""
    held = ngettext("%(n)s case", "%(n)s cases", cases) % {"n": number_format(cases)}
    return _("%(things)s in %(cases)s") % {"things": things, "cases": held}


def referrals_text(n: int) -> str:
    return ngettext("%(n)s referral", "%(n)s referrals", n) % {"n": number_format(n)}


def told(words: str, rows: Sequence[Sent]) -> str:
    """The words; and where a case has more than one of the referrals, in how many cases these are."""
    cases = len(once(rows))
    return words if cases == len(rows) else f"{words} {in_cases(referrals_text(len(rows)), cases)}."


def steps_text(n: int) -> str:
    return ngettext("%(n)s step", "%(n)s steps", n) % {"n": number_format(n)}


def group_names() -> dict[str, str]:
    return {code: str(name) for code, name in labels.GROUPS.items()}


def wait_names() -> dict[str, str]:
    return {code: str(name) for code, name in labels.WAITS.items()}

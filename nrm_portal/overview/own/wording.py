"""Names of codes, and times in words as exactly as a sample of them deserves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.looks import duration_text
from nrm_portal.overview import labels
from nrm_portal.overview.own.facts import Sent, once


def days_text(took: timedelta) -> str:
    """Whole days; less than one in words."""
    days = round(took / timedelta(days=1))
    if not days:
        return _("less than a day")
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


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


def time_text(took: timedelta | None) -> str:
    """42 min; 3 h 20 min; 2 days. A dash where there are too few to say."""
    return "–" if took is None else duration_text(took)

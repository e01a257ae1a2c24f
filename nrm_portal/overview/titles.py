"""Titles that say what a figure shows, written by rules from the published numbers alone.

A title claims something only when it holds whatever the hidden numbers are; else it says what is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from core.publish import TOTAL, Published
from manual.enums import Phase
from nrm_portal.overview.figures import UNKNOWN, Tables, Year
from nrm_portal.overview.sheets import Entry, month_name, whole

ABOUT_EQUAL: Final = 5
"""Percent: less than this is no difference worth a title."""


def change(now: int | None, before: int | None) -> int | None:
    """Percent more (or less) than before, whole. None when there is nothing to compare with."""
    if now is None or not before:
        return None
    return round((now - before) * 100 / before)


def same_months(now: Year, before: Year) -> tuple[int | None, int | None]:
    """Shown totals of the months of `now` and of the same months a year earlier."""
    earlier = [month.replace(year=month.year - 1) for month in now.months]
    if not earlier or not set(earlier) <= set(before.months):
        return None, None
    return _sum(now, now.months), _sum(before, earlier)


def _sum(year: Year, months: tuple[date, ...] | list[date]) -> int | None:
    values = [year.referrals[(month.isoformat(),)].value for month in months]
    return None if any(value is None for value in values) else sum(value or 0 for value in values)


def comparison(percent: int | None, what: str) -> str:
    """ "18 % fler än 2025", in words; empty when nothing can be compared."""
    if percent is None:
        return ""
    if percent == 0:
        return _("As many as %(what)s") % {"what": what}
    words = _("%(n)s%% more than %(what)s") if percent > 0 else _("%(n)s%% fewer than %(what)s")
    return words % {"n": number_format(abs(percent)), "what": what}


def months(now: Year, before: Year) -> str:
    percent = change(*same_months(now, before))
    if percent is not None:
        if percent > ABOUT_EQUAL:
            return _("More referrals than the year before")
        if percent < -ABOUT_EQUAL:
            return _("Fewer referrals than the year before")
        return _("About as many referrals as the year before")
    top = leader(now.referrals)
    if top:
        return _("Most referrals in %(month)s") % {"month": month_name(date.fromisoformat(top))}
    return _("Referrals per month")


def counties(tables: Tables, names: Mapping[str, str]) -> str:
    top = leader(tables.counties.margin("county"))
    return _("Most cases in %(county)s") % {"county": names[top]} if top in names else _("Cases by county")


def forms(tables: Tables, names: Mapping[str, str]) -> str:
    """The most usual form among women and among men."""
    women, men = (_usual(tables.forms, group, names) for group in ("women", "men"))
    if women and women == men:
        return _("%(form)s most usual among both women and men") % {"form": women}
    if women and men:
        return _("%(one)s most usual among women, %(other)s among men") % {"one": women, "other": men.lower()}
    return _("Cases by form of exploitation")


def _usual(table: Published, group: str, names: Mapping[str, str]) -> str:
    row = {code: table[(group, code)].value for code in names}
    top = _leads(row, table[(group, TOTAL)].value)
    return str(names[top]) if top and top != UNKNOWN else ""


def steps(tables: Tables) -> str:
    reached = tables.steps[(Phase.LONGTERM.value,)]
    if not reached.value:
        return _("From step to step")
    return _("%(n)s cases came to long-term support") % {"n": number_format(reached.value)}


def late(tables: Tables, names: Mapping[str, str]) -> str:
    if tables.late.total.value == 0:
        return _("No step was late")
    top = leader(tables.late.margin("agency"))
    return _("Most late steps: %(agency)s") % {"agency": names[top]} if top in names else _("Late steps")


def answers(within_a_day: Entry) -> str:
    if within_a_day.number is None:
        return _("Time to first answer")
    return _("%(n)s%% were answered within a day") % {"n": round(within_a_day.number)}


def quality(rows: tuple[tuple[str, tuple[Entry, ...]], ...]) -> str:
    shown = {name: whole(entries[0]) for name, entries in rows}
    if not shown or any(value is None for value in shown.values()):
        return _("Answers that are not known")
    top = max(shown, key=lambda name: shown[name] or 0)
    if not shown[top]:
        return _("Everything known")
    return _("Most often not known: %(question)s") % {"question": top.lower()}


def leader(line: Published) -> str:
    """The code with the largest shown number, when no hidden one can be larger; else nothing."""
    codes = next(iter(line.dimensions.values()))
    return _leads({code: line[(code,)].value for code in codes}, line.total.value)


def _leads(values: Mapping[str, int | None], total: int | None) -> str:
    shown = {code: value for code, value in values.items() if value is not None}
    if not shown or total is None:
        return ""
    top = max(shown, key=lambda code: shown[code])
    hidden = total - sum(shown.values())
    ahead = [value for code, value in shown.items() if code != top]
    return top if shown[top] > max([hidden, *ahead], default=0) else ""

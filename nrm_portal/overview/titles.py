"""Titles that say what a figure shows, written by rules from the published numbers alone.

A title claims something only when it holds whatever the hidden numbers are; else it says what is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.publish import TOTAL, Published
from nrm_portal.overview.codes import NOT_STATED, UNKNOWN
from nrm_portal.overview.population import INHABITANTS, Population
from nrm_portal.overview.sheets import month_name, percent

ABOUT_EQUAL: Final = 5
"""Percent: less than this is no difference worth a title."""
OF_A_SEASON: Final = 10
"""Percent, and referrals: less than this is no difference worth naming a season for."""
SEASONS: Final[Mapping[int, tuple[Promise, Promise]]] = {
    0: (
        gettext_lazy("More referrals during the winter than the year before"),
        gettext_lazy("Fewer referrals during the winter than the year before"),
    ),
    1: (
        gettext_lazy("More referrals during the spring than the year before"),
        gettext_lazy("Fewer referrals during the spring than the year before"),
    ),
    2: (
        gettext_lazy("More referrals during the summer than the year before"),
        gettext_lazy("Fewer referrals during the summer than the year before"),
    ),
    3: (
        gettext_lazy("More referrals during the autumn than the year before"),
        gettext_lazy("Fewer referrals during the autumn than the year before"),
    ),
}
"""December to February, March to May, June to August, September to November: more, fewer."""


@dataclass(frozen=True)
class MonthPair:
    """The shown number of a month, and of the month it is compared with."""

    month: date
    now: int | None
    before: int | None


def change(now: int | None, before: int | None) -> int | None:
    """Percent more (or less) than before, whole. None when there is nothing to compare with."""
    if now is None or not before:
        return None
    if now < before:
        return -int(percent(before - now, before))
    return int(percent(now, before)) - 100


def sums(pairs: Sequence[MonthPair]) -> tuple[int | None, int | None]:
    """Both sums, as far as every month of it is shown."""
    if not pairs:
        return None, None
    now, before = [pair.now for pair in pairs], [pair.before for pair in pairs]
    return total(now), total(before)


def total(values: Sequence[int | None]) -> int | None:
    """Of numbers that are all shown."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def comparison(now: int | None, before: int | None, what: str) -> str:
    """ "18 % fler än 2025", in words; empty when nothing can be compared."""
    changed = change(now, before)
    if changed is None:
        return ""
    if not changed:
        words = _("As many as %(what)s") if now == before else _("About as many as %(what)s")
        return words % {"what": what}
    words = _("%(n)s%% more than %(what)s") if changed > 0 else _("%(n)s%% fewer than %(what)s")
    return words % {"n": number_format(abs(changed)), "what": what}


def months(pairs: Sequence[MonthPair], *, a_year_apart: bool = True) -> str:
    """Of the months that are over: the latest season, when it differs much and the whole does not go the
    other way; else the whole, or the largest month."""
    changed = change(*sums(pairs))
    season = _season(pairs, changed or 0) if a_year_apart else ""
    if changed is not None and abs(changed) > ABOUT_EQUAL and not season:
        return _more(a_year_apart) if changed > 0 else _fewer(a_year_apart)
    if season:
        return season
    if changed is not None:
        return _equal(a_year_apart)
    top = _top({pair.month: pair.now for pair in pairs})
    return _("Most referrals in %(month)s") % {"month": month_name(top)} if top else _("Referrals per month")


def _more(a_year_apart: bool) -> str:
    if a_year_apart:
        return _("More referrals than the year before")
    return _("More referrals than in the period before")


def _fewer(a_year_apart: bool) -> str:
    if a_year_apart:
        return _("Fewer referrals than the year before")
    return _("Fewer referrals than in the period before")


def _equal(a_year_apart: bool) -> str:
    if a_year_apart:
        return _("About as many referrals as the year before")
    return _("About as many referrals as in the period before")


def _season(pairs: Sequence[MonthPair], whole: int) -> str:
    """The latest season with two months or more, when it differs much. `whole`: how all of it has changed."""
    by_season: dict[tuple[int, int], list[MonthPair]] = {}
    for pair in pairs:
        place = (pair.month.year + pair.month.month // 12, pair.month.month % 12 // 3)
        by_season.setdefault(place, []).append(pair)
    long = {place: held for place, held in by_season.items() if len(held) > 1}
    if not long:
        return ""
    latest = max(long)
    now, before = sums(long[latest])
    changed = change(now, before)
    if now is None or before is None or changed is None:
        return ""
    if abs(changed) <= OF_A_SEASON or abs(now - before) < OF_A_SEASON or whole * changed < 0:
        return ""
    more, fewer = SEASONS[latest[1]]
    return str(more if changed > 0 else fewer)


def _top(values: Mapping[date, int | None]) -> date | None:
    """The month with the largest number, when every number is shown and none is as large."""
    shown = {month: value for month, value in values.items() if value is not None}
    if not shown or len(shown) < len(values):
        return None
    top = max(shown, key=lambda month: shown[month])
    return top if list(shown.values()).count(shown[top]) == 1 and len(shown) > 1 else None


def counties(line: Published, names: Mapping[str, str]) -> str:
    top = _named(leader(line), names)
    return _("Most cases in %(county)s") % {"county": top} if top else _("Cases by county")


def county_rates(line: Published, names: Mapping[str, str], held: Population) -> str:
    """Names the county with the most cases per inhabitant when no hidden one can have more."""
    values = {code: line[(code,)].value for code in names if code in held.counties}
    left = _left(line)
    rates = {code: held.rate(code, value) for code, value in values.items() if value is not None}
    if left is not None and rates:
        most = [_most(left, code, held) for code, value in values.items() if value is None]
        top = max(rates, key=lambda code: rates[code] or Decimal(0))
        ahead = [rate for code, rate in rates.items() if code != top]
        best = rates[top]
        if best is not None and best > max([*(one for one in ahead if one is not None), *most], default=best):
            return _("Most cases per inhabitant in %(county)s") % {"county": names[top]}
    return _("Cases by county per 100,000 inhabitants")


def _left(line: Published) -> int | None:
    """What the hidden cells hold together, when the total is shown."""
    total = line.total.value
    codes = next(iter(line.dimensions.values()))
    shown = sum(line[(code,)].value or 0 for code in codes)
    return None if total is None else total - shown


def _most(left: int, code: str, held: Population) -> Decimal:
    """The largest rate the county can have with `left` cases."""
    return Decimal(left) * INHABITANTS / held.counties[code]


def forms(table: Published, names: Mapping[str, str]) -> str:
    """The most usual form among women and among men; `table` is by group and form."""
    women, men = (_usual(table, group, names) for group in ("women", "men"))
    if women and women == men:
        return _("%(form)s most usual among both women and men") % {"form": women}
    if women and men:
        return _("%(one)s most usual among women, %(other)s among men") % {"one": women, "other": men.lower()}
    return _("Cases by form of exploitation")


def _usual(table: Published, group: str, names: Mapping[str, str]) -> str:
    row = {code: table[(group, code)].value for code in table.dimensions["form"]}
    return _named(_leads(row, table[(group, TOTAL)].value), names)


def _named(code: str, names: Mapping[str, str]) -> str:
    """The name of a leader; nothing when that is what is not known, or not stated."""
    return str(names[code]) if code in names and code not in (UNKNOWN, NOT_STATED) else ""


def usual_form(line: Published, names: Mapping[str, str]) -> str:
    """The most usual form of all."""
    top = _named(leader(line), names)
    return _("%(form)s most usual") % {"form": top} if top else _("Cases by form of exploitation")


def steps(longterm: int | None) -> str:
    """`longterm`: cases that came to long-term support."""
    if not longterm:
        return _("From step to step")
    words = ngettext(
        "%(n)s case came to long-term support", "%(n)s cases came to long-term support", longterm
    )
    return words % {"n": number_format(longterm)}


def flow_in(table: Published, agencies: Mapping[str, str]) -> str:
    """Who refers most; `table` is by agency and region."""
    top = _named(leader(table.margin("agency")), agencies)
    return _("Most referrals from: %(agency)s") % {"agency": top} if top else _("From agency to region")


def flow_out(table: Published, outcomes: Mapping[str, str]) -> str:
    top = _named(leader(table.margin("outcome")), outcomes)
    return (
        _("Most usual outcome: %(outcome)s") % {"outcome": top.lower()}
        if top
        else _("From region to outcome")
    )


def late(line: Published, names: Mapping[str, str]) -> str:
    """`line`: late steps by agency."""
    if line.total.value == 0:
        return _("No step was late")
    top = _named(leader(line), names)
    return _("Most late steps: %(agency)s") % {"agency": top} if top else _("Late steps")


def answers(within_a_day: int | None, all_of_them: int | None) -> str:
    if within_a_day is None or not all_of_them:
        return _("Time to first answer")
    return _("%(n)s%% were answered within a day") % {"n": percent(within_a_day, all_of_them)}


def calls(pairs: Sequence[MonthPair], *, a_year_apart: bool = True) -> str:
    changed = change(*sums(pairs))
    if changed is None:
        return _("Calls to the helpline")
    if abs(changed) <= ABOUT_EQUAL:
        return _("About as many calls to the helpline as before")
    more = _("More calls to the helpline than the year before"), _("More calls to the helpline than before")
    fewer = (
        _("Fewer calls to the helpline than the year before"),
        _("Fewer calls to the helpline than before"),
    )
    return (more if changed > 0 else fewer)[0 if a_year_apart else 1]


def topics(line: Published, names: Mapping[str, str]) -> str:
    top = _named(leader(line), names)
    return _("Most asked about: %(topic)s") % {"topic": top.lower()} if top else _("What was asked about")


def quality(lacking: Mapping[str, tuple[int | None, int | None]]) -> str:
    """`lacking`: of each question how many are not known, and how many not stated: these are two things."""
    found = {(name, place): number for name, both in lacking.items() for place, number in enumerate(both)}
    shown = {key: number for key, number in found.items() if number is not None}
    most = max(shown.values(), default=0)
    if not shown or len(shown) < len(found) or (most and list(shown.values()).count(most) > 1):
        return _("Answers that are not known or not stated")
    if not most:
        return _("Everything known")
    question, is_unstated = max(shown, key=lambda key: shown[key])
    words = (
        _("Most often not stated: %(question)s") if is_unstated else _("Most often not known: %(question)s")
    )
    return words % {"question": question.lower()}


def again(line: Published) -> str:
    known = [line[(code,)].value for code in ("referred_again", "exploited_again")]
    both = total(known)
    if both is None:
        return _("Referred again")
    if not both:
        return _("Nobody was referred again")
    return _("%(n)s cases of somebody referred before") % {"n": number_format(both)}


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

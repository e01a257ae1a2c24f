"""Year by year: what was counted before the portal, and what the portal has published since.

An imported year was protected when it was taken in (`protecting`), and is read as it was stored. Where the
portal has published a year, its own number is the one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.publish import TOTAL
from core.tables import Column, Table
from core.templatetags.charts import Point
from nrm_portal.overview import publications
from nrm_portal.overview.cards import Card
from nrm_portal.overview.catalogue import REFERRALS
from nrm_portal.overview.definitions import note
from nrm_portal.overview.earlier.models import EarlierCount, EarlierUnit
from nrm_portal.overview.periods import YEAR, begun, label_since, since
from nrm_portal.overview.sheets import Entry, Sheet, month_name, of_cell, subject_of
from nrm_portal.overview.titles import ABOUT_EQUAL, change

KEY: Final = "ar-for-ar"
TITLES: Final = {
    EarlierUnit.PERSONS: gettext_lazy("Persons, year by year"),
    EarlierUnit.REFERRALS: gettext_lazy("Referrals, year by year"),
}
UNIT_NAMES: Final = {
    EarlierUnit.PERSONS: gettext_lazy("Persons"),
    EarlierUnit.REFERRALS: gettext_lazy("Referrals"),
}
OWN: Final[Mapping[EarlierUnit, tuple[str, tuple[str, ...]]]] = {
    EarlierUnit.PERSONS: ("persons", ("first",)),
    EarlierUnit.REFERRALS: ("kinds", (TOTAL,)),
}
"""Unit → table of the catalogue and the cell in it that goes on with the unit."""


@dataclass(frozen=True)
class Year:
    """One year of a unit, protected. `groups` is there for imported years whose source has them."""

    year: int
    total: Entry
    source: str
    is_earlier: bool
    groups: Mapping[str, Entry]
    value: int | None
    since: date | None = None
    """Counted from this month on: the portal's first year, when it did not begin with January."""

    @property
    def label(self) -> str:
        return label_since(str(self.year), self.since)


def trends() -> dict[EarlierUnit, list[Year]]:
    """Of each unit every year there is a number of, the oldest first. Three queries."""
    found = _earlier()
    for unit, one in _own():
        if one.since is None or one.year not in found[unit]:  # a whole year from a source tells more
            found[unit][one.year] = one
    return {unit: [years[year] for year in sorted(years)] for unit, years in found.items()}


def _own() -> Iterator[tuple[EarlierUnit, Year]]:
    periods = publications.periods_out()
    first, years = begun(periods), [period for period in periods if period.kind == YEAR]
    for code, out in publications.among(years, REFERRALS).items():
        for unit, (key, cell) in OWN.items():
            if key in out.tables:
                table = out.tables[key]
                shown = table[cell]
                yield unit, Year(
                    int(code), of_cell(table, shown), _("The NRM portal"), False, {}, shown.value,
                    since(out.period, first),
                )  # fmt: skip


def _earlier() -> dict[EarlierUnit, dict[int, Year]]:
    """As each year was protected when it was taken in: nothing is published at a look."""
    lines: dict[tuple[EarlierUnit, int], list[EarlierCount]] = {}
    rows = EarlierCount.objects.filter(is_current=True).select_related("origin")
    for row in rows.order_by("year", "line"):
        lines.setdefault((EarlierUnit(row.unit), row.year), []).append(row)
    found: dict[EarlierUnit, dict[int, Year]] = {unit: {} for unit in EarlierUnit}
    for (unit, year), counts in lines.items():
        found[unit][year] = _year(unit, year, counts)
    return found


def _year(unit: EarlierUnit, year: int, lines: Sequence[EarlierCount]) -> Year:
    table = publications.read(lines[0].origin.tables[unit][str(year)])
    groups = {code: of_cell(table, table[(code,)]) for code in table.dimensions.get("group", ())}
    sources = dict.fromkeys(row.source for row in lines)
    return Year(year, of_cell(table, table.total), "; ".join(sources), True, groups, table.total.value)


# --- as a card ----------------------------------------------------------------------------------------


def sheet(years: Sequence[Year], unit: EarlierUnit = EarlierUnit.PERSONS) -> Sheet:
    """Year, number, source; one in between without a number says so, and one that is not whole."""
    known = {one.year: one for one in years}
    rows = []
    for year in range(years[0].year, years[-1].year + 1) if years else ():
        one = known.get(year)
        shown = one.total if one else Entry(_("no figure"))
        rows.append((one.label if one else str(year), (shown, Entry(one.source if one else "–"))))
    columns = (_("Year"), str(UNIT_NAMES[unit]), _("Source"))
    period = f"{years[0].year}–{years[-1].year}" if years else ""
    complete = all(one.value is not None for one in years)
    return Sheet(KEY if unit == EarlierUnit.PERSONS else f"{KEY}-{unit}", str(TITLES[unit]), columns,
                 tuple(rows), period, complete)  # fmt: skip


def card(years: Sequence[Year], unit: EarlierUnit = EarlierUnit.PERSONS) -> Card | None:
    """For the national page: bars a year, the table with sources under them. None with fewer than two."""
    if len(years) < 2:
        return None
    made = sheet(years, unit)
    known = {one.year: one for one in years}
    points = [_point(year, known.get(year)) for year in range(years[0].year, years[-1].year + 1)]
    words = [] if made.is_complete else [note()]
    words += [
        _("* Counted from %(month)s, not a whole year.") % {"month": month_name(one.since)}
        for one in years
        if one.since
    ]
    if any(one.is_earlier for one in years):
        words.append(_("Years before the portal were counted in other ways: the source stands in the table."))
    return Card(
        key=made.key,
        title=title(years, unit),
        subject=subject_of(made),
        period=made.period,
        table=_table(made),
        note=" ".join(words),
        kind="months",
        points=points,
    )


def _point(year: int, one: Year | None) -> Point:
    """A bar; of a hidden number the words, of a year without a figure nothing."""
    if one is None:
        return Point(str(year), None)
    return Point(_short(year, one), one.value, note=one.total.text if one.total.is_withheld else "")


def _short(year: int, one: Year | None) -> str:
    """Under a bar; the note under the picture says what the star means."""
    return f"{year}*" if one and one.since else str(year)


def _table(made: Sheet) -> Table:
    """For the page: a source is text."""
    table = made.table()
    *columns, source = table.columns
    table.columns = [*columns, Column(source.label)]
    return table


def title(years: Sequence[Year], unit: EarlierUnit) -> str:
    """What the last two years say, when both are the portal's own and shown; else what is counted."""
    last, before = years[-1], years[-2]
    percent = change(last.value, before.value)
    compared = (
        not (last.is_earlier or before.is_earlier or before.since or last.since)
        and last.year == before.year + 1
    )
    if percent is None or not compared:
        return str(TITLES[unit])
    names = {"year": last.year, "before": before.year}
    persons = unit == EarlierUnit.PERSONS
    if percent > ABOUT_EQUAL:
        words = (
            _("More persons in %(year)s than in %(before)s")
            if persons
            else _("More referrals in %(year)s than in %(before)s")
        )
    elif percent < -ABOUT_EQUAL:
        words = (
            _("Fewer persons in %(year)s than in %(before)s")
            if persons
            else _("Fewer referrals in %(year)s than in %(before)s")
        )
    else:
        words = (
            _("About as many persons in %(year)s as in %(before)s")
            if persons
            else _("About as many referrals in %(year)s as in %(before)s")
        )
    return words % names

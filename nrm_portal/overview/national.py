"""The national picture as a page and as files: the same sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.services import tallies
from core import clock
from core.publish import TOTAL, Published
from core.templatetags.charts import Point
from manual.enums import Exploitation, Phase
from nrm_portal.overview import figures, helpline_page, periods, sheets, titles
from nrm_portal.overview.cards import Bars, Card, Number, Part
from nrm_portal.overview.definitions import note
from nrm_portal.overview.figures import GROUPS, STEPS, Places, Tables, Totals, Year
from nrm_portal.overview.sheets import Sheet

SHOWN_GROUPS: Final = GROUPS[:-1]
"""With drawings of their own; the last group has its column in the table."""


@dataclass(frozen=True)
class Picture:
    """What is published for a chosen year. `tables` may be of an earlier year: the latest that is settled."""

    totals: Totals
    now: Year
    before: Year
    settled: Year
    tables: Tables | None
    places: Places
    helpline: helpline_page.Picture

    @property
    def is_empty(self) -> bool:
        return not self.totals.by_unit[tallies.REFERRALS]

    @property
    def is_running(self) -> bool:
        return self.now.year == self.totals.today.year


def picture(counted: Totals, year: int) -> Picture:
    """The published figures of a year. Six queries."""
    at = figures.places()
    settled = figures.year_of(counted, min(year, periods.settled_year(counted.today)))
    return Picture(
        totals=counted,
        now=figures.year_of(counted, year),
        before=figures.year_of(counted, year - 1),
        settled=settled,
        tables=figures.tables_of(settled, at) if settled.months else None,
        places=at,
        helpline=helpline_page.picture(helpline_page.latest(), year, at.counties),
    )


def sheets_of(shown: Picture) -> list[Sheet]:
    """Every published table, in the order of the page."""
    found = [sheets.key_numbers(shown.now), sheets.months(shown.now, shown.before)]
    return [*found, *_tables(shown).values(), *helpline_page.sheets_of(shown.helpline)]


def _tables(shown: Picture) -> dict[str, Sheet]:
    if shown.tables is None:
        return {}
    made = (
        sheets.counties(shown.tables, shown.places),
        sheets.forms(shown.tables),
        sheets.steps(shown.tables),
        sheets.late(shown.tables),
        sheets.answers(shown.tables, shown.places),
        sheets.quality(shown.tables),
    )
    return {sheet.key: sheet for sheet in made}


# --- key numbers ----------------------------------------------------------------------------------


def numbers(shown: Picture) -> list[Number]:
    """Referrals, persons and consultations of the year; in the running year also this month, live."""
    now, before = shown.now, shown.before
    until = _until(now) if shown.is_running else ""
    sheet = sheets.key_numbers(now)
    compared = titles.comparison(titles.change(*titles.same_months(now, before)), _compared_with(shown))
    units = (tallies.CASES, tallies.CONSULTATIONS)
    cases, consultations = (_kind_compared(now, before, unit) for unit in units)
    words = [compared, cases, "", consultations]
    made = [
        Number(f"{label}{until}", entries[0].text, text)
        for (label, entries), text in zip(sheet.rows, words, strict=True)
    ]
    return [*([_this_month(shown)] if shown.is_running else []), *made]


def _until(year: Year) -> str:
    if not year.months:
        return ""
    return _(" until the end of %(month)s") % {"month": _month(year.months[-1])}


def _this_month(shown: Picture) -> Number:
    month = shown.totals.today.replace(day=1)
    live = figures.running_month(shown.totals)
    earlier = month.replace(year=month.year - 1)
    words = ""
    if earlier in shown.before.months and (value := shown.before.referrals[(earlier.isoformat(),)].value):
        last = {"n": sheets.number(value).text, "month": sheets.month_name(earlier)}
        words = _("%(n)s in the whole of %(month)s") % last
    return Number(_("Referrals in %(month)s so far") % {"month": _month(month)}, live.text(live.total), words)


def _month(month: date) -> str:
    return date_format(month, "F")


def _compared_with(shown: Picture) -> str:
    return (
        _("the same months of %(year)s") % {"year": shown.before.year}
        if shown.is_running
        else str(shown.before.year)
    )


def _kind_compared(now: Year, before: Year, unit: str) -> str:
    """Only whole years: of the running year's months nothing but referrals is shown one by one."""
    if len(now.months) < 12 or len(before.months) < 12 or not (now.kinds and before.kinds):
        return ""
    percent = titles.change(now.kinds[(unit,)].value, before.kinds[(unit,)].value)
    return titles.comparison(percent, str(before.year))


# --- cards ----------------------------------------------------------------------------------------


def parts(shown: Picture) -> list[Part]:
    """The months of the chosen year, then the tables of the latest settled one."""
    settled = shown.settled.year
    found = _tables(shown)
    lead = ""
    if shown.now.year != settled:
        lead = _(
            "Tables that divide the cases are shown for whole years. Those of %(year)s come on "
            "1 February %(next)s."
        ) % {"year": shown.now.year, "next": shown.now.year + 1}
    this = _("%(year)s so far") if shown.is_running else "%(year)s"
    calls, topics = helpline_page.overview_cards(shown.helpline)
    so_far = [_months(shown), *calls] if shown.now.months else []
    months = Part(this % {"year": shown.now.year}, "", so_far, _no_month(shown))
    if not shown.settled.months:
        return [months, Part(_("Whole years"), lead, [], _("No whole year has been counted yet."))]
    too_few = _(
        "There are too few cases in %(year)s to divide them further. It could show who somebody is."
    ) % {"year": settled}
    return [
        months,
        Part(_("The whole of %(year)s") % {"year": settled}, lead, [*_cards(shown, found), *topics], too_few),
    ]


def _no_month(shown: Picture) -> str:
    return _("No month of %(year)s is over yet. The first one is shown when it is.") % {
        "year": shown.now.year
    }


def _months(shown: Picture) -> Card:
    now, before = shown.now, shown.before
    sheet = sheets.months(now, before)
    points = [
        Point(
            sheets.short_month(month),
            now.referrals[(month.isoformat(),)].value,
            _value(before, month.replace(year=month.year - 1)),
        )
        for month in now.months
    ]
    has_before = any(point.before is not None for point in points)
    line = _("Line: %(year)s") % {"year": before.year} if has_before else ""
    return _card(sheet, titles.months(now, before), kind="months", points=points, before=line)


def _value(year: Year, month: date) -> int | None:
    return year.referrals[(month.isoformat(),)].value if month in year.months else None


def _card(sheet: Sheet, title: str, **drawing: object) -> Card:
    return Card(
        key=sheet.key,
        title=title,
        subject=sheets.subject_of(sheet),
        period=sheet.period,
        table=sheet.table(),
        note="" if sheet.is_complete else note(),
        **drawing,  # type: ignore[arg-type]
    )


def _cards(shown: Picture, found: dict[str, Sheet]) -> list[Card]:
    if shown.tables is None:
        return []
    tables = shown.tables
    return [
        _map(tables, shown.places, found["lan"]),
        _forms(tables, found["former"]),
        _steps(tables, found["steg"]),
        _card(found["forsenat"], titles.late(tables, sheets.agency_names())),
        _answers(found["svar"]),
        _quality(found["okant"]),
    ]


def _map(tables: Tables, at: Places, sheet: Sheet) -> Card:
    values = {code: tables.counties[(code, TOTAL)].value for code in at.counties}
    return _card(
        sheet,
        titles.counties(tables, at.counties),
        kind="map",
        counties=values,
        limits=_limits(values.values()),
        withheld=_("hidden") if None in values.values() else "",
    )


def _limits(values: Iterable[int | None]) -> list[int]:
    """Doubling limits, so that a large county does not make all others look alike."""
    largest = max((value for value in values if value is not None), default=0)
    first = 5
    while first * 16 < largest:
        first *= 2
    return [first, first * 2, first * 4, first * 8]


def _forms(tables: Tables, sheet: Sheet) -> Card:
    names = {form.value: str(form.label) for form in Exploitation}
    codes = [code for code in names if tables.forms[(TOTAL, code)].value != 0]
    values = [tables.forms[(group, code)].value or 0 for group in SHOWN_GROUPS for code in codes]
    bars = [
        Bars(
            heading=str(sheets.GROUP_NAMES[group]),
            title=_("Form of exploitation: %(group)s") % {"group": sheets.GROUP_NAMES[group]},
            points=[_point(names[code], tables.forms, group, code) for code in codes],
            series=series,
            most=max([*values, 1]),
        )
        for series, group in enumerate(SHOWN_GROUPS)
    ]
    return _card(sheet, titles.forms(tables, names), kind="bars", bars=bars)


def _point(label: str, table: Published, *key: str) -> Point:
    cell = table[key]
    return Point(label, cell.value, note="" if cell.value is not None else table.text(cell))


def _steps(tables: Tables, sheet: Sheet) -> Card:
    points = [_point(str(Phase(code).label), tables.steps, code) for code in STEPS]
    return _card(sheet, titles.steps(tables), kind="funnel", points=points)


def _answers(sheet: Sheet) -> Card:
    *rows, total = sheet.rows
    points = [Point(name, _percent(entries), note=entries[-1].text) for name, entries in rows]
    bars = [Bars("", _("Share answered within a day, by region"), points, 0, 100)]
    return _card(sheet, titles.answers(total[1][-1]), kind="bars", bars=bars, is_half=True)


def _quality(sheet: Sheet) -> Card:
    points = [Point(name, _percent(entries), note=entries[-1].text) for name, entries in sheet.rows]
    bars = [Bars("", _("Share that is not known, by question"), points, 0, 0)]
    return _card(sheet, titles.quality(sheet.rows), kind="bars", bars=bars, is_half=True)


def _percent(entries: Sequence[sheets.Entry]) -> int | None:
    share = entries[-1].number
    return None if share is None else round(share)


def latest() -> Totals:
    return figures.totals(clock.today())

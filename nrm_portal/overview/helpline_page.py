"""The helpline in numbers, as a page and as files: the same sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.publish import TOTAL, Published
from core.swedish import swedish_key
from core.templatetags.charts import Point
from hotline.enums import Caller, Profession, Topic
from nrm_portal.overview import figures, helpline, periods, sheets
from nrm_portal.overview.cards import Bars, Card, Number, Part
from nrm_portal.overview.definitions import note
from nrm_portal.overview.figures import UNKNOWN
from nrm_portal.overview.helpline import AGAIN, FIRST, HOURS, CallTables, CallYear, Counted
from nrm_portal.overview.sheets import Sheet, entry

CALLER_NAMES: Final = {
    FIRST: gettext_lazy("Professionals, a new matter"),
    AGAIN: gettext_lazy("Professionals, about an earlier call"),
    Caller.PUBLIC.value: Caller.PUBLIC.label,
    Caller.SILENT.value: Caller.SILENT.label,
    Caller.WRONG_NUMBER.value: Caller.WRONG_NUMBER.label,
    Caller.TEST.value: Caller.TEST.label,
}


@dataclass(frozen=True)
class Picture:
    """What is published of the helpline for a chosen year; `tables` of the latest settled one."""

    counted: Counted
    now: CallYear
    before: CallYear
    settled: CallYear
    tables: CallTables | None
    counties: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        return not self.counted.by_month

    @property
    def is_running(self) -> bool:
        return self.now.year == self.counted.today.year


def latest() -> Counted:
    return helpline.counted(clock.today())


def picture(known: Counted, year: int, counties: Mapping[str, str] | None = None) -> Picture:
    """The published figures of a year. Two queries at the most, and two for the names of counties."""
    names = figures.places().counties if counties is None else counties
    settled = helpline.year_of(known, min(year, periods.settled_year(known.today)))
    return Picture(
        counted=known,
        now=helpline.year_of(known, year),
        before=helpline.year_of(known, year - 1),
        settled=settled,
        tables=helpline.tables_of(settled, names) if settled.months else None,
        counties=names,
    )


# --- sheets -----------------------------------------------------------------------------------------------


def sheets_of(shown: Picture) -> list[Sheet]:
    """Every published table, in the order of the page."""
    return [*([_months(shown)] if shown.now.months else []), *_of_year(shown).values()]


def _months(shown: Picture) -> Sheet:
    now, before = shown.now, shown.before
    rows = [
        (sheets.month_name(month), (entry(now.calls, month.isoformat()), _earlier(before, month)))
        for month in now.months
    ]
    rows.append((_("Total"), (entry(now.calls, TOTAL), sheets.Entry(""))))
    return Sheet(
        "samtal",
        _("Calls to the helpline per month"),
        (_("Month"), _("Calls"), _("The year before")),
        tuple(rows),
        _period(now),
        now.calls.is_complete and before.calls.is_complete,
    )


def _earlier(before: CallYear, month: date) -> sheets.Entry:
    earlier = month.replace(year=month.year - 1)
    return entry(before.calls, earlier.isoformat()) if earlier in before.months else sheets.Entry("–")


def _period(year: CallYear) -> str:
    return sheets.period_of_months(year.year, year.months)


def _of_year(shown: Picture) -> dict[str, Sheet]:
    tables = shown.tables
    if tables is None:
        return {}
    period = str(tables.year)
    hours = {code: _hour(code) for code in HOURS}
    ordered = dict(sorted(shown.counties.items(), key=lambda item: swedish_key(item[1])))
    wanted: list[tuple[str, str, str, str, Published | None, Mapping[str, object]]] = [
        ("samtal-vem", _("Who called the helpline"), _("Who called"), _("Calls"), shown.settled.callers,
         CALLER_NAMES),
        ("samtal-yrke", _("Matters by profession"), _("Profession"), _("Matters"), tables.professions,
         {**dict(Profession.choices), UNKNOWN: _("Not known")}),
        ("samtal-lan", _("Matters by county"), _("County"), _("Matters"), tables.counties,
         {**ordered, UNKNOWN: _("County not known")}),
        ("samtal-amne", _("What was asked about"), _("Topic"), _("Times"), tables.topics,
         dict(Topic.choices)),
        ("samtal-tid", _("Calls by the hour they began"), _("Hour"), _("Calls"), tables.hours, hours),
        ("samtal-blev", _("What the matters led to"), _("Led to"), _("Matters"), tables.led,
         {"referral": _("A referral or a consultation"), "none": _("Advice alone")}),
    ]  # fmt: skip
    return {
        key: _line(key, title, first, unit, table, names, period)
        for key, title, first, unit, table, names in wanted
        if table is not None
    }


def _hour(code: str) -> str:
    if code == "other":
        return _("Another time")
    return f"{int(code)}–{int(code) + 1}"


def _line(
    key: str, title: str, first: str, unit: str, table: Published, names: Mapping[str, object], period: str
) -> Sheet:
    """A table of one dimension with its total. Rows that are a shown zero are left out."""
    rows = [(str(names[code]), (entry(table, code),)) for code in names if table[(code,)].value != 0]
    rows.append((_("Total"), (entry(table, TOTAL),)))
    return Sheet(key, title, (first, unit), tuple(rows), period, table.is_complete)


# --- the page ---------------------------------------------------------------------------------------------


def numbers(shown: Picture) -> list[Number]:
    """Calls of the year and of this month; new matters of a year that has settled."""
    made = []
    if shown.is_running:
        live = helpline.running_month(shown.counted)
        month = shown.counted.today.replace(day=1)
        label = _("Calls in %(month)s so far") % {"month": sheets.month_name(month)}
        made.append(Number(label, live.text(live.total)))
    calls, callers = shown.now.calls, shown.now.callers
    made.append(Number(_("Calls in whole months"), calls.text(calls.total)))
    if callers:
        made.append(Number(_("New matters of professionals"), callers.text(callers[(FIRST,)])))
    return made


def parts(shown: Picture) -> list[Part]:
    """The months of the chosen year, then the tables of the latest settled one."""
    settled = shown.settled.year
    lead = ""
    if shown.now.year != settled:
        lead = _(
            "Tables that divide the calls are shown for whole years. Those of %(year)s come on 1 February "
            "%(next)s."
        ) % {"year": shown.now.year, "next": shown.now.year + 1}
    first = Part(
        _("%(year)s so far") % {"year": shown.now.year} if shown.is_running else str(shown.now.year),
        "",
        [_month_card(shown)] if shown.now.months else [],
        _("No month of %(year)s is over yet. The first one is shown when it is.") % {"year": shown.now.year},
    )
    if not shown.settled.months:
        return [first, Part(_("Whole years"), lead, [], _("No whole year has been counted yet."))]
    cards = [_bars(sheet) for sheet in _of_year(shown).values()]
    too_few = _("There are too few calls in %(year)s to divide them further.") % {"year": settled}
    return [first, Part(_("The whole of %(year)s") % {"year": settled}, lead, cards, too_few)]


def overview_cards(shown: Picture) -> tuple[list[Card], list[Card]]:
    """For the national overview: calls per month, and what was asked about in the settled year."""
    if shown.is_empty:
        return [], []
    topics = _of_year(shown).get("samtal-amne")
    return ([_month_card(shown)] if shown.now.months else []), ([_bars(topics)] if topics else [])


def _month_card(shown: Picture) -> Card:
    sheet = _months(shown)
    points = [
        Point(
            sheets.short_month(month),
            shown.now.calls[(month.isoformat(),)].value,
            _value(shown.before, month.replace(year=month.year - 1)),
        )
        for month in shown.now.months
    ]
    has_before = any(point.before is not None for point in points)
    line = _("Line: %(year)s") % {"year": shown.before.year} if has_before else ""
    return _card(sheet, kind="months", points=points, before=line)


def _value(year: CallYear, month: date) -> int | None:
    return year.calls[(month.isoformat(),)].value if month in year.months else None


def _bars(sheet: Sheet) -> Card:
    *rows, _total = sheet.rows
    points = [
        Point(name, sheets.whole(entries[0]), note=entries[0].text if entries[0].is_withheld else "")
        for name, entries in rows
    ]
    return _card(sheet, kind="bars", bars=[Bars("", sheet.title, points, 0, 0)], is_half=True)


def _card(sheet: Sheet, **drawing: object) -> Card:
    return Card(
        key=sheet.key,
        title=sheet.title,
        subject=sheets.subject_of(sheet),
        period=sheet.period,
        table=sheet.table(),
        note="" if sheet.is_complete else note(),
        **drawing,  # type: ignore[arg-type]
    )

"""How long things took: the median and the 90th percentile, each said as the class it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cases.services import tallies
from core.publish import TOTAL
from core.templatetags.charts import Point, Span
from manual.enums import Phase
from nrm_portal.overview import labels, quantiles, sheets, titles
from nrm_portal.overview.cards import Bars, Card, Scale
from nrm_portal.overview.catalogue import of_kind
from nrm_portal.overview.codes import STEPS
from nrm_portal.overview.national import tables
from nrm_portal.overview.national.drawing import bars_of, card_of
from nrm_portal.overview.national.picture import Picture
from nrm_portal.overview.periods import Period
from nrm_portal.overview.quantiles import LEAST_MEDIAN, LEAST_P90, OPEN, Quantiles
from nrm_portal.overview.sheets import Entry, Sheet

ANSWERS: Final = "svar"
STEP_KEY: Final = "steg"
CLASSES: Final = "svar-klasser"
GOAL: Final = "1d"
"""A first answer is due within a working day; to be confirmed by the national coordination."""
MARKS: Final = ("30m", "4h", "1d", "3d", "7d", "30d")
"""Edges with a word under the drawing."""

Times = Mapping[str, Quantiles]


# --- sheets -----------------------------------------------------------------------------------------------


def heads(first: str, unit: str) -> tuple[str, ...]:
    return (first, unit, _("Median"), _("The median lies"), _("90th percentile"))


def _missing(n: int | None, least: int) -> str:
    """Why a time is not said: too few for it, or it could tell what is hidden."""
    return _("too few") if n is not None and n < least else _("not shown")


def _entries(one: Quantiles | None, n: int | None, classes: Sequence[str]) -> tuple[Entry, ...]:
    """Median, its interval, 90th percentile. `n`: how many there are, when that is shown."""
    far = Entry(_missing(n, LEAST_P90), is_withheld=True)
    if one is None:
        none = Entry(_missing(n, LEAST_MEDIAN), is_withheld=True)
        return none, none, far
    median = Entry(quantiles.said(one.median, classes))
    between = Entry(_("too few"), is_withheld=True)
    if one.low or one.high:
        between = Entry(quantiles.said_between(one.low, one.high, classes))
    return median, between, Entry(quantiles.said(one.p90, classes)) if one.p90 else far


def answers(shown: Picture, period: Period) -> Sheet | None:
    """First answers by region: how many, how long, and the share within a day."""
    table = shown.tables.get("answers")
    if table is None or len(table.dimensions) != 2:
        return None
    names = labels.of("region", shown.at)
    codes = [code for code in sheets.listed(names, table, 0) if not sheets.is_none(table[(code, TOTAL)])]
    rows = []
    for code, name in [*((code, names[code]) for code in codes), (TOTAL, _("Total"))]:
        took = _entries(shown.times("answers").get(code), table[(code, TOTAL)].value, tallies.WAITS)
        soon = sheets.share(*tables.within_a_day(sheets.row_of(table, code)))
        rows.append((name, (sheets.entry(table, code, TOTAL), *took, soon)))
    spec = of_kind(period.kind)["answers"]
    return Sheet(
        ANSWERS,
        _("Median time to first answer by region"),
        (*heads(_("Region"), _("Answers")), _("Within a day")),
        tuple(rows),
        period.label,
        not any(entry.is_withheld for _name, entries in rows for entry in entries),
        has_total=True,
        definition=str(spec.definition),
    )


def steps(shown: Picture, period: Period) -> Sheet | None:
    """Cases by step they came to, and how long after the referral."""
    table = shown.tables.get("steps")
    if table is None:
        return None
    names, took = labels.of("step", shown.at), shown.times("steps")
    rows = tuple(
        (
            names[code],
            (sheets.entry(table, code), *_entries(took.get(code), table[(code,)].value, tallies.DAYS)),
        )
        for code in STEPS
    )
    spec = of_kind(period.kind)["steps"]
    return Sheet(
        STEP_KEY,
        _("Cases that came to each step"),
        heads(_("Step"), _("Cases")),
        rows,
        period.label,
        not any(entry.is_withheld for _name, entries in rows for entry in entries),
        definition=" ".join((str(spec.definition), _("The time is counted from the referral."))),
    )


# --- cards ------------------------------------------------------------------------------------------------


def step_card(shown: Picture, sheet: Sheet) -> Card:
    """A funnel with the median under each bar."""
    names, table, took = labels.of("step", shown.at), shown.tables["steps"], shown.times("steps")
    points = [
        Point(
            names[code].split(" ", 1)[1],
            table[(code,)].value,
            note=_median(took.get(code), table[(code,)].value, tallies.DAYS),
            instead="" if table[(code,)].value is not None else table.text(table[(code,)]),
        )
        for code in STEPS
    ]
    return card_of(sheet, titles.steps(table[(Phase.LONGTERM.value,)].value), kind="funnel", points=points)


def _median(one: Quantiles | None, n: int | None, classes: Sequence[str]) -> str:
    if one is None:
        return _("median %(time)s") % {"time": _missing(n, LEAST_MEDIAN)}
    return _("median %(time)s") % {"time": short(one.median, classes)}


def answer_card(shown: Picture, sheet: Sheet) -> Card:
    """Of a year one line a region, of a quarter bars by class."""
    table = shown.tables["answers"]
    line = table.margin("wait") if len(table.dimensions) == 2 else table
    title = titles.answers(*tables.within_a_day(line))
    if len(table.dimensions) == 1:
        bars: list[Bars] = bars_of(sheet)
        return card_of(
            sheet,
            title,
            _("The median and the 90th percentile are given for whole years."),
            kind="bars",
            bars=bars,
            is_half=True,
        )
    names, took = labels.of("region", shown.at), shown.times("answers")
    codes = [code for code in sheets.listed(names, table, 0) if not sheets.is_none(table[(code, TOTAL)])]
    rows = [_span(names[code], took.get(code), table[(code, TOTAL)].value) for code in codes]
    rows.append(_span(_("The country"), took.get(TOTAL), table.total.value))
    return card_of(
        sheet,
        title,
        _("The dashed line is the goal: an answer within a working day, about 24 hours. To be confirmed."),
        kind="spans",
        spans=rows,
        scale=scale(),
        legend=[
            ("s0", _("Median: half were answered within this time")),
            ("mid", _("Where the median lies with 95 percent confidence")),
            ("s2", _("90th percentile: nine of ten")),
        ],
    )


def _span(name: str, one: Quantiles | None, n: int | None) -> Span:
    """Places on the scale: the class with number n reaches from n to n + 1."""
    if one is None:
        return Span(name, _median(one, n, tallies.WAITS))
    low = _place(one.low) if one.low else 0
    high = _place(one.high) + 1 if one.high else len(tallies.WAITS) if one.low else 0
    return Span(
        name,
        _median(one, n, tallies.WAITS),
        _class(one.median),
        _class(one.p90) if one.p90 else None,
        low,
        high,
    )


def _place(code: str) -> int:
    return tallies.WAITS.index(code)


def _class(code: str) -> tuple[float, float]:
    return _place(code), _place(code) + 1


def scale() -> Scale:
    marks = [(float(_place(code) + 1), _brief(code)) for code in MARKS]
    return Scale(marks, len(tallies.WAITS), (float(_place(GOAL) + 1), _("Goal")))


# --- short words ------------------------------------------------------------------------------------------


def short(code: str, classes: Sequence[str]) -> str:
    """A class in few characters: "4–8 h", "12 h–1 d"."""
    place = list(classes).index(code)
    if code == OPEN:
        return _("over %(time)s") % {"time": _brief(classes[place - 1])}
    if place == 0:
        return _("up to %(time)s") % {"time": _brief(code)}
    before = classes[place - 1]
    if before[-1] == code[-1]:
        return f"{_number(before)}–{_brief(code)}"
    return f"{_brief(before)}–{_brief(code)}"


def _number(code: str) -> str:
    number = float(code[:-1])
    return number_format(number, 0 if number.is_integer() else 1)


def _brief(code: str) -> str:
    units = {"m": _("%(n)s min"), "h": _("%(n)s h"), "d": _("%(n)s d")}
    return units[code[-1]] % {"n": _number(code)}

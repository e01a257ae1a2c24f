"""The cards of the national picture that have a drawing of their own."""

from __future__ import annotations

from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from core.publish import Published
from core.templatetags.charts import Point, Share
from nrm_portal.overview import labels, maps, sheets, titles
from nrm_portal.overview.cards import Bars, Card, Switch
from nrm_portal.overview.codes import GROUPS
from nrm_portal.overview.national import tables
from nrm_portal.overview.national.drawing import bars_of, card_of, month_points, running_note
from nrm_portal.overview.national.picture import Picture
from nrm_portal.overview.own.choosing import INHABITANTS
from nrm_portal.overview.sheets import Entry, Sheet

SHOWN_GROUPS: Final = GROUPS[:-1]
"""With drawings of their own; the last group has its column in the table."""


def months(shown: Picture) -> Card:
    title = titles.months(shown.pairs("kinds"), a_year_apart=shown.chosen.is_a_year_apart)
    points, line = month_points(shown, "kinds", shown.live.referrals if shown.live else None)
    more = running_note(shown)
    return card_of(tables.months(shown), title, more, kind="months", points=points, before=line, is_half=True)


# --- counties ---------------------------------------------------------------------------------------------


def county_map(shown: Picture, sheet: Sheet) -> Card:
    line = tables.county_line(shown.tables)
    assert line is not None
    per = shown.chosen.per_inhabitant
    names = labels.of("county", shown.at)
    values = {code: _measured(shown, line, code) for code in shown.at.counties}
    anchor = f"#card-{sheet.key}"
    return card_of(
        sheet,
        titles.county_rates(line, names, shown.living) if per else titles.counties(line, names),
        sheet.source,
        kind="map",
        counties=values,
        limits=maps.halves(values.values()) if per else maps.doubles(values.values(), 5),
        withheld=_("hidden") if None in values.values() else "",
        switches=[
            Switch(_("Number"), f"?{shown.chosen.words(matt='')}{anchor}", not per),
            Switch(_("Per 100,000 inhabitants"), f"?{shown.chosen.words(matt=INHABITANTS)}{anchor}", per),
        ],
    )


def _measured(shown: Picture, line: Published, code: str) -> float | None:
    value = line[(code,)].value if (code,) in line.cells else 0
    if not shown.chosen.per_inhabitant:
        return value
    rate = shown.living.rate(code, value)
    return None if rate is None else float(rate)


# --- forms ----------------------------------------------------------------------------------------------


def forms(shown: Picture, sheet: Sheet) -> Card:
    """Of a year four small drawings on one scale; of a quarter one."""
    names = labels.of("form", shown.at)
    table = shown.tables.get("group_form")
    if table is None:
        title = titles.usual_form(shown.tables["form"], names)
        return card_of(sheet, title, kind="bars", bars=bars_of(sheet), is_half=True)
    groups = labels.of("group", shown.at)
    codes = [code for code in sheets.listed(names, table, 1) if _has_any(table, code)]
    values = [table[(group, code)].value or 0 for group in SHOWN_GROUPS for code in codes]
    bars = [
        Bars(
            heading=groups[group],
            title=_("Form of exploitation: %(group)s") % {"group": groups[group]},
            points=[_point(names[code], table, group, code) for code in codes],
            series=series,
            most=max([*values, 1]),
        )
        for series, group in enumerate(SHOWN_GROUPS)
    ]
    return card_of(sheet, titles.forms(table, names), kind="bars", bars=bars)


def _has_any(table: Published, code: str) -> bool:
    """Is there anything but zeros to draw?"""
    return any(table[(group, code)].value != 0 for group in SHOWN_GROUPS)


def _point(label: str, table: Published, *key: str) -> Point:
    cell = table[key]
    return Point(label, cell.value, note="" if cell.value is not None else table.text(cell))


# --- flows and late steps ---------------------------------------------------------------------------------


def flow_in(shown: Picture, sheet: Sheet) -> Card:
    return card_of(sheet, titles.flow_in(shown.tables["agency_region"], labels.of("agency", shown.at)))


def flow_out(shown: Picture, sheet: Sheet) -> Card:
    return card_of(sheet, titles.flow_out(shown.tables["region_outcome"], labels.of("outcome", shown.at)))


def late(shown: Picture, sheet: Sheet) -> Card:
    """Of a year a heat table, of a quarter bars."""
    table, names = shown.tables["late"], labels.of("agency", shown.at)
    if len(table.dimensions) == 2:
        return card_of(sheet, titles.late(table.margin("agency"), names))
    return card_of(sheet, titles.late(table, names), kind="bars", bars=bars_of(sheet), is_half=True)


# --- what is not known, support, persons ------------------------------------------------------------------


def quality(sheet: Sheet) -> Card:
    rows = [Share(name, _quality_note(entries), _parts(entries)) for name, entries in sheet.rows]
    return card_of(
        sheet,
        titles.quality({name: (sheets.whole(row[1]), sheets.whole(row[2])) for name, row in sheet.rows}),
        kind="shares",
        is_half=True,
        shares=rows,
        legend=[("soft", _("Known")), ("s0", _("Not known")), ("s1", _("Not stated"))],
    )


def _parts(entries: tuple[Entry, ...]) -> list[float]:
    numbers = [sheets.whole(entry) for entry in entries[:3]]
    if any(number is None for number in numbers):
        return []
    total = sum(number or 0 for number in numbers)
    return [100 * (number or 0) / total for number in numbers] if total else []


def _quality_note(entries: tuple[Entry, ...]) -> str:
    _known, unknown, missing, *shares = entries
    if unknown.is_withheld and missing.is_withheld:
        return unknown.text if unknown.text == missing.text else _("not shown")
    if unknown.is_withheld or missing.is_withheld:
        return _("not known: %(a)s · not stated: %(b)s") % {"a": unknown.text, "b": missing.text}
    return _("not known: %(a)s · not stated: %(b)s") % {"a": shares[0].text, "b": shares[1].text}


def assistance(sheet: Sheet) -> Card:
    points = [
        Point(name, sheets.whole(entries[0]), note=entries[0].text if entries[0].is_withheld else "")
        for name, entries in sheet.rows
    ]
    return card_of(sheet, sheet.title, kind="bars", bars=[Bars("", sheet.title, points, 0, 0)], is_half=True)


def again(shown: Picture, sheet: Sheet) -> Card:
    return card_of(sheet, titles.again(shown.tables["again"]), is_half=True)


def persons(shown: Picture, sheet: Sheet) -> Card:
    first = shown.tables["persons"][("first",)].value
    title = sheet.title
    if first is not None:
        title = _("%(n)s persons") % {"n": number_format(first)}
    return card_of(sheet, title, is_half=True)

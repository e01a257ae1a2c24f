"""The helpline in numbers: its own page, its cards of the national picture, and its sheets."""

from __future__ import annotations

from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from nrm_portal.overview import labels, sheets, titles
from nrm_portal.overview.cards import Card, Number, Part
from nrm_portal.overview.catalogue import of_kind
from nrm_portal.overview.codes import FIRST
from nrm_portal.overview.national.drawing import (
    bars_of,
    begun_note,
    card_of,
    month_points,
    paired,
    running_note,
)
from nrm_portal.overview.national.picture import Picture
from nrm_portal.overview.national.tables import before_head, month_rows
from nrm_portal.overview.periods import Period
from nrm_portal.overview.sheets import Sheet

CALLS: Final = "samtal"
TOPICS: Final = "samtal-amne"
LINES: Final = (
    ("samtal-vem", "callers", "call"),
    ("samtal-yrke", "professions", "matter"),
    ("samtal-lan", "matter_county", "matter"),
    (TOPICS, "topics", "topic"),
    ("samtal-tid", "hours", "call"),
    ("samtal-blev", "led", "matter"),
)
"""Key of the sheet, key of the catalogue, what is counted."""
RANKED: Final = ("topic", "profession")


def sheets_of(shown: Picture) -> list[Sheet]:
    """Every published table, in the order of the page."""
    found = [months(shown)] if _has_months(shown) else []
    return [*found, *lines(shown).values()]


def _has_months(shown: Picture) -> bool:
    """Is any call of these months out, or made in the running one?"""
    is_live = shown.live is not None and bool(shown.live.calls.total.value)
    return len(shown.chosen.period.months) > 1 and (is_live or bool(shown.months_of("calls")))


def months(shown: Picture) -> Sheet:
    rows = month_rows(shown, "calls", shown.live.calls if shown.live else None)
    return Sheet(
        CALLS,
        _("Calls to the helpline per month"),
        (_("Month"), _("Calls"), before_head(shown)),
        rows,
        shown.chosen.label,
        not any(entry.is_withheld for _name, entries in rows for entry in entries),
        definition=str(of_kind(shown.chosen.period.kind)["calls"].definition),
    )


def lines(shown: Picture) -> dict[str, Sheet]:
    """By key what divides the calls of a year."""
    period = shown.divided
    if period is None:
        return {}
    found = {}
    for key, table, unit in LINES:
        if (line := shown.tables.get(table)) is not None:
            spec = of_kind(period.kind)[table]
            (name,) = line.dimensions
            heads = (str(labels.HEADS[name]), str(labels.UNITS[unit]))
            names = labels.of(name, shown.at)
            words = str(spec.definition)
            ranked = name in RANKED
            title = str(spec.title)
            found[key] = sheets.line(key, title, line, names, heads, period.label, words, ranked=ranked)
    return found


# --- cards ------------------------------------------------------------------------------------------------


def month_cards(shown: Picture) -> list[Card]:
    """None where no call has been counted."""
    if not _has_months(shown):
        return []
    title = titles.calls(shown.pairs("calls"), a_year_apart=shown.chosen.is_a_year_apart)
    points, line = month_points(shown, "calls", shown.live.calls if shown.live else None)
    note = " ".join(filter(None, (begun_note(shown, "calls"), running_note(shown))))
    return [
        card_of(months(shown), title, note, kind="months", points=points, before=line, is_half=True),
    ]


def topic_card(shown: Picture) -> Card | None:
    sheet = lines(shown).get(TOPICS)
    if sheet is None:
        return None
    title = titles.topics(shown.tables["topics"], labels.of("topic", shown.at))
    return card_of(sheet, title, kind="bars", bars=bars_of(sheet), is_half=True)


# --- a page of its own ------------------------------------------------------------------------------------


def is_empty(shown: Picture) -> bool:
    live = shown.live
    known = any("calls" in held.tables for held in shown.held.values())
    return not known and (live is None or live.calls.total.value == 0)


def numbers(shown: Picture) -> list[Number]:
    """Calls of the period and of this month; new matters of a year."""
    made = []
    if shown.live is not None:
        label = _("Calls in %(month)s so far") % {"month": date_format(shown.live.month, "F")}
        made.append(Number(label, shown.live.calls.text(shown.live.calls.total), word="call"))
    tables = shown.tables
    for key, code, label, word in (
        ("calls", "", _("Calls in %(period)s"), "call"),
        ("callers", FIRST, _("Matters in %(period)s"), "matter"),
        ("led", "referral", _("Led to a referral or a consultation in %(period)s"), "matter"),
    ):
        if key in tables and shown.divided is not None:
            cell = tables[key][(code,)] if code else tables[key].total
            made.append(Number(label % {"period": shown.divided.said}, tables[key].text(cell), word=word))
    return made


def parts(shown: Picture) -> list[Part]:
    months_part = Part(shown.chosen.label, "", paired(month_cards(shown)))
    period = shown.divided
    drawn = [
        card_of(sheet, _title(shown, key, sheet), kind="bars", bars=bars_of(sheet), is_half=True)
        for key, sheet in lines(shown).items()
    ]
    if period is None:
        return [months_part, Part(_("Whole years"), "", [], _("No whole year has been counted yet."))]
    if not shown.chosen.is_running:
        own = month_cards(shown)
        if "calls" not in shown.tables:
            return [Part(period.label, "", own, _no_calls(period))]
        return [Part(period.label, "" if drawn else _only_years(), paired([*own, *drawn]))]
    too_few = (
        _no_calls(period)
        if "calls" not in shown.tables
        else _("There are too few calls in %(year)s to divide them further.") % {"year": period.label}
    )
    return [
        months_part,
        Part(_("The whole of %(year)s") % {"year": period.label}, "", paired(drawn), too_few),
    ]


def _no_calls(period: Period) -> str:
    """Not the same as too few: nothing was counted."""
    return _("No calls to the helpline were counted in %(period)s.") % {"period": period.said}


def _only_years() -> str:
    return _("What divides the calls further is shown for whole years.")


def _title(shown: Picture, key: str, sheet: Sheet) -> str:
    return (
        titles.topics(shown.tables["topics"], labels.of("topic", shown.at)) if key == TOPICS else sheet.title
    )

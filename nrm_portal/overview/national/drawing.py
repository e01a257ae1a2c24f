"""From sheets to cards: what every card of the national picture shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.publish import Published
from core.templatetags.charts import Point
from nrm_portal.overview import sheets
from nrm_portal.overview.cards import Bars, Card
from nrm_portal.overview.definitions import note
from nrm_portal.overview.national.picture import Picture
from nrm_portal.overview.sheets import Entry, Sheet, subject_of


def card_of(sheet: Sheet, title: str, more: str = "", **drawing: Any) -> Card:
    """A card of the sheet, with what it counts and, where something is hidden, why; `more` follows that."""
    hidden = "" if sheet.is_complete else note()
    return Card(
        key=sheet.key,
        title=title,
        subject=subject_of(sheet),
        period=sheet.period,
        table=sheet.table(),
        note=" ".join(filter(None, (hidden, more))),
        definition=sheet.definition,
        has_total=sheet.has_total,
        **drawing,
    )


def paired(cards: Sequence[Card]) -> list[Card]:
    """The cards, the last of an odd run of halves as wide as the page."""
    made, run = list(cards), 0
    for place, card in enumerate(made):
        run = run + 1 if card.is_half else 0
        is_last = place + 1 == len(made) or not made[place + 1].is_half
        if run % 2 and is_last:
            made[place] = replace(card, is_half=False)
    return made


def month_points(shown: Picture, key: str, live: Published | None) -> tuple[list[Point], str]:
    """Bars of the months, the running one last, and what the line through them is."""
    found = [
        Point(
            sheets.short_month(pair.month),
            pair.now,
            pair.before,
            note=_hidden(shown.month(pair.month, key)),
        )
        for pair in shown.pairs(key)
    ]
    if live is not None and shown.live is not None:
        month = shown.live.month
        before = shown.compared(month)
        table = None if before is None else shown.month(before, key)
        found.append(
            Point(
                sheets.short_month(month),
                live.total.value,
                None if table is None else table.total.value,
                running=True,
            )
        )
    against = shown.chosen.against
    has_line = against is not None and any(point.before is not None for point in found)
    return found, _("Line: %(year)s") % {"year": against.said} if has_line and against else ""


def _hidden(table: Published | None) -> str:
    """What stands instead of a total that is not shown; of a month without one there is nothing to hide."""
    return "" if table is None or table.total.value is not None else table.text(table.total)


def begun_note(shown: Picture, key: str) -> str:
    """Since when it is counted, when that is in the midst of the period."""
    first = shown.begins(key)
    return _("Counted from %(month)s.") % {"month": sheets.month_name(first)} if first else ""


def running_note(shown: Picture) -> str:
    """What the dashed bar is."""
    if shown.live is None:
        return ""
    month = date_format(shown.live.month, "F")
    return _("The dashed bar is %(month)s so far, counted as it is now.") % {"month": month}


def bars_of(sheet: Sheet, series: int = 0) -> list[Bars]:
    """The rows of a sheet as bars, without its total."""
    rows = sheet.rows[:-1] if sheet.has_total else sheet.rows
    points = [point(name, entries[0]) for name, entries in rows]
    return [Bars("", sheet.title, points, series, 0)]


def point(label: str, entry: Entry) -> Point:
    return Point(label, sheets.whole(entry), note=entry.text if entry.is_withheld else "")

"""Time to first answer: classes, and the median and 90th percentile of each desk."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from coordinators.models import Desk
from core.templatetags.charts import Point
from nrm_portal.overview import sheets
from nrm_portal.overview.cards import Bars, Card
from nrm_portal.overview.own.drawing import Pen, card, counted, share
from nrm_portal.overview.own.facts import Sent
from nrm_portal.overview.own.picking import ANSWER
from nrm_portal.overview.own.waits import EDGES, LATER, Times, class_of, times
from nrm_portal.overview.own.wording import time_text
from nrm_portal.overview.sheets import Entry, Sheet


def answer_cards(pen: Pen, rows: Sequence[Sent], desks: Sequence[Desk]) -> list[Card]:
    """First answers given in the period."""
    return [_classes(pen, rows), _quantiles(pen, rows, desks)]


def _classes(pen: Pen, rows: Sequence[Sent]) -> Card:
    counts = counted(rows, lambda row: class_of(row.waited))
    codes = [*(code for code, _edge in EDGES), LATER]
    names = [str(sheets.WAIT_NAMES[code]) for code in codes]
    made = [
        (name, (pen.entry(counts[code], **{ANSWER: code}),)) for code, name in zip(codes, names, strict=True)
    ]
    made.append((_("Total"), (pen.entry(len(rows)),)))
    sheet = Sheet("svar", _("Time to first answer"), (_("Time"), _("Answers")), tuple(made), pen.choice.label)
    soon = counts["4h"] + counts["1d"]
    title = sheet.title
    if rows:
        title = _("%(n)s%% were answered within a day") % {"n": round(100 * soon / len(rows))}
    points = [Point(name, counts[code]) for code, name in zip(codes, names, strict=True)]
    bars = [Bars("", sheet.title, points, 0, 0)]
    return card(sheet, title, kind="bars", bars=bars, is_half=True)


def _quantiles(pen: Pen, rows: Sequence[Sent], desks: Sequence[Desk]) -> Card:
    """Per desk and together. In time: by the time the case was to be answered."""
    parts = [(str(desk.name), [row for row in rows if row.desk_id == desk.pk]) for desk in desks]
    if len(parts) > 1:
        parts.append((_("Together"), list(rows)))
    made = tuple((name, _line(here)) for name, here in parts)
    columns = (
        _("Desk"),
        _("Answers"),
        _("Median"),
        _("The median lies between"),
        _("Nine of ten within"),
        _("In time"),
    )
    sheet = Sheet("svarstid", _("Median and nine of ten"), columns, made, pen.choice.label)
    took = times([row.waited for row in rows if row.waited is not None])
    title = sheet.title
    if took.median is not None:
        title = _("Half were answered within %(time)s") % {"time": time_text(took.median)}
    note = (
        _(
            "Elapsed time, also nights and weekends. The median is said from ten answers on, nine of ten from 30; "
            "the median of many such times lies between the two times with 95%% confidence. In time: before the "
            "case was to be answered."
        )
        % {}
    )
    return card(sheet, title, note=note, is_half=True)


def _line(rows: Sequence[Sent]) -> tuple[Entry, ...]:
    took: Times = times([row.waited for row in rows if row.waited is not None])
    in_time = sum(row.answered_at is not None and row.answered_at <= row.answer_by for row in rows)
    between = "–" if took.low is None else f"{time_text(took.low)} – {time_text(took.high)}"
    return (
        sheets.number(took.n),
        Entry(time_text(took.median)),
        Entry(between),
        Entry(time_text(took.far)),
        share(in_time, took.n),
    )

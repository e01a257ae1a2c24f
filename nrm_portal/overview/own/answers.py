"""Time to first answer: the median and nine of ten of each desk on a scale, and the classes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coordinators.models import Desk
from core.templatetags.charts import Point, Span
from nrm_portal.overview import sheets, titles
from nrm_portal.overview.cards import Bars, Card, Scale
from nrm_portal.overview.own.drawing import Pen, card, counted, share
from nrm_portal.overview.own.facts import Sent
from nrm_portal.overview.own.picking import ANSWER
from nrm_portal.overview.own.waits import EDGES, LATER, Times, class_of, times
from nrm_portal.overview.own.wording import time_text, wait_names
from nrm_portal.overview.sheets import Entry, Sheet

MARKS: Final = (
    (timedelta(), "0"),
    (timedelta(hours=1), gettext_lazy("1 h")),
    (timedelta(hours=4), gettext_lazy("4 h")),
    (timedelta(days=1), gettext_lazy("1 day")),
    (timedelta(days=3), gettext_lazy("3 days")),
    (timedelta(days=7), gettext_lazy("7 days")),
    (timedelta(days=30), gettext_lazy("30 days")),
)
"""Places of the scale, evenly apart: short times get as much room as long ones."""
GOAL: Final = 3
"""The place of one day, the share of which stands in the title."""
THICK: Final = 0.04
"""Half the width of a time on the scale: it is one moment, drawn so that it can be seen."""


def answer_cards(pen: Pen, rows: Sequence[Sent], desks: Sequence[Desk]) -> list[Card]:
    """First answers given in the period."""
    return [_quantiles(pen, rows, desks), _classes(pen, rows)]


def _classes(pen: Pen, rows: Sequence[Sent]) -> Card:
    counts = counted(rows, lambda row: class_of(row.waited))
    names = {code: wait_names()[code] for code in (*(code for code, _edge in EDGES), LATER)}
    made = [(name, (pen.entry(counts[code], **{ANSWER: code}),)) for code, name in names.items()]
    made.append((_("Total"), (pen.entry(len(rows)),)))
    title = _("First answers by time")
    sheet = Sheet("svar", title, (_("Time"), _("Answers")), tuple(made), pen.choice.label)
    if rows:
        soon = counts["4h"] + counts["1d"]
        title = titles.answers(soon, len(rows))
    points = [Point(name, counts[code]) for code, name in names.items()]
    return card(
        sheet,
        title,
        kind="bars",
        bars=[Bars("", sheet.title, points, 0, 0)],
        is_half=True,
        definition=_("First answers given in the period."),
    )


def _quantiles(pen: Pen, rows: Sequence[Sent], desks: Sequence[Desk]) -> Card:
    """Per desk and together. In time: by the time the case was to be answered."""
    parts = [(str(desk.name), [row for row in rows if row.desk_id == desk.pk]) for desk in desks]
    if len(parts) > 1:
        parts.append((_("Together"), list(rows)))
    columns = (
        _("Desk"),
        _("Answers"),
        _("Median"),
        _("The median lies between"),
        _("Nine of ten within"),
        _("In time"),
    )
    made = tuple((name, _line(here)) for name, here in parts)
    sheet = Sheet("svarstid", _("Time to first answer"), columns, made, pen.choice.label)
    took = _times(rows)
    title = sheet.title
    legend = [("s0", _("Median")), ("mid", _("The median lies here with 95% confidence"))]
    if any(_times(here).far is not None for _name, here in parts):
        legend.append(("s2", _("Nine of ten")))
    if took.median is not None:
        title = _("Half were answered within %(time)s") % {"time": time_text(took.median, within=True)}
    return card(
        sheet,
        title,
        kind="spans",
        spans=[_span(name, _times(here)) for name, here in parts],
        scale=_scale(),
        legend=legend,
        definition=_words(),
    )


def _scale() -> Scale:
    marks = [(n, str(words)) for n, (_at, words) in enumerate(MARKS)]
    return Scale(marks, len(MARKS) - 1, (GOAL, _("One day")))


def _words() -> str:
    return _(
        "Elapsed time, also nights and weekends, of answers given in the period. The median is said from ten "
        "answers on, nine of ten from 30. In time: before the case was to be answered."
    )


def _times(rows: Sequence[Sent]) -> Times:
    return times([row.waited for row in rows if row.waited is not None])


def _span(name: str, took: Times) -> Span:
    if took.median is None or took.low is None or took.high is None:
        words = ngettext("%(n)s answer, too few to say", "%(n)s answers, too few to say", took.n)
        return Span(name, words % {"n": took.n})
    words = _("median %(time)s") % {"time": time_text(took.median)}
    if took.far is not None:
        words = _("%(median)s, nine of ten within %(time)s") % {
            "median": words,
            "time": time_text(took.far, within=True),
        }
    far = None if took.far is None else _box(took.far)
    return Span(name, words, _box(took.median), far, place(took.low), place(took.high))


def _box(at: timedelta) -> tuple[float, float]:
    middle = min(max(place(at), THICK), len(MARKS) - 1 - THICK)
    return middle - THICK, middle + THICK


def place(at: timedelta) -> float:
    """Where a time stands on the scale; between two marks in proportion."""
    edges = [edge for edge, _words in MARKS]
    after = min(bisect_left(edges, at), len(edges) - 1)
    if after == 0:
        return 0.0
    low, high = edges[after - 1], edges[after]
    return after - 1 + min((at - low) / (high - low), 1.0)


def _line(rows: Sequence[Sent]) -> tuple[Entry, ...]:
    took = _times(rows)
    in_time = sum(row.answered_at is not None and row.answered_at <= row.answer_by for row in rows)
    between = "–" if took.low is None else f"{time_text(took.low)} – {time_text(took.high)}"
    return (
        sheets.number(took.n),
        Entry(time_text(took.median)),
        Entry(between),
        Entry(time_text(took.far, within=True)),
        share(in_time, took.n),
    )

"""Referrals month by month, with the period they are compared with and the month that is running."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from core import clock
from core.templatetags.charts import Point
from nrm_portal.overview import sheets, titles
from nrm_portal.overview.cards import Card
from nrm_portal.overview.own.choosing import Choice
from nrm_portal.overview.own.drawing import Pen, card, is_whole, last_month, until
from nrm_portal.overview.sheets import Entry, Sheet
from nrm_portal.overview.titles import MonthPair


def months_cards(pen: Pen, counts: Mapping[date, int], words: str, *, leads: bool) -> list[Card]:
    """The months of the chosen period; nothing for a month alone. `words`: what is counted;
    `leads`: do numbers lead to their cases?"""
    pairs = _pairs(pen.choice, counts)
    if len(pen.choice.period.months) == 1:
        return []
    running = clock.today().replace(day=1)
    points = [
        Point(sheets.short_month(pair.month), pair.now, pair.before, running=pair.month == running)
        for pair in pairs
    ]
    sheet = _sheet(pen, pairs, leads=leads)
    title = _title(pen.choice, [pair for pair in pairs if pair.month < running])
    line = _line(pen.choice, pairs)
    return [card(sheet, title, kind="months", points=points, before=line, definition=words)]


def _pairs(choice: Choice, counts: Mapping[date, int]) -> list[MonthPair]:
    """Each month that has begun, with the one it is compared with when there is anything to compare with."""
    running = clock.today().replace(day=1)
    against = dict(zip(choice.period.months, choice.against.months, strict=True)) if choice.against else {}
    has_before = any(counts.get(month) for month in against.values())
    return [
        MonthPair(month, counts.get(month, 0), counts.get(against[month], 0) if has_before else None)
        for month in choice.period.months
        if month <= running
    ]


def _sheet(pen: Pen, pairs: list[MonthPair], *, leads: bool) -> Sheet:
    """What is over with a total that can be compared; then the running month, and all of it."""
    running = clock.today().replace(day=1)
    over = [pair for pair in pairs if pair.month < running]
    now, before = titles.sums(over)
    rows = [(sheets.month_name(pair.month), _cells(pen, pair, leads)) for pair in over]
    if len(over) < len(pairs):
        if over:
            words = _("Until the end of %(month)s") % {"month": last_month(pen.choice)}
            rows.append((words, (_entry(now), _entry(before))))
        words = _("%(month)s so far") % {"month": sheets.month_name(pairs[-1].month)}
        rows.append((words, _cells(pen, pairs[-1], leads)))
        before = None
    total = sum(pair.now or 0 for pair in pairs)
    rows.append((_("Total"), (_entry(total), _entry(before))))
    columns = [_("Month"), _("Referrals"), _before_head(pen.choice)]
    if not _line(pen.choice, pairs):
        columns, rows = columns[:2], [(name, cells[:1]) for name, cells in rows]
    return Sheet("manader", _("Referrals per month"), tuple(columns), tuple(rows), pen.choice.label)


def _cells(pen: Pen, pair: MonthPair, leads: bool) -> tuple[Entry, ...]:
    code = f"{pair.month:%Y-%m}"
    now = pen.entry(pair.now or 0, period=code, manad=code) if leads else _entry(pair.now)
    return now, _entry(pair.before)


def _entry(number: int | None) -> Entry:
    return Entry("") if number is None else sheets.number(number)


def _before_head(choice: Choice) -> str:
    if choice.against is None or choice.against == choice.period.before:
        return _("The year before")
    return choice.against.label


def _line(choice: Choice, pairs: list[MonthPair]) -> str:
    """What the line is; "" when none is drawn."""
    if choice.against is None or all(pair.before is None for pair in pairs):
        return ""
    return _("Line: %(year)s") % {"year": choice.against.said}


def _title(choice: Choice, over: list[MonthPair]) -> str:
    """As in the national picture. Of a running period what is compared says how far it goes; which month has
    the most cannot be told yet."""
    title = titles.months(over, a_year_apart=choice.against == choice.period.before)
    if is_whole(choice):
        return title
    return until(choice, title) if titles.change(*titles.sums(over)) is not None else _("Referrals per month")

"""Referrals month by month, with the year before and the month that is running."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from core import clock
from core.templatetags.charts import Point
from nrm_portal.overview import sheets
from nrm_portal.overview.cards import Card
from nrm_portal.overview.own.drawing import Pen, card
from nrm_portal.overview.periods import YEAR, Period
from nrm_portal.overview.sheets import Entry, Sheet

ABOUT_EQUAL = 5
"""Percent: less than this is no difference worth a title."""


def months_card(pen: Pen, counts: Mapping[date, int], words: str, *, leads: bool) -> Card:
    """The months of the year of the chosen period. `words`: what is counted;
    `leads`: do numbers lead to their cases?"""
    year, running = pen.choice.period.year, clock.today().replace(day=1)
    months = [month for month in Period(YEAR, date(year, 1, 1)).months if month <= running]
    rows = [
        (
            sheets.month_name(month),
            (_entry(pen, counts.get(month, 0), month, leads), _earlier(counts, month)),
        )
        for month in months
    ]
    total = sum(counts.get(month, 0) for month in months)
    rows.append((_("Total"), (Entry(sheets.number(total).text, total), Entry(""))))
    columns = (_("Month"), _("Referrals"), _("The year before"))
    sheet = Sheet("manader", _("Referrals per month"), columns, tuple(rows), _label(year))
    has_before = any(counts.get(_year_before(month)) for month in months)
    points = [
        Point(
            sheets.short_month(month),
            counts.get(month, 0),
            counts.get(_year_before(month), 0) if has_before else None,
            running=month == running,
        )
        for month in months
    ]
    line = _("Line: %(year)s") % {"year": year - 1} if has_before else ""
    title = _title(counts, months)
    return card(sheet, title, kind="months", points=points, before=line, definition=words)


def _label(year: int) -> str:
    running = year == clock.today().year
    return _("%(period)s so far") % {"period": year} if running else str(year)


def _entry(pen: Pen, number: int, month: date, leads: bool) -> Entry:
    return (
        pen.entry(number, period=f"{month:%Y-%m}", manad=f"{month:%Y-%m}") if leads else sheets.number(number)
    )


def _earlier(counts: Mapping[date, int], month: date) -> Entry:
    return sheets.number(counts.get(_year_before(month), 0))


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def _title(counts: Mapping[date, int], months: list[date]) -> str:
    """Of the months that are over, as far as there is a year to compare with."""
    over = [month for month in months if month < clock.today().replace(day=1)]
    now = sum(counts.get(month, 0) for month in over)
    before = sum(counts.get(_year_before(month), 0) for month in over)
    if not before:
        return _("Referrals per month")
    percent = (now - before) * 100 / before
    if abs(percent) <= ABOUT_EQUAL:
        return _("About as many referrals as the year before")
    return (
        _("More referrals than the year before") if percent > 0 else _("Fewer referrals than the year before")
    )

"""The key numbers of a period, on the page and in the files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from core.publish import Published
from nrm_portal.overview import sheets, titles
from nrm_portal.overview.cards import Number
from nrm_portal.overview.codes import CASE, CONSULTATION, FIRST
from nrm_portal.overview.national.picture import Picture, Tables
from nrm_portal.overview.periods import Period
from nrm_portal.overview.sheets import Entry, Sheet

FOUR: Final = 4
"""Of a year persons stand in the place of calls, which have cards of their own."""
Row = tuple[str, Entry, str, str]
"""Label, number, comparison, key of the definition."""


def numbers(shown: Picture) -> list[Number]:
    rows = _running(shown) if shown.chosen.is_running else _published(shown)
    return [Number(label, entry.text, words, word) for label, entry, words, word in rows]


def key_sheet(shown: Picture) -> Sheet:
    """The same numbers as a table."""
    rows = _running(shown) if shown.chosen.is_running else _published(shown)
    return Sheet(
        "nyckeltal",
        _("Key numbers"),
        (_("What"), _("Number")),
        tuple((label, (entry,)) for label, entry, _words, _word in rows),
        shown.chosen.label,
        not any(entry.is_withheld for _label, entry, _words, _word in rows),
    )


# --- a running year ---------------------------------------------------------------------------------------


def _running(shown: Picture) -> list[Row]:
    """This month as it is now, and the months that are over."""
    rows: list[Row] = []
    if shown.live is not None:
        name = date_format(shown.live.month, "F")
        live = shown.live.referrals
        label = _("Referrals in %(month)s so far") % {"month": name}
        rows.append((label, sheets.of_cell(live, live.total), _whole_month(shown, "kinds"), "referral"))
    if not shown.months:
        return rows
    until = _("%(what)s until the end of %(month)s")
    month = date_format(shown.months[-1], "F")
    for key, label, word in (
        ("kinds", _("Referrals"), "referral"),
        ("calls", _("Calls to the helpline"), "call"),
    ):
        if shown.months_of(key):
            entry, words = _sum(shown, key)
            rows.append((_until(shown, key, until) % {"what": label, "month": month}, entry, words, word))
    persons = _quarters(shown, until) or _newest_year(shown)
    return [*rows[:2], *persons, *rows[2:]]


def _until(shown: Picture, key: str, until: str) -> str:
    """With the month in which it began, when the period began before it."""
    first = shown.begins(key)
    if first is None:
        return until
    words = _("%(what)s from the beginning of %(first)s until the end of %(month)s")
    return words.replace("%(first)s", date_format(first, "F"))


def _newest_year(shown: Picture) -> list[Row]:
    """Persons of the newest whole year, while the running one cannot tell."""
    year = shown.divided
    if year is None or "kinds" not in shown.tables:
        return []
    label = _("%(what)s in %(period)s") % {"what": _("Persons (cases)"), "period": year.label}
    return [(label, _of(shown.tables, "kinds", CASE), "", "case")]


def _quarters(shown: Picture, until: str) -> list[Row]:
    """Persons as far as whole quarters go: a month often holds too few consultations to tell them apart."""
    held = shown.quarters(shown.chosen.period)
    now = titles.total([_value(tables.get("kinds"), CASE) for _quarter, tables in held])
    if not held or now is None:
        return []
    before = titles.total(_a_year_earlier(shown, [quarter for quarter, _tables in held]))
    month = date_format(held[-1][0].months[-1], "F")
    words = titles.comparison(now, before, _compared_with(shown))
    label = _until(shown, "kinds", until) % {"what": _("Persons (cases)"), "month": month}
    return [(label, sheets.number(now), words, "case")]


def _a_year_earlier(shown: Picture, quarters: Sequence[Period]) -> list[int | None]:
    """Persons of these very quarters a year earlier. None: there is none, or one of the two is not whole."""
    earlier = dict(shown.quarters(shown.chosen.against)) if shown.chosen.against else {}
    return [
        None
        if shown.chosen.since(quarter) or shown.chosen.since(quarter.before)
        else _value(earlier.get(quarter.before, {}).get("kinds"), CASE)
        for quarter in quarters
    ]


def _whole_month(shown: Picture, key: str) -> str:
    """How many there were in the whole of the month it is compared with."""
    assert shown.live is not None
    earlier = shown.compared(shown.live.month)
    table = None if earlier is None else shown.month(earlier, key)
    if earlier is None or table is None or not table.total.value:
        return ""
    found = {"n": number_format(table.total.value), "month": sheets.month_name(earlier)}
    return _("%(n)s in the whole of %(month)s") % found


def _sum(shown: Picture, key: str) -> tuple[Entry, str]:
    """Sum of the months that are over, when each is shown; and the comparison with the same months."""
    now, before = titles.sums(shown.pairs(key))
    entry = sheets.not_shown() if now is None else sheets.number(now)
    return entry, titles.comparison(now, before, _compared_with(shown))


def _value(table: Published | None, code: str) -> int | None:
    if table is None or not _has(table, code):
        return None
    return table[(code,)].value if code else table.total.value


def _compared_with(shown: Picture) -> str:
    against = shown.chosen.against
    if against is None:
        return ""
    return (
        _("the same months of %(year)s") % {"year": against.year} if shown.chosen.is_running else against.said
    )


# --- a published period -----------------------------------------------------------------------------------


def _published(shown: Picture) -> list[Row]:
    now, before = shown.tables, shown.before
    wanted: list[tuple[str, str, str, str]] = [
        ("kinds", "", _("Referrals"), "referral"),
        ("kinds", CASE, _("Persons (cases)"), "case"),
        ("persons", FIRST, _("Persons, each once a year"), "person"),
        ("kinds", CONSULTATION, _("Consultations"), "consultation"),
        ("calls", "", _("Calls to the helpline"), "call"),
    ]
    found = [
        (label, _of(now, key, code), _change(shown, now, before, key, code), word)
        for key, code, label, word in wanted
        if _has(now.get(key), code)
    ]
    return found[:FOUR]


def _has(table: Published | None, code: str) -> bool:
    """A month is published with its total alone."""
    return table is not None and (not code or (code,) in table.cells)


def _of(tables: Tables, key: str, code: str) -> Entry:
    table = tables[key]
    return sheets.of_cell(table, table[(code,)] if code else table.total)


def _change(shown: Picture, now: Tables, before: Tables, key: str, code: str) -> str:
    if not shown.is_comparable:
        return ""
    pair = (_value(now.get(key), code), _value(before.get(key), code))
    return titles.comparison(*pair, _compared_with(shown))

"""What the cards of a page of true numbers share: cells that lead to their cases, totals, comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from nrm_portal.overview import sheets, titles
from nrm_portal.overview.cards import Card, Number, Part
from nrm_portal.overview.own.choosing import Choice
from nrm_portal.overview.own.picking import ALL
from nrm_portal.overview.sheets import Entry, Sheet, subject_of

Row = TypeVar("Row")
Code = TypeVar("Code", bound=Hashable)


class Dated(Protocol):
    """What was sent in a month."""

    @property
    def month(self) -> date: ...


Thing = TypeVar("Thing", bound=Dated)


@dataclass(frozen=True)
class Own:
    """A page of true numbers."""

    heading: str
    numbers: Sequence[Number]
    parts: Sequence[Part]
    is_empty: bool


@dataclass(frozen=True)
class Pen:
    """Writes numbers that lead to the cases they count, for somebody who may see those."""

    choice: Choice

    def url(self, **words: str) -> str:
        return f"{reverse('cases-behind')}?{self.choice.words(**words)}"

    def entry(self, number: int, /, **words: str) -> Entry:
        """A number; without words it leads nowhere, and nor does a zero."""
        return Entry(sheets.number(number).text, number, url=self.url(**words) if number and words else "")

    def row(
        self, name: str, counts: Counter[str], codes: Iterable[str], word: str, /, **words: str
    ) -> tuple[str, tuple[Entry, ...]]:
        """A line of a table: one number for each code, and all of them."""
        cells = [self.entry(counts[code], **words, **{word: code}) for code in codes]
        return name, (*cells, self.entry(counts.total(), **(words or {ALL: "1"})))

    def crossed(
        self,
        key: str,
        title: str,
        first: str,
        counts: Counter[tuple[str, str]],
        rows: tuple[str, Mapping[str, str]],
        columns: tuple[str, Mapping[str, str]],
        *,
        tinted: bool = False,
        **words: str,
    ) -> Sheet:
        """A table of two dimensions with its totals: the word of each in addresses, and its codes with names.
        Lines that hold nothing are left out."""
        (down, names), (across, heads) = rows, columns
        made = []
        for code, name in names.items():
            line = Counter({head: counts[(code, head)] for head in heads})
            if line.total():
                made.append(self.row(name, line, heads, across, **words, **{down: code}))
        totals = Counter({head: sum(counts[(code, head)] for code in names) for head in heads})
        made.append(self.row(_("Total"), totals, heads, across, **words))
        titles = (first, *heads.values(), _("All"))
        return Sheet(key, title, titles, tuple(made), self.choice.label, is_tinted=tinted)


def card(sheet: Sheet, title: str, **drawing: Any) -> Card:
    """A figure of true numbers: nothing is withheld."""
    return Card(
        key=sheet.key,
        title=title,
        subject=subject_of(sheet),
        period=sheet.period,
        table=sheet.table(),
        has_total=bool(sheet.rows) and sheet.rows[-1][0] == _("Total"),
        **drawing,
    )


def counted(rows: Iterable[Row], code: Callable[[Row], Code]) -> Counter[Code]:
    return Counter(code(row) for row in rows)


def used(names: Mapping[str, str], counts: Iterable[str]) -> dict[str, str]:
    """The names of what occurs, in their own order."""
    found = set(counts)
    return {code: name for code, name in names.items() if code in found}


def share(part: int, all_of: int) -> Entry:
    return sheets.share(part, all_of)


def leader(counts: Mapping[str, int], names: Mapping[str, str]) -> str:
    """The name of the largest, when it stands alone."""
    ordered = sorted(((n, code) for code, n in counts.items() if n), reverse=True)
    if not ordered or (len(ordered) > 1 and ordered[0][0] == ordered[1][0]):
        return ""
    return names.get(ordered[0][1], "")


# --- comparisons -----------------------------------------------------------------------------------


def over_months(choice: Choice) -> list[tuple[date, date]]:
    """Months of the period that are over, each with the month it is compared with."""
    if choice.against is None:
        return []
    running = clock.today().replace(day=1)
    pairs = zip(choice.period.months, choice.against.months, strict=True)
    return [(now, before) for now, before in pairs if now < running]


def compared(choice: Choice, rows: Iterable[Thing], number: Callable[[Sequence[Thing]], int] = len) -> str:
    """In words: with the same months of the other period; a running one as far as its months are over.
    `rows`: all of the window; `number`: how many some of them are."""
    pairs, rows = over_months(choice), list(rows)
    over, against = {now for now, _month in pairs}, {month for _now, month in pairs}
    now, before = (number([row for row in rows if row.month in months]) for months in (over, against))
    words = titles.comparison(now, before, _against(choice))
    if not words or is_whole(choice):
        return words
    return until(choice, words)


def until(choice: Choice, what: str) -> str:
    """What is said of the months of a running period that are over."""
    return _("%(what)s, until the end of %(month)s") % {"what": what, "month": last_month(choice)}


def is_whole(choice: Choice) -> bool:
    """Is each of its months over?"""
    return not choice.is_running


def last_month(choice: Choice) -> str:
    """The last month of the period that is over, as it is named within a sentence; "" before there is one."""
    over = [month for month in choice.period.months if month < clock.today().replace(day=1)]
    return date_format(over[-1], "F") if over else ""


def _against(choice: Choice) -> str:
    if choice.against is None:
        return ""
    if is_whole(choice):
        return choice.against.said
    if choice.against == choice.period.before:
        return _("the same months of %(year)s") % {"year": choice.against.year}
    return _("as many months of %(period)s") % {"period": choice.against.said}


def decimal(value: Decimal | None) -> Entry:
    return Entry("–") if value is None else sheets.decimal(value)

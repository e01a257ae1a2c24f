"""What the cards of a page of true numbers share: cells that lead to their cases, totals, comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from nrm_portal.overview import sheets
from nrm_portal.overview.cards import Card, Number, Part
from nrm_portal.overview.own.choosing import Choice
from nrm_portal.overview.own.picking import ALL
from nrm_portal.overview.periods import Period
from nrm_portal.overview.sheets import Entry, Sheet, subject_of

Row = TypeVar("Row")
Code = TypeVar("Code", bound=Hashable)


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


def compared(choice: Choice, now: Mapping[date, int], before: Mapping[date, int]) -> str:
    """In words: with the same months of the other period, the running month left out."""
    pairs = over_months(choice)
    earlier = sum(before.get(month, 0) for _now, month in pairs)
    if choice.against is None or not earlier:
        return ""
    later = sum(now.get(month, 0) for month, _before in pairs)
    whole = len(pairs) == len(choice.period.months)
    return change_words(later, earlier, _against(choice.against, whole))


def _against(period: Period, whole: bool) -> str:
    if whole:
        return period.label
    return _("the same months of %(period)s") % {"period": period.label}


def change_words(now: int, before: int, what: str) -> str:
    percent = round((now - before) * 100 / before)
    if percent == 0:
        return _("As many as %(what)s") % {"what": what}
    words = _("%(n)s%% more than %(what)s") if percent > 0 else _("%(n)s%% fewer than %(what)s")
    return words % {"n": sheets.number(abs(percent)).text, "what": what}


def decimal(value: Decimal | None) -> Entry:
    return Entry("–") if value is None else sheets.decimal(value)

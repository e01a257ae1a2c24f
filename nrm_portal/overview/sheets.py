"""Tables as they are read: one form for the page, CSV and Excel, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import AgencyKind
from core.publish import TOTAL, Cell, Key, Published, Shown
from core.swedish import swedish_key
from core.tables import Column, Table
from core.templatetags.charts import class_of, limits_of
from manual.enums import Exploitation, Phase
from nrm_portal.overview.figures import STEPS, UNKNOWN, WAIT_CLASSES, Places, Tables, Year

GROUP_NAMES: Final = {
    "women": gettext_lazy("Women"),
    "men": gettext_lazy("Men"),
    "girls": gettext_lazy("Girls"),
    "boys": gettext_lazy("Boys"),
    "other": gettext_lazy("Other or not known"),
}
WAIT_NAMES: Final = {
    "4h": gettext_lazy("Within 4 hours"),
    "1d": gettext_lazy("4–24 hours"),
    "3d": gettext_lazy("1–3 days"),
    "later": gettext_lazy("More than 3 days"),
}


@dataclass(frozen=True)
class Entry:
    """One cell: what is read, and the number when there is one to calculate with."""

    text: str
    number: int | Decimal | None = None
    is_withheld: bool = False
    url: str = ""
    """The cases behind it: on pages of true numbers alone, never of a published one."""

    @property
    def html(self) -> str:
        if self.url:
            return format_html('<a href="{}">{}</a>', self.url, self.text)
        return format_html('<span class="withheld">{}</span>', self.text) if self.is_withheld else self.text


@dataclass(frozen=True)
class Sheet:
    """A table. The first column holds headings. `key` goes into file names."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]
    period: str
    is_complete: bool = True
    """Is no number hidden?"""
    is_tinted: bool = field(default=False, compare=False)

    def table(self) -> Table:
        """For components/table.html."""
        columns = [Column(name, number=place > 0) for place, name in enumerate(self.columns)]
        rows = [(heading, *(entry.html for entry in entries)) for heading, entries in self.rows]
        return Table(self.title, columns, rows, hide_caption=True, tint=self._tints())

    def _tints(self) -> list[list[int | None]]:
        """Classes of the numbers; totals stay plain."""
        if not self.is_tinted:
            return []
        inner = [[whole(entry) for entry in entries[:-1]] for _name, entries in self.rows[:-1]]
        limits = limits_of([value for row in inner for value in row])
        tints = [[class_of(value, limits) if value else None for value in row] + [None] for row in inner]
        return [*tints, [None] * (len(self.columns) - 1)]


def subject_of(sheet: Sheet) -> str:
    return f"{sheet.title}, {sheet.period}"


def whole(entry: Entry) -> int | None:
    return entry.number if isinstance(entry.number, int) else None


def number(value: int) -> Entry:
    return Entry(number_format(value), value)


def entry(table: Published, *key: str) -> Entry:
    cell: Cell = table[key]
    return Entry(table.text(cell), cell.value, is_withheld=cell.value is None)


def share(part: int | None, all_of: int | None) -> Entry:
    """Percent of two shown numbers, one decimal."""
    if part is None or all_of is None:
        return Entry(_("not shown"), is_withheld=True)
    if not all_of:
        return Entry("–")
    exact = (Decimal(100) * part / all_of).quantize(Decimal("0.1"))
    return Entry(_("%(n)s%%") % {"n": number_format(exact)}, exact)


def month_name(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


def short_month(month: date) -> str:
    return date_format(month, "M").rstrip(".").lower()


# --- the published tables -------------------------------------------------------------------------


def months(now: Year, before: Year) -> Sheet:
    rows = [
        (
            month_name(month),
            (entry(now.referrals, month.isoformat()), _a_year_earlier(before, month)),
        )
        for month in now.months
    ]
    rows.append((_("Total"), (entry(now.referrals, TOTAL), Entry(""))))
    return Sheet(
        "manader",
        _("Referrals per month"),
        (_("Month"), _("Referrals"), _("The year before")),
        tuple(rows),
        period_of(now),
        now.referrals.is_complete and before.referrals.is_complete,
    )


def _a_year_earlier(before: Year, month: date) -> Entry:
    earlier = month.replace(year=month.year - 1)
    return entry(before.referrals, earlier.isoformat()) if earlier in before.months else Entry("–")


def period_of(year: Year) -> str:
    """ "2025", or "2026, January–October" for a year that is not over or not whole."""
    return period_of_months(year.year, year.months)


def period_of_months(year: int, months: Sequence[date]) -> str:
    """The same, of any figures by month."""
    if len(months) in (0, 12):
        return str(year)
    first, last = (date_format(month, "F") for month in (months[0], months[-1]))
    return f"{year}, {first}" if first == last else f"{year}, {first}–{last}"


def key_numbers(now: Year) -> Sheet:
    rows = (
        (_("Referrals"), (entry(now.referrals, TOTAL),)),
        (_("Persons (cases)"), (_kind(now, "case"),)),
        (_("Persons, each once a year"), (_person(now),)),
        (
            _("Consultations"),
            (_kind(now, "consultation"),),
        ),
    )
    columns = (_("What"), _("Number"))
    return Sheet("nyckeltal", _("Key numbers"), columns, rows, period_of(now), now.is_complete)


def _kind(year: Year, unit: str) -> Entry:
    return entry(year.kinds, unit) if year.kinds else Entry(_("not shown"), is_withheld=True)


def _person(year: Year) -> Entry:
    """Shown for whole years."""
    return entry(year.persons, "first") if year.persons else Entry(_("not shown"), is_withheld=True)


def counties(tables: Tables, at: Places) -> Sheet:
    """Ranked by what is shown of the total; where it is not shown, by name."""

    def rank(code: str) -> tuple[int, str]:
        return -(tables.counties[(code, TOTAL)].value or 0), swedish_key(at.counties[code])

    names = {code: at.counties[code] for code in sorted(at.counties, key=rank)}
    names[UNKNOWN] = _("County not known")
    return _crossed(
        "lan", _("Cases by county"), _("County"), tables.counties, names, GROUP_NAMES, tables.year
    )


def forms(tables: Tables) -> Sheet:
    names = dict(Exploitation.choices)
    table = _turned(tables.forms)
    title = _("Cases by form of exploitation")
    return _crossed("former", title, _("Form of exploitation"), table, names, GROUP_NAMES, tables.year)


def steps(tables: Tables) -> Sheet:
    rows = [(f"{Phase(code).number} {Phase(code).label}", (entry(tables.steps, code),)) for code in STEPS]
    return Sheet(
        "steg",
        _("Cases that came to each step"),
        (_("Step"), _("Cases")),
        tuple(rows),
        str(tables.year),
        tables.steps.is_complete,
    )


def agency_names() -> dict[str, str]:
    """Kinds of agencies as those who owe a step: coordination units owe those of the coordinators."""
    names = {kind.value: str(kind.label) for kind in AgencyKind}
    return names | {AgencyKind.COORDINATION.value: _("Regional coordinators")}


def late(tables: Tables) -> Sheet:
    names = {**agency_names(), UNKNOWN: _("Not known")}
    heads = {phase.value: f"{phase.number} {phase.label}" for phase in Phase}
    title = _("Late steps by agency")
    return _crossed("forsenat", title, _("Agency"), tables.late, names, heads, tables.year, tinted=True)


def answers(tables: Tables, at: Places) -> Sheet:
    names = {**at.regions, UNKNOWN: _("No region")}
    title = _("Time to first answer by region")
    plain = _crossed("svar", title, _("Region"), tables.answers, names, WAIT_NAMES, tables.year)
    rows = tuple((name, (*entries, within_a_day(entries))) for name, entries in plain.rows)
    columns = (*plain.columns, _("Within a day"))
    return Sheet(plain.key, title, columns, rows, plain.period, plain.is_complete)


def within_a_day(entries: Sequence[Entry]) -> Entry:
    """Share of the first two classes; calculated from shown numbers only."""
    soon = [whole(one) for one in entries[: WAIT_CLASSES.index("1d") + 1]]
    known = None if any(value is None for value in soon) else sum(value or 0 for value in soon)
    return share(known, whole(entries[len(WAIT_CLASSES)]))


def quality(tables: Tables) -> Sheet:
    total = tables.counties.total.value
    asked = [
        (_("County"), entry(tables.counties, UNKNOWN, TOTAL)),
        (_("Form of exploitation"), entry(_turned(tables.forms), UNKNOWN, TOTAL)),
        (_("Sex or age, or neither woman nor man"), entry(tables.counties, TOTAL, "other")),
    ]
    if tables.citizenship:
        asked.append((_("Citizenship"), entry(tables.citizenship, UNKNOWN)))
    rows = [(name, (found, share(whole(found), total))) for name, found in asked]
    return Sheet(
        "okant",
        _("Answers that are not known"),
        (_("Question"), _("Cases"), _("Share")),
        tuple(rows),
        str(tables.year),
        all(found.number is not None for _name, found in asked),
    )


def _crossed(
    key: str,
    title: str,
    first: str,
    table: Published,
    names: Mapping[str, object],
    heads: Mapping[str, object],
    year: int,
    *,
    tinted: bool = False,
) -> Sheet:
    """A table of two dimensions with its totals. Rows where every number is a shown zero are left out."""
    codes = [code for code in names if not _is_empty(table[(code, TOTAL)])]
    rows = [(str(names[code]), tuple(entry(table, code, head) for head in (*heads, TOTAL))) for code in codes]
    rows.append((_("Total"), tuple(entry(table, TOTAL, head) for head in (*heads, TOTAL))))
    columns = (first, *(str(head) for head in heads.values()), _("All"))
    return Sheet(key, title, columns, tuple(rows), str(year), table.is_complete, tinted)


def _is_empty(cell: Cell) -> bool:
    return cell.shown is Shown.NUMBER and cell.value == 0


def _turned(table: Published) -> Published:
    """The same table with rows for columns."""
    (rows, columns) = table.dimensions.items()
    cells: dict[Key, Cell] = {(b, a): cell for (a, b), cell in table.cells.items()}
    return Published({columns[0]: columns[1], rows[0]: rows[1]}, table.threshold, cells)

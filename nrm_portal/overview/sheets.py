"""Tables as they are read: one form for the page, CSV and Excel, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.publish import TOTAL, Cell, Key, Published, Shown
from core.tables import Column, Table
from core.templatetags.charts import class_of, limits_of


@dataclass(frozen=True)
class Entry:
    """One cell: what is read, and the number when there is one to calculate with."""

    text: str
    number: int | Decimal | None = None
    is_withheld: bool = False
    url: str = ""
    """The cases behind it: on pages of true numbers alone, never of a published one."""
    is_share: bool = field(default=False, compare=False)
    """Is it a percentage, shown or not?"""

    @property
    def html(self) -> str:
        if self.url:
            return format_html('<a href="{}">{}</a>', self.url, self.text)
        if self.is_withheld:
            return format_html('<span class="withheld">{}</span>', self.text)
        is_plain = not isinstance(self.number, Decimal)
        return self.text if is_plain else format_html('<span class="dec">{}</span>', self.text)


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
    has_total: bool = field(default=False, compare=False)
    """Is the last row the total of the others?"""
    definition: str = field(default="", compare=False)
    source: str = field(default="", compare=False)
    """Where the numbers in it that are not the portal's own were read."""

    def table(self) -> Table:
        """For components/table.html."""
        columns = [Column(name, number=place > 0) for place, name in enumerate(self.columns)]
        rows = [(heading, *(entry.html for entry in entries)) for heading, entries in self.rows]
        return Table(self.title, columns, rows, hide_caption=True, tint=self.tints())

    def tints(self) -> list[list[int | None]]:
        """Classes of the numbers; totals stay plain."""
        if not self.is_tinted:
            return []
        inner = [[whole(entry) for entry in entries[:-1]] for _name, entries in self.rows[:-1]]
        limits = limits_of([value for row in inner for value in row])
        tints = [[class_of(value, limits) if value else None for value in row] + [None] for row in inner]
        return [*tints, [None] * (len(self.columns) - 1)]


def subject_of(sheet: Sheet) -> str:
    return f"{sheet.title}, {sheet.period}"


def not_shown() -> Entry:
    return Entry(_("not shown"), is_withheld=True)


def whole(entry: Entry) -> int | None:
    return entry.number if isinstance(entry.number, int) else None


def number(value: int) -> Entry:
    return Entry(number_format(value), value)


def decimal(value: Decimal) -> Entry:
    return Entry(number_format(value), value)


def entry(table: Published, *key: str) -> Entry:
    return of_cell(table, table[key])


def of_cell(table: Published, cell: Cell) -> Entry:
    return Entry(table.text(cell), cell.value, is_withheld=cell.value is None)


def share(part: int | None, all_of: int | None) -> Entry:
    """Percent of two shown numbers, one decimal."""
    if part is None or all_of is None:
        return replace(not_shown(), is_share=True)
    if not all_of:
        return Entry("–", is_share=True)
    exact = percent(part, all_of, Decimal("0.1"))
    return Entry(_("%(n)s%%") % {"n": number_format(exact)}, exact, is_share=True)


def percent(part: int, all_of: int, step: Decimal = Decimal(1)) -> Decimal:
    """To the nearest step, half of one up; never the whole hundred while any is lacking."""
    nearest = (Decimal(100) * part / all_of).quantize(step, ROUND_HALF_UP)
    return nearest if part >= all_of else min(nearest, 100 - step)


def month_name(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


def short_month(month: date) -> str:
    """As long names are written: jan, but Jan in English."""
    return date_format(month, "F")[:3]


# --- sheets of one published table ------------------------------------------------------------------------


def line(
    key: str,
    title: str,
    table: Published,
    names: Mapping[str, str],
    heads: tuple[str, str],
    period: str,
    definition: str = "",
    *,
    ranked: bool = False,
) -> Sheet:
    """A table of one dimension with its total. Rows that are a shown zero are left out. `ranked`: the largest
    shown number first, what is not shown last."""
    codes = [code for code in listed(names, table, 0) if not is_none(table[(code,)])]
    if ranked:
        codes.sort(key=lambda code: -(table[(code,)].value or 0))
    rows = [(names[code], (entry(table, code),)) for code in codes]
    rows.append((_("Total"), (entry(table, TOTAL),)))
    complete = table.is_complete
    return Sheet(key, title, heads, tuple(rows), period, complete, has_total=True, definition=definition)


def crossed(
    key: str,
    title: str,
    table: Published,
    names: Mapping[str, str],
    heads: tuple[str, Mapping[str, str]],
    period: str,
    definition: str = "",
    *,
    tinted: bool = False,
) -> Sheet:
    """A table of two dimensions with its totals. `heads`: of the first column, and of the codes across.

    Rows and columns whose total is a shown zero are left out.
    """
    first, across = heads
    columns = [code for code in listed(across, table, 1) if not is_none(table[(TOTAL, code)])]
    codes = [code for code in listed(names, table, 0) if not is_none(table[(code, TOTAL)])]
    rows = [(names[code], _row(table, code, columns)) for code in codes]
    rows.append((_("Total"), _row(table, TOTAL, columns)))
    return Sheet(
        key,
        title,
        (first, *(across[code] for code in columns), _("All")),
        tuple(rows),
        period,
        table.is_complete,
        is_tinted=tinted,
        has_total=True,
        definition=definition,
    )


def _row(table: Published, code: str, columns: Sequence[str]) -> tuple[Entry, ...]:
    return tuple(entry(table, code, column) for column in (*columns, TOTAL))


def listed(names: Mapping[str, str], table: Published, place: int) -> list[str]:
    """Codes of the table's dimension in the order of their names."""
    codes = set(list(table.dimensions.values())[place])
    return [code for code in names if code in codes]


def is_none(cell: Cell) -> bool:
    return cell.shown is Shown.NUMBER and cell.value == 0


def row_of(table: Published, code: str) -> Published:
    """One row of a table of two dimensions as a table of its own; `TOTAL`: its totals."""
    (first, second) = table.dimensions
    cells: dict[Key, Cell] = {(b,): cell for (a, b), cell in table.cells.items() if a == code}
    return Published({second: table.dimensions[second]}, table.threshold, cells)


def turned(table: Published) -> Published:
    """The same table with rows for columns."""
    (rows, columns) = table.dimensions.items()
    cells: dict[Key, Cell] = {(b, a): cell for (a, b), cell in table.cells.items()}
    return Published({columns[0]: columns[1], rows[0]: rows[1]}, table.threshold, cells)

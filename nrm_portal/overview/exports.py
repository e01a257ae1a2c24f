"""Files of published tables: CSV and Excel workbooks that open right in a Swedish Excel.

Nothing in a file is calculated when it is opened: a text that could be read as a formula is made plain.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from accounts.access import Assignment, require_right
from core import audit, clock
from nrm_portal.overview.definitions import definitions, suppression_rule
from nrm_portal.overview.sheets import Entry, Sheet

CSV: Final = "csv"
XLSX: Final = "xlsx"
TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA_STARTS: Final = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "\0")
UNSEEN: Final = " \ufeff\u200b\u2060\u00a0\"'"
"""What some program drops before it looks at the first character."""
BOLD: Final = Font(bold=True)
WRAPPED: Final = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    data: bytes


def make(sheets: Sequence[Sheet], *, form: str, reason: str, by: Assignment) -> File:
    """A file of these tables, recorded with its reason. A CSV holds one table, else ValueError.

    Raises PermissionDenied without the right to export.
    """
    require_right(by, "export", "export.make")
    if form == CSV and len(sheets) != 1:
        raise ValueError("a CSV file holds one table")
    data = csv_bytes(sheets[0]) if form == CSV else workbook_bytes(sheets)
    name = sheets[0].key if len(sheets) == 1 else "statistik"
    audit.record(
        "export.make",
        by=by,
        reason=reason,
        tables=[sheet.key for sheet in sheets],
        year=sheets[0].period[:4],
        form=form,
        rows=sum(len(sheet.rows) for sheet in sheets),
    )
    return File(f"nrm-{name}-{clock.today().isoformat()}.{form}", TYPES[form], data)


# --- CSV ------------------------------------------------------------------------------------------


def csv_bytes(sheet: Sheet) -> bytes:
    """UTF-8 with BOM, semicolons, CRLF, decimal comma; the first column says the period."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(map(plain, (_("Period"), *sheet.columns)))
    for heading, entries in sheet.rows:
        writer.writerow([plain(sheet.period), plain(heading), *(_field(entry) for entry in entries)])
    return out.getvalue().encode("utf-8-sig")


def _field(entry: Entry) -> str:
    if isinstance(entry.number, Decimal):
        return str(entry.number).replace(".", ",")
    return plain(entry.text) if entry.number is None else str(entry.number)


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also where it takes a full-width sign for a sign."""
    first = unicodedata.normalize("NFKC", text.lstrip(UNSEEN)[:1])
    return f"'{text}" if first.startswith(FORMULA_STARTS) else text


# --- Excel ----------------------------------------------------------------------------------------


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """One sheet a table, real numbers, frozen headings, filters; the last sheet says what the numbers are."""
    book = Workbook(write_only=True)
    book.properties.creator = "NRM-portalen"
    book.properties.created = book.properties.modified = clock.now().replace(tzinfo=None)
    for sheet in sheets:
        _table(book.create_sheet(sheet.title[:31].replace("/", "-").replace(":", "")), sheet)
    _about(book.create_sheet(_("About the data")), sheets)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _table(page: Any, sheet: Sheet) -> None:
    page.freeze_panes = "B2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(sheet.rows) + 1}"
    for place, name in enumerate(sheet.columns):
        headings = [name, *(row[0] for row in sheet.rows)] if place == 0 else [name]
        page.column_dimensions[get_column_letter(place + 1)].width = max(len(text) for text in headings) + 4
    page.append([_text(page, name, bold=True) for name in sheet.columns])
    for heading, entries in sheet.rows:
        page.append([_text(page, heading), *(_cell(page, entry) for entry in entries)])


def _about(page: Any, sheets: Sequence[Sheet]) -> None:
    page.column_dimensions["A"].width = 28
    page.column_dimensions["B"].width = 90
    now = clock.local(clock.now()).replace(tzinfo=None, microsecond=0)
    page.append([_text(page, _("About the data"), bold=True)])
    page.append([_text(page, _("Downloaded")), WriteOnlyCell(page, now)])
    page.append([_text(page, _("Source")), _text(page, _("The NRM portal"))])
    _lines(page, _("Tables and their periods"), ((sheet.title, sheet.period) for sheet in sheets))
    _lines(page, _("What is not shown"), (("", rule) for rule in suppression_rule()))
    _lines(page, _("How we count"), definitions())


def _lines(page: Any, heading: str, lines: Iterable[tuple[str, str]]) -> None:
    page.append([])
    page.append([_text(page, heading, bold=True)])
    for name, text in lines:
        page.append([_text(page, name), _text(page, text)])


def _cell(page: Any, entry: Entry) -> Any:
    return _text(page, entry.text) if entry.number is None else WriteOnlyCell(page, cast(float, entry.number))


def _text(page: Any, text: str, *, bold: bool = False) -> Any:
    """A string cell, whatever it begins with."""
    cell = WriteOnlyCell(page, text)
    cell.data_type = "s"
    if bold:
        cell.font = BOLD
    cell.alignment = WRAPPED
    return cell

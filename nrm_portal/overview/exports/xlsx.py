"""Tables as a workbook: real numbers and dates, frozen headings, filters, and a sheet about the data."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from core import clock
from nrm_portal.overview.exports.marks import Mark
from nrm_portal.overview.exports.words import About, headings
from nrm_portal.overview.sheets import Entry, Sheet

BOLD: Final = Font(bold=True)
WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
LONGEST: Final = 31
"""Characters of a sheet's name."""
WHOLE, SHARE, MOMENT = "#,##0", "0.0", "yyyy-mm-dd hh:mm"


def workbook_bytes(sheets: Sequence[Sheet], about: About, mark: Mark) -> bytes:
    """One sheet a table; the last says what the numbers are and who took them out."""
    book = Workbook(write_only=True)
    book.properties.creator = "NRM-portalen"
    book.properties.description = mark.reference
    book.properties.created = book.properties.modified = clock.now().replace(tzinfo=None)
    taken: set[str] = set()
    for sheet in sheets:
        page = book.create_sheet(_name(sheet.title, taken))
        page.oddFooter.left.text = mark.words.replace("&", "&&")
        _table(page, sheet)
    _about(book.create_sheet(_name(_("About the data"), taken)), sheets, about, mark)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """A name that a workbook can have, different from all others also in small letters."""
    clean = re.sub(r"[\\/*?:\[\]]", "-", title)[:LONGEST].strip("' ") or "-"
    name, count = clean, 2
    while name.lower() in taken:
        name = f"{clean[: LONGEST - len(str(count)) - 1].rstrip()} {count}"
        count += 1
    taken.add(name.lower())
    return name


def _table(page: Any, sheet: Sheet) -> None:
    page.freeze_panes = "B2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(sheet.rows) + 1}"
    names = headings(sheet)
    for place, name in enumerate(names):
        texts = [name, *(row[0] for row in sheet.rows)] if place == 0 else [name]
        page.column_dimensions[get_column_letter(place + 1)].width = max(map(len, texts)) + 4
    page.append([_text(page, name, bold=True) for name in names])
    for heading, entries in sheet.rows:
        page.append([_text(page, heading), *(_cell(page, entry) for entry in entries)])


def _about(page: Any, sheets: Sequence[Sheet], about: About, mark: Mark) -> None:
    page.column_dimensions["A"].width = 32
    page.column_dimensions["B"].width = 90
    page.append([_text(page, _("About the data"), bold=True)])
    page.append([_text(page, _("Downloaded")), _moment(page, mark.at)])
    _rows(page, ((_("Taken out by"), f"{mark.who}, {mark.agency}"), (_("Extract"), mark.reference)))
    _rows(page, about.facts)
    tables = ((sheet.title, _said(sheet)) for sheet in sheets)
    _lines(page, _("Tables and their periods"), tables)
    if about.notes:
        _lines(page, _("Statistics for the EU"), (("", note) for note in about.notes))
    _lines(page, _("What is not shown"), (("", rule) for rule in about.rules))
    _lines(page, _("How we count"), about.definitions)


def _said(sheet: Sheet) -> str:
    words = ". ".join(filter(None, (sheet.period, sheet.definition)))
    return " ".join(filter(None, (words, sheet.source)))


def _lines(page: Any, heading: str, lines: Iterable[tuple[str, str]]) -> None:
    page.append([])
    page.append([_text(page, heading, bold=True)])
    _rows(page, lines)


def _rows(page: Any, lines: Iterable[tuple[str, str]]) -> None:
    for name, text in lines:
        page.append([_text(page, name), _text(page, text)])


def _cell(page: Any, entry: Entry) -> Any:
    if entry.number is None:
        return _text(page, entry.text)
    cell = WriteOnlyCell(page, cast(float, entry.number))
    cell.number_format = SHARE if isinstance(entry.number, Decimal) else WHOLE
    return cell


def _moment(page: Any, at: Any) -> Any:
    cell = WriteOnlyCell(page, at)
    cell.number_format = MOMENT
    return cell


def _text(page: Any, text: str, *, bold: bool = False) -> Any:
    """A string cell, whatever it begins with."""
    cell = WriteOnlyCell(page, text)
    cell.data_type = "s"
    if bold:
        cell.font = BOLD
    cell.alignment = WRAPPED
    return cell

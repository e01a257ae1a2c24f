"""Case data as a file: a CSV as programs exchange it, or a workbook that says what it holds.

Every value comes from a fixed list in Latin letters, so nothing here can be read as a formula.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from accounts.access import Assignment
from cases.services.standard.taking import Taken
from core import clock

CSV: Final = "csv"
XLSX: Final = "xlsx"
TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
STANDARD: Final = "HTCDS 2.0"
WIDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Origin:
    """Who took the file out, of which year, and why."""

    by: Assignment
    year: int
    reason: str


def csv_bytes(taken: Taken) -> bytes:
    """As RFC 4180 has it: commas, CRLF, UTF-8 without a mark. The first column leads to the log."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(taken.columns)
    writer.writerows(taken.rows)
    return out.getvalue().encode()


def workbook_bytes(taken: Taken, origin: Origin) -> bytes:
    """The same lines, and a sheet that says whose they are, what is left out and how they may be used."""
    book = Workbook(write_only=True)
    book.properties.creator = "NRM-portalen"
    book.properties.created = book.properties.modified = clock.now().replace(tzinfo=None)
    _lines(book.create_sheet(STANDARD), taken)
    _about(book.create_sheet(_("About the data")), taken, origin)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _lines(page: Any, taken: Taken) -> None:
    page.freeze_panes = "C2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(taken.columns))}{len(taken.rows) + 1}"
    for place, name in enumerate(taken.columns):
        longest = max(len(name), *(len(row[place]) for row in taken.rows))
        page.column_dimensions[get_column_letter(place + 1)].width = min(longest, WIDEST) + 2
    page.append([_text(page, name, bold=True) for name in taken.columns])
    for row in taken.rows:
        page.append([_text(page, text) for text in row])


def _about(page: Any, taken: Taken, origin: Origin) -> None:
    page.column_dimensions["A"].width = 28
    page.column_dimensions["B"].width = 100
    now = clock.local(clock.now()).replace(tzinfo=None, microsecond=0)
    page.append([_text(page, _("About the data"), bold=True)])
    page.append([_text(page, _("Downloaded")), WriteOnlyCell(page, now)])
    for name, words in (
        (_("By"), f"{origin.by.user.name}, {origin.by.agency.name}"),
        (_("Reason"), origin.reason),
        (_("Number in the access log"), str(taken.id)),
        (_("Standard"), "Human Trafficking Case Data Standard (HTCDS) 2.0, IOM, CC BY 4.0"),
        (_("Cases received in"), str(origin.year)),
        *(("", text) for text in rules()),
    ):
        page.append([_text(page, str(name)), _text(page, str(words))])


def rules() -> tuple[str, ...]:
    """What a file holds and what never. On the page and in the file."""
    return (
        _("One line is about one person. Treat the file as personal data, also without names."),
        _("No names, numbers, dates of birth, places, contact details or free text. A day is only a month."),
        _("The pseudonym is drawn for this file alone and is not kept: it leads back to no case."),
        _(
            "People with protected identity, or who need it, are left out. So are consultations, practice "
            "cases, tests and duplicates."
        ),
        _("An empty cell: not asked, not answered, not known, or without a name in the standard."),
        _("Whether the receiver may have it is assessed each time. To be confirmed by a lawyer."),
    )


def _text(page: Any, text: str, *, bold: bool = False) -> Any:
    """A string cell, whatever it begins with: a reason is written by somebody."""
    cell = WriteOnlyCell(page, text)
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=len(text) > WIDEST, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell

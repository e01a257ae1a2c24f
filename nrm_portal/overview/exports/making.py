"""Taking a file out: with the right, for a reason, in the log. A PDF is ordered and made by a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language

from accounts.access import Assignment, require_right
from core import audit, clock, pdf
from core.models import PdfJob
from nrm_portal.overview.exports.csv import csv_bytes
from nrm_portal.overview.exports.marks import Mark
from nrm_portal.overview.exports.words import About
from nrm_portal.overview.exports.xlsx import workbook_bytes
from nrm_portal.overview.sheets import Sheet

CSV: Final = "csv"
XLSX: Final = "xlsx"
PDF: Final = "pdf"
TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PDF: "application/pdf",
}
TEMPLATE: Final = "overview/report.html"
RIGHTS: Final = ("see_overview", "export")


@dataclass(frozen=True)
class Order:
    """What is taken out. `name` and `period` are codes: they stand in file names and in the log."""

    name: str
    period: str
    sheets: Sequence[Sheet]
    about: About
    reason: str


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    data: bytes


@transaction.atomic(durable=True)
def make(wanted: Order, *, form: str, by: Assignment) -> File:
    """A CSV or Excel file of these tables. A CSV holds one table, else ValueError.

    Raises PermissionDenied without the rights to export and to see the overview.
    """
    _may(by)
    if form == CSV and len(wanted.sheets) != 1:
        raise ValueError("a CSV file holds one table")
    mark = Mark.new(by)
    if form == CSV:
        data = csv_bytes(wanted.sheets[0], mark)
    else:
        data = workbook_bytes(wanted.sheets, wanted.about, mark)
    _record(wanted, form, mark, by)
    return File(_filename(wanted, form), TYPES[form], data)


@transaction.atomic(durable=True)
def order(wanted: Order, context: Callable[[Mark], Mapping[str, Any]], *, by: Assignment) -> PdfJob:
    """Order the PDF whose values `context` gives, knowing the mark. Raises PermissionDenied as `make`."""
    _may(by)
    mark = Mark.new(by)
    _record(wanted, PDF, mark, by)
    language = get_language() or "sv"
    return pdf.request(TEMPLATE, context(mark), by=by, filename=_filename(wanted, PDF), language=language)


def ordered(job_id: UUID, *, by: Assignment) -> PdfJob | None:
    """One's own order of a report, while one has the rights."""
    if not all(map(by.has, RIGHTS)):
        return None
    mine = PdfJob.objects.filter(pk=job_id, template=TEMPLATE, requester_id=by.user_id)
    return mine.select_related("data_key").defer("context", "result").first()


@transaction.atomic(durable=True)
def fetch(job: PdfJob, *, by: Assignment) -> bytes | None:
    """The finished report, None while there is none."""
    _may(by)
    data = pdf.result(job)
    if data is not None:
        audit.record("pdf.download", by=by, job=job.pk)
    return data


def _may(by: Assignment) -> None:
    for right in RIGHTS:
        require_right(by, right, "export.make")


def _record(wanted: Order, form: str, mark: Mark, by: Assignment) -> None:
    audit.record(
        "export.make",
        by=by,
        reason=wanted.reason,
        tables=[sheet.key for sheet in wanted.sheets],
        period=wanted.period.lower(),
        form=form,
        rows=sum(len(sheet.rows) for sheet in wanted.sheets),
        mark=mark.reference,
    )


def _filename(wanted: Order, form: str) -> str:
    return f"nrm-{wanted.period}-{wanted.name}-{clock.today().isoformat()}.{form}"

"""The report of a desk as a file: PDF, Excel or CSV, with a reason, in the log, marked."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.db import transaction
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from core import audit, looks, pdf
from core.models import PdfJob
from nrm_portal.overview import exports
from nrm_portal.overview.activity import tables
from nrm_portal.overview.activity.reports import Report
from nrm_portal.overview.definitions import note
from nrm_portal.overview.exports import CSV, PDF, XLSX, About, Chapter, File, Mark
from nrm_portal.overview.forms import format_field, reason_field

TEMPLATE: Final = "overview/activity/paper.html"


class TakeForm(forms.Form):
    """Field names are those of the downloads: `format`, `skal`."""

    format = format_field(
        (PDF, gettext_lazy("PDF")), (XLSX, gettext_lazy("Excel")), (CSV, gettext_lazy("CSV"))
    )
    skal = reason_field(
        gettext_lazy("What you need the report for"), gettext_lazy("Write what you need the report for")
    )


def about(report: Report) -> About:
    """What the file says about its numbers."""
    facts = (
        (_("Source"), _("The NRM portal")),
        (_("Desk"), str(report.desk.name)),
        (_("Period"), report.period.label),
        (_("Handed in"), looks.date_text(report.made_at)),
        (_("Report number"), str(report.number)),
    )
    return About(facts, tuple(rules()), tuple(tables.reported_words()))


def rules() -> list[str]:
    return [
        note(),
        _(
            "Numbers of persons and cases are protected together with what the desk has handed in of "
            "the same year. A corrected report repeats them and changes numbers of work alone."
        ),
    ]


@transaction.atomic(durable=True)
def make(report: Report, *, form: str, reason: str, by: Assignment) -> File:
    """CSV or Excel, at once. Raises PermissionDenied without the right to export."""
    require_right(by, "export", "activity.file")
    mark, sheet = Mark.new(by), tables.reported(report)
    if form == CSV:
        data = exports.csv_bytes(sheet, mark)
    else:
        data = exports.workbook_bytes([sheet], about(report), mark)
    _record(report, form, reason, mark, by)
    return File(_name(report, form), exports.TYPES[form], data)


@transaction.atomic(durable=True)
def order(report: Report, *, reason: str, by: Assignment) -> PdfJob:
    """The PDF, made by a worker. Raises PermissionDenied as `make`."""
    require_right(by, "export", "activity.file")
    mark = Mark.new(by)
    _record(report, PDF, reason, mark, by)
    return pdf.request(
        TEMPLATE,
        context(report, mark),
        by=by,
        filename=_name(report, PDF),
        language=get_language() or "sv",
    )


def context(report: Report, mark: Mark) -> dict[str, Any]:
    sheet = tables.reported(report)
    chapter = Chapter(report.period.label, [sheet])
    return exports.context(sheet.title, [chapter], about(report), mark)


def ordered(job_id: UUID, *, by: Assignment) -> PdfJob | None:
    """One's own order, while one may export."""
    if not by.has("export"):
        return None
    mine = PdfJob.objects.filter(pk=job_id, template=TEMPLATE, requester_id=by.user_id)
    return mine.select_related("data_key").defer("context", "result").first()


@transaction.atomic(durable=True)
def fetch(job: PdfJob, *, by: Assignment) -> bytes | None:
    """The finished PDF, None while there is none."""
    require_right(by, "export", "activity.file")
    data = pdf.result(job)
    if data is not None:
        audit.record("pdf.download", by=by, job=job.pk)
    return data


def _record(report: Report, form: str, reason: str, mark: Mark, by: Assignment) -> None:
    audit.record(
        "activity.file",
        report.id,
        by=by,
        reason=reason,
        period=report.period.code.lower(),
        form=form,
        mark=mark.reference,
    )


def _name(report: Report, form: str) -> str:
    return f"nrm-{report.period.code}-verksamhet-{report.desk.key}-{report.number}.{form}"

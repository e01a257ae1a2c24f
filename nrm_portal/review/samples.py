"""Pages of the monthly samples: the list, one report, going through it, signing it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import audit
from core.errors import StaleVersion
from core.fields import put
from core.tables import Column, Table
from nrm_portal.review import sampling, tables, trail
from nrm_portal.review.enums import Judgement
from nrm_portal.review.forms import SignForm, read_judgements
from nrm_portal.review.models import SampleReport
from nrm_portal.review.views import INVALID, with_version

SHOWN = 120
FIGURES = (
    ("opened", gettext_lazy("Cases and parts of cases opened")),
    ("readers", gettext_lazy("People who opened a case")),
    ("identities", gettext_lazy("Identities and numbers opened")),
    ("listed", gettext_lazy("Lists and searches with cases in them")),
    ("copies", gettext_lazy("Copies that left the portal")),
    ("refusals", gettext_lazy("Refusals")),
    ("alerts", gettext_lazy("Alerts")),
    ("alerts_open", gettext_lazy("Alerts not judged when the report was made")),
    ("sealed_rows", gettext_lazy("Rows of the log that were compared with their seals")),
    ("faults", gettext_lazy("Rows or seals that do not fit")),
)
"""Counts of the report, in the order of the page."""


@right_required("audit")
@require_safe
def report_list(request: AuthenticatedRequest) -> HttpResponse:
    rows = list(SampleReport.objects.order_by("-month")[:SHOWN])
    audit.record("review.samples", by=request.assignment)
    return render(request, "review/samples.html", {"table": tables.of_reports(rows) if rows else None})


@right_required("audit")
@require_safe
def report(request: AuthenticatedRequest, report_id: uuid.UUID) -> HttpResponse:
    """The numbers of the month, each sampled look, and the signature."""
    row = _report(report_id)
    audit.record("review.report", row, by=request.assignment)
    return _page(request, row, SignForm(initial={"version": row.version}))


def _report(report_id: uuid.UUID) -> SampleReport:
    return get_object_or_404(SampleReport.objects.select_related("signed_by", "data_key"), pk=report_id)


def _page(request: AuthenticatedRequest, row: SampleReport, form: SignForm) -> HttpResponse:
    found = {sample.event_id: sample for sample in row.samples.all()}
    lines = [
        {"line": line, "sample": found[line.id], "moment": tables.moment(line), "about": tables.about(line)}
        for line in trail.these(found)
    ]
    context = {
        "row": row,
        "figures": _figures(row),
        "lines": lines,
        "choices": [("", _("Not gone through yet")), *Judgement.choices],
        "left": sum(not sample.judgement for sample in found.values()),
        "form": form,
        "late": tables.is_late(row),
    }
    return render(request, "review/report.html", context, status=INVALID if form.errors else 200)


def _figures(row: SampleReport) -> Table:
    rows = [[label, row.figures.get(key, 0)] for key, label in FIGURES]
    return Table(_("The month in numbers"), [Column(_("What")), Column(_("Number"), number=True)], rows)


@right_required("audit")
@require_POST
def mark(request: AuthenticatedRequest, report_id: uuid.UUID) -> HttpResponse:
    """What was found of each look so far."""
    row = _report(report_id)
    judgements = read_judgements(request.POST, list(row.samples.values_list("pk", flat=True)))
    return _saved(request, row, lambda version: sampling.judge(
        report_id=row.pk, version=version, judgements=judgements, by=request.assignment
    ), _("Saved."))  # fmt: skip


def _saved(request: AuthenticatedRequest, row: SampleReport, act: Any, words: str) -> HttpResponse:
    text = request.POST.get("version", "")
    try:
        act(int(text) if text.isascii() and text.isdigit() else -1)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except StaleVersion:
        messages.error(request, _("Somebody else saved the report meanwhile. Look at it and save again."))
    else:
        messages.success(request, words)
    return redirect("review:report", row.pk)


@right_required("audit")
@require_POST
def sign(request: AuthenticatedRequest, report_id: uuid.UUID) -> HttpResponse:
    """The auditor's signature, with what the samples showed."""
    row, form = _report(report_id), SignForm(request.POST)
    if form.is_valid():
        try:
            sampling.sign(report_id=row.pk, by=request.assignment, **form.cleaned_data)
        except ValidationError as error:
            put(form, error)
        except StaleVersion:
            form.data = with_version(request, row.version)
            form.add_error(None, _("Somebody else saved the report meanwhile. Look at it and save again."))
        else:
            messages.success(request, _("The report is signed."))
            return redirect("review:report", row.pk)
    return _page(request, row, form)

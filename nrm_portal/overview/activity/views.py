"""Pages about what a desk has done: its own page with true numbers, the reports it has handed in."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, not_activity, right_required
from coordinators.models import ActivityNote, Desk
from coordinators.services import activity
from core import audit, clock
from core.tables import Table
from nrm_portal.overview import exports, papers
from nrm_portal.overview.activity import counting, files, reports, tables
from nrm_portal.overview.periods import MONTH, QUARTER, YEAR, Kind, Period

INVALID: Final = 422
MOST_NOTES: Final = 200
YEARS: Final = 2
"""Notes can be written about this year and the one before."""


@require_safe
def home(request: AuthenticatedRequest) -> HttpResponse:
    """A coordinator's first desk; for the national desk the reports of all."""
    desks = activity.desks_with_notes(request.assignment)
    if desks:
        return redirect("overview:activity-desk", desks[0].pk)
    if not request.assignment.has("see_overview"):
        audit.refuse("page.open", by=request.assignment, page="activity", right="see_overview")
        raise PermissionDenied
    rows = [(row, Period.parse(row.period)) for row in reports.latest_of_all()]
    return render(request, "overview/activity/all.html", {"rows": rows})


@require_safe
def desk(request: AuthenticatedRequest, desk_id: uuid.UUID) -> HttpResponse:
    """Notes and numbers of a period. `?period=` is a month, quarter or year of this year or the last."""
    by = request.assignment
    desks, shown = _desks(request, desk_id)
    offered = _offered(clock.today())
    known = {period.code: period for _label, group in offered for period in group}
    running = Period.of(QUARTER, clock.today())
    period = known.get(request.GET.get("period", ""), running)
    counted = counting.of(shown, counting.held_at(shown, by), period.first, period.end)
    notes = list(activity.notes_of(shown, period.first, period.end)[: MOST_NOTES + 1])
    sheet = tables.working(counted, period)
    context: dict[str, Any] = {
        "desk": shown,
        "desks": desks if len(desks) > 1 else [],
        "period": period,
        "offered": offered,
        "is_empty": counted.is_empty and not notes,
        "table": _as_cards(sheet.table()),
        "notes": [_line(row, by.user_id) for row in notes[:MOST_NOTES]],
        "has_more": len(notes) > MOST_NOTES,
        "definitions": tables.definitions(),
        **_report_of(shown, period),
    }
    return render(request, "overview/activity/desk.html", context)


def _as_cards(table: Table) -> Table:
    table.cards = True
    return table


def _report_of(shown: Desk, period: Period) -> dict[str, Any]:
    """Whether the period has a report, or can have one."""
    if period.kind not in reports.KINDS:
        return {"report": None, "may_hand_in": False, "has_report": False}
    row = reports.handed_in(shown, period)
    return {"report": row, "may_hand_in": period.is_over(clock.today()), "has_report": True}


def _line(note: ActivityNote, user_id: uuid.UUID) -> dict[str, Any]:
    return {
        "note": note,
        "hours": "" if note.minutes is None else tables.hours(note.minutes).html,
        "is_own": note.author_id == user_id,
    }


def _offered(today: date) -> list[tuple[str, list[Period]]]:
    """Years, quarters and months that have begun, newest first."""
    first = date(today.year - YEARS + 1, 1, 1)
    groups: list[tuple[str, Kind]] = [(_("Quarters"), QUARTER), (_("Years"), YEAR), (_("Months"), MONTH)]
    found = []
    for label, kind in groups:
        rows, day = [], Period.of(kind, today)
        while day.first >= first:
            rows.append(day)
            day = Period.of(kind, date.fromordinal(day.first.toordinal() - 1))
        found.append((label, rows))
    return found


@require_POST
def hand_in(request: AuthenticatedRequest, desk_id: uuid.UUID) -> HttpResponse:
    """Keep the report of a period that is over."""
    _desks(request, desk_id)
    period = Period.parse(request.POST.get("period"))
    if period is None:
        messages.error(request, _("Choose a quarter or a year"))
        return redirect("overview:activity-desk", desk_id)
    try:
        after = number_of(request.POST.get("after"))
        row = reports.hand_in(desk_id=desk_id, period=period, after=after, by=request.assignment)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        where = reverse("overview:activity-desk", args=[desk_id])
        return redirect(f"{where}?{urlencode({'period': period.code})}")
    messages.success(request, _("The report is handed in. It can be read by the national desk"))
    return redirect("overview:activity-report", row.pk)


def number_of(text: str | None) -> int:
    """The number of the report she saw; anything that is none counts as nothing seen."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 else 0


@require_safe
def report(request: AuthenticatedRequest, report_id: uuid.UUID) -> HttpResponse:
    """A report that has been handed in, as it left."""
    row = reports.readable(report_id, request.assignment)
    shown = reports.read(row)
    sheet = tables.reported(shown)
    context = {
        "report": shown,
        "table": tables.printed(sheet),
        "rules": files.rules(),
        "definitions": tables.reported_words(),
        "may_export": request.assignment.has("export"),
        "is_complete": sheet.is_complete,
    }
    return render(request, "overview/activity/report.html", context)


@right_required("export")
@fresh_sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: AuthenticatedRequest, report_id: uuid.UUID) -> HttpResponse:
    """The report as a file, with a reason."""
    by = request.assignment
    shown = reports.read(reports.readable(report_id, by))
    form = files.TakeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = INVALID if form.is_bound else 200
        return render(request, "overview/activity/take.html", {"form": form, "report": shown}, status=status)
    kind, reason = form.cleaned_data["format"], form.cleaned_data["skal"]
    if kind == exports.PDF:
        return redirect("overview:activity-paper", files.order(shown, reason=reason, by=by).pk)
    made = files.make(shown, form=kind, reason=reason, by=by)
    return papers.file(made)


@right_required("export")
@require_safe
@not_activity
def paper(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    """The page of a PDF that is being made."""
    return papers.waiting(request, job_id, files.ordered, "overview/activity/paper_ready.html")


@right_required("export")
@require_safe
def paper_file(request: AuthenticatedRequest, job_id: uuid.UUID) -> HttpResponse:
    """The PDF itself."""
    return papers.fetched(request, job_id, files.ordered, files.fetch)


def _desks(request: AuthenticatedRequest, desk_id: uuid.UUID) -> tuple[list[Desk], Desk]:
    """Her desks, and the one asked for; no desk at all: refused, another's: as if it were not there."""
    desks = activity.desks_with_notes(request.assignment)
    found = next((row for row in desks if row.pk == desk_id), None)
    if found is not None:
        return desks, found
    audit.refuse("page.open", desk_id, by=request.assignment, page="activity")
    if not desks:
        raise PermissionDenied
    raise Http404

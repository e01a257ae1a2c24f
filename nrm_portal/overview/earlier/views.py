"""The page of earlier years: what has been taken in and from where, a dry run, the yes, and taking back."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_to_send, right_required
from core.tables import Column, Table
from core.uploads import takes_files
from nrm_portal.overview import labels
from nrm_portal.overview.earlier import importing, trend
from nrm_portal.overview.earlier.forms import TakeInForm, TryForm
from nrm_portal.overview.earlier.models import EarlierGroup, EarlierImport, EarlierUnit
from nrm_portal.overview.earlier.protecting import REST
from nrm_portal.overview.earlier.reading import COLUMNS, Read

INVALID: Final = 422
MOST_SHOWN: Final = 50


@right_required("see_overview")
@require_safe
def page(request: AuthenticatedRequest) -> HttpResponse:
    """The trend, the imports, and the form for another file."""
    return _page(request, TryForm())


@takes_files
@right_required("see_overview")
@require_POST
def dry_run(request: AuthenticatedRequest) -> HttpResponse:
    """What would be taken in, or what stands against it line by line. Nothing is written."""
    form = TryForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=INVALID)
    given = form.cleaned_data["fil"]
    return _shown(request, given.read(), importing.plain_name(str(given.name or "")))


def _shown(request: AuthenticatedRequest, data: bytes, name: str) -> HttpResponse:
    found = importing.tried(data)
    problems = [{"line": one.line or "–", "words": one.words} for one in found.problems[:MOST_SHOWN]]
    context = {
        "name": name,
        "problems": problems,
        "count": len(found.problems),
        "lines": len(found.lines),
        "more": len(found.problems) - len(problems),
        "table": _read_table(found),
        "sha256": found.sha256,
        "form": None if found.problems else TakeInForm.of(data, name),
    }
    status = INVALID if found.problems else 200
    return render(request, "overview/earlier/dry_run.html", context, status=status)


def _read_table(found: Read) -> Table:
    """The lines as they were understood: of one's own file, so nothing is hidden."""
    columns = [Column(_("Line"), number=True), Column(_("Year")), Column(_("Unit")), Column(_("Group"))]
    columns += [Column(_("Number"), number=True), Column(_("Source"))]
    names = _group_names()
    rows = [
        (
            line.number,
            str(line.year),
            trend.UNIT_NAMES[EarlierUnit(line.unit)],
            names[line.group],
            number_format(line.amount),
            line.source,
        )
        for line in found.lines
    ]
    return Table(_("What was read"), columns, rows, cards=True, hide_caption=True)


def _group_names() -> dict[str, str]:
    names: dict[str, Any] = {**labels.GROUPS, EarlierGroup.ALL.value: _("All"), REST: _("In no group")}
    return {str(code): str(name) for code, name in names.items()}


@fresh_to_send
@right_required("see_overview")
@require_POST
def take_in(request: AuthenticatedRequest) -> HttpResponse:
    """The yes: the same lines are read again and taken in."""
    form = TakeInForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The file did not come with it. Choose it again"))
        return redirect("overview:earlier")
    data, name = form.cleaned_data["innehall"], importing.plain_name(form.cleaned_data["namn"])
    try:
        made = importing.take_in(data=data, file_name=name, by=request.assignment)
    except ValidationError:
        return _shown(request, data, name)
    words = ngettext(
        "%(n)s number is taken in. It shows in the trend at once",
        "%(n)s numbers are taken in. They show in the trend at once",
        made.rows,
    )
    messages.success(request, words % {"n": number_format(made.rows)})
    return redirect("overview:earlier")


@fresh_to_send
@right_required("see_overview")
@require_POST
def take_back(request: AuthenticatedRequest, import_id: uuid.UUID) -> HttpResponse:
    """Its numbers are shown no more."""
    importing.take_back(import_id=import_id, by=request.assignment)
    messages.success(request, _("The import is taken back. Its numbers are shown no more"))
    return redirect("overview:earlier")


def _page(request: AuthenticatedRequest, form: TryForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "imports": EarlierImport.objects.select_related("made_by", "taken_back_by"),
        "tables": [_trend_table(unit, rows) for unit, rows in trend.trends().items() if rows],
        "columns": ", ".join(COLUMNS),
    }
    return render(request, "overview/earlier/page.html", context, status=status)


def _trend_table(unit: EarlierUnit, years: list[trend.Year]) -> Table:
    """Every year with its groups, as far as the source has them, and where the numbers come from."""
    names = _group_names()
    groups = [code for code in (*EarlierGroup.values, REST) if any(code in one.groups for one in years)]
    columns = [Column(_("Year")), Column(trend.UNIT_NAMES[unit], number=True)]
    columns += [Column(names[code], number=True) for code in groups] + [Column(_("Source"))]
    rows = [
        (
            one.label,
            one.total.html,
            *(one.groups[code].html if code in one.groups else "–" for code in groups),
            one.source,
        )
        for one in reversed(years)
    ]
    return Table(str(trend.TITLES[unit]), columns, rows, cards=True)

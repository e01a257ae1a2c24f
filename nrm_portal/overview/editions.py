"""Roughly how many open cases follow which edition of the Manual, for the national desk.

The numbers are of this moment: who reads them each day could follow a single case by the difference. So they
are said in broad steps, none of which tells a small number, and every edition decided is listed.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from cases.services.editions import running_on
from core import looks
from core.tables import Column, Table
from manual.models import Edition

STEPS: Final = (0, 20, 50, 100, 200, 500)
"""Where each begins. The first reaches far beyond the small numbers that are never shown."""


@right_required("see_overview")
@require_safe
def editions(request: AuthenticatedRequest) -> HttpResponse:
    """Cases and consultations are counted apart: they are different units."""
    cases, consultations = (running_on(consultations=kind) for kind in (False, True))
    rows = list(Edition.objects.filter(valid_from__isnull=False, withdrawn_at=None).order_by("-number"))
    context: dict[str, Any] = {"table": _table(rows, cases, consultations), "is_empty": not rows}
    return render(request, "overview/editions.html", context)


def roughly(number: int) -> str:
    """The step in which a number lies: 20–49."""
    low = max(step for step in STEPS if step <= number)
    above = [step for step in STEPS if step > number]
    return f"{low}–{above[0] - 1}" if above else f"{low}+"


def _table(rows: list[Edition], cases: dict[int, int], others: dict[int, int]) -> Table:
    columns = [
        Column(_("Edition")),
        Column(_("Applies from")),
        Column(_("Open cases"), number=True),
        Column(_("Open consultations"), number=True),
    ]
    cells = [
        [_name(row), _day(row), roughly(cases.get(row.number, 0)), roughly(others.get(row.number, 0))]
        for row in rows
    ]
    return Table(_("Open cases by edition"), columns, cells, cards=True, hide_caption=True)


def _name(row: Edition) -> Any:
    words = _("Edition %(number)s") % {"number": row.number}
    return format_html('<a href="{}">{}</a> {}', row.get_absolute_url(), words, row.title)


def _day(row: Edition) -> str:
    return looks.date_text(row.valid_from) if row.valid_from else ""

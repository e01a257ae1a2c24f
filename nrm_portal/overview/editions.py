"""How many open cases follow which edition of the Manual, for the national desk, through `publish`."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from cases.services.editions import running_on
from core import clock, looks
from core.publish import Cube, Published, publish
from core.tables import Column, Table
from manual.models import Edition

EDITION = "edition"


@right_required("see_overview")
@require_safe
def editions(request: AuthenticatedRequest) -> HttpResponse:
    """Cases and consultations are counted apart, each published by itself: they are different units."""
    cases, consultations = (running_on(consultations=kind) for kind in (False, True))
    numbers = sorted({*cases, *consultations, *_in_force()}, reverse=True)
    rows = {row.number: row for row in Edition.objects.filter(number__in=numbers)}
    context: dict[str, Any] = {
        "table": _table(numbers, rows, _published(numbers, cases), _published(numbers, consultations)),
        "is_empty": not (cases or consultations),
    }
    return render(request, "overview/editions.html", context)


def _in_force() -> list[int]:
    """The edition that new cases follow, also while none does."""
    edition = Edition.objects.in_force(clock.today())
    return [edition.number] if edition else []


def _published(numbers: list[int], counts: dict[int, int]) -> Published:
    keys: dict[tuple[str, ...], int] = {(str(number),): count for number, count in counts.items()}
    return publish(Cube({EDITION: [str(number) for number in numbers]}, keys))


def _table(numbers: list[int], rows: dict[int, Edition], cases: Published, others: Published) -> Table:
    columns = [
        Column(_("Edition")),
        Column(_("Applies from")),
        Column(_("Open cases"), number=True),
        Column(_("Open consultations"), number=True),
    ]
    cells = [[_name(rows[n]), _day(rows[n]), _said(cases, str(n)), _said(others, str(n))] for n in numbers]
    cells.append([_("All"), "", cases.text(cases.total), others.text(others.total)])
    return Table(_("Open cases by edition"), columns, cells, cards=True, hide_caption=True)


def _name(row: Edition) -> Any:
    words = _("Edition %(number)s") % {"number": row.number}
    return format_html('<a href="{}">{}</a> {}', row.get_absolute_url(), words, row.title)


def _day(row: Edition) -> str:
    return looks.date_text(row.valid_from) if row.valid_from else ""


def _said(published: Published, number: str) -> str:
    return published.text(published[(number,)])

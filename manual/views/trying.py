"""An edition tried on a made-up case. Nothing is stored, and nobody's case is asked."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import looks
from manual.forms.trying import TryForm
from manual.library import NoEdition, current_edition
from manual.library.preview import Checklist, Tried, checklists
from manual.models import Edition
from manual.views import rows
from manual.views.editions import INVALID, edition_or_404


@right_required("edit_manual")
@require_safe
def try_edition(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Facts in, checklists out: per agency, with when each step would be due."""
    found = edition_or_404(number)
    form = TryForm(request.GET)
    context: dict[str, Any] = {"edition": found, "form": form, "lists": None}
    if form.is_bound and form.is_valid():
        beside = _in_force(found)
        lists = checklists(found, form.facts(), form.day, beside)
        context |= {
            "lists": [_shown(one) for one in lists],
            "count": sum(one.count for one in lists),
            "beside": beside,
        }
    status = INVALID if form.is_bound and form.errors else 200
    return render(request, "manual/editions/try.html", context, status=status)


def _in_force(found: Edition) -> Edition | None:
    """The edition that applies today, to be compared with; none when it is the same."""
    try:
        current = current_edition()
    except NoEdition:
        return None
    return None if current.pk == found.pk else current


def _shown(one: Checklist) -> dict[str, Any]:
    return {
        "id": f"r-{one.role.value}",
        "title": one.role.label,
        "count": one.count,
        "dropped": one.dropped,
        "parts": [
            {"title": part.title, "steps": [_step(tried) for tried in part.steps]} for part in one.parts
        ],
    }


def _step(tried: Tried) -> dict[str, Any]:
    changes = {"new": _("New"), "moved": _("Other deadline")}
    shown = rows.step_row(tried.template)
    tags = list(shown.tags)
    if tried.change:
        tags.insert(0, looks.tag(changes[tried.change], "green"))
    return {
        "title": tried.template.title,
        "deadline": tried.deadline,
        "day": tried.day,
        "tags": tags,
        "url": shown.url,
        "number": tried.template.paragraph.replace("-", "."),
    }

"""The case as an agency would see it, before it is shared: drawn by the code of the agency's own page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.access import AuthenticatedRequest
from accounts.models import Agency
from cases.access import Sight
from cases.enums import Category, Level
from cases.services import granting as service
from cases.services import sharing
from cases.views import case as case_views
from core import audit


def permitted(form: Form, choices: Iterable[sharing.GroundChoice]) -> bool:
    """Said at the field before anything is shown; the service refuses it all the same."""
    choice = next(one for one in choices if one.code == form.cleaned_data["ground"])
    blocked = [str(Category(c).label) for c in form.cleaned_data["categories"] if c not in choice.categories]
    if blocked:
        words = _("This ground does not permit sharing: %(what)s.") % {"what": ", ".join(blocked)}
        form.add_error("categories", words)
    return not blocked


def carried(form: Form) -> list[tuple[str, str]]:
    """What was filled in, for the next press."""
    found: list[tuple[str, str]] = []
    for name in form.fields:
        value = form[name].data
        values = value if isinstance(value, list) else [value]
        found += [(name, str(one)) for one in values if one not in (None, "")]
    return found


def look(
    request: AuthenticatedRequest,
    sight: Sight,
    agency: Agency,
    categories: Iterable[str],
    *,
    action: str,
    carried: list[tuple[str, str]],
    press: str = "",
) -> HttpResponse:
    """Drawn by the code of the agency's own page, with the sight it would get. Nothing is done from it.

    For a desk that reads the whole case alone: nobody sees more through the look than without it.
    """
    if sight.level < Level.FULL:
        audit.refuse("sharing.preview", sight.case, by=sight.by)
        raise PermissionDenied
    theirs = service.sight_with(sight, agency, categories)
    shown = sorted(theirs.categories)
    audit.record("sharing.preview", sight.case, by=sight.by, agency=agency.pk, categories=shown)
    context = case_views.overview_context(request, theirs)
    for item in (*context["own"], *context["others"]):
        item.url, item.done_url = "", ""
    tabs = [str(tab.label) for tab in context["head"].tabs]
    context |= {
        "head": replace(context["head"], back=action),
        "agency": agency,
        "tabs": tabs,
        "parts": [str(Category(code).label) for code in Category.values if code in theirs.categories],
        "untold": [str(Category(code).label) for code in Category.values if code not in theirs.categories],
        "action": action,
        "carried": carried,
        "press": press or _("Share this"),
    }
    return render(request, "cases/sharing/look.html", context)

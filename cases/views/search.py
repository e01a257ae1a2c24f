"""Sök: an exact reference jumps straight there; else safe words among one's own cases, and the Manual."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Assignment, AuthenticatedRequest
from cases.access import held_by, not_hidden
from cases.enums import Category, Level
from cases.forms.casework import SearchForm
from cases.models import Referral
from cases.services import references
from cases.views import queue, rows
from core import audit
from core.tables import Row
from manual import library
from manual.enums import Exploitation

MOST: Final = 20


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: AuthenticatedRequest) -> HttpResponse:
    """Words come by POST and never stand in an address. What is not hers looks like what is not there."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    by, words = request.assignment, form.cleaned_data["q"]
    try:
        reference = references.parse(words)
    except ValueError:
        form.add_error(
            "q", _("The check letter does not fit. Check the reference number: a digit may be wrong")
        )
        return _page(request, form)
    if reference:
        url = _exact(reference, by)
        if url:
            return HttpResponseRedirect(url)
    found: dict[str, Any] = {"words": words, "cases": [], "manual": []}
    if not reference:
        found |= {"cases": _cases(words, by), "manual": _manual(words)}
    found["none"] = not found["cases"] and not found["manual"]
    return _page(request, form, found)


def _page(
    request: AuthenticatedRequest, form: SearchForm, found: dict[str, Any] | None = None
) -> HttpResponse:
    context = {"form": form, "found": found, "may_break_glass": request.assignment.has("break_glass")}
    return render(request, "cases/search/search.html", context)


def _exact(reference: str, by: Assignment) -> str:
    """Where a reference leads her: the case, else her own referral, else nowhere.

    The same questions are asked of the database whether the reference exists or not."""
    grants = held_by(by).filter(case__referrals__reference=reference, level__gte=Level.HEADER)
    case_id = grants.values_list("case_id", flat=True).first()
    own = Referral.objects.sent_by(by.user_id, by.agency_id).filter(reference=reference).first()
    hits = int(bool(case_id or own))
    audit.record("search.reference", by=by, hits=hits, target_ids=[case_id] if case_id else [])
    if case_id:
        return reverse("cases:case", args=[case_id])
    return reverse("cases:referral", args=[own.pk]) if own and by.has("file_referrals") else ""


def _cases(words: str, by: Assignment) -> list[Row]:
    """Cases in her own scope by county, municipality, form, or part of a reference."""
    forms = [code for code, label in Exploitation.choices if words.casefold() in str(label).casefold()]
    match = Q(case__county__name__icontains=words)
    # Which municipality is part of the situation: a heading must not be guessed into telling it.
    told = {"categories__contains": [Category.SITUATION], "level__gte": Level.FULL}
    match |= Q(case__municipality__name__icontains=words, **told)
    match |= Q(case__reference__icontains=words.replace(" ", "")) | Q(case__main_form__in=forms)
    page = queue.page(held_by(by).filter(match, not_hidden(by), level__gte=Level.HEADER), {}, MOST)
    audit.record("search.cases", by=by, target_ids=[grant.case_id for grant in page.grants])
    return rows.rows(page.grants, preview=False)


def _manual(words: str) -> list[dict[str, Any]]:
    """The paragraphs of the Manual that fit best."""
    try:
        found = library.search(library.current_edition(), words)
    except library.NoEdition:
        return []
    return [
        {
            "title": hit.title,
            "number": hit.number,
            "excerpt": hit.excerpt,
            "url": hit.paragraph.get_absolute_url(),
        }
        for hit in found.hits[:10]
    ]

"""The pages of the manual. Reading the manual is not recorded: it says nothing about anyone."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from manual.library import NoEdition, retired, search
from manual.library import render as render_markdown
from manual.views import rows
from manual.views.article import article, is_foreign
from manual.views.opened import Opened, open_edition, opened_or_404, volume_or_404

ACTORS_CHAPTER: Final = 7
GONE: Final = 410


@require_safe
def contents(request: AuthenticatedRequest) -> HttpResponse:
    """The six steps, the actors and what the manual is."""
    try:
        opened = open_edition(request)
    except NoEdition:
        return render(request, "manual/empty.html")
    mine = rows.own_role(request.assignment)
    actors = next((one for one in opened.book.volumes if one.chapter.number == ACTORS_CHAPTER), None)
    own = [section for section in actors.sections if mine in section.roles] if actors and mine else []
    return render(request, "manual/contents.html", _context(opened) | {"own": own})


@require_safe
def chapter(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A whole chapter on one page, as it is printed."""
    opened = opened_or_404(request)
    volume = volume_or_404(opened, number)
    page = article(request, opened, volume.sections, rows.own_role(request.assignment))
    context = _context(opened, volume=volume) | {
        "intro": render_markdown(volume.chapter.intro),
        "article": page,
        "foreign": page.foreign or is_foreign(volume.chapter, "intro"),
        "part": str(number),
    }
    return render(request, "manual/chapter.html", context)


@require_safe
def section(request: AuthenticatedRequest, number: int, anchor: str) -> HttpResponse:
    """One section, where a checklist item leads; an actor's section shows its whole checklist.

    The address of a paragraph leads to its place on the section's page; one that is no more says so.
    """
    opened = opened_or_404(request)
    volume = volume_or_404(opened, number)
    try:
        one = opened.book.section(number, anchor)
    except KeyError as error:
        return _elsewhere(request, opened, number, anchor, error)
    actors = sorted(one.roles) if number == ACTORS_CHAPTER else []
    page = article(request, opened, (one,), rows.own_role(request.assignment))
    place = volume.sections.index(one)
    context = _context(opened, volume=volume, section=one) | {
        "checklist": rows.checklist(opened.book, actors[0], opened.link) if actors else (),
        "article": page,
        "foreign": page.foreign,
        "before": volume.sections[place - 1] if place else None,
        "after": volume.sections[place + 1] if place + 1 < len(volume.sections) else None,
        "part": anchor,
    }
    return render(request, "manual/section.html", context)


@require_safe
def search_page(request: AuthenticatedRequest) -> HttpResponse:
    """Search, grouped by step."""
    try:
        opened = open_edition(request)
    except NoEdition:
        return render(request, "manual/empty.html")
    result = search(opened.edition, request.GET.get("q", ""))
    groups = [
        (chapter, [(hit, opened.link(hit.paragraph.get_absolute_url())) for hit in hits])
        for chapter, hits in result.groups
    ]
    meant = [{"query": query, "url": opened.link(request.path, q=query)} for query in result.meant]
    context = _context(opened) | {"result": result, "groups": groups, "meant": meant}
    return render(request, "manual/search.html", context)


def _context(opened: Opened, **more: Any) -> dict[str, Any]:
    return {"opened": opened, "book": opened.book, "volume": None, "section": None, **more}


def _elsewhere(
    request: AuthenticatedRequest, opened: Opened, number: int, anchor: str, error: KeyError
) -> HttpResponse:
    """The place of a paragraph, or the page of one that is no more."""
    gone = retired(opened.edition, anchor)
    if gone is not None and anchor.startswith(f"{number}-"):
        context = _context(opened) | {
            "gone": gone,
            "number": anchor.replace("-", "."),
            "moved_to": gone.moved_to.replace("-", "."),
            "url": opened.link(gone.url) if gone.url else "",
        }
        return render(request, "manual/gone.html", context, status=GONE)
    head, _, _rest = anchor.rpartition("-")
    try:
        texts = opened.book.section(number, head).texts
    except KeyError:
        raise Http404 from error
    for text in texts:
        if text.row.anchor == anchor:
            return redirect(opened.link(text.row.get_absolute_url()))
    raise Http404 from error

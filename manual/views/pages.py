"""The pages of the manual. Reading the manual is not recorded: it says nothing about anyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from manual.enums import StepRole
from manual.library import Book, NoEdition, Volume, book, current_edition, search
from manual.library import render as render_markdown
from manual.views import rows

ACTORS_CHAPTER: Final = 7


@dataclass(frozen=True, slots=True)
class Choice:
    """The actor chosen by `?aktor=`, if any, and the one the form offers first: her own."""

    chosen: StepRole | None
    offered: str

    @property
    def name(self) -> str:
        """The chosen actor in words."""
        return str(self.chosen.label) if self.chosen else ""

    @property
    def actors(self) -> list[tuple[str, str]]:
        return [(role.value, str(role.label)) for role in StepRole]


@require_safe
def contents(request: AuthenticatedRequest) -> HttpResponse:
    """The six steps, the actors and what the manual is."""
    try:
        found = book(current_edition())
    except NoEdition:
        return render(request, "manual/empty.html")
    mine = rows.own_role(request.assignment)
    own = [section for section in found.volume(ACTORS_CHAPTER).sections if mine in section.roles]
    return render(
        request, "manual/contents.html", {"book": found, "volume": None, "section": None, "own": own}
    )


@require_safe
def chapter(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A whole chapter on one page, as it is printed."""
    found = _book_or_404()
    volume = _volume(found, number)
    choice = _choice(request)
    context = {
        "book": found,
        "volume": volume,
        "section": None,
        "choice": choice,
        "intro": render_markdown(volume.chapter.intro),
        "article": rows.article(volume.sections, choice.chosen),
    }
    return render(request, "manual/chapter.html", context)


@require_safe
def section(request: AuthenticatedRequest, number: int, anchor: str) -> HttpResponse:
    """One section, where a checklist item leads; an actor's section shows its whole checklist."""
    found = _book_or_404()
    volume = _volume(found, number)
    try:
        one = found.section(number, anchor)
    except KeyError as error:
        raise Http404 from error
    actors = sorted(one.roles) if number == ACTORS_CHAPTER else []
    checklist = rows.checklist(found, actors[0]) if actors else ()
    choice = _choice(request)
    context = {
        "book": found,
        "volume": volume,
        "section": one,
        "choice": choice,
        "checklist": checklist,
        "article": rows.article((one,), choice.chosen),
    }
    return render(request, "manual/section.html", context)


@require_safe
def search_page(request: AuthenticatedRequest) -> HttpResponse:
    """Search, grouped by step."""
    try:
        found = book(current_edition())
    except NoEdition:
        return render(request, "manual/empty.html")
    result = search(found.edition, request.GET.get("q", ""))
    return render(
        request, "manual/search.html", {"book": found, "volume": None, "section": None, "result": result}
    )


def _choice(request: AuthenticatedRequest) -> Choice:
    asked = request.GET.get("aktor", "")
    chosen = StepRole(asked) if asked in StepRole.values else None
    return Choice(chosen, chosen or rows.own_role(request.assignment))


def _book_or_404() -> Book:
    try:
        return book(current_edition())
    except NoEdition as error:
        raise Http404 from error


def _volume(found: Book, number: int) -> Volume:
    try:
        return found.volume(number)
    except KeyError as error:
        raise Http404 from error

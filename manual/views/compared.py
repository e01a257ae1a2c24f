"""Two editions side by side, for those who edit and review them: every row, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from core import looks
from manual.enums import Phase
from manual.library.comparing import Change, Comparison, Difference, Kind, compare
from manual.models import (
    Chapter,
    Definition,
    Edition,
    Indicator,
    IndicatorGroup,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
    StepTemplate,
)
from manual.views.editions import edition_or_404

KINDS: Final[Mapping[Kind, tuple[Promise, str]]] = {
    Kind.ADDED: (gettext_lazy("New"), "green"),
    Kind.CHANGED: (gettext_lazy("Changed"), "blue"),
    Kind.DROPPED: (gettext_lazy("Taken out"), "amber"),
    Kind.MOVED: (gettext_lazy("Moved"), "grey"),
}
HEADS: Final[Mapping[type[models.Model], Promise]] = {
    IndicatorGroup: gettext_lazy("Groups of signs"),
    Indicator: gettext_lazy("Signs"),
    MilestoneWords: gettext_lazy("Milestones"),
    Definition: gettext_lazy("Defined words"),
    Source: gettext_lazy("Sources"),
    RetiredParagraph: gettext_lazy("Retired paragraphs"),
}
PAGES: Final[Mapping[type[models.Model], str]] = {
    StepTemplate: "manual:edition-step",
    Chapter: "manual:edition-chapter",
    Paragraph: "manual:edition-paragraph",
    IndicatorGroup: "manual:edition-sign-group",
    Indicator: "manual:edition-sign",
    MilestoneWords: "manual:edition-date",
    Definition: "manual:edition-word",
    Source: "manual:edition-source",
    RetiredParagraph: "manual:edition-retired",
}
"""Where a row is read or edited: the number of the edition and its key."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is not as it was."""

    number: str
    title: str
    tag: SafeString
    url: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The changed rows of one kind; `id` is its place on the page."""

    id: str
    title: str
    lines: list[Line]


@right_required("edit_manual")
@require_safe
def compared(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """What an edition says otherwise than another: the one whose place it takes, or the one of `?med=`."""
    after = edition_or_404(number)
    others = list(Edition.objects.exclude(pk=after.pk).order_by("-number"))
    before = _other(request, after, others)
    found = compare(before, after) if before else None
    parts = _parts(found) if found else []
    context: dict[str, Any] = {
        "edition": after,
        "before": before,
        "others": others,
        "parts": parts,
        "counts": _counts(found) if found else [],
    }
    return render(request, "manual/editions/compared.html", context)


def _other(request: AuthenticatedRequest, after: Edition, others: list[Edition]) -> Edition | None:
    asked = request.GET.get("med", "")
    if asked:
        by_number = {str(edition.number): edition for edition in others}
        if asked not in by_number:
            raise Http404
        return by_number[asked]
    return Edition.objects.replaced_by(after)


def _counts(found: Comparison) -> list[tuple[str, int]]:
    """How many steps and paragraphs came, changed, went: the first thing a reviewer asks."""
    rows: list[Change[Any]] = [*found.steps, *found.paragraphs]
    counted = [
        (str(words), sum(row.kind == kind for row in rows)) for kind, (words, _colour) in KINDS.items()
    ]
    return [(words, number) for words, number in counted if number]


def _parts(found: Comparison) -> list[Part]:
    parts = []
    for phase in Phase:
        rows = [change for change in found.steps if change.row.phase == phase]
        title = _("Steps: %(phase)s") % {"phase": phase.label}
        parts.append(_part(f"steps-{phase.number}", title, rows, found))
    parts.append(_part("chapters", _("Chapters"), found.chapters, found))
    parts.append(_part("paragraphs", _("Paragraphs"), found.paragraphs, found))
    for place, (model, changes) in enumerate(found.lists.items()):
        parts.append(_part(f"list-{place}", str(HEADS[model]), changes, found))
    return [part for part in parts if part.lines]


def _part(id: str, title: str, changes: Iterable[Change[Any]], found: Comparison) -> Part:
    return Part(id, title, [_line(change, found) for change in changes])


def _line(change: Change[Any], found: Comparison) -> Line:
    words, colour = KINDS[change.kind]
    numbered = isinstance(change.row, (Chapter, Paragraph, RetiredParagraph))
    return Line(
        number=change.key.replace("-", ".") if numbered else "",
        title=_title(change.row),
        tag=looks.tag(words, colour),
        url=_url(change, found),
        differences=change.differences,
    )


def _title(row: models.Model) -> str:
    """What the row is called, whatever kind it is."""
    if isinstance(row, Source):
        return row.title
    for name in ("title", "text", "label", "term", "reason"):
        if isinstance(row, Definition) and name != "term":
            continue
        if words := getattr(row, name, ""):
            return str(words)
    return str(row)


def _url(change: Change[Any], found: Comparison) -> str:
    """Its own page in the edition that has it."""
    edition = found.before if change.kind == Kind.DROPPED else found.after
    try:
        return reverse(PAGES[type(change.row)], args=[edition.number, change.key])
    except NoReverseMatch:
        return ""

"""The versions of the manual, for everyone who reads it: which there are, and what each of them changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest
from core import clock, looks
from manual.enums import IN_WORK
from manual.library import NoEdition, current_edition
from manual.library.comparing import Change, Difference, Kind, compare
from manual.models import Chapter, Edition, Paragraph, StepTemplate

COLOURS: Final = {Kind.ADDED: "green", Kind.DROPPED: "amber", Kind.CHANGED: "blue", Kind.MOVED: "grey"}


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version. `changes` is the address of what it changed; empty for the first."""

    number: int
    title: str
    reason: str
    when: str
    tag: SafeString
    reads: str
    changes: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A paragraph or a step that is not as before."""

    number: str
    title: str
    tag: SafeString
    url: str
    differences: tuple[Difference, ...]


@require_safe
def versions(request: AuthenticatedRequest) -> HttpResponse:
    """Every version that applies, has applied or will apply, the newest first."""
    editions, current = _decided(), _current()
    if not editions:
        return render(request, "manual/empty.html")
    rows = [_row(edition, current, has_changes=edition is not editions[-1]) for edition in editions]
    return render(request, "manual/versions.html", {"rows": rows})


@require_safe
def changes(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """What a version changed, paragraph by paragraph and step by step."""
    editions = _decided()
    place = next((at for at, edition in enumerate(editions) if edition.number == number), None)
    if place is None:
        raise Http404
    after, earlier = editions[place], editions[place + 1 :]
    context: dict[str, Any] = {
        "row": _row(after, _current(), has_changes=False),
        "before": earlier[0].number if earlier else None,
        "texts": [],
        "steps": [],
    }
    if earlier:
        found = compare(earlier[0], after)
        context["texts"] = [
            *(_change(one, one.row, str(one.row.number), earlier[0], after) for one in found.chapters),
            *(
                _change(one, one.row, one.key.replace("-", "."), earlier[0], after)
                for one in found.paragraphs
            ),
        ]
        context["steps"] = [_change(one, one.row, "", earlier[0], after) for one in found.steps]
    return render(request, "manual/changes.html", context)


def _decided() -> list[Edition]:
    """Editions with a day, less those withdrawn before it; the one of the latest day first."""
    rows = Edition.objects.exclude(status__in=IN_WORK).order_by("-valid_from", "-number")
    return [edition for edition in rows if not edition.never_in_force]


def _current() -> Edition | None:
    """None while the first one waits for its day."""
    try:
        return current_edition()
    except NoEdition:
        return None


def _row(edition: Edition, current: Edition | None, *, has_changes: bool) -> VersionRow:
    if edition == current:
        tag = looks.tag(_("Applies now"), "green")
    elif edition.valid_from and edition.valid_from > clock.today():
        tag = looks.tag(_("Applies later"), "blue")
    else:
        tag = looks.tag(_("Applied before"), "grey")
    query = "" if edition == current else f"?utgava={edition.number}"
    return VersionRow(
        number=edition.number,
        title=edition.title,
        reason=edition.reason,
        when=looks.date_text(edition.valid_from) if edition.valid_from else "",
        tag=tag,
        reads=reverse("manual:contents") + query,
        changes=reverse("manual:changes", args=[edition.number]) if has_changes else "",
    )


def _change(
    change: Change[Any], row: Chapter | Paragraph | StepTemplate, number: str, before: Edition, after: Edition
) -> ChangeRow:
    """In the reader's language, unless only the other changed. It leads to the edition that has the row."""
    language = "en" if (get_language() or "sv").startswith("en") else "sv"
    labels = {
        Kind.ADDED: _("New"),
        Kind.DROPPED: _("Taken out"),
        Kind.CHANGED: _("Changed"),
        Kind.MOVED: _("Moved"),
    }
    read = tuple(said for said in change.differences if said.language in ("", language))
    holder = before if change.kind == Kind.DROPPED else after
    path, hash_, place = row.get_absolute_url().partition("#")
    return ChangeRow(
        number,
        row.title,
        looks.tag(labels[change.kind], COLOURS[change.kind]),
        f"{path}?utgava={holder.number}{hash_}{place}",
        read or change.differences,
    )

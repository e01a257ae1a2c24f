"""Chapters and paragraphs of an edition: the list with its order, the editors, and what is retired."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from core.errors import TransitionNotAllowed
from manual.enums import Confidence
from manual.forms.texts import ChapterForm, ParagraphForm, RetiredForm, RetireForm
from manual.library import Section, Text, Volume, book
from manual.models import Chapter, Edition, Paragraph, RetiredParagraph
from manual.services import texts as service
from manual.views.editions import edition_or_404, get_or_post
from manual.views.writing import (
    Editor,
    Line,
    Lines,
    draft_or_404,
    lacks_english,
    list_page,
    moved,
    posted,
    removal,
    unsure_tag,
)

CURRENT = "texts"


@right_required("edit_manual")
@require_safe
def texts(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Every chapter, section and paragraph, and what is retired."""
    found = edition_or_404(number)
    groups = [_volume(volume, found) for volume in book(found).volumes]
    gone = tuple(_gone(row, found) for row in found.retired.order_by("anchor"))
    if gone:
        groups.append(Lines("retired", _("Retired paragraphs"), gone))
    words = {
        "title": _("The texts of the Manual"),
        "current": CURRENT,
        "adding": [(reverse("manual:edition-chapter-new", args=[number]), _("Add a chapter"))],
    }
    return list_page(request, found, groups, **words)


@right_required("edit_manual")
@get_or_post
def chapter(request: AuthenticatedRequest, number: int, chapter: int) -> HttpResponse:
    """Titles and introduction of a chapter."""
    found = edition_or_404(number)
    row = _chapter_or_404(found, chapter)
    form = ChapterForm(posted(request), row)
    empty = found.is_draft and not row.paragraphs.exists()
    return Editor(
        found,
        form,
        f"{row.number} {row.title}",
        _list_url(found, f"c-{row.number}"),
        _("The texts of the Manual"),
        lambda: service.save_chapter(
            edition_id=found.pk, number=chapter, version=form.seen, by=request.assignment, **form.values()
        ),
        row=row,
        markdown=("intro_sv", "intro_en"),
        remove_url=reverse("manual:edition-chapter-remove", args=[number, chapter]) if empty else "",
        remove_label=_("Remove the chapter"),
    ).page(request)


@right_required("edit_manual")
@get_or_post
def new_chapter(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A chapter that was not there before, last."""
    found = draft_or_404(number)
    form = ChapterForm(posted(request))
    return Editor(
        found,
        form,
        _("A new chapter"),
        _list_url(found),
        _("The texts of the Manual"),
        lambda: service.add_chapter(edition_id=found.pk, by=request.assignment, **form.values()),
        markdown=("intro_sv", "intro_en"),
    ).page(request)


@right_required("edit_manual")
@get_or_post
def remove_chapter(request: AuthenticatedRequest, number: int, chapter: int) -> HttpResponse:
    """Only an empty one."""
    found = edition_or_404(number)
    row = _chapter_or_404(found, chapter)
    return removal(
        request,
        found,
        lambda: service.remove_chapter(edition_id=found.pk, number=chapter, by=request.assignment),
        _list_url(found),
        title=_("Remove “%(title)s”") % {"title": row.title},
        button=_("Remove the chapter"),
        lead=_("The chapter has no sections. Its number is not used again."),
        done=_("The chapter has been removed from the draft."),
    )


@right_required("edit_manual")
@get_or_post
def paragraph(request: AuthenticatedRequest, number: int, anchor: str) -> HttpResponse:
    """The editor of a section's heading or of a paragraph; of a decided edition it can be read."""
    found = edition_or_404(number)
    row = _paragraph_or_404(found, anchor)
    form = ParagraphForm(posted(request), found, row, is_section=row.is_section)
    save = partial(service.save_paragraph, edition_id=found.pk, anchor=anchor, by=request.assignment)
    retire = reverse("manual:edition-paragraph-retire", args=[number, anchor])
    return Editor(
        found,
        form,
        f"{anchor.replace('-', '.')} {row.title}",
        _list_url(found, f"p-{anchor}"),
        _("The texts of the Manual"),
        lambda: save(version=form.seen, **form.values()),
        row=row,
        key=anchor,
        markdown=("body_sv", "body_en"),
        remove_url=retire if found.is_draft else "",
        remove_label=_("Retire the section") if row.is_section else _("Retire the paragraph"),
    ).page(request)


@right_required("edit_manual")
@get_or_post
def new_paragraph(request: AuthenticatedRequest, number: int, under: str) -> HttpResponse:
    """A new section of a chapter, or a new paragraph of a section, last."""
    found = draft_or_404(number)
    if not _exists(found, under):
        raise Http404
    form = ParagraphForm(posted(request), found, is_section="-" not in under)
    add = partial(service.add_paragraph, edition_id=found.pk, under=under, by=request.assignment)
    return Editor(
        found,
        form,
        _("A new paragraph") if "-" in under else _("A new section"),
        _list_url(found, f"p-{under}" if "-" in under else f"c-{under}"),
        _("The texts of the Manual"),
        lambda: add(**form.values()),
        markdown=("body_sv", "body_en"),
    ).page(request)


@right_required("edit_manual")
@require_POST
def move_paragraph(request: AuthenticatedRequest, number: int, anchor: str) -> HttpResponse:
    """One place up or down."""
    found = edition_or_404(number)
    _paragraph_or_404(found, anchor)
    move = partial(service.move_paragraph, edition_id=found.pk, anchor=anchor, by=request.assignment)
    return moved(request, move, _list_url(found, f"p-{anchor}"))


@right_required("edit_manual")
@get_or_post
def retire_paragraph(request: AuthenticatedRequest, number: int, anchor: str) -> HttpResponse:
    """Take it out, and say where it went."""
    found = edition_or_404(number)
    row = _paragraph_or_404(found, anchor)
    form = RetireForm(posted(request), found, anchor)
    retire = partial(service.retire_paragraph, edition_id=found.pk, anchor=anchor, by=request.assignment)
    known = service.was_elsewhere(found, anchor)
    return removal(
        request,
        found,
        lambda: retire(**form.values()),
        _list_url(found),
        title=_("Retire “%(title)s”") % {"title": row.title},
        button=_("Retire"),
        lead=_(
            "Links to it say why it is no more and lead to what takes over. Its number is never used again."
        )
        if known
        else _("No other edition has it: it is simply removed."),
        done=_("The paragraph is no longer in the draft."),
        form=form,
    )


@right_required("edit_manual")
@get_or_post
def retired(request: AuthenticatedRequest, number: int, anchor: str) -> HttpResponse:
    """What whoever follows an old link is told."""
    found = edition_or_404(number)
    row = _retired_or_404(found, anchor)
    form = RetiredForm(posted(request), found, row)
    save = partial(service.save_retired, edition_id=found.pk, anchor=anchor, by=request.assignment)
    return Editor(
        found,
        form,
        _("%(number)s, retired") % {"number": anchor.replace("-", ".")},
        _list_url(found, f"p-{anchor}"),
        _("The texts of the Manual"),
        lambda: save(version=form.seen, **form.values()),
        row=row,
        key=anchor,
        act_url=reverse("manual:edition-restore", args=[number, anchor]) if found.is_draft else "",
        act_label=_("Bring the paragraph back"),
    ).page(request)


@right_required("edit_manual")
@require_POST
def restore_paragraph(request: AuthenticatedRequest, number: int, anchor: str) -> HttpResponse:
    """Bring it back as it was last."""
    found = edition_or_404(number)
    _retired_or_404(found, anchor)
    try:
        service.restore_paragraph(edition_id=found.pk, anchor=anchor, by=request.assignment)
    except (TransitionNotAllowed, ValidationError) as error:
        messages.error(request, str(getattr(error, "message", error)))
    else:
        messages.success(request, _("The paragraph is back, at the end of its section."))
    return redirect(_list_url(found, f"p-{anchor}"))


# --- lines ----------------------------------------------------------------------------------------------


def _volume(volume: Volume, found: Edition) -> Lines:
    row = volume.chapter
    return Lines(
        f"c-{row.number}",
        f"{row.number} {row.title}",
        tuple(_section(section, found) for section in volume.sections),
        url=reverse("manual:edition-chapter", args=[found.number, row.number]),
        add_url=_new_url(found, str(row.number)),
        add_label=_("Add a section"),
        tags=lacks_english(row.title_en, row.intro_en or ("" if row.intro_sv else "-")),
    )


def _section(section: Section, found: Edition) -> Lines:
    head = section.head
    return Lines(
        f"p-{head.anchor}",
        f"{section.number} {head.title}",
        tuple(_text(text, found) for text in section.texts),
        url=_url(found, head.anchor),
        add_url=_new_url(found, head.anchor),
        add_label=_("Add a paragraph"),
        move_url=_move_url(found, head.anchor),
        tags=_tags(head),
    )


def _text(text: Text, found: Edition) -> Line:
    row = text.row
    return Line(
        f"p-{row.anchor}",
        f"{text.number} {row.title}",
        _url(found, row.anchor),
        meta=_("Source: %(keys)s") % {"keys": ", ".join(row.sources)} if row.sources else "",
        tags=_tags(row),
        move_url=_move_url(found, row.anchor),
    )


def _gone(row: RetiredParagraph, found: Edition) -> Line:
    to = row.moved_to.replace("-", ".")
    meta = _("Moved to %(number)s. %(reason)s") % {"number": to, "reason": row.reason}
    return Line(
        f"p-{row.anchor}",
        row.anchor.replace("-", "."),
        reverse("manual:edition-retired", args=[found.number, row.anchor]),
        meta=meta if to else row.reason,
    )


def _tags(row: Paragraph) -> tuple[Any, ...]:
    said = lacks_english(row.title_en, row.body_en or ("" if row.body_sv else "-"))
    return (unsure_tag(), *said) if row.confidence == Confidence.UNSURE else said


# --- addresses and rows ---------------------------------------------------------------------------------


def _list_url(found: Edition, place: str = "") -> str:
    url = reverse("manual:edition-texts", args=[found.number])
    return f"{url}#{place}" if place else url


def _url(found: Edition, anchor: str) -> str:
    return reverse("manual:edition-paragraph", args=[found.number, anchor])


def _new_url(found: Edition, under: str) -> str:
    return reverse("manual:edition-paragraph-new", args=[found.number, under]) if found.is_draft else ""


def _move_url(found: Edition, anchor: str) -> str:
    return reverse("manual:edition-paragraph-move", args=[found.number, anchor]) if found.is_draft else ""


def _chapter_or_404(found: Edition, chapter: int) -> Chapter:
    row = found.chapters.filter(number=chapter).first()
    if row is None:
        raise Http404
    return row


def _paragraph_or_404(found: Edition, anchor: str) -> Paragraph:
    row = found.paragraphs.filter(anchor=anchor).first()
    if row is None:
        raise Http404
    return row


def _retired_or_404(found: Edition, anchor: str) -> RetiredParagraph:
    row = found.retired.filter(anchor=anchor).first()
    if row is None:
        raise Http404
    return row


def _exists(found: Edition, under: str) -> bool:
    if under.isascii() and under.isdigit():
        return found.chapters.filter(number=int(under[:4])).exists()
    return found.paragraphs.filter(anchor=under, section=under).exists()

"""Dated facts, defined words and sources of an edition: their lists and editors."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import AuthenticatedRequest, right_required
from manual.forms.texts import DefinitionForm, MilestoneWordsForm, SourceForm
from manual.models import Definition, Edition, MilestoneWords, Source
from manual.services import lists as service
from manual.views.editions import edition_or_404, get_or_post
from manual.views.writing import (
    Line,
    Lines,
    draft_or_404,
    lacks_english,
    list_page,
    list_url,
    new_editor,
    posted,
    removal,
    row_editor,
    row_or_404,
)

# --- dated facts ----------------------------------------------------------------------------------------


@right_required("edit_manual")
@require_safe
def dated(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """What the milestones are called, and which date is meant."""
    found = edition_or_404(number)
    lines = tuple(_dated(row, found) for row in found.milestones.order_by("order"))
    words = {
        "title": _("The dates that start deadlines"),
        "lead": _("Which dates there are belongs to the portal. Here is what they are called and mean."),
        "current": "dates",
    }
    return list_page(request, found, [Lines("all", _("All dates"), lines)], **words)


@right_required("edit_manual")
@get_or_post
def one_date(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Its name and meaning."""
    found = edition_or_404(number)
    row = row_or_404(found.milestones, key)
    form = MilestoneWordsForm(posted(request), row)
    return row_editor(
        found, form, row, row.label, "dates", partial(service.save_milestone, key=key), by=request,
        place=f"m-{key}",
    ).page(request)  # fmt: skip


# --- defined words --------------------------------------------------------------------------------------


@right_required("edit_manual")
@require_safe
def defined(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Words that the manual explains where they stand."""
    found = edition_or_404(number)
    lines = tuple(_defined(row, found) for row in found.definitions.order_by("order"))
    words = {
        "title": _("Words that are explained"),
        "lead": _("Readers see what they mean where they stand in the texts."),
        "current": "words",
        "adding": [(reverse("manual:edition-word-new", args=[number]), _("Add a word"))],
    }
    return list_page(request, found, [Lines("all", _("All words"), lines)], **words)


@right_required("edit_manual")
@get_or_post
def word(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """What a word means."""
    found = edition_or_404(number)
    row = row_or_404(found.definitions, key)
    form = DefinitionForm(posted(request), found, row)
    return row_editor(
        found, form, row, row.term, "words", partial(service.save_definition, key=key), by=request,
        place=f"w-{key}", remove="edition-word-remove", label=_("Remove the word"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_word(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A word that was not explained before."""
    found = draft_or_404(number)
    form = DefinitionForm(posted(request), found)
    return new_editor(found, form, _("A new word"), "words", service.add_definition, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_word(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Not explained any more."""
    found = edition_or_404(number)
    row = row_or_404(found.definitions, key)
    return removal(
        request,
        found,
        lambda: service.remove_definition(edition_id=found.pk, key=key, by=request.assignment),
        list_url(found, "words"),
        title=_("Remove “%(title)s”") % {"title": row.term},
        button=_("Remove the word"),
        lead=_("The texts stay as they are; the word is no longer explained in them."),
        done=_("The word has been removed from the draft."),
    )


# --- sources --------------------------------------------------------------------------------------------


@right_required("edit_manual")
@require_safe
def sources(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """What texts and steps rest on."""
    found = edition_or_404(number)
    lines = tuple(_source(row, found) for row in found.source_rows.order_by("order"))
    words = {
        "title": _("Sources"),
        "lead": _("What texts and steps rest on, with the version that was read."),
        "current": "sources",
        "adding": [(reverse("manual:edition-source-new", args=[number]), _("Add a source"))],
    }
    return list_page(request, found, [Lines("all", _("All sources"), lines)], **words)


@right_required("edit_manual")
@get_or_post
def source(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Name and place of a source."""
    found = edition_or_404(number)
    row = row_or_404(found.source_rows, key)
    form = SourceForm(posted(request), row)
    return row_editor(
        found, form, row, row.key, "sources", partial(service.save_source, key=key), by=request,
        place=f"k-{key}", remove="edition-source-remove", label=_("Remove the source"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_source(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A source that was not there before."""
    found = draft_or_404(number)
    form = SourceForm(posted(request))
    return new_editor(found, form, _("A new source"), "sources", service.add_source, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_source(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Only one that nothing rests on."""
    found = edition_or_404(number)
    row = row_or_404(found.source_rows, key)
    return removal(
        request,
        found,
        lambda: service.remove_source(edition_id=found.pk, key=key, by=request.assignment),
        list_url(found, "sources"),
        title=_("Remove “%(title)s”") % {"title": row.key},
        button=_("Remove the source"),
        lead=row.title,
        done=_("The source has been removed from the draft."),
    )


# --- lines ----------------------------------------------------------------------------------------------


def _dated(row: MilestoneWords, found: Edition) -> Line:
    url = reverse("manual:edition-date", args=[found.number, row.key])
    lacking = lacks_english(row.label_en, row.meaning_en or ("" if row.meaning_sv else "-"))
    return Line(f"m-{row.key}", row.label, url, meta=row.meaning, tags=lacking)


def _defined(row: Definition, found: Edition) -> Line:
    url = reverse("manual:edition-word", args=[found.number, row.key])
    return Line(f"w-{row.key}", row.term, url, meta=row.text, tags=lacks_english(row.term_en, row.text_en))


def _source(row: Source, found: Edition) -> Line:
    url = reverse("manual:edition-source", args=[found.number, row.key])
    return Line(f"k-{row.key}", f"{row.key}: {row.title}", url, meta=row.address)

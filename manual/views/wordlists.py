"""Signs, dated facts, defined words and sources of an edition: their lists and editors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from manual.enums import StepAge, Strength
from manual.forms.texts import DefinitionForm, GroupForm, MilestoneWordsForm, RowForm, SignForm, SourceForm
from manual.models import Definition, Edition, Indicator, MilestoneWords, Source
from manual.services import lists as service
from manual.views.editions import edition_or_404, get_or_post
from manual.views.writing import Editor, Line, Lines, lacks_english, list_page, moved, removal

# --- signs ----------------------------------------------------------------------------------------------


@right_required("edit_manual")
@require_safe
def signs(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """The signs in their groups."""
    found = edition_or_404(number)
    by_group: dict[Any, list[Indicator]] = {}
    for row in found.indicators.order_by("order"):
        by_group.setdefault(row.group_id, []).append(row)
    groups = [
        Lines(
            f"g-{group.key}",
            group.title,
            tuple(_sign(row, found) for row in by_group.get(group.pk, [])),
            url=reverse("manual:edition-sign-group", args=[number, group.key]),
            tags=lacks_english(group.title_en),
        )
        for group in found.indicator_groups.order_by("order")
    ]
    words = {
        "title": _("The signs"),
        "lead": _("What is ticked in a referral. A sign that is removed stays where it was ticked."),
        "current": "signs",
        "adding": [
            (reverse("manual:edition-sign-new", args=[number]), _("Add a sign")),
            (reverse("manual:edition-sign-group-new", args=[number]), _("Add a group")),
        ],
    }
    return list_page(request, found, groups, **words)


@right_required("edit_manual")
@get_or_post
def sign(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """The editor of one sign."""
    found = edition_or_404(number)
    row = _row_or_404(found.indicators.select_related("group"), key)
    form = SignForm(_posted(request), found, row)
    return _editor(
        found, form, row, row.text, "signs", partial(service.save_indicator, key=key), by=request,
        place=f"s-{_id(key)}", remove="edition-sign-remove", label=_("Remove the sign"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_sign(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A sign that was not there before."""
    found = _draft_or_404(number)
    form = SignForm(_posted(request), found)
    return _new(found, form, _("A new sign"), "signs", service.add_indicator, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_sign(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Not asked for any more."""
    found = edition_or_404(number)
    row = _row_or_404(found.indicators, key)
    return removal(
        request,
        found,
        lambda: service.remove_indicator(edition_id=found.pk, key=key, by=request.assignment),
        _list_url(found, "signs"),
        title=_("Remove “%(title)s”") % {"title": row.text},
        button=_("Remove the sign"),
        lead=_("It is not asked for any more. Referrals where it was ticked still show it."),
        done=_("The sign has been removed from the draft."),
    )


@right_required("edit_manual")
@require_POST
def move_sign(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """One place up or down in its group."""
    found = edition_or_404(number)
    _row_or_404(found.indicators, key)
    move = partial(service.move_indicator, edition_id=found.pk, key=key, by=request.assignment)
    return moved(request, move, _list_url(found, "signs", f"s-{_id(key)}"))


@right_required("edit_manual")
@get_or_post
def group(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """The name of a group."""
    found = edition_or_404(number)
    row = _row_or_404(found.indicator_groups, key)
    form = GroupForm(_posted(request), row)
    removable = "" if row.indicators.exists() else "edition-sign-group-remove"
    return _editor(
        found, form, row, row.title, "signs", partial(service.save_group, key=key), by=request,
        place=f"g-{key}", remove=removable, label=_("Remove the group"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_group(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A group that was not there before."""
    found = _draft_or_404(number)
    form = GroupForm(_posted(request))
    return _new(found, form, _("A new group"), "signs", service.add_group, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_group(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Only an empty one."""
    found = edition_or_404(number)
    row = _row_or_404(found.indicator_groups, key)
    return removal(
        request,
        found,
        lambda: service.remove_group(edition_id=found.pk, key=key, by=request.assignment),
        _list_url(found, "signs"),
        title=_("Remove “%(title)s”") % {"title": row.title},
        button=_("Remove the group"),
        lead=_("The group has no signs."),
        done=_("The group has been removed from the draft."),
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
    row = _row_or_404(found.milestones, key)
    form = MilestoneWordsForm(_posted(request), row)
    return _editor(
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
    row = _row_or_404(found.definitions, key)
    form = DefinitionForm(_posted(request), found, row)
    return _editor(
        found, form, row, row.term, "words", partial(service.save_definition, key=key), by=request,
        place=f"w-{key}", remove="edition-word-remove", label=_("Remove the word"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_word(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A word that was not explained before."""
    found = _draft_or_404(number)
    form = DefinitionForm(_posted(request), found)
    return _new(found, form, _("A new word"), "words", service.add_definition, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_word(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Not explained any more."""
    found = edition_or_404(number)
    row = _row_or_404(found.definitions, key)
    return removal(
        request,
        found,
        lambda: service.remove_definition(edition_id=found.pk, key=key, by=request.assignment),
        _list_url(found, "words"),
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
    row = _row_or_404(found.source_rows, key)
    form = SourceForm(_posted(request), row)
    return _editor(
        found, form, row, row.key, "sources", partial(service.save_source, key=key), by=request,
        place=f"k-{key}", remove="edition-source-remove", label=_("Remove the source"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_source(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A source that was not there before."""
    found = _draft_or_404(number)
    form = SourceForm(_posted(request))
    return _new(found, form, _("A new source"), "sources", service.add_source, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_source(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Only one that nothing rests on."""
    found = edition_or_404(number)
    row = _row_or_404(found.source_rows, key)
    return removal(
        request,
        found,
        lambda: service.remove_source(edition_id=found.pk, key=key, by=request.assignment),
        _list_url(found, "sources"),
        title=_("Remove “%(title)s”") % {"title": row.key},
        button=_("Remove the source"),
        lead=row.title,
        done=_("The source has been removed from the draft."),
    )


# --- lines ----------------------------------------------------------------------------------------------


def _sign(row: Indicator, found: Edition) -> Line:
    whom = "" if row.age == StepAge.ALL else str(row.get_age_display())
    told = [str(row.get_dimension_display()), str(Strength(row.strength).label), whom]
    move = reverse("manual:edition-sign-move", args=[found.number, row.key]) if found.is_draft else ""
    return Line(
        f"s-{_id(row.key)}",
        row.text,
        reverse("manual:edition-sign", args=[found.number, row.key]),
        meta=", ".join(part for part in told if part),
        tags=lacks_english(row.text_en),
        move_url=move,
    )


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


# --- what they have in common ---------------------------------------------------------------------------


def _back_label(kind: str) -> str:
    return {
        "signs": _("The signs"),
        "dates": _("The dates that start deadlines"),
        "words": _("Words that are explained"),
        "sources": _("Sources"),
    }[kind]


def _editor(
    found: Edition,
    form: RowForm,
    row: Any,
    title: str,
    kind: str,
    save: Callable[..., Any],
    *,
    by: AuthenticatedRequest,
    place: str,
    remove: str = "",
    label: str = "",
) -> Editor:
    url = reverse(f"manual:{remove}", args=[found.number, row.key]) if remove and found.is_draft else ""
    return Editor(
        found,
        form,
        title,
        _list_url(found, kind, place),
        _back_label(kind),
        lambda: save(edition_id=found.pk, version=form.seen, by=by.assignment, **form.values()),
        row=row,
        key=str(row.key),
        remove_url=url,
        remove_label=label,
    )


def _new(
    found: Edition,
    form: RowForm,
    title: str,
    kind: str,
    add: Callable[..., Any],
    *,
    by: AuthenticatedRequest,
) -> Editor:
    return Editor(
        found,
        form,
        title,
        _list_url(found, kind),
        _back_label(kind),
        lambda: add(edition_id=found.pk, by=by.assignment, **form.values()),
    )


def _posted(request: AuthenticatedRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _list_url(found: Edition, kind: str, place: str = "") -> str:
    url = reverse(f"manual:edition-{kind}", args=[found.number])
    return f"{url}#{place}" if place else url


def _draft_or_404(number: int) -> Edition:
    found = edition_or_404(number)
    if not found.is_draft:
        raise Http404
    return found


def _row_or_404(rows: Any, key: str) -> Any:
    row = rows.filter(key=key.replace("\0", "")).first()
    if row is None:
        raise Http404
    return row


def _id(key: str) -> str:
    return key.replace(".", "-")

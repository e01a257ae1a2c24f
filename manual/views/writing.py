"""What the editors of texts, signs, dates, words and sources share: a row with its form, a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import AuthenticatedRequest
from core import looks
from core.errors import StaleVersion, TransitionNotAllowed
from core.fields import put
from manual.forms.texts import RowForm
from manual.library import render as render_markdown
from manual.models import Edition
from manual.views.editions import CONFLICT, INVALID, act, edition_or_404, form_page

UP, DOWN = "up", "down"
SHOW: Final = "show"
"""The name of the button that shows what was typed as it will look, and saves nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row in a list; `move_url` where its place can be changed."""

    id: str
    title: str
    url: str
    meta: str = ""
    tags: tuple[SafeString, ...] = ()
    move_url: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A heading with its rows; `url` leads to the editor of the heading, `add_url` adds a row under it."""

    id: str
    title: str
    rows: tuple[Line | Lines, ...]
    url: str = ""
    add_url: str = ""
    add_label: str = ""
    move_url: str = ""
    tags: tuple[SafeString, ...] = ()

    @property
    def is_heading(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Editor:
    """A row on its page: what it is called, where its list is, what is done with what was typed."""

    edition: Edition
    form: forms.Form
    title: str
    back: str
    back_label: str
    save: Callable[[], Any]
    row: Any = None
    key: str = ""
    markdown: tuple[str, ...] = ()
    """Fields that are Markdown: the page offers to show them."""
    remove_url: str = ""
    remove_label: str = ""
    act_url: str = ""
    """Where a button of its own posts to."""
    act_label: str = ""

    def page(self, request: AuthenticatedRequest) -> HttpResponse:
        """Show it, show what was typed as it will look, or save and go back."""
        if request.method != "POST":
            return self._shown(request)
        if SHOW in request.POST and self.markdown:
            self.form.is_valid()
            return self._shown(request, preview=self._preview())
        if not self.form.is_valid():
            return self._shown(request, status=INVALID)
        stale: list[Any] = []
        if self._saved(stale):
            messages.success(request, _("Saved: %(what)s") % {"what": self.title})
            return redirect(self.back)
        if stale:
            return self._shown(request, theirs=self._theirs(stale[0]), status=CONFLICT)
        return self._shown(request, status=INVALID)

    def _saved(self, stale: list[Any]) -> Any:
        def tried() -> Any:
            try:
                return self.save()
            except StaleVersion as error:
                stale.append(error.current)
                raise

        try:
            return act(self.form, tried)
        except ValidationError as error:
            put(self.form, error)
            return None

    def _theirs(self, row: Any) -> list[tuple[str, str]]:
        """What the other one saved, where it is not what stands in the form."""
        shown = getattr(self.form, "shown", None)
        saved = shown(row) if shown else {}
        typed = self.form.cleaned_data
        return [
            (str(self.form.fields[name].label), _words(value))
            for name, value in saved.items()
            if name in self.form.fields and name != "version" and _words(typed.get(name)) != _words(value)
        ]

    def _preview(self) -> list[tuple[str, SafeString]]:
        return [
            (str(self.form.fields[name].label), render_markdown(self.form[name].value() or ""))
            for name in self.markdown
        ]

    def _shown(self, request: AuthenticatedRequest, status: int = 200, **more: Any) -> HttpResponse:
        context = {
            "editor": self,
            "edition": self.edition,
            "form": self.form,
            "told": [] if self.edition.is_draft else self._told(),
            "theirs": (),
            "preview": (),
            **more,
        }
        return render(request, "manual/writing/edit.html", context, status=status)

    def _told(self) -> list[tuple[str, str | SafeString]]:
        """The row of an edition that is no draft: read, not changed."""
        told: list[tuple[str, str | SafeString]] = []
        for name, field in self.form.fields.items():
            value = self.form.initial.get(name)
            if name == "version" or value in (None, "", []):
                continue
            if name in self.markdown:
                told.append((str(field.label), render_markdown(str(value))))
            else:
                told.append((str(field.label), _named(field, value)))
        return told


def _words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(sorted(str(part) for part in value))
    return str(value or "")


def _named(field: forms.Field, value: Any) -> str:
    """A value of a choice in its words."""
    names = {key: str(name) for key, name in getattr(field, "choices", [])}
    parts = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(names.get(part, str(part)) for part in parts)


def removal(
    request: AuthenticatedRequest,
    found: Edition,
    do: Callable[[], None],
    back: str,
    *,
    title: str,
    button: str,
    lead: str,
    done: str,
    form: forms.Form | None = None,
) -> HttpResponse:
    """Ask once more, then take a row out of the draft."""
    form = form or forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():

        def remove() -> bool:
            do()
            return True

        try:
            if act(form, remove):
                messages.success(request, done)
                return redirect(back)
        except ValidationError as error:
            put(form, error)
    return form_page(request, form, title, button, found, lead=lead, danger=True)


def moved(request: AuthenticatedRequest, do: Callable[..., None], back: str) -> HttpResponse:
    """One place up or down; `do` is told which. Anything else moves nothing."""
    to = request.POST.get("flytta")
    if to not in (UP, DOWN):
        return redirect(back)
    try:
        do(up=to == UP)
    except TransitionNotAllowed as error:
        messages.error(request, str(error.message))
    return redirect(back)


def list_page(
    request: AuthenticatedRequest, found: Edition, groups: Iterable[Lines], **words: Any
) -> HttpResponse:
    """Rows of one kind under their headings."""
    context = {"edition": found, "groups": list(groups), "lead": "", "adding": (), **words}
    return render(request, "manual/writing/list.html", context)


def unsure_tag() -> SafeString:
    return looks.tag(_("To be confirmed"), "amber")


def lacks_english(*texts: str) -> tuple[SafeString, ...]:
    """A tag when something is not said in English."""
    return () if all(texts) else (looks.tag(_("No English text"), "amber"),)


# --- rows with a key ------------------------------------------------------------------------------------


def _back_label(kind: str) -> str:
    return {
        "signs": _("The signs"),
        "dates": _("The dates that start deadlines"),
        "words": _("Words that are explained"),
        "sources": _("Sources"),
    }[kind]


def row_editor(
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
        list_url(found, kind, place),
        _back_label(kind),
        lambda: save(edition_id=found.pk, version=form.seen, by=by.assignment, **form.values()),
        row=row,
        key=str(row.key),
        remove_url=url,
        remove_label=label,
    )


def new_editor(
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
        list_url(found, kind),
        _back_label(kind),
        lambda: add(edition_id=found.pk, by=by.assignment, **form.values()),
    )


def posted(request: AuthenticatedRequest) -> Any:
    return request.POST if request.method == "POST" else None


def list_url(found: Edition, kind: str, place: str = "") -> str:
    url = reverse(f"manual:edition-{kind}", args=[found.number])
    return f"{url}#{place}" if place else url


def draft_or_404(number: int) -> Edition:
    found = edition_or_404(number)
    if not found.is_draft:
        raise Http404
    return found


def row_or_404(rows: Any, key: str) -> Any:
    row = rows.filter(key=key.replace("\0", "")).first()
    if row is None:
        raise Http404
    return row


def place_of(key: str) -> str:
    return key.replace(".", "-")

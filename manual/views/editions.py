"""The editions of the manual, for those who edit it: what there is, where it stands, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, right_required
from accounts.models import User
from core import clock, looks
from core.errors import StaleVersion, TransitionNotAllowed
from core.tables import Column, Table
from manual.enums import EditionStatus
from manual.forms.editions import DescribeForm, PublishForm, SendBackForm, StartForm, WithdrawForm
from manual.library import checking
from manual.models import Edition
from manual.services import editing, publishing, reviewing

INVALID: Final = 422
CONFLICT: Final = 409
COLOURS: Final = {
    EditionStatus.DRAFT: "amber",
    EditionStatus.REVIEW: "plum",
    EditionStatus.SCHEDULED: "blue",
    EditionStatus.PUBLISHED: "green",
    EditionStatus.RETIRED: "grey",
}
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@right_required("edit_manual")
@require_safe
def edition_list(request: AuthenticatedRequest) -> HttpResponse:
    """Every edition, the newest first."""
    rows = list(Edition.objects.order_by("-number"))
    context = {
        "table": _table(rows) if rows else None,
        "in_work": next((row for row in rows if row.is_in_work), None),
        "can_start": any(row.status in ("scheduled", "published") for row in rows),
    }
    return render(request, "manual/editions/list.html", context)


@right_required("edit_manual")
@require_safe
def edition_page(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """One edition: where it stands, what was found in it, and what may be done with it."""
    found = edition_or_404(number)
    return _page(request, found)


@right_required("edit_manual")
@get_or_post
def start(request: AuthenticatedRequest) -> HttpResponse:
    """Begin a draft as a copy."""
    decided = Edition.objects.filter(status__in=(EditionStatus.SCHEDULED, EditionStatus.PUBLISHED))
    form = StartForm(_posted(request), list(decided.order_by("-valid_from", "-number")))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def begin() -> Edition:
            return editing.start_draft(
                title=data["title"],
                reason=data["reason"],
                based_on_id=UUID(data["based_on"]),
                by=request.assignment,
            )

        if made := act(form, begin):
            messages.success(
                request, _("The draft is a copy. Nothing changes for anybody until it is published.")
            )
            return redirect(made)
    return form_page(request, form, _("A new edition"), _("Begin the draft"))


@right_required("edit_manual")
@get_or_post
def describe(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """What the edition changes, and why."""
    found = edition_or_404(number)
    if closed := not_now(request, found, found.is_draft):
        return closed
    initial = {"version": found.version, "title": found.title, "reason": found.reason}
    form = DescribeForm(_posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data | {"version": form.cleaned_data["version"] or 0}
        if act(form, lambda: editing.describe(edition_id=found.pk, by=request.assignment, **data)):
            return redirect(found)
    return form_page(request, form, _("What the edition changes"), _("Save"), found)


@right_required("edit_manual")
@get_or_post
def delete(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Throw a draft away."""
    found = edition_or_404(number)
    if closed := not_now(request, found, found.is_draft):
        return closed
    form = forms.Form(_posted(request))
    if request.method == "POST" and form.is_valid():

        def remove() -> bool:
            editing.delete_draft(edition_id=found.pk, by=request.assignment)
            return True

        if act(form, remove):
            messages.success(request, _("The draft has been deleted."))
            return redirect("manual:editions")
    lead = _("Everything written in it is lost. Published editions and running cases are not touched.")
    return form_page(
        request, form, _("Delete the draft"), _("Delete the draft"), found, lead=lead, danger=True
    )


# --- a second person ------------------------------------------------------------------------------------


@right_required("edit_manual")
@require_POST
def hand_in(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Ask for a second person."""
    found, version = edition_or_404(number), _shown(request)
    return _done(
        request,
        found,
        lambda: reviewing.hand_in(edition_id=found.pk, version=version, by=request.assignment),
        _("The edition waits for a second person. Nobody can change it until it is approved or sent back."),
    )


@right_required("edit_manual")
@require_POST
def take_back(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Go on writing."""
    found = edition_or_404(number)
    return _done(
        request,
        found,
        lambda: reviewing.take_back(edition_id=found.pk, by=request.assignment),
        _("The edition is a draft again."),
    )


@right_required("edit_manual")
@require_POST
@fresh_sign_in_required
def approve(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """The second person has read it."""
    found, version = edition_or_404(number), _shown(request)
    return _done(
        request,
        found,
        lambda: reviewing.approve(edition_id=found.pk, version=version, by=request.assignment),
        _("The edition is approved. It can be published from a day."),
    )


@right_required("edit_manual")
@get_or_post
def send_back(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """The second person wants something changed."""
    found = edition_or_404(number)
    if closed := not_now(request, found, found.status == EditionStatus.REVIEW and not found.is_approved):
        return closed
    form = SendBackForm(_posted(request))
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        if act(form, lambda: reviewing.send_back(edition_id=found.pk, words=words, by=request.assignment)):
            messages.success(request, _("The edition is a draft again, with your words."))
            return redirect(found)
    return form_page(request, form, _("Send the edition back"), _("Send back"), found)


# --- its day --------------------------------------------------------------------------------------------


@right_required("edit_manual")
@get_or_post
@fresh_sign_in_required
def publish(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """From which day new cases follow it."""
    found = edition_or_404(number)
    if closed := not_now(request, found, found.is_approved):
        return closed
    form = PublishForm(_posted(request), initial={"valid_from": clock.today().isoformat()})
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["valid_from"]
        if made := act(
            form, lambda: publishing.publish_edition(found, by=request.assignment, valid_from=day)
        ):
            messages.success(request, _published(made))
            return redirect(found)
    waiting = Edition.objects.filter(status=EditionStatus.SCHEDULED).order_by("valid_from")
    more = {"waiting": [row for row in waiting if row.pk != found.based_on_id]}
    return form_page(request, form, _("Publish the edition"), _("Publish"), found, **more)


@right_required("edit_manual")
@get_or_post
def withdraw(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Its day has not come, and shall not."""
    found = edition_or_404(number)
    if closed := not_now(request, found, found.status == EditionStatus.SCHEDULED):
        return closed
    form = WithdrawForm(_posted(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if made := act(form, lambda: publishing.withdraw(found, by=request.assignment, reason=reason)):
            words = (
                _("The edition is a draft again.") if made.is_draft else _("The edition has been put aside.")
            )
            messages.success(request, words)
            return redirect(found)
    return form_page(request, form, _("Withdraw the edition"), _("Withdraw"), found, danger=True)


# --- what they have in common ---------------------------------------------------------------------------


def edition_or_404(number: int) -> Edition:
    """An edition by its number."""
    found = Edition.objects.select_related(
        "based_on", "handed_in_by", "reviewed_by", "published_by"
    ).filter(number=number)  # fmt: skip
    if not (row := found.first()):
        raise Http404
    return row


def not_now(request: AuthenticatedRequest, found: Edition, possible: bool) -> HttpResponse | None:
    """The page of the edition instead of a form that would be refused; what is sent the service answers."""
    if possible or request.method == "POST":
        return None
    messages.error(request, _("That is not possible now. This is where the edition stands."))
    return redirect(found)


def act(form: forms.Form, do: Callable[[], Any]) -> Any:
    """What the service gives; nothing when it refused, with its words above the form."""
    try:
        return do()
    except TransitionNotAllowed as error:
        form.add_error(None, str(error.message))
    except StaleVersion as stale:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = str(getattr(stale.current, "version", 0))  # type: ignore[index]
        form.add_error(
            None, _("Somebody else changed this while you were writing. Check your text and save again")
        )
    return None


def form_page(
    request: AuthenticatedRequest,
    form: forms.Form,
    title: str,
    button: str,
    found: Edition | None = None,
    **more: Any,
) -> HttpResponse:
    """One form on a page of its own."""
    usual = {"lead": "", "danger": False, "waiting": []}
    context = {"form": form, "title": title, "button": button, "edition": found, **usual, **more}
    return render(request, "manual/editions/form.html", context, status=INVALID if form.errors else 200)


def edition_tag(found: Edition) -> SafeString:
    """Where it stands, as a tag."""
    if found.is_approved:
        return looks.tag(_("Approved, not published"), "fjord")
    status = EditionStatus(found.status)
    if found.never_in_force:
        return looks.tag(_("Withdrawn"), "grey")
    return looks.tag(status.label, COLOURS[status])


def _posted(request: AuthenticatedRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _shown(request: AuthenticatedRequest) -> int:
    """The version of the edition on the page where the button was pressed; -1 when none was sent."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _done(
    request: AuthenticatedRequest, found: Edition, do: Callable[[], Edition], words: str
) -> HttpResponse:
    """An act of one press: back to the edition, with what happened or why not."""
    form = forms.Form({})
    if act(form, do):
        messages.success(request, words)
        return redirect(found)
    fresh = edition_or_404(found.number)
    return _page(request, fresh, [str(words) for words in form.non_field_errors()])


def _page(request: AuthenticatedRequest, found: Edition, problems: list[str] | None = None) -> HttpResponse:
    findings = checking.findings(found) if found.is_in_work else []
    context = {
        "edition": found,
        "tag": edition_tag(found),
        "problems": [("", words) for words in problems or []],
        "blocking": [row for row in findings if row.blocks],
        "advice": [row for row in findings if not row.blocks],
        "may_judge": reviewing.may_judge(found, request.assignment),
        "reviews": found.reviews.select_related("by"),
        "writers": User.objects.filter(pk__in=found.editors).order_by("name"),
    }
    return render(request, "manual/editions/detail.html", context, status=CONFLICT if problems else 200)


def _published(made: Edition) -> str:
    assert made.valid_from, "a decided edition has a day"
    if made.status == EditionStatus.PUBLISHED:
        return _("The edition is published. New cases follow it from now on.")
    day = looks.date_text(made.valid_from)
    return _("The edition is decided. New cases follow it from %(day)s.") % {"day": day}


def _table(rows: list[Edition]) -> Table:
    titles = (_("Edition"), _("What it changes"), _("Status"), _("Applies from"))
    columns = [Column(title) for title in titles]
    return Table(_("Editions, the newest first"), columns, [_cells(row) for row in rows], cards=True)


def _cells(row: Edition) -> list[Any]:
    link = format_html('<a href="{}">{}</a>', row.get_absolute_url(), _("Edition %(n)s") % {"n": row.number})
    day = looks.date_text(row.valid_from) if row.valid_from else "–"
    return [link, row.title or "–", edition_tag(row), day]

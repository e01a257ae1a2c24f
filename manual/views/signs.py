"""The signs of an edition in their groups: the list and the editors."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from manual.enums import StepAge, Strength
from manual.forms.texts import GroupForm, SignForm
from manual.models import Edition, Indicator
from manual.services import lists as service
from manual.views.editions import edition_or_404, get_or_post
from manual.views.writing import (
    Line,
    Lines,
    draft_or_404,
    lacks_english,
    list_page,
    list_url,
    moved,
    new_editor,
    place_of,
    posted,
    removal,
    row_editor,
    row_or_404,
)


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
    row = row_or_404(found.indicators.select_related("group"), key)
    form = SignForm(posted(request), found, row)
    return row_editor(
        found, form, row, row.text, "signs", partial(service.save_indicator, key=key), by=request,
        place=f"s-{place_of(key)}", remove="edition-sign-remove", label=_("Remove the sign"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_sign(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A sign that was not there before."""
    found = draft_or_404(number)
    form = SignForm(posted(request), found)
    return new_editor(found, form, _("A new sign"), "signs", service.add_indicator, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_sign(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Not asked for any more."""
    found = edition_or_404(number)
    row = row_or_404(found.indicators, key)
    return removal(
        request,
        found,
        lambda: service.remove_indicator(edition_id=found.pk, key=key, by=request.assignment),
        list_url(found, "signs"),
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
    row_or_404(found.indicators, key)
    move = partial(service.move_indicator, edition_id=found.pk, key=key, by=request.assignment)
    return moved(request, move, list_url(found, "signs", f"s-{place_of(key)}"))


@right_required("edit_manual")
@get_or_post
def group(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """The name of a group."""
    found = edition_or_404(number)
    row = row_or_404(found.indicator_groups, key)
    form = GroupForm(posted(request), row)
    removable = "" if row.indicators.exists() else "edition-sign-group-remove"
    return row_editor(
        found, form, row, row.title, "signs", partial(service.save_group, key=key), by=request,
        place=f"g-{key}", remove=removable, label=_("Remove the group"),
    ).page(request)  # fmt: skip


@right_required("edit_manual")
@get_or_post
def new_group(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """A group that was not there before."""
    found = draft_or_404(number)
    form = GroupForm(posted(request))
    return new_editor(found, form, _("A new group"), "signs", service.add_group, by=request).page(request)


@right_required("edit_manual")
@get_or_post
def remove_group(request: AuthenticatedRequest, number: int, key: str) -> HttpResponse:
    """Only an empty one."""
    found = edition_or_404(number)
    row = row_or_404(found.indicator_groups, key)
    return removal(
        request,
        found,
        lambda: service.remove_group(edition_id=found.pk, key=key, by=request.assignment),
        list_url(found, "signs"),
        title=_("Remove “%(title)s”") % {"title": row.title},
        button=_("Remove the group"),
        lead=_("The group has no signs."),
        done=_("The group has been removed from the draft."),
    )


def _sign(row: Indicator, found: Edition) -> Line:
    whom = "" if row.age == StepAge.ALL else str(row.get_age_display())
    told = [str(row.get_dimension_display()), str(Strength(row.strength).label), whom]
    move = reverse("manual:edition-sign-move", args=[found.number, row.key]) if found.is_draft else ""
    return Line(
        f"s-{place_of(row.key)}",
        row.text,
        reverse("manual:edition-sign", args=[found.number, row.key]),
        meta=", ".join(part for part in told if part),
        tags=lacks_english(row.text_en),
        move_url=move,
    )

"""Views of the statistics under a name of one's own, and being told when a new period is out.

What a view shows is said in words of the statistics page, which reads them; here they are only kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.access import Assignment, assignment_for
from cases import notifications
from cases.enums import ViewPage
from cases.models import SavedView
from cases.services import views
from core import audit, clock

Follows = Callable[[str], str]
"""Words of a view → the kind of period it follows."""


def own(by: Assignment) -> list[SavedView]:
    """Hers, by name. One query."""
    return views.own(by, ViewPage.STATISTICS)


def get(view_id: uuid.UUID, by: Assignment) -> SavedView:
    """One of her own. Raises Http404 for anybody else's."""
    return views.get(view_id, by, ViewPage.STATISTICS)


@transaction.atomic(durable=True)
def save(*, name: str, words: str, notify: bool, by: Assignment) -> SavedView:
    """Keep a choice under a name. Raises ValidationError for a name she has already, or one too many."""
    _require(by, "view.save")
    views.make_room(name, by, ViewPage.STATISTICS)
    view = SavedView(
        page=ViewPage.STATISTICS,
        membership_id=by.membership_id,
        name=name,
        query=words,
        notify=notify,
        seen_at=clock.now(),
    )
    view.save(force_insert=True)
    audit.record("view.save", view, by=by, notify=notify, page=view.page)
    return view


@transaction.atomic(durable=True)
def change(*, view_id: uuid.UUID, name: str, words: str, notify: bool, by: Assignment) -> SavedView:
    """Another name or choice, and whether she is told. What is out by then is no news."""
    _require(by, "view.change")
    views.lock(by)
    view = get(view_id, by)
    views.refuse_twice(name, [row for row in own(by) if row.pk != view.pk])
    if notify and (not view.notify or view.query != words):
        view.seen_at = clock.now()
    view.name, view.query, view.notify = name, words, notify
    view.save(update_fields=["name", "query", "notify", "seen_at"])
    audit.record("view.change", view, by=by, notify=notify, page=view.page)
    return view


def delete(*, view_id: uuid.UUID, by: Assignment) -> str:
    """Its notices go with it. Returns the name it had."""
    return views.delete(view_id=view_id, by=by, page=ViewPage.STATISTICS)


def _require(by: Assignment, verb: str) -> None:
    if not views.shows_figures(by):
        audit.refuse(verb, by=by, needs="see_own_statistics")
        raise PermissionDenied


# --- news ----------------------------------------------------------------------------------------


def tell(out: Mapping[str, tuple[str, datetime]], follows: Follows) -> tuple[int, int]:
    """Tell those who follow a view that a new period is out, once for each period and view.

    `out`: kind of period → the code of the newest one that is published, and when it was. Returns (views
    looked at, people told). May run twice: a row is locked while it is looked at.
    """
    looked = told = 0
    latest = max((made_at for _code, made_at in out.values()), default=None)
    if latest is None:
        return 0, 0
    rows = SavedView.objects.filter(page=ViewPage.STATISTICS, notify=True, seen_at__lt=latest)
    for view_id in list(rows.values_list("pk", flat=True)):  # all: one without news stays in the list
        with transaction.atomic():
            news = _tell(view_id, out, follows)
        looked, told = looked + (news is not None), told + bool(news)
    return looked, told


def _tell(view_id: uuid.UUID, out: Mapping[str, tuple[str, datetime]], follows: Follows) -> bool | None:
    """Whether she was told; None when somebody else looks at it."""
    rows = SavedView.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    view = (
        rows.filter(pk=view_id, notify=True).select_related("membership__user", "membership__agency").first()
    )
    if view is None:
        return None
    code, made_at = out.get(follows(view.query), ("", view.seen_at))
    if made_at <= view.seen_at:
        return False
    may_see = views.shows_figures(assignment_for(view.membership))
    view.seen_at = made_at  # not now: what was made before and is committed later is news yet
    view.save(update_fields=["seen_at"])
    return may_see and notifications.figures_are_out(view, code)

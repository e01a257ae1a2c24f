"""Views of one's own: a filter of the inbox under a name, and being told when a case comes into it.

Those of the statistics are kept the same way: `figure_views`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment, assignment_for
from accounts.models import Membership
from cases import notifications
from cases.enums import ViewPage
from cases.models import Notice, SavedView
from cases.services import lists
from core import audit, clock, outbox
from core.swedish import swedish_key

MOST: Final = 20
LOOKED_THROUGH: Final = 2000
"""Cases of one view that are remembered; who has more open is told of what is new among the first."""
AGAIN: Final = timedelta(minutes=15)
BATCH: Final = 500


def own(by: Assignment, page: ViewPage = ViewPage.INBOX) -> list[SavedView]:
    """Hers of a page, by name. One query."""
    found = SavedView.objects.filter(membership_id=by.membership_id, page=page).defer("known")
    return sorted(found, key=lambda view: swedish_key(view.name))


def get(view_id: uuid.UUID, by: Assignment, page: ViewPage = ViewPage.INBOX) -> SavedView:
    """One of her own. Raises Http404 for anybody else's, and for one of another page."""
    found = SavedView.objects.filter(pk=view_id, membership_id=by.membership_id, page=page).first()
    if found is None:
        audit.refuse("view.read", view_id, by=by)
        raise Http404
    return found


@transaction.atomic(durable=True)
def save(*, name: str, chosen: lists.Chosen, notify: bool, by: Assignment) -> SavedView:
    """Keep a choice under a name. Raises ValidationError for a name she has already, or one too many."""
    make_room(name, by)
    view = SavedView(
        membership_id=by.membership_id, name=name, query=chosen.words(), notify=notify, seen_at=clock.now()
    )
    view.known = _held(view, by) if notify else []
    view.save(force_insert=True)
    audit.record("view.save", view, by=by, notify=notify)
    return view


@transaction.atomic(durable=True)
def change(*, view_id: uuid.UUID, name: str, notify: bool, by: Assignment) -> SavedView:
    """Another name, and whether she is told. What stands in the view by then is no news."""
    lock(by)
    view = get(view_id, by)
    refuse_twice(name, [row for row in own(by) if row.pk != view.pk])
    if notify and not view.notify:
        view.known, view.seen_at = _held(view, by), clock.now()
    view.name, view.notify = name, notify
    view.save(update_fields=["name", "notify", "known", "seen_at"])
    audit.record("view.change", view, by=by, notify=notify)
    return view


@transaction.atomic(durable=True)
def delete(*, view_id: uuid.UUID, by: Assignment, page: ViewPage = ViewPage.INBOX) -> str:
    """Its notices go with it. Returns the name it had."""
    view = get(view_id, by, page)
    audit.record("view.delete", view, by=by)
    view.delete()
    return view.name


def make_room(name: str, by: Assignment, page: ViewPage = ViewPage.INBOX) -> None:
    """Raises ValidationError when she has as many as one may have, or one of that name; locks hers."""
    lock(by)
    views = own(by, page)
    if len(views) >= MOST:
        raise ValidationError(
            _("You have %(n)s views, and cannot save more. Delete one first.") % {"n": MOST}
        )
    refuse_twice(name, views)


def lock(by: Assignment) -> None:
    """One change at a time of the views of one membership."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    rows.get(pk=by.membership_id)


def refuse_twice(name: str, views: Iterable[SavedView]) -> None:
    if any(view.name.casefold() == name.casefold() for view in views):
        raise ValidationError({"name": _("You have a view with that name already.")})


# --- news ----------------------------------------------------------------------------------------


def look_through() -> tuple[int, int]:
    """Tell those who follow a view that a case has come into it: once a day and view.

    Returns (views looked through, people told). May run twice: a row is locked while it is looked through.
    """
    looked = told = 0
    due = SavedView.objects.filter(page=ViewPage.INBOX, notify=True, seen_at__lte=clock.now() - AGAIN)
    for view_id in list(due.order_by("seen_at").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            news = _look_through(view_id)
        looked, told = looked + (news is not None), told + bool(news)
    return looked, told


def _look_through(view_id: uuid.UUID) -> bool | None:
    """Whether she was told; None when somebody else looks through it, or it was just done."""
    rows = SavedView.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    due = rows.filter(pk=view_id, notify=True, seen_at__lte=clock.now() - AGAIN)
    view = due.select_related("membership__user", "membership__agency").first()
    if view is None:
        return None
    by, now, known = assignment_for(view.membership), clock.now(), set(view.known)
    held = _held(view, by)
    new = [case_id for case_id in held if case_id not in known]
    told = bool(new) and notifications.view_has_news(view)
    # What she could not be told today is told tomorrow, if it still stands there.
    view.known = held if told or not new else [case_id for case_id in held if case_id in known]
    view.seen_at = now
    view.save(update_fields=["known", "seen_at"])
    return told


def withdraw_stale() -> int:
    """Just before the digest: what was told of a view that shows its owner nothing any more is taken back.

    Rights that have run out, a case she may not handle: no mail speaks of what she cannot see.
    """
    waiting = Notice.objects.filter(view__isnull=False, mailed_at__isnull=True, read_at__isnull=True)
    rows = SavedView.objects.filter(pk__in=waiting.values("view_id"))
    stale = [
        view.pk
        for view in rows.select_related("membership__user", "membership__agency")
        if not _shows_something(view, assignment_for(view.membership))
    ]
    return waiting.filter(view_id__in=stale).delete()[0]


@outbox.still("view")
def _still_shows(context: outbox.Context) -> bool:
    """Asked just before a mail about a view leaves: it is news to her, and shows her something."""
    view = SavedView.objects.select_related("membership__user", "membership__agency").filter(
        pk=uuid.UUID(str(context["view"]))
    )
    found = view.first()
    if found is None or not _shows_something(found, assignment_for(found.membership)):
        return False
    return Notice.objects.filter(view_id=found.pk, read_at__isnull=True).exists()


def shows_figures(by: Assignment) -> bool:
    """Whether a page of statistics is open to her: the country's, or her own."""
    return by.has("see_overview") or by.has("see_own_statistics")


def _shows_something(view: SavedView, by: Assignment) -> bool:
    if view.page == ViewPage.STATISTICS:
        return shows_figures(by)
    return bool(_held(view, by))


def _held(view: SavedView, by: Assignment) -> list[uuid.UUID]:
    """The cases that stand in the view now, of those she may see now."""
    desks = lists.inbox_desks(by)
    if not desks:
        return []
    rows = lists.at(by, desks).filter(lists.read(view.query).where(by, clock.now()))
    order = rows.order_by("-received_at", "case_id")
    return list(order.values_list("case_id", flat=True)[:LOOKED_THROUGH])

"""A person's own notices: how many are unread, and marking them as read."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from accounts.access import Assignment
from cases.enums import NoticeKind
from cases.models import Notice
from cases.notifications import helpline
from cases.notifications.people import national_people
from core import clock

MOST: Final = 99


def newest(user_id: uuid.UUID, limit: int) -> QuerySet[Notice]:
    """Her latest notices."""
    return own(user_id).order_by("-made_at", "pk")[:limit]


def own(user_id: uuid.UUID) -> QuerySet[Notice]:
    related = Notice.objects.filter(user_id=user_id)
    return related.select_related("case", "referral", "step__template", "by", "view")


def unread(user_id: uuid.UUID) -> int:
    """How many she has not read, `MOST` + 1 at most. One query."""
    return Notice.objects.filter(user_id=user_id, read_at__isnull=True)[: MOST + 1].count()


@transaction.atomic(durable=True)
def read(*, notice_id: uuid.UUID, by: Assignment) -> Notice:
    """Open one of her own notices. Raises Http404 for anybody else's. Reading twice changes nothing."""
    notice = own(by.user_id).filter(pk=notice_id).first()
    if notice is None:
        raise Http404
    if notice.read_at is None:
        notice.read_at = clock.now()
        notice.save(update_fields=["read_at"])
    return notice


@transaction.atomic(durable=True)
def read_all(*, by: Assignment) -> int:
    """Mark everything she has as read. Returns how many were unread."""
    return Notice.objects.filter(user_id=by.user_id, read_at__isnull=True).update(read_at=clock.now())


# --- for the telephone desk, which knows no notices of its own ------------------------------------------


def national_desk() -> tuple[uuid.UUID, ...]:
    """Who is told at the national desk today, or answers for it when nobody is on duty."""
    return national_people(clock.today())


def callback(users: Iterable[uuid.UUID], kind: NoticeKind, *, once: str, direct: bool) -> None:
    """Tell about a promised call, without name or number; joins the caller's transaction."""
    helpline.callback(users, kind, once=once, direct=direct)


def called_back(once: str, user_id: uuid.UUID | None = None) -> None:
    """The call has been made, or is another's: notices about it are no news any more."""
    helpline.called_back(once, user_id)

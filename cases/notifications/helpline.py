"""What those who answer the helpline are told about promised calls. No name, no number, no case."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from cases.enums import Channel, NoticeKind
from cases.models import Notice
from cases.notifications.choices import Wishes, group_of
from cases.notifications.sending import desk_mailbox, mail_now
from coordinators import routing
from core import clock


def callback(users: Iterable[uuid.UUID], kind: NoticeKind, *, once: str, direct: bool) -> None:
    """A notice each; `once` makes a repeated call harmless. `direct`: mailed at once, whatever is chosen.

    Nobody to tell: the mailbox of the national desk. Never silence.
    """
    people, now = list(dict.fromkeys(users)), clock.now()
    if not people:
        desk_mailbox(routing.reference().national, "callback")
        return
    if not direct:
        wishes = Wishes(people, [group_of(kind)])
        people = [user for user in people if wishes.channel(user, kind) != Channel.NEVER]
    rows = [
        Notice(user_id=user, kind=kind, dedupe_key=f"{once}:{user}", made_at=now, direct=direct)
        for user in people
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    if direct:
        mail_now(people, once)


def called_back(once: str, user_id: uuid.UUID | None = None) -> None:
    """Whatever was told about this promise, to one person or to all, is no news any more."""
    unread = Notice.objects.filter(dedupe_key__startswith=f"{once}:", read_at__isnull=True)
    if user_id is not None:
        unread = unread.filter(user_id=user_id)
    unread.update(read_at=clock.now())

"""How each person wants to hear of each group of events, and when she is not to be disturbed."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Final

from accounts.enums import MailChoice
from accounts.models import User
from cases.enums import Channel, NoticeGroup
from cases.enums.groups import GROUP_OF
from cases.models import NoticeChoice
from core import clock, outbox

DEFAULTS: Final[dict[str, Channel]] = {
    MailChoice.DIRECT: Channel.MAIL,
    MailChoice.DAILY: Channel.DIGEST,
    MailChoice.NEVER: Channel.PORTAL,
}
"""What holds for a group nobody has chosen for: her own wish for news in general."""


def group_of(kind: str) -> NoticeGroup:
    return GROUP_OF.get(kind, NoticeGroup.CASES)


class Wishes:
    """The channels of some people for some groups. Two queries, however many."""

    def __init__(self, users: Iterable[uuid.UUID], groups: Collection[str]) -> None:
        ids = list(users)
        self._general: Mapping[uuid.UUID, str] = dict(
            User.objects.filter(pk__in=ids, is_active=True).values_list("pk", "mail")
        )
        self._chosen: dict[uuid.UUID, dict[str, str]] = defaultdict(dict)
        rows = NoticeChoice.objects.filter(user_id__in=self._general, group__in=groups) if ids else ()
        for row in rows:
            self._chosen[row.user_id][row.group] = row.channel

    def active(self, user: uuid.UUID) -> bool:
        return user in self._general

    def channel(self, user: uuid.UUID, kind: str) -> Channel:
        """Somebody whose account is closed is never mailed; what she is told waits for her."""
        if user not in self._general:
            return Channel.PORTAL
        chosen = self._chosen[user].get(group_of(kind))
        return Channel(chosen) if chosen else DEFAULTS[self._general[user]]


def quiet_end(begins: time | None, ends: time | None, at: datetime) -> datetime | None:
    """When the quiet hours end that `at` falls into; None when it falls into none. Wall clock of Stockholm.

    Hours may run over midnight. Where the clock is put forward or back, the end is the first moment after
    `at` that shows its time, or would show it.
    """
    if begins is None or ends is None or begins == ends:
        return None
    local = clock.local(at)
    moment, day = local.time(), local.date()
    if begins < ends:
        if not begins <= moment < ends:
            return None
    elif moment >= begins:
        day += timedelta(days=1)
    elif moment >= ends:
        return None
    end = datetime.combine(day, ends, clock.STOCKHOLM)
    return end if end > at else end.replace(fold=1)


@outbox.wait("quiet")
def _quiet(context: outbox.Context) -> datetime | None:
    """Asked when an ordinary mail is about to leave: it waits while its reader wants to be left alone."""
    hours = User.objects.filter(pk=uuid.UUID(str(context["user"]))).values_list("quiet_from", "quiet_until")
    begins, ends = hours.first() or (None, None)
    return quiet_end(begins, ends, clock.now())

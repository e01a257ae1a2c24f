"""How somebody wants to be told, and when she wants to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import User
from cases.enums import Channel, NoticeGroup
from cases.models import NoticeChoice
from cases.notifications.choices import DEFAULTS
from core import audit


def chosen(by: Assignment) -> dict[str, str]:
    """Group → channel, where she has chosen one."""
    return dict(NoticeChoice.objects.filter(user_id=by.user_id).values_list("group", "channel"))


def default(by: Assignment) -> Channel:
    """What holds for every other group: her wish for news in general."""
    return DEFAULTS[by.user.mail]


@transaction.atomic(durable=True)
def save(
    *,
    groups: Mapping[str, str],
    quiet_from: time | None,
    quiet_until: time | None,
    by: Assignment,
) -> None:
    """Keep her choices; an empty channel takes a choice back. Raises ValidationError for one time alone."""
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_from" if quiet_from is None else "quiet_until"
        raise ValidationError({missing: _("Write both times, or none.")})
    if quiet_from is not None and quiet_from == quiet_until:
        raise ValidationError({"quiet_until": _("Choose another time than the one they begin at.")})
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.user_id)
    NoticeChoice.objects.filter(user=user).delete()
    rows = [
        NoticeChoice(user=user, group=NoticeGroup(group), channel=Channel(channel))
        for group, channel in groups.items()
        if channel
    ]
    NoticeChoice.objects.bulk_create(rows)
    user.quiet_from, user.quiet_until = quiet_from, quiet_until
    user.save(update_fields=["quiet_from", "quiet_until"])
    audit.record("person.choose_notices", user, by=by, groups=[f"{row.group}:{row.channel}" for row in rows])

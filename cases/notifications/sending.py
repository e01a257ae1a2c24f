"""How somebody is told: a notice in the portal, and by mail only that something waits."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language

from accounts.enums import MailChoice
from accounts.models import Agency, User
from cases.enums import NoticeKind, Urgency
from cases.models import Case, Notice, Referral
from core import clock, outbox

DAILY_CAP = 12
"""Direct mails to one person in a day; what comes after waits for the digest."""


def is_urgent(case: Case) -> bool:
    return case.danger or case.urgency <= Urgency.CHILD


def tell(
    users: Iterable[uuid.UUID],
    kind: NoticeKind,
    case: Case,
    *,
    once: str,
    referral: Referral | None = None,
    direct: bool = False,
    after: datetime | None = None,
) -> None:
    """A notice each, and a mail at once for what cannot wait. `once` makes a repeated call harmless."""
    if case.practice:
        return
    now = clock.now()
    people = list(dict.fromkeys(users))
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=user,
                kind=kind,
                case=None if referral else case,
                referral=referral,
                dedupe_key=f"{once}:{user}",
                made_at=now,
                direct=direct,
            )
            for user in people
        ],
        ignore_conflicts=True,
    )
    mail_now(people if direct else _wanting_each(people), once, after)


def _wanting_each(users: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those who have chosen a mail for each piece of news."""
    choice = User.objects.filter(pk__in=users, is_active=True, mail=MailChoice.DIRECT)
    return list(choice.values_list("pk", flat=True))


def mail_now(users: Sequence[uuid.UUID], once: str, after: datetime | None = None) -> None:
    mailed = [user for user in users if outbox.sent_today(user) < DAILY_CAP]
    for user in mailed:
        mail(user, f"now:{once}:{user}", after)
    Notice.objects.filter(dedupe_key__in=[f"{once}:{user}" for user in mailed]).update(mailed_at=clock.now())


@outbox.still("news")
def _has_news(context: outbox.Context) -> bool:
    """Asked just before sending: a mail about what has been read or settled meanwhile does not leave."""
    return Notice.objects.filter(user_id=uuid.UUID(str(context["user"])), read_at__isnull=True).exists()


def mail(user: uuid.UUID, dedupe_key: str, not_before: datetime | None = None) -> None:
    outbox.queue(
        "something_waiting",
        user_id=user,
        dedupe_key=dedupe_key,
        not_before=not_before,
        context={"still": "news", "user": user},
    )


def settled(step_ids: Iterable[uuid.UUID]) -> None:
    """Steps have ended: notices about them are no news any more."""
    Notice.objects.filter(step_id__in=list(step_ids), read_at__isnull=True).update(read_at=clock.now())


def mailbox(agency: Agency, once: str) -> None:
    """The function mailbox, at most once a day and subject."""
    if agency.mailbox:
        outbox.queue(
            "something_waiting",
            to=agency.mailbox,
            language=get_language() or settings.LANGUAGE_CODE,
            dedupe_key=f"box:{agency.pk}:{once}:{clock.today()}",
        )

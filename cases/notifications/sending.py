"""How somebody is told: a notice in the portal, and by mail only that something waits."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language

from accounts.access import Assignment
from accounts.models import Agency
from cases.enums import Channel, NoticeKind, Urgency
from cases.models import Case, Notice, Referral, Step
from cases.notifications.choices import Wishes, group_of
from cases.notifications.people import recused_in
from coordinators.models import Desk
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
    step: Step | None = None,
    direct: bool = False,
    after: datetime | None = None,
    by: Assignment | None = None,
    mail_key: str = "",
) -> None:
    """A notice each, and a mail at once for what cannot wait. `once` makes a repeated call harmless.

    `direct`: danger, children, alarms and refusals, whatever anybody has chosen. Everything else as each
    person wishes. `by`: who gave it, said where something changes hands. `mail_key`: one mail for all
    notices of one act.
    """
    if case.practice:
        return
    now = clock.now()
    people = list(dict.fromkeys(users))
    if referral is None:  # a referrer follows her own referral, whatever else she is
        barred = recused_in([case.pk]).get(case.pk, frozenset())
        people = [user for user in people if user not in barred]
    wishes = None if direct else Wishes(people, [group_of(kind)])
    if wishes:
        people = [user for user in people if wishes.channel(user, kind) != Channel.NEVER]
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=user,
                kind=kind,
                case=None if referral else case,
                referral=referral,
                step=step,
                dedupe_key=f"{once}:{user}",
                made_at=now,
                direct=direct,
                by_id=by.user_id if by else None,
            )
            for user in people
        ],
        ignore_conflicts=True,
    )
    if wishes:
        people = [user for user in people if wishes.channel(user, kind) == Channel.MAIL]
    mail_now(people, once, after, ordinary=not direct, mail_key=mail_key)


def mail_now(
    users: Sequence[uuid.UUID],
    once: str,
    after: datetime | None = None,
    *,
    ordinary: bool = False,
    mail_key: str = "",
    still: Mapping[str, object] | None = None,
) -> None:
    """A mail each, up to the daily cap; what comes above it waits for the digest."""
    keys = {user: f"now:{mail_key or once}:{user}" for user in users}
    under_way = outbox.states(keys.values()) if mail_key else {}
    mailed = [user for user in users if keys[user] in under_way or outbox.sent_today(user) < DAILY_CAP]
    for user in mailed:
        mail(user, keys[user], after, ordinary=ordinary, still=still)
    Notice.objects.filter(dedupe_key__in=[f"{once}:{user}" for user in mailed]).update(mailed_at=clock.now())


@outbox.still("news")
def _has_news(context: outbox.Context) -> bool:
    """Asked just before sending: a mail about what has been read or settled meanwhile does not leave."""
    return Notice.objects.filter(user_id=uuid.UUID(str(context["user"])), read_at__isnull=True).exists()


def mail(
    user: uuid.UUID,
    dedupe_key: str,
    not_before: datetime | None = None,
    *,
    ordinary: bool = False,
    still: Mapping[str, object] | None = None,
) -> None:
    """That something waits. `ordinary`: not in her quiet hours. `still`: what is asked before it leaves."""
    context = {"still": "news", "user": user, **(still or {})} | ({"wait": "quiet"} if ordinary else {})
    outbox.queue(
        "something_waiting",
        user_id=user,
        dedupe_key=dedupe_key,
        not_before=not_before,
        context=context,
    )


def settled(step_ids: Iterable[uuid.UUID]) -> None:
    """Steps have ended: notices about them are no news any more."""
    Notice.objects.filter(step_id__in=list(step_ids), read_at__isnull=True).update(read_at=clock.now())


def desk_mailbox(desk: Desk, once: str) -> None:
    """The mailboxes of a desk and of the agency that hosts it, at most once a day and subject."""
    host = Agency.objects.filter(pk=desk.agency_id).values_list("mailbox", flat=True).first()
    for address in {desk.mailbox, host or ""} - {""}:
        outbox.queue(
            "something_waiting",
            to=address,
            language=get_language() or settings.LANGUAGE_CODE,
            dedupe_key=f"box:{desk.pk}:{address}:{once}:{clock.today()}",
        )


def mailbox(agency: Agency, once: str, case: Case) -> None:
    """The function mailbox, at most once a day and subject. Practice reaches nobody."""
    if agency.mailbox and not case.practice:
        outbox.queue(
            "something_waiting",
            to=agency.mailbox,
            language=get_language() or settings.LANGUAGE_CODE,
            dedupe_key=f"box:{agency.pk}:{once}:{clock.today()}",
        )

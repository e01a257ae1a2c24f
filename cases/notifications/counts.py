"""What those who answer for the figures are told: a recount finds something else, or nothing comes out."""

from __future__ import annotations

from accounts.enums import Role
from accounts.models import Membership
from cases.enums import NoticeKind
from cases.models import Notice
from cases.notifications.people import national_people
from cases.notifications.sending import desk_mailbox, mail_now
from coordinators import routing
from core import clock


def tallies_differ() -> None:
    """The counts differ from the facts."""
    _tell(NoticeKind.TALLIES)


def figures_are_stuck() -> None:
    """Something of a period that is over could not be published. Which, the job's run and the log say."""
    _tell(NoticeKind.UNPUBLISHED)


def _tell(kind: NoticeKind) -> None:
    """The national desk and the administrators, once a day. Never silence: nobody there, and the desk's
    mailbox is told."""
    day = clock.today()
    at_the_desk = national_people(day)
    admins = Membership.objects.in_force().filter(role=Role.ADMINISTRATOR).order_by("user_id")
    people = list(dict.fromkeys([*at_the_desk, *admins.values_list("user_id", flat=True)]))
    once = f"{kind}:{day}"
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=user,
                kind=kind,
                dedupe_key=f"{once}:{user}",
                made_at=clock.now(),
                direct=True,
            )
            for user in people
        ],
        ignore_conflicts=True,
    )
    mail_now(people, once)
    if not at_the_desk:
        desk_mailbox(routing.reference().national, kind.value)

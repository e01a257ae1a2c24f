"""One function per message about what somebody did."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from accounts.access import Assignment
from cases.enums import NoticeKind, ParticipationStatus
from cases.models import Case, Message, Notice, Participation, Referral
from cases.notifications.people import AddressBook, desk_people, handlers, national_people
from cases.notifications.sending import desk_mailbox, is_urgent, mail_now, mailbox, tell
from coordinators import routing
from coordinators.models import Desk
from core import clock, outbox


def referral_sent(referral: Referral, case: Case, people: Iterable[uuid.UUID]) -> None:
    """`people`: those who answer at the desk, by the route."""
    kind = NoticeKind.UNPLACED if case.routing.get("unplaced") else NoticeKind.NEW_REFERRAL
    told = tuple(people) or desk_people(case.desk, case)
    tell(told, kind, case, once=f"new:{referral.pk}", direct=is_urgent(case))


def incident_sent(case: Case, people: Iterable[uuid.UUID], *, once: str) -> None:
    """One notice each for the whole event, however many persons; danger and children are mailed at once."""
    tell(people, NoticeKind.INCIDENT, case, once=once, direct=is_urgent(case))


def supplemented(referral: Referral, case: Case) -> None:
    tell(
        handlers(case),
        NoticeKind.SUPPLEMENTED,
        case,
        once=f"more:{referral.pk}:{case.version}:{clock.now():%s}",
        direct=case.danger,
    )


def accepted(case: Case, *, by: Assignment) -> None:
    later = clock.now() + settings.UNDO_WINDOW
    for referral in case.referrals.all():
        tell(
            [referral.referrer_id],
            NoticeKind.ACCEPTED,
            case,
            once=f"accepted:{referral.pk}:{case.version}",
            referral=referral,
            after=later,
        )
    if case.assignee_id and case.assignee_id != by.user_id:
        tell(
            [case.assignee_id],
            NoticeKind.ASSIGNED,
            case,
            once=f"assigned:{case.pk}:{case.version}",
            after=later,
            by=by,
        )


def more_wanted(referral: Referral, case: Case) -> None:
    tell(
        [referral.referrer_id],
        NoticeKind.MORE_WANTED,
        case,
        once=f"wanted:{referral.pk}:{case.version}",
        referral=referral,
        direct=is_urgent(case),
    )


def not_taken(case: Case) -> None:
    for referral in case.referrals.all():
        tell(
            [referral.referrer_id],
            NoticeKind.NOT_TAKEN,
            case,
            once=f"nottaken:{referral.pk}:{case.version}",
            referral=referral,
            direct=True,
        )


def forwarded(case: Case, old: Desk, new: Desk) -> None:
    """Both desks and every referrer are told (S11)."""
    once, there = f"forwarded:{case.pk}:{case.version}", desk_people(new, case)
    tell(there, NoticeKind.NEW_REFERRAL, case, once=once, direct=True)
    left = [user for user in desk_people(old, case) if user not in there]
    tell(left, NoticeKind.FORWARDED, case, once=once)
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.FORWARDED, case, once=once, referral=referral)


def assigned(case: Case, *, before: uuid.UUID | None, by: Assignment, batch: str = "") -> None:
    """Old and new owner, and who did it. It can be undone, so no mail leaves before that is over.

    `batch`: many cases in one act are many notices and one mail.
    """
    once = f"assigned:{case.pk}:{case.version}"
    key = f"batch:{batch}" if batch else ""
    later = clock.now() + settings.UNDO_WINDOW
    if case.assignee_id and case.assignee_id != by.user_id:
        tell([case.assignee_id], NoticeKind.ASSIGNED, case, once=once, after=later, by=by, mail_key=key)
    if before and before not in (case.assignee_id, by.user_id):
        tell([before], NoticeKind.UNASSIGNED, case, once=once, after=later, by=by, mail_key=key)


def woken(case: Case) -> None:
    tell(handlers(case), NoticeKind.WOKEN, case, once=f"woken:{case.pk}:{case.version}")


def invited(case: Case, participation: Participation) -> None:
    book = AddressBook(clock.today())
    book.load_agencies({participation.agency_id})
    people = book.managers.get(participation.agency_id) or book.members.get(participation.agency_id, ())
    tell(people, NoticeKind.INVITED, case, once=f"invited:{participation.pk}", direct=is_urgent(case))
    mailbox(participation.agency, f"invited:{participation.pk}", case)


def invitation_answered(case: Case, participation: Participation) -> None:
    declined = participation.decline_reason is not None
    tell(handlers(case), NoticeKind.ANSWERED, case, once=f"answered:{participation.pk}", direct=declined)


def message_sent(case: Case, message: Message) -> None:
    book = AddressBook(clock.today())
    recipients = list(message.recipients.select_related("referral"))
    book.load_agencies({row.agency_id for row in recipients if row.agency_id})
    for row in recipients:
        once = f"message:{message.pk}:{row.pk}"
        if row.referral:
            tell([row.referral.referrer_id], NoticeKind.MESSAGE, case, once=once, referral=row.referral)
        elif row.agency_id:
            tell(contacts_of(case, row.agency_id, book), NoticeKind.MESSAGE, case, once=once)
        else:
            tell(handlers(case), NoticeKind.MESSAGE, case, once=once)


def contacts_of(case: Case, agency_id: uuid.UUID, book: AddressBook) -> Sequence[uuid.UUID]:
    """The contact person of the agency in the case, else its managers, else its people."""
    members = book.members.get(agency_id, ())
    taking_part = case.participations.filter(agency_id=agency_id, status=ParticipationStatus.ACCEPTED)
    contact = taking_part.filter(is_referrer=False).values_list("contact", flat=True).first()
    return (contact,) if contact in members else book.managers.get(agency_id) or members


def closed(case: Case) -> None:
    once = f"closed:{case.pk}:{case.version}"
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.CLOSED, case, once=once, referral=referral)


def reopened(case: Case) -> None:
    tell(handlers(case), NoticeKind.REOPENED, case, once=f"reopened:{case.pk}:{case.version}")


def draft_expires(owner_id: uuid.UUID, draft_id: uuid.UUID) -> None:
    """Seven days before a draft is deleted, once."""
    once = f"draft:{draft_id}:{owner_id}"
    Notice.objects.bulk_create(
        [Notice(user_id=owner_id, kind=NoticeKind.DRAFT_EXPIRES, dedupe_key=once, made_at=clock.now())],
        ignore_conflicts=True,
    )


def desk_uncovered(desk: Desk, hour: datetime) -> None:
    """Nobody answers at a desk: the national desk is told once a day (S10).

    When nobody is on duty there either, or nobody at all can be told, its mailbox is."""
    day = clock.local(hour).date()
    people = list(national_people(day))
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=user,
                kind=NoticeKind.UNCOVERED,
                dedupe_key=f"uncovered:{desk.pk}:{day}:{user}",
                made_at=clock.now(),
                direct=True,
            )
            for user in people
        ],
        ignore_conflicts=True,
    )
    mail_now(people, f"uncovered:{desk.pk}:{day}")
    if desk.is_national or not people:
        desk_mailbox(routing.reference().national, "uncovered")


def withdraw(case: Case, *, verb: str) -> None:
    """A decision was undone in time: what had not left yet never leaves."""
    version = case.version - 1
    word = {"accept": "accepted", "assign": "assigned"}.get(verb)
    if word is None:
        return
    for subject in [case.pk, *case.referrals.values_list("pk", flat=True)]:
        once = f"{word}:{subject}:{version}"
        Notice.objects.filter(dedupe_key__startswith=f"{once}:").delete()
        outbox.cancel(f"now:{once}:")

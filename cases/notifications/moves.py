"""Who is told when a case goes from desk to desk, and when nobody is left to handle it."""

from __future__ import annotations

import uuid

from django.db.models import Q

from accounts.access import Assignment
from cases.enums import NoticeKind
from cases.models import Case, Handover, Notice
from cases.notifications.people import desk_people, handlers, national_people
from cases.notifications.sending import mailbox, tell
from core import clock, outbox


def handover_asked(handover: Handover) -> None:
    """Everybody on duty at the asked desk, else the national desk."""
    people = desk_people(handover.to_desk, handover.case)
    tell(people, NoticeKind.HANDOVER_ASKED, handover.case, once=_once(handover), direct=True)


def _once(handover: Handover) -> str:
    return f"handover:{handover.pk}"


def handover_taken(handover: Handover, case: Case, *, by: Assignment) -> None:
    """Whoever asked, the rest of the old desk, the contact persons of the agencies, and each referrer."""
    once = f"taken:{handover.pk}"
    old = {handover.asked_by_id, *desk_people(handover.from_desk, case)}
    contacts = case.participations.filter(status="accepted", contact__isnull=False, is_referrer=False)
    people = [*old, *contacts.values_list("contact_id", flat=True)]
    told = [user for user in people if user != handover.answered_by_id]
    tell(told, NoticeKind.HANDOVER_TAKEN, case, once=once, direct=True, by=by)
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.HANDOVER_TAKEN, case, once=once, referral=referral)
    _no_news(_once(handover))


def handover_back(handover: Handover, case: Case) -> None:
    """Whoever asked and whoever handles the case. The reason stands on the page of the handover."""
    people = {handover.asked_by_id, *handlers(case)}
    tell(people, NoticeKind.HANDOVER_BACK, case, once=f"back:{handover.pk}", direct=True)
    _no_news(_once(handover))


def handover_withdrawn(handover: Handover) -> None:
    """What the asked desk was told is no news any more."""
    _no_news(_once(handover))


def sent_back(handover: Handover, case: Case) -> None:
    """A forwarded referral came back: both desks and each referrer are told."""
    once = f"sentback:{handover.pk}"
    back = desk_people(handover.from_desk, case)
    tell({handover.asked_by_id, *back}, NoticeKind.HANDOVER_BACK, case, once=once, direct=True)
    left = [user for user in desk_people(handover.to_desk, case) if user not in back]
    tell(left, NoticeKind.FORWARDED, case, once=once)
    for referral in case.referrals.all():
        tell([referral.referrer_id], NoticeKind.FORWARDED, case, once=once, referral=referral)


def unhandled(case: Case, once: str) -> None:
    """Nobody at the desk can handle the case: the national desk is told at once, its mailbox too."""
    people = national_people(clock.today(), case)
    tell(people, NoticeKind.UNHANDLED, case, once=once, direct=True)
    agency = case.desk.agency
    mailbox(agency, once, case)


def inherited(case: Case, heir: uuid.UUID | None, *, by: Assignment | None) -> None:
    """Somebody has left: whoever takes her part in the case is told, or those who handle it now."""
    once = f"heir:{case.pk}:{clock.now():%Y%m%d%H%M%S}"
    tell(
        [heir] if heir else handlers(case),
        NoticeKind.ASSIGNED if heir else NoticeKind.UNASSIGNED,
        case,
        once=once,
        by=by,
    )


def forget(user_id: uuid.UUID, case: Case) -> None:
    """Nothing tells somebody of a case she has no sight of: notices go, mails do not leave."""
    hers = Notice.objects.filter(Q(case=case) | Q(step__case=case), user_id=user_id)
    for key in hers.values_list("dedupe_key", flat=True):
        outbox.cancel(f"now:{key}")
    hers.delete()


def _no_news(once: str) -> None:
    """Asked and answered: unread notices about the question count as read, and mails about it stay."""
    Notice.objects.filter(dedupe_key__startswith=f"{once}:", read_at__isnull=True).update(read_at=clock.now())

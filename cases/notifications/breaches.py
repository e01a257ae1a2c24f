"""Who is told of a wrong disclosure: the data protection officer and the case's desk, nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from accounts.access import Assignment
from accounts.models import Agency, AgencyPermission, Membership
from cases.enums import NoticeKind
from cases.models import Breach, Case, Notice
from cases.notifications.people import AddressBook, desk_people, recused_in
from cases.notifications.sending import mailbox, tell
from coordinators import routing
from core import clock
from core.access import members_with


def officers() -> tuple[uuid.UUID, ...]:
    """Whoever protects data for the portal today."""
    agency = routing.reference().national.agency_id
    memberships = members_with(AgencyPermission, agency, "protect_data")
    rows = Membership.objects.filter(pk__in=memberships)
    return tuple(dict.fromkeys(rows.order_by("pk").values_list("user_id", flat=True)))


def reported(breach: Breach, *, by: Assignment) -> None:
    """At once and on any day. No officer: the mailbox of the agency that runs the portal."""
    case, once = breach.case, f"breach:{breach.pk}"
    people = officers()
    tell(people, NoticeKind.BREACH, case, once=once, direct=True)
    if not people:
        mailbox(Agency.objects.get(pk=routing.reference().national.agency_id), once, case)
    desk = [user for user in _desk(breach) if user not in (by.user_id, *people)]
    tell(desk, NoticeKind.BREACH, case, once=once, direct=True)


def chased(breach: Breach, *, with_desk: bool) -> None:
    """It still waits for a decision; each stage once."""
    case, once = breach.case, f"breach:{breach.pk}:{breach.stage}"
    people = officers()
    tell(people, NoticeKind.BREACH_DUE, case, once=once, direct=True)
    if with_desk or not people:
        desk = [user for user in _desk(breach) if user not in people]
        tell(desk, NoticeKind.BREACH_DUE, case, once=once, direct=True)


def _desk(breach: Breach) -> tuple[uuid.UUID, ...]:
    """The people of the case's desk, unless it is named itself, from before the case was its own."""
    case = breach.case
    if breach.recipients.filter(desk_id=case.desk_id).exists():
        return ()
    return desk_people(case.desk, case)


def only_there(case: Case, desk_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """People of these desks who are not at the case's own one."""
    book = AddressBook(clock.today(), recused=recused_in([case.pk]))
    wanted = set(desk_ids)
    book.load_desks({*wanted, case.desk_id})
    there = {user for desk in wanted for user in book.desks.get(desk, ())}
    return there - set(book.desks.get(case.desk_id, ()))


def settled(breach: Breach) -> None:
    """Decided: what nobody has read yet of the chasing is no news any more."""
    rows = Notice.objects.filter(dedupe_key__startswith=f"breach:{breach.pk}:", read_at__isnull=True)
    rows.filter(kind=NoticeKind.BREACH_DUE).update(read_at=clock.now())

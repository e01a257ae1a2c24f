"""Messages between agencies and the desk: contact persons, disputes, what is asked for, reminders by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from accounts.access import Assignment
from cases.enums import NoticeKind, Stage
from cases.models import Case, Dispute, Participation, Step
from cases.notifications.late import recipients
from cases.notifications.people import AddressBook, handlers, national_people
from cases.notifications.sending import is_urgent, mailbox, tell
from core import clock


def _managers(agency_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The managers of an agency, else its people."""
    book = AddressBook(clock.today())
    book.load_agencies({agency_id})
    return book.managers.get(agency_id) or book.members.get(agency_id, ())


def contact_changed(participation: Participation, *, before: uuid.UUID | None, by: Assignment) -> None:
    """The new contact person and the old one are told, unless it is the one who changed it."""
    case, at = participation.case, f"{clock.now():%Y%m%d%H%M%S%f}"
    if participation.contact_id and participation.contact_id != by.user_id:
        once = f"contact:{participation.pk}:{at}"
        tell([participation.contact_id], NoticeKind.CONTACT_PERSON, case, once=once, by=by)
    if before and before not in (participation.contact_id, by.user_id):
        tell([before], NoticeKind.CONTACT_CHANGED, case, once=f"left:{participation.pk}:{at}", by=by)


def disputed(case: Case, dispute: Dispute, provisional: Participation | None) -> None:
    """The desk is told at once, and whoever keeps acute protection going meanwhile."""
    tell(handlers(case), NoticeKind.DISPUTE, case, once=f"dispute:{dispute.pk}", direct=True)
    if provisional is not None:
        agency = provisional.agency
        once = f"provisional:{provisional.pk}"
        tell(_managers(agency.pk), NoticeKind.PROVISIONAL, case, once=once, direct=True)
        mailbox(agency, once, case)


def escalated(case: Case, dispute: Dispute) -> None:
    """The national desk: by reference alone."""
    people = national_people(clock.today(), case)
    tell(people, NoticeKind.DISPUTE, case, once=f"escalated:{dispute.pk}", direct=True)


def provisional_ended(case: Case, participation: Participation) -> None:
    agency = participation.agency
    tell(_managers(agency.pk), NoticeKind.SIGHT_ENDED, case, once=f"ended:{participation.pk}")


def step_asked(step: Step, *, by: Assignment) -> None:
    """A step that somebody asked for or a meeting decided: told to whoever owes it."""
    once = f"asked:{step.pk}"
    _tell_owner(step, NoticeKind.STEP_ASKED, once, without=(by.user_id,))


def nudged(step: Step) -> None:
    """A reminder by hand: a notice; mail only as each person has chosen."""
    _tell_owner(step, NoticeKind.NUDGED, f"nudge:{step.pk}:{clock.today()}")


def _tell_owner(step: Step, kind: NoticeKind, once: str, without: Iterable[uuid.UUID] = ()) -> None:
    book = AddressBook.for_steps([step])
    users = [user for user in recipients(step, Stage.DUE, book) if user not in set(without)]
    if step.agency is not None and not book.members.get(step.agency.pk):
        mailbox(step.agency, once, step.case)
        return
    tell(
        users,
        kind,
        step.case,
        once=once,
        step=step,
        direct=kind != NoticeKind.NUDGED and is_urgent(step.case),
    )

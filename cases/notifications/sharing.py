"""Who is told when consent or sharing has changed; and nothing is left with those who lost their sight."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from cases.enums import NoticeKind
from cases.models import Case, Participation
from cases.notifications.events import contacts_of
from cases.notifications.moves import forget
from cases.notifications.people import AddressBook, handlers
from cases.notifications.sending import mailbox, tell
from core import clock, outbox


def sharing_changed(
    case: Case, *, once: str, but: uuid.UUID | None, agency_id: uuid.UUID | None = None
) -> None:
    """The desk, and the agency whose parts have changed. Whoever is both is told once."""
    told = [user for user in handlers(case) if user != but]
    if agency_id:
        told += contacts_of(case, agency_id, _book({agency_id}))
    tell(told, NoticeKind.SHARING, case, once=f"sharing:{once}")


def protection_ended(case: Case, left: Iterable[Participation]) -> None:
    """Agencies that a settled dispute had named are out of the case: the desk is told at once, never by the
    digest alone. Acute protection has no other owner until somebody is asked."""
    for row in left:
        tell(handlers(case), NoticeKind.SHARING, case, once=f"unprotected:{row.pk}", direct=True)


def sight_ended(case: Case, left: Iterable[Participation]) -> None:
    """Neutral words to agencies that no longer see the case; what waited for them about it never arrives."""
    rows = list(left)
    if not rows:
        return
    still = _still_in(case)
    book = _book({row.agency_id for row in rows})
    for row in rows:
        outbox.cancel(f"box:{row.agency_id}:invited:{row.pk}:")
        members = set(book.members.get(row.agency_id, ()))
        for user in members - still:
            forget(user, case)
        told = (row.contact_id,) if row.contact_id in members else book.managers.get(row.agency_id) or members
        once = f"ended:{row.pk}:{case.version}"
        tell([user for user in told if user], NoticeKind.SIGHT_ENDED, case, once=once)
        mailbox(row.agency, f"ended:{row.pk}", case)


def people_without_sight(case: Case, agency_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Members of these agencies who have no other way into the case."""
    ids = set(agency_ids)
    book = _book(ids)
    return {user for agency in ids for user in book.members.get(agency, ())} - _still_in(case)


def _still_in(case: Case) -> set[uuid.UUID]:
    """Whoever still sees something of the case, by the grants as they are now."""
    grants = list(case.grants.all())
    book = _book({grant.agency_id for grant in grants if grant.agency_id})
    desks = {grant.desk_id for grant in grants if grant.desk_id}
    book.load_desks(desks)
    inside = {user for users in book.members.values() for user in users}
    return inside | {user for desk in desks for user in book.desks.get(desk, ())}


def _book(agencies: set[uuid.UUID]) -> AddressBook:
    book = AddressBook(clock.today())
    book.load_agencies(agencies)
    return book

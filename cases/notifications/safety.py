"""One function per message about documents, how the person is reached, and a person who is missing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from cases.enums import (
    LIVE_STEPS,
    Category,
    DocumentState,
    Level,
    NoticeKind,
    ParticipationStatus,
)
from cases.models import Case, Document, Notice
from cases.notifications.people import AddressBook, desk_people, handlers, recused_in
from cases.notifications.sending import mailbox, tell
from core import clock

IN_THE_CASE = (ParticipationStatus.ACCEPTED, ParticipationStatus.PROVISIONAL)


def document_added(case: Case, document: Document) -> None:
    """A document can be opened: the desk and the agencies that may, not the house that brought it."""
    assert document.state == DocumentState.CLEAN, "nobody is told of what cannot be opened"
    once = f"document:{document.pk}"
    if document.desk_id is None:
        tell(handlers(case), NoticeKind.DOCUMENT, case, once=once)
    seeing = case.grants.filter(
        agency__isnull=False,
        level__gte=Level.FULL,
        categories__contains=[Category.DOCUMENTS, document.category],
    )
    if case.is_protected and document.category in (Category.IDENTITY, Category.CONTACT):
        return
    agencies = set(seeing.values_list("agency_id", flat=True)) - {document.agency_id}
    tell(contacts(case, agencies), NoticeKind.DOCUMENT, case, once=once)


def malware_stopped(case: Case, document: Document) -> None:
    people = [*handlers(case), document.uploaded_by_id]
    tell(people, NoticeKind.MALWARE, case, once=f"malware:{document.pk}", direct=True)


def instruction_changed(case: Case, *, by_id: uuid.UUID) -> None:
    """Everybody with an open step in the case who may see how the person is reached (S20)."""
    assert case.person is not None, "what has changed is about a person"
    once = f"contact:{case.pk}:{case.person.version}"
    live = case.steps.filter(status__in=LIVE_STEPS)
    seeing = set(
        case.grants.filter(
            agency__isnull=False, level__gte=Level.FULL, categories__contains=[Category.CONTACT]
        ).values_list("agency_id", flat=True)
    )
    agencies = seeing & set(live.filter(agency__isnull=False).values_list("agency_id", flat=True))
    people = list(handlers(case))
    if live.filter(desk=case.desk).exists():
        people += desk_people(case.desk, case)
    if not case.is_protected:
        people += contacts(case, agencies)
        owners = live.filter(agency__in=agencies, assignee__isnull=False)
        people += _working(case, agencies, owners.values_list("assignee_id", flat=True))
    told = [user for user in people if user != by_id]
    tell(told, NoticeKind.CONTACT, case, once=once, direct=True)


def person_missing(case: Case, *, by_id: uuid.UUID) -> None:
    """Every house in the case, its managers too, at once and on any day."""
    once = f"missing:{case.pk}:{case.missing_since:%Y%m%d%H%M}"
    _everybody(case, NoticeKind.MISSING, once, but=by_id)


def person_found(case: Case, *, by_id: uuid.UUID) -> None:
    """The alarm is over; what was not read yet of it is no news any more."""
    alarms = Notice.objects.filter(case=case, kind=NoticeKind.MISSING, read_at__isnull=True)
    alarms.update(read_at=clock.now())
    _everybody(case, NoticeKind.FOUND, f"found:{case.pk}:{case.version}", but=by_id)


def person_still_missing(case: Case, hour: str) -> None:
    tell(desk_people(case.desk, case), NoticeKind.MISSING, case, once=f"still:{case.pk}:{hour}", direct=True)


def _everybody(case: Case, kind: NoticeKind, once: str, *, but: uuid.UUID) -> None:
    rows = case.participations.filter(status__in=IN_THE_CASE, is_referrer=False).select_related("agency")
    agencies = {row.agency_id: row.agency for row in rows}
    book = _book(case, set(agencies))
    people = list(desk_people(case.desk, case))
    for agency_id, agency in agencies.items():
        people += [*contacts(case, {agency_id}), *book.able(book.managers.get(agency_id, ()), case.pk)]
        mailbox(agency, once, case)
    tell([user for user in people if user != but], kind, case, once=once, direct=True)


def contacts(case: Case, agencies: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """The contact person of each agency in the case, else its managers, else its people."""
    wanted = set(agencies)
    book = _book(case, wanted)
    rows = case.participations.filter(
        agency__in=wanted, status=ParticipationStatus.ACCEPTED, is_referrer=False
    )
    named = dict(rows.values_list("agency_id", "contact_id"))
    people: list[uuid.UUID] = []
    for agency in sorted(wanted):
        members = book.able(book.members.get(agency, ()), case.pk)
        managers = book.able(book.managers.get(agency, ()), case.pk)
        contact = named.get(agency)
        people += [contact] if contact in members else (managers or members)
    return people


def _working(case: Case, agencies: set[uuid.UUID], users: Iterable[uuid.UUID | None]) -> list[uuid.UUID]:
    """Those of these people who still work at one of the agencies."""
    book = _book(case, agencies)
    there = {user for members in book.members.values() for user in book.able(members, case.pk)}
    return [user for user in users if user in there]


def _book(case: Case, agencies: set[uuid.UUID]) -> AddressBook:
    book = AddressBook(clock.today(), recused=recused_in([case.pk]))
    book.load_agencies(agencies)
    return book

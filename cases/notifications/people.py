"""Who is told: people at desks, managers of agencies, the handler of a case."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from accounts.models import Membership
from cases.models import Case, Step
from coordinators import routing
from coordinators.models import Desk
from core import clock


@dataclass
class AddressBook:
    """People at desks and managers of agencies, read once for a whole batch."""

    on: date
    desks: dict[uuid.UUID, tuple[uuid.UUID, ...]] = field(default_factory=dict)
    managers: dict[uuid.UUID, tuple[uuid.UUID, ...]] = field(default_factory=dict)
    members: dict[uuid.UUID, tuple[uuid.UUID, ...]] = field(default_factory=dict)

    @classmethod
    def for_steps(cls, steps: Iterable[Step]) -> AddressBook:
        book = cls(clock.today())
        rows = list(steps)
        book.load_desks(
            {step.case.desk_id for step in rows} | {step.desk_id for step in rows if step.desk_id}
        )
        book.load_agencies({step.agency_id for step in rows if step.agency_id})
        return book

    def load_desks(self, ids: set[uuid.UUID]) -> None:
        desks = list(Desk.objects.filter(pk__in=ids)) + [routing.reference().national]
        people = routing.people_on(set(desks), self.on)
        self.desks = {desk: tuple(person.user_id for person in found) for desk, found in people.items()}

    def load_agencies(self, ids: set[uuid.UUID]) -> None:
        managers: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        members: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        rows = Membership.objects.in_force(self.on).filter(agency_id__in=ids)
        for agency, user, is_manager in rows.values_list("agency_id", "user_id", "is_manager"):
            members[agency].append(user)
            if is_manager:
                managers[agency].append(user)
        self.managers = {agency: tuple(users) for agency, users in managers.items()}
        self.members = {agency: tuple(users) for agency, users in members.items()}

    def at_desk(self, desk_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
        """People on duty, else the national desk: never nobody."""
        return self.desks.get(desk_id) or self.national()

    def national(self) -> tuple[uuid.UUID, ...]:
        return self.desks.get(routing.reference().national.pk, ())


def desk_people(desk: Desk) -> tuple[uuid.UUID, ...]:
    book = AddressBook(clock.today())
    book.load_desks({desk.pk})
    return book.at_desk(desk.pk)


def handlers(case: Case) -> tuple[uuid.UUID, ...]:
    """Her who handles the case, else everybody on duty at its desk."""
    people = desk_people(case.desk)
    if case.assignee_id and case.assignee_id in people:
        return (case.assignee_id,)
    return people

"""Who is told: people at desks, managers of agencies, the handler of a case."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from accounts.enums import Role
from accounts.models import Membership
from cases.models import Case, Recusal, Step
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
    recused: dict[uuid.UUID, frozenset[uuid.UUID]] = field(default_factory=dict)
    """Case → those who cannot handle it: they are told nothing of it, in whatever role (S27)."""

    @classmethod
    def for_steps(cls, steps: Iterable[Step]) -> AddressBook:
        rows = list(steps)
        book = cls(clock.today(), recused=recused_in({step.case_id for step in rows}))
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

    def able(self, people: Iterable[uuid.UUID], case_id: uuid.UUID | None) -> tuple[uuid.UUID, ...]:
        """Those of these people who may handle the case."""
        barred = self.recused.get(case_id, frozenset()) if case_id else frozenset()
        return tuple(user for user in people if user not in barred)

    def at_desk(self, desk_id: uuid.UUID, case_id: uuid.UUID | None = None) -> tuple[uuid.UUID, ...]:
        """People on duty, else the national desk: never nobody."""
        return self.able(self.desks.get(desk_id, ()), case_id) or self.national(case_id)

    def national(self, case_id: uuid.UUID | None = None) -> tuple[uuid.UUID, ...]:
        """People on duty at the national desk, else who answers for it: never nobody."""
        on_duty = self.desks.get(routing.reference().national.pk, ())
        return self.able(on_duty, case_id) or self.able(self._reserve, case_id)

    @cached_property
    def _reserve(self) -> tuple[uuid.UUID, ...]:
        """Managers of the agency that hosts the national desk, else its administrators."""
        agency = routing.reference().national.agency_id
        rows = list(Membership.objects.in_force(self.on).filter(agency_id=agency).order_by("pk"))
        managers = [row.user_id for row in rows if row.is_manager]
        return tuple(managers or [row.user_id for row in rows if row.role == Role.ADMINISTRATOR])


def recused_in(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Case → those who cannot handle it. One query."""
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    rows = Recusal.objects.filter(case_id__in=list(case_ids), lifted_at__isnull=True)
    for case_id, user_id in rows.values_list("case_id", "user_id"):
        found[case_id].add(user_id)
    return {case_id: frozenset(users) for case_id, users in found.items()}


def desk_people(desk: Desk, case: Case | None = None) -> tuple[uuid.UUID, ...]:
    """Who is told at a desk, about a case those who may handle it: never nobody."""
    book = AddressBook(clock.today(), recused=recused_in([case.pk]) if case else {})
    book.load_desks({desk.pk})
    return book.at_desk(desk.pk, case.pk if case else None)


def national_people(on: date, case: Case | None = None) -> tuple[uuid.UUID, ...]:
    """Who is told at the national desk, or answers for it when nobody is on duty."""
    book = AddressBook(on, recused=recused_in([case.pk]) if case else {})
    book.load_desks(set())
    return book.national(case.pk if case else None)


def handlers(case: Case) -> tuple[uuid.UUID, ...]:
    """Her who handles the case, else everybody on duty at its desk."""
    people = desk_people(case.desk, case)
    if case.assignee_id and case.assignee_id in people:
        return (case.assignee_id,)
    return people

"""Who answers at a desk on a day: duties, absences, deputies. Reads only."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Membership
from coordinators.models import Absence, Desk, Duty
from coordinators.routing.gazetteer import in_force_on, reference
from core import clock


@dataclass(frozen=True)
class Person:
    """Somebody who answers at a desk on the day, in their own name or as a deputy."""

    membership_id: uuid.UUID
    user_id: uuid.UUID
    name: str
    email: str
    deputy_for: str | None = None
    """Name of the absent person they stand in for."""


def people_on(desks: Iterable[Desk], on: date) -> dict[uuid.UUID, tuple[Person, ...]]:
    """Who answers at each desk on a day, absences and deputies counted. Two queries, however many desks."""
    wanted = [desk.pk for desk in desks]
    found: dict[uuid.UUID, list[Person]] = {key: [] for key in wanted}
    absences = Absence.objects.on(on).select_related("deputy__user", "deputy__agency")
    away = {row.membership_id: row for row in absences}
    duties = Duty.objects.on(on).filter(desk__in=wanted)
    duties = duties.select_related("membership__user", "membership__agency")
    for duty in duties.order_by("-is_primary", "valid_from", "id"):
        person = _who_answers(duty.membership, away, on)
        listed = found[duty.desk_id]
        if person and all(person.membership_id != other.membership_id for other in listed):
            listed.append(person)
    return {key: tuple(people) for key, people in found.items()}


def _is_employed(membership: Membership, on: date) -> bool:
    """A person who has left, or whose assignment is over, answers nowhere, whatever the duties say."""
    ended = membership.ended_at is not None
    over = ended or (membership.valid_until is not None and membership.valid_until < on)
    begun = membership.valid_from <= on
    return begun and not over and membership.user.is_active and membership.agency.active


def _who_answers(membership: Membership, away: dict[uuid.UUID, Absence], on: date) -> Person | None:
    """The person, or the deputy, or the deputy's deputy; nobody when the chain ends or turns back."""
    first, seen = membership, {membership.pk}
    while membership.pk in away:
        deputy = away[membership.pk].deputy
        if deputy is None or deputy.pk in seen:
            return None
        membership = deputy
        seen.add(membership.pk)
    if not _is_employed(membership, on):
        return None
    return Person(
        membership_id=membership.pk,
        user_id=membership.user_id,
        name=membership.user.name,
        email=membership.user.email,
        deputy_for=None if membership.pk == first.pk else first.user.name,
    )


def uncovered_desks(at: datetime) -> list[Desk]:
    """The desks where nobody answers on the local date of an instant: the national desk must know."""
    day = clock.local(at).date()
    desks = [desk for desk in reference().desks if desk.is_national or in_force_on(desk, day)]
    people = people_on(desks, day)
    return [desk for desk in desks if not people[desk.pk]]

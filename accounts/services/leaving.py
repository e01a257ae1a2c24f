"""What somebody leaves behind, and who takes it on (S25). Apps above tell of their work and move it.

An app that hands out work appends a keeper to `KEEPERS` in `AppConfig.ready`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Membership, User
from core import audit

NOBODY: Final = "-"
"""The choice of giving something to the unit, not to a person."""


@dataclass(frozen=True)
class OpenWork:
    """One kind of unfinished work in one house: how much, and who can take it on."""

    code: str
    house_id: UUID
    """The agency or desk it belongs to."""
    agency_id: UUID
    """The agency whose own work it is: its administrator may read the references."""
    house: str | Promise
    title: str | Promise
    count: int
    references: tuple[str, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    """(user id, name) of those who can take it on."""
    nobody: str | Promise = ""
    """What it means that nobody takes it on; empty when somebody must."""

    @property
    def key(self) -> str:
        return f"{self.code}-{self.house_id}"


class Keeper(Protocol):
    """An app that hands out work."""

    def find(self, user: User, agency_id: UUID | None, by: Assignment | None) -> list[OpenWork]:
        """What the person is responsible for; only at one agency, when one is given."""
        ...

    def move(self, user: User, work: OpenWork, heir_id: UUID | None, by: Assignment | None) -> None:
        """Give it to somebody, or to nobody. Joins the caller's transaction."""
        ...


KEEPERS: Final[list[Keeper]] = []


def open_work(user: User, *, by: Assignment | None, agency_id: UUID | None = None) -> list[OpenWork]:
    """Everything unfinished. References only to the administrator of the agency that owes it."""
    found = [work for keeper in KEEPERS for work in keeper.find(user, agency_id, by)]
    return [work if by is None or by.agency_id == work.agency_id else _counted(work) for work in found]


def _counted(work: OpenWork) -> OpenWork:
    return replace(work, references=())


def rehome(
    user: User, homes: Mapping[str, str], *, by: Assignment | None, agency_id: UUID | None = None,
    verb: str = "person.deactivate",
) -> int:  # fmt: skip
    """Give everything a new home; returns how much. Joins the caller's transaction.

    Raises ValidationError by key of the work for a kind that has none, or one that cannot take it.
    """
    found = [(keeper, work) for keeper in KEEPERS for work in keeper.find(user, agency_id, by)]
    errors = {work.key: wrong for _keeper, work in found if (wrong := _wrong(work, homes.get(work.key, "")))}
    if errors:
        audit.refuse(verb, user, by=by, open_work=sum(work.count for _keeper, work in found))
        raise ValidationError(errors)
    for keeper, work in found:
        home = homes[work.key]
        keeper.move(user, work, None if home == NOBODY else UUID(home), by)
    left = sum(work.count for keeper in KEEPERS for work in keeper.find(user, agency_id, by))
    if left:
        raise ValidationError(
            _("Something new has been given to the person meanwhile. Look through the list again")
        )
    return sum(work.count for _keeper, work in found)


def _wrong(work: OpenWork, home: str) -> str:
    if home == NOBODY and work.nobody:
        return ""
    if home in {user_id for user_id, _name in work.people}:
        return ""
    return _("Choose who takes this on")


def still_at(user: User, membership: Membership) -> bool:
    """Whether the person has another assignment in force at the same agency: nothing is left behind then."""
    others = Membership.objects.in_force().filter(user=user, agency_id=membership.agency_id)
    return others.exclude(pk=membership.pk).filter(role=membership.role).exists()

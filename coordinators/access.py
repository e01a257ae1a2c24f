"""For which desks a person acts right now, and who may change the map and the duties."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied

from accounts.access import Assignment
from coordinators.enums import DeskRight
from coordinators.models import DeskPermission
from core import audit, clock, context
from core.access import rights_on

RIGHTS: Final = "coordinators.rights"


def desks_of(assignment: Assignment) -> dict[UUID, frozenset[str]]:
    """Desk id → rights (view_inbox, triage, assign, forward, place) of an assignment, today.

    One query in a request: they are resolved once, at its beginning, and hold until its end."""
    known: dict[object, dict[UUID, frozenset[str]]] = context.read_once(RIGHTS, dict)
    key = (assignment.membership_id, clock.today())
    if key not in known:
        known[key] = rights_on(DeskPermission, assignment.membership_id)
    return known[key]


def may_manage(by: Assignment) -> bool:
    """Regions, desks and duties are kept by those who run the portal and by the people of the national desk,
    who place what no region was found for."""
    return by.has("manage_portal") or any(DeskRight.PLACE in rights for rights in desks_of(by).values())


def may_look(by: Assignment) -> bool:
    """Everybody at a desk may look at the map and try a route; it holds nothing about persons."""
    return may_manage(by) or bool(desks_of(by))


def require_manager(by: Assignment | None, verb: str) -> None:
    """Raises PermissionDenied, recorded, unless `by` keeps the map. None is the clock and may."""
    if by is None or may_manage(by):
        return
    audit.refuse(verb, by=by)
    raise PermissionDenied


def require_absence_of(by: Assignment | None, membership_id: UUID, verb: str) -> None:
    """Coordinators register their own absence; those who keep the map anybody's."""
    if by is not None and by.membership_id == membership_id and desks_of(by):
        return
    require_manager(by, verb)

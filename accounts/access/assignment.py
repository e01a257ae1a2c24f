"""For whom a signed-in person acts right now, and with which rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse

from accounts.enums import PORTAL_RIGHTS, ROLE_RIGHTS, Role
from accounts.models import Agency, AgencyPermission, Membership, User
from core import audit
from core.access import rights_on

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person acting in one membership. Services take it as `by`; the audit stores its ids.

    Rights are read once, when it is made: make a new one for each request or job.
    """

    user: User
    membership_id: UUID
    agency: Agency
    role: str
    is_manager: bool
    rights: frozenset[str]
    """Rights on her own agency. Those over the whole portal are among them only at the national agency."""

    @property
    def user_id(self) -> UUID:
        return self.user.pk

    @property
    def agency_id(self) -> UUID:
        return self.agency.pk

    def has(self, right: str) -> bool:
        """Whether she holds a right on her own agency, or one over the portal as a whole."""
        return right in self.rights

    def may_manage_people_of(self, agency_id: UUID) -> bool:
        """Portal administrators manage everybody, other administrators their own agency's people."""
        return self.has("manage_portal") or (self.has("manage_people") and agency_id == self.agency_id)


class AuthenticatedRequest(HttpRequest):
    """A request after AssignmentMiddleware: somebody is signed in and acts in one membership."""

    user: User
    assignment: Assignment
    htmx: Any


def rights_of(role: str, agency: Agency) -> frozenset[str]:
    """What a role carries at an agency: portal-wide rights only at the national one."""
    rights = ROLE_RIGHTS[Role(role)]
    return rights if agency.is_national else rights - PORTAL_RIGHTS


def assignment_for(membership: Membership, at: date | datetime | None = None) -> Assignment:
    """The assignment of a membership, with the rights stored for it at `at`.

    One query, if user and agency are fetched. A membership out of force gives an assignment without rights.
    """
    return Assignment(
        user=membership.user,
        membership_id=membership.pk,
        agency=membership.agency,
        role=membership.role,
        is_manager=membership.is_manager,
        rights=rights_on(AgencyPermission, membership.pk, at).get(membership.agency_id, frozenset()),
    )


def memberships_of(user: User, at: date | datetime | None = None) -> list[Membership]:
    """Her memberships in force at `at`, with agency; in the order they are offered."""
    rows = Membership.objects.in_force(at).filter(user=user).select_related("agency")
    found = list(rows.order_by("agency__name", "role", "pk"))
    for membership in found:
        membership.user = user
    return found


def right_required(
    right: str,
) -> Callable[
    [Callable[Concatenate[AuthenticatedRequest, P], HttpResponse]],
    Callable[Concatenate[AuthenticatedRequest, P], HttpResponse],
]:
    """Answer 403, and record the refusal, unless the assignment has the right."""

    def decorate(
        view: Callable[Concatenate[AuthenticatedRequest, P], HttpResponse],
    ) -> Callable[Concatenate[AuthenticatedRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: AuthenticatedRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.assignment.has(right):
                audit.refuse("page.open", by=request.assignment, page=view.__name__, right=right)
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def not_activity(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Mark a view that pages call by themselves (counts on a timer): it does not keep a session alive."""
    view.counts_as_activity = False  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in, or changes her own settings: known to the audit, acting for no agency."""

    user: User

    @property
    def user_id(self) -> UUID:
        return self.user.pk

    @property
    def role(self) -> str:
        return ""

    @property
    def agency_id(self) -> None:
        return None


def actor(request: HttpRequest) -> Assignment | Person | None:
    """Who stands behind a request: her assignment, else herself, else nobody."""
    assignment: Assignment | None = getattr(request, "assignment", None)
    if assignment is not None:
        return assignment
    return Person(request.user) if isinstance(request.user, User) else None


def require_people(by: Assignment | None, agency_id: UUID, verb: str, target: models.Model | UUID) -> None:
    """Raise PermissionDenied, recorded, unless `by` manages that agency's people. None is the clock."""
    if by is not None and not by.may_manage_people_of(agency_id):
        audit.refuse(verb, target, by=by, needs="manage_people")
        raise PermissionDenied


def require_right(
    by: Assignment | None, right: str, verb: str, target: models.Model | UUID | None = None
) -> None:
    """Raise PermissionDenied, recorded, unless `by` has the right. None is the clock."""
    if by is not None and not by.has(right):
        audit.refuse(verb, target, by=by, needs=right)
        raise PermissionDenied

"""Who is signed in, for whom she acts right now, with which rights, and since when."""

from accounts.access.assignment import (
    Assignment,
    AuthenticatedRequest,
    Person,
    actor,
    assignment_for,
    memberships_of,
    not_activity,
    require_people,
    require_right,
    right_required,
    rights_of,
)
from accounts.access.confirm import fresh_sign_in_required, fresh_to_send
from accounts.access.sessions import chosen_membership, is_fresh, make_fresh, start

__all__ = [
    "Assignment",
    "AuthenticatedRequest",
    "Person",
    "actor",
    "assignment_for",
    "chosen_membership",
    "fresh_sign_in_required",
    "fresh_to_send",
    "is_fresh",
    "make_fresh",
    "memberships_of",
    "not_activity",
    "require_people",
    "require_right",
    "right_required",
    "rights_of",
    "start",
]

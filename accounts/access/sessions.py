"""What the portal keeps in a session: when it began, last was used, was confirmed, and the chosen membership.

Times are seconds since 1970 by `core.clock`. A session ends after `SESSION_IDLE` without use and
`SESSION_ABSOLUTE` after sign-in, whatever happens.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from accounts.models import User
from core import clock

BEGAN: Final = "nrm_began"
SEEN: Final = "nrm_seen"
CONFIRMED: Final = "nrm_confirmed"
MEMBERSHIP: Final = "nrm_membership"
PROVED: Final = "nrm_proved"
"""When the first step of the sign-in was taken; a change of the ways in since then ends the session."""
RECORD_EVERY: Final = 60
"""Seconds between two writes of "last used": a page costs no write."""

Session = SessionBase | Any


def start(session: Session, *, membership_id: UUID | None = None, fresh: bool = True) -> None:
    """Begin the portal's clock of a session, at sign-in."""
    now = clock.now().timestamp()
    session[BEGAN] = session[SEEN] = now
    session.setdefault(PROVED, now)
    session.pop(MEMBERSHIP, None)
    session.pop(CONFIRMED, None)
    if fresh:
        session[CONFIRMED] = now
    if membership_id is not None:
        choose(session, membership_id)


def prove(session: Session) -> None:
    """The first step of a sign-in was taken now, or the session outlives a change she made in it."""
    session[PROVED] = clock.now().timestamp()


def is_outdated(session: Session, user: User) -> bool:
    """Whether everything of hers was signed out after this session, or sign-in under way, began."""
    if user.signed_out_at is None:
        return False
    proved: float = session.get(PROVED, session.get(BEGAN, 0))
    return proved < user.signed_out_at.timestamp()


def ended_by(session: Session, user: User) -> str:
    """Why a session is over: "elsewhere", "idle", "absolute", or "" while it lives."""
    now = clock.now().timestamp()
    if is_outdated(session, user):
        return "elsewhere"
    if now - session.get(BEGAN, now) > settings.SESSION_ABSOLUTE.total_seconds():
        return "absolute"
    if now - session.get(SEEN, now) > settings.SESSION_IDLE.total_seconds():
        return "idle"
    return ""


def use(session: Session) -> bool:
    """Note that the session was used; whether it was time to write that down."""
    now = clock.now().timestamp()
    session.setdefault(BEGAN, now)
    if now - session.get(SEEN, 0) < RECORD_EVERY:
        return False
    session[SEEN] = now
    return True


def choose(session: Session, membership_id: UUID) -> None:
    session[MEMBERSHIP] = str(membership_id)


def chosen_membership(session: Session) -> UUID | None:
    value = session.get(MEMBERSHIP)
    return UUID(value) if value else None


def make_fresh(session: Session) -> None:
    """She has just proved who she is."""
    session[CONFIRMED] = clock.now().timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Whether she proved who she is within `FRESH_SIGN_IN`."""
    confirmed = request.session.get(CONFIRMED)
    return (
        confirmed is not None
        and clock.now().timestamp() - confirmed <= settings.FRESH_SIGN_IN.total_seconds()
    )

"""Mail to a person about her own account: that something happened, never what, where or by which."""

from __future__ import annotations

from accounts.models import User
from core import clock, outbox


def sign_in_changed(user: User) -> None:
    """A password, factor or identity was added, changed or removed."""
    _queue(user, "sign_in_changed", "sign-in-changed")


def new_browser(user: User) -> None:
    """Somebody signed in to her account with a browser that was never used for it before."""
    _queue(user, "new_browser", "new-browser")


def _queue(user: User, message: str, key: str) -> None:
    """At most one a minute of each kind."""
    outbox.queue(message, user_id=user.pk, dedupe_key=f"{key}:{user.pk}:{clock.now():%Y%m%d%H%M}")

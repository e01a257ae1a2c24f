"""Invitations: the only way into the portal, and the only way back after a lost password.

There is no invitation row. The link carries a keyed hash over the person's password hash and the time the
latest invitation was sent: it works once, only the newest works, and it dies by age.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import Assignment, Person
from accounts.models import User
from core import audit, clock, outbox

LIFETIME: Final = timedelta(hours=72)
RESET_LIFETIME: Final = timedelta(hours=1)
"""For somebody who has been in before: the administrator has just spoken to her."""
PASSWORD_LENGTH: Final = (12, 128)
"""Shortest and longest password. Longer input is refused before it costs a slow hash."""


class _InvitationToken(PasswordResetTokenGenerator):
    key_salt = "accounts.services.invitations"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        sent = user.invited_at.isoformat() if user.invited_at else ""
        return f"{user.pk}{user.password}{sent}{user.is_active}{timestamp}"


_tokens = _InvitationToken()


def lifetime_of(user: User) -> timedelta:
    return LIFETIME if user.last_login is None else RESET_LIFETIME


def send_invitation(user: User, *, by: Assignment | None) -> None:
    """Let a fresh link leave by mail; earlier ones stop working. Joins the caller's transaction."""
    user.invited_at = clock.now()
    user.save(update_fields=["invited_at"])
    outbox.queue(
        "invitation",
        user_id=user.pk,
        context={"person": user.pk, "hours": int(lifetime_of(user).total_seconds() // 3600)},
        dedupe_key=f"invitation:{user.pk}:{user.invited_at:%Y%m%d%H%M%S%f}",
    )
    audit.record("person.invite", user, by=by)


def fill_invitation(context: Mapping[str, object]) -> dict[str, object] | None:
    """Put the link into the mail as it leaves, so that no key to an account lies in the outbox."""
    user = User.objects.filter(pk=str(context["person"]), is_active=True, invited_at__isnull=False).first()
    return {**context, "link": invitation_link(user)} if user else None


def invitation_link(user: User) -> str:
    """The address that opens the account, valid for `lifetime_of` after the invitation was sent."""
    path = reverse("accounts:invitation", args=[user.pk, _tokens.make_token(user)])
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def invited_person(user_id: UUID, token: str) -> User | None:
    """The person a link belongs to, or None when it is used, replaced, too old or false."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.invited_at is None or clock.now() - user.invited_at > lifetime_of(user):
        return None
    return user if _tokens.check_token(user, token) else None


@transaction.atomic(durable=True)
def accept_invitation(user_id: UUID, token: str, *, name: str, phone: str, title: str, password: str) -> User:
    """Choose a password and confirm name and work phone. The second factor is set up at the first sign-in.

    Raises ValidationError for a link that no longer works or a password that is too weak.
    """
    user = open_invitation(user_id, token)
    user.name, user.phone, user.title = name.strip(), phone.strip(), title.strip()
    validate_password(password, user)
    user.set_password(password)
    user.invited_at = None
    user.save(update_fields=["name", "phone", "title", "password", "invited_at"])
    audit.record("person.accept_invitation", user, by=Person(user))
    return user


def open_invitation(user_id: UUID, token: str) -> User:
    """The invited person, her row locked. Raises ValidationError, recorded, when the link no longer works."""
    User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user_id).first()
    user = invited_person(user_id, token)
    if user is None:
        audit.refuse("person.accept_invitation", user_id, by=None)
        raise ValidationError(_("The invitation no longer works. Ask your administrator for a new one"))
    return user

"""Where django-allauth meets the portal: closed sign-up, sign-in by e-mail, everything audited.

allauth announces sign-ins by signals; the portal has none, so the same moments are caught in the methods
allauth itself calls (docs/adr/0201-sign-in-through-allauth.md).
"""

from __future__ import annotations

import base64
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.access import Person, is_fresh, start
from accounts.models import User
from accounts.services import people
from core import audit
from core.vault.ring import ring

PURPOSE: Final = b"second factor"
LONGEST: Final = 128
"""Characters of a password that are looked at; longer ones are refused before the slow hash."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; administrators invite. Each sign-in, failure and sign-out is recorded."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right"),
        "incorrect_password": _("The password is not right"),
        "incorrect_code": _("The code is not right. Codes change every 30 seconds, try the latest"),
        "too_many_login_attempts": _("Too many attempts. The sign-in is locked for 15 minutes"),
        "rate_limited": _("Too many attempts. Wait a while and try again"),
        "enter_current_password": _("Write your present password"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own flash messages are not ours in word or tone; pages say what happened."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        if len(credentials.get("password") or "") > LONGEST:
            self.authentication_failed(request, **credentials)
            return None
        user: User | None = super().authenticate(request, **credentials)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()[:254]).first()
        audit.refuse("person.sign_in", user, by=None, step="password")

    def reauthenticate(self, user: Any, password: str) -> bool:
        """allauth looks the address up in a table of its own; ours is on the person."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        if not user.is_active:
            audit.refuse("person.sign_in", user, by=Person(user), step="inactive")
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Any) -> None:
        """The last step of every way in: all factors are proved."""
        super().login(request, user)
        start(request.session)
        audit.record("person.sign_in", user, by=Person(user), ways=_ways(request))

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            audit.record("person.sign_out", user, by=Person(user), why="asked")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not is_fresh(self.request)

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """A factor was added or removed: tell the person, without saying what."""
        people.tell_about_sign_in_change(user)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second factors unreadable in the database."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("The code is not right. Codes change every 30 seconds, try the latest"),
        "cannot_delete_authenticator": _("You need at least one second factor. Add another one first"),
    }

    def encrypt(self, text: str) -> str:
        keys = ring()
        return f"{keys.newest}:{base64.b64encode(keys.wrap(text.encode(), PURPOSE)).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        version, _colon, body = encrypted_text.partition(":")
        return ring().unwrap(base64.b64decode(body), PURPOSE, int(version)).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where a second factor is required the last one stays."""
        if not settings.SECOND_FACTOR_REQUIRED or authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        people.tell_about_sign_in_change(user)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An organisation's own sign-in opens an account only after the person herself connected it, signed in.

    Bound by issuer and subject, never by e-mail address.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False


def _ways(request: HttpRequest) -> list[str]:
    records = request.session.get("account_authentication_methods", [])
    return [str(record.get("type") or record.get("method")) for record in records][-4:]

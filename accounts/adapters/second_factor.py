"""Second factors: their secrets sealed, the last one kept, asked for unless the organisation proved two."""

from __future__ import annotations

import base64
from typing import Any, Final

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.adapters.organisations import proved_by_organisation
from accounts.services import telling
from core.vault.ring import ring

PURPOSE: Final = b"second factor"


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    def _should_handle(self, request: HttpRequest) -> bool:
        organisation = proved_by_organisation(request)
        if organisation is not None and organisation.is_strong:
            return False
        return bool(super()._should_handle(request))


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
        telling.sign_in_changed(user)

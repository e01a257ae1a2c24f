"""Where django-allauth meets the portal: closed sign-up, sign-in by e-mail, everything audited.

allauth announces sign-ins by signals; the portal has none, so the same moments are caught in the methods
allauth itself calls (docs/adr/0201-sign-in-through-allauth.md).
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; administrators invite."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own flash messages are not ours in word or tone; pages say what happened."""

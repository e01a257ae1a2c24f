"""Sign-in and sign-out as allauth carries them out, with our limits, our record and our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from accounts.access import Person, is_fresh, limits, start
from accounts.access.sessions import PROVED, is_outdated, prove
from accounts.adapters.organisations import proved_by_organisation
from accounts.enums import Door
from accounts.models import User
from accounts.services import telling
from accounts.services.organisations import organisations_of
from core import audit

LONGEST: Final = 128
"""Characters of a password that are looked at; longer ones are refused before the slow hash."""
HASH_SLOTS: Final = BoundedSemaphore(2)
"""Checking a password costs a processor and a hundred megabytes: two at a time in a process, so that a flood
at the sign-in leaves threads for everybody who is in."""
HASH_WAIT: Final = 1.0


@contextmanager
def hash_slot() -> Iterator[None]:
    """Raise ValidationError when no slot comes free within a second."""
    if not HASH_SLOTS.acquire(timeout=HASH_WAIT):
        raise ValidationError(_("Many are signing in right now. Wait a minute and try again"))
    try:
        yield
    finally:
        HASH_SLOTS.release()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; administrators invite. Each sign-in, failure and sign-out is recorded."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right"),
        "incorrect_password": _("The password is not right"),
        "incorrect_code": _("The code is not right. Codes change every 30 seconds, try the latest"),
        "enter_current_password": _("Write your present password"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own flash messages are not ours in word or tone; pages say what happened."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.neighbour(request)

    def get_login_stages(self) -> list[str]:
        """Whoever was proved with two factors by her organisation is not asked for a third."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "accounts.adapters.SecondFactorStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """allauth counts in the cache here; `accounts.access.limits` counts instead, in `_checked`."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        return self._checked(request, Door.PASSWORD, **credentials)

    def _checked(self, request: HttpRequest, door: Door, **credentials: Any) -> User | None:
        attempt = limits.attempt(request, door, str(credentials.get("email", ""))[:254])
        if len(credentials.get("password") or "") > LONGEST:
            self.authentication_failed(request, **credentials)
            return None
        try:
            with hash_slot():
                user: User | None = super().authenticate(request, **credentials)
        except ValidationError:
            attempt.succeeded()  # nothing was tried
            raise
        if user is not None:
            attempt.succeeded()
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()[:254]).first()
        audit.refuse("person.sign_in", user, by=None, step="password")

    def reauthenticate(self, user: Any, password: str) -> bool:
        """allauth looks the address up in a table of its own; ours is on the person."""
        found = self._checked(context.request, Door.CONFIRM, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """The first step is taken. What is changed from now on ends the sign-in before it is complete."""
        prove(request.session)
        if not user.is_active:
            audit.refuse("person.sign_in", user, by=Person(user), step="inactive")
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Any) -> None:
        """The last step of every way in: all factors are proved."""
        proved = request.session.get(PROVED)
        user.refresh_from_db(fields=["is_active", "signed_out_at"])
        if not user.is_active or (proved is not None and is_outdated(request.session, user)):
            clear_login(request)
            audit.refuse("person.sign_in", user, by=Person(user), step="outdated")
            raise ImmediateHttpResponse(HttpResponseRedirect(resolve_url("accounts:login")))
        been_here = user.last_login is not None
        super().login(request, user)
        organisation = proved_by_organisation(request)
        start(request.session, fresh=organisation is None or organisation.is_fresh)
        if organisation is not None and organisation.is_strong:
            request.session["nrm_second_factor"] = True
        audit.record("person.sign_in", user, by=Person(user), ways=_ways(request))
        if limits.know_browser(request, user) and been_here:
            telling.new_browser(user)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            audit.record("person.sign_out", user, by=Person(user), why="asked")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not is_fresh(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Password, code and key are allauth's; her organisation's sign-in proves her as well."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if isinstance(user, User) and organisations_of(user).exists():
            url = resolve_url("accounts:confirm-organisation")
            methods.append({"id": "organisation", "description": "organisation", "url": url})
        return methods

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """A factor was added or removed: tell the person, without saying what."""
        telling.sign_in_changed(user)


def _ways(request: HttpRequest) -> list[str]:
    records = request.session.get("account_authentication_methods", [])
    return [str(record.get("type") or record.get("method")) for record in records][-4:]

"""Half a sign-in, codes and recovery codes: each tried where it could give way."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_django import Settings

from accounts.access import codes
from accounts.models import UsedCode, User
from core import clock
from core.models import OutboundEmail
from tests.access import asking
from tests.accounts.test_signing_in import LOGIN, SECRET, code, post_password
from tests.conftest import CommittedDatabase
from tests.factories import UserFactory, member, sign_in

Freeze = Callable[..., Any]
Tried = Callable[..., None]
NEW = {"name": "Anna Exempel", "phone": "", "title": "", "password": "a long sentence of words"}
CODE, AGAIN = "/logga-in/kod/", "/bekrafta/kod/"
db = pytest.mark.django_db


@pytest.fixture
def still() -> Any:
    """Half a minute may pass on a slow machine; here none does."""
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def with_app(role: str = "caseworker") -> Any:
    who = member(role)
    totp.TOTP.activate(who.user, SECRET)
    return who


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- S21 ----------------------------------------------------------------------------------------------------

HALF = {
    "about", "victims", "traces", "quick-exit", "accessibility", "privacy", "language", "live", "ready",
    "accounts:invitation", "accounts:accept-invitation", "accounts:demo", "account_inactive",
    "mfa_authenticate", "openid_connect_login", "openid_connect_callback", "cases:feed",
    "hotline:question",
}  # fmt: skip
"""What somebody reaches who has given the password and not the second factor: what anybody reaches, and the
page that asks for the second factor."""


@pytest.mark.security("S21", "rows of the access table for a sign-in that waits for its second factor")
def test_half_a_sign_in_reaches_what_anybody_reaches(tried: Tried) -> None:
    rows = asking.table()
    tried(len(rows))
    reached = {row.pattern for row in rows if row.words["Ha"] not in ("in", "404")}
    extra = {
        pattern for pattern in reached - HALF if not pattern.startswith(("security", "gallery", "unnamed"))
    }
    assert not extra, extra
    differs = {row.pattern for row in rows if row.words["Ha"] not in ("in", row.words["An"])}
    assert differs == {"mfa_authenticate"}


@db
@pytest.mark.security("S21", "half a sign-in on every page without parameters")
def test_half_a_sign_in_is_nobody(client: Client, tried: Tried) -> None:
    who = with_app()
    post_password(client, who.user.email)
    for name in ("/", "/inkorg/", "/arbete/", "/installningar/", "/installningar/sakerhet/", "/admin-sidor/"):
        answer = client.get(name)
        assert answer.status_code == 302 and answer["Location"].startswith(LOGIN), name
        tried()
    stranger = Client()
    stranger.cookies.update(client.cookies)
    assert not is_in(stranger)
    assert stranger.post("/valj-uppdrag/", {"membership": who.membership_id})["Location"].startswith(LOGIN)


# --- S22 ----------------------------------------------------------------------------------------------------


@db
@pytest.mark.security("S22", "one code, twice, at every pair of doors, with spaces, the cache emptied")
@pytest.mark.parametrize("first", ["sign-in", "confirm", "form"])
@pytest.mark.parametrize("second", ["sign-in", "confirm", "form"])
def test_code_opens_one_door_once(still: Any, first: str, second: str, tried: Tried) -> None:
    who = with_app("administrator")

    def use(door: str, digits: str) -> bool:
        client = Client()
        if door == "sign-in":
            post_password(client, who.user.email)
            client.post(CODE, {"code": digits})
            return is_in(client)
        sign_in(client, who)
        session = client.session
        session["nrm_confirmed"] = 0
        session.save()
        if door == "confirm":
            client.post(AGAIN, {"code": digits})
        else:
            client.post("/admin-sidor/anvandare/ny/", {"confirm_code": digits})
        return bool(client.session["nrm_confirmed"])

    digits = code()
    assert use(first, digits)
    cache.clear()
    for written in (digits, f" {digits[:3]} {digits[3:]} ", f"{digits[:2]}-{digits[2:]}"):
        assert not use(second, written)
        tried()


@db
@pytest.mark.security("S22", "codes of the windows around now")
def test_only_the_windows_beside_now_count(still: Any, tried: Tried) -> None:
    user = with_app().user
    found = {steps: codes.prove(user, code(steps)) is not None for steps in range(-4, 5)}
    assert [steps for steps, opened in found.items() if opened] == [-1, 0, 1]
    tried(len(found))


@db
@pytest.mark.security("S22", "a code after a failed sign-in with it, and the code that set the app up")
def test_code_is_burnt_by_whatever_it_proved(
    client: Client, still: Any, settings: Settings, tried: Tried
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    who = member()
    post_password(client, who.user.email)
    client.get("/installningar/sakerhet/app/")
    secret = client.session[totp.SECRET_SESSION_KEY]
    digits = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    assert client.post("/installningar/sakerhet/app/", {"code": digits}).status_code == 302
    other = Client()
    post_password(other, who.user.email)
    other.post(CODE, {"code": digits})
    assert not is_in(other) and UsedCode.objects.filter(user=who.user).count() == 1
    stranger = Client()
    stranger.post(CODE, {"code": digits})
    assert not is_in(stranger)
    tried(2)


@pytest.mark.security("S22", "one code from eight places at the same moment")
def test_code_opens_once_at_the_same_moment(committed_db: CommittedDatabase, tried: Tried) -> None:
    user, spare = _committed_person()
    step = int(time.time()) // 30
    digits = totp.format_hotp_value(totp.hotp_value(SECRET, step))
    assert _at_once(user, digits) == 1
    assert _at_once(user, spare) == 1
    tried(16)


def _committed_person() -> tuple[User, str]:
    user = UserFactory.create()
    totp.TOTP.activate(user, SECRET)
    return user, RecoveryCodes.activate(user).generate_codes()[0]


def _at_once(user: User, digits: str) -> int:
    def prove(_: int) -> bool:
        try:
            return codes.prove(user, digits) is not None
        except codes.CodeUsed:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(prove, range(8)))


# --- S23 ----------------------------------------------------------------------------------------------------


@db
@pytest.mark.security("S23", "recovery codes: again, guessed, read from the database, after new ones")
def test_recovery_codes(client: Client, still: Any, tried: Tried) -> None:
    who = with_app()
    old = RecoveryCodes.activate(who.user).generate_codes()
    assert codes.prove(who.user, old[0]) and codes.prove(who.user, old[0]) is None
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert not any(one in stored for one in old)
    sign_in(client, who)
    client.post("/installningar/sakerhet/reservkoder/nya/")
    new = RecoveryCodes(Authenticator.objects.get(user=who.user, type="recovery_codes")).generate_codes()
    assert not set(old) & set(new)
    assert not any(codes.prove(who.user, one) for one in old)
    assert OutboundEmail.objects.filter(message="sign_in_changed", user_id=who.user_id).exists()
    guesser = Client()
    post_password(guesser, who.user.email)
    for _ in range(5):
        guesser.post(CODE, {"code": "00000000"})
    guesser.post(CODE, {"code": new[0]})
    assert not is_in(guesser)
    tried(len(old) + 8)

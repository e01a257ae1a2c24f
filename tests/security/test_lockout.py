"""Nobody is kept out by somebody else, checking costs little, and broken keys break nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import connections
from django.test import Client
from pytest_django import Settings

from accounts.access import limits
from accounts.access.limits import TooMany
from accounts.adapters import account as signing
from accounts.enums import Door
from accounts.models import Attempt, Browser, User
from accounts.tasks import forget_attempts
from tests.accounts.softkey import SoftKey
from tests.accounts.test_signing_in import LOGIN, SECRET, code, post_password
from tests.conftest import CommittedDatabase
from tests.factories import member, sign_in
from tests.security.test_limits import _stale, asking

Freeze = Callable[..., Any]
Tried = Callable[..., None]
A = "anna@myndighet.example"


# --- nobody is kept out by somebody else --------------------------------------------------------------------


@pytest.fixture
def flooded() -> Iterator[Callable[[User], None]]:
    """Somebody guesses at her account, from her address and from everywhere, at every door."""

    def flood(user: User) -> None:
        mine = limits._fingerprint("account", user.email), limits._fingerprint("address", "127.0.0.1")
        rows = [
            Attempt(door=door, account=account, address=address)
            for door in Door
            for account, address in (
                mine,
                (mine[0], "elsewhere"),
                ("others", mine[1]),
                ("others", "elsewhere"),
            )
            for _ in range(400)
        ]
        Attempt.objects.bulk_create(rows)

    yield flood


@pytest.mark.django_db
@pytest.mark.security("S24", "9 600 guesses from everywhere, then she signs in where she did before")
def test_flood_keeps_nobody_out_of_a_browser_she_uses(
    client: Client, settings: Settings, flooded: Callable[[User], None], tried: Tried
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    who = member().user
    totp.TOTP.activate(who, SECRET)
    post_password(client, who.email)
    client.post("/logga-in/kod/", {"code": code(-1)})
    assert "_auth_user_id" in client.session
    client.post("/logga-ut/")
    flooded(who)
    tried(9600)
    post_password(client, who.email)
    assert client.post("/logga-in/kod/", {"code": code()}).status_code == 302
    assert "_auth_user_id" in client.session
    stranger = Client()
    assert "_auth_user_id" not in post_password(stranger, who.email).wsgi_request.session


@pytest.mark.django_db
@pytest.mark.security("S24", "a browser that only pretends to be known")
def test_browser_of_somebody_else_or_invented_is_a_stranger(client: Client, tried: Tried) -> None:
    hers, his = member().user, member().user
    token = "c" * limits.TOKEN
    Browser.objects.create(user=his, fingerprint=limits._token(token))
    for cookie in (token, "d" * limits.TOKEN, "short", "x" * 5000):
        client.cookies[limits.browser_cookie()] = cookie
        Attempt.objects.all().delete()
        for _ in range(5):
            post_password(client, hers.email, "wrong")
            tried()
        post_password(client, hers.email)
        assert "_auth_user_id" not in client.session
        assert not Attempt.objects.exclude(browser="").exists()


@pytest.mark.django_db
def test_browser_unused_for_half_a_year_is_a_stranger(freeze: Freeze) -> None:
    at = freeze("2026-03-02 09:00")
    who, token = member().user, "e" * limits.TOKEN
    Browser.objects.create(user=who, fingerprint=limits._token(token))
    assert limits._known_browser(asking(browser=token), who.email)
    freeze(at + limits.KNOWN_FOR + timedelta(days=1))
    assert not limits._known_browser(asking(browser=token), who.email)
    assert limits.know_browser(asking(browser=token), who)


@pytest.mark.django_db
def test_what_was_tried_is_forgotten(freeze: Freeze) -> None:
    at = freeze("2026-03-02 09:00")
    limits.attempt(asking(), Door.PASSWORD, A)
    assert A not in str(list(Attempt.objects.values())) and "192.0.2.1" not in str(
        list(Attempt.objects.values())
    )
    freeze(at + timedelta(hours=23))
    forget_attempts()
    assert Attempt.objects.exists()
    freeze(at + timedelta(hours=25))
    forget_attempts()
    assert not Attempt.objects.exists()


@pytest.mark.security("S24", "40 guesses at the same moment")
def test_guesses_at_the_same_moment_are_counted_one_by_one(
    committed_db: CommittedDatabase, tried: Tried
) -> None:
    def guess(_: int) -> bool:
        try:
            limits.attempt(asking(), Door.PASSWORD, A)
        except TooMany:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        through = sum(pool.map(guess, range(40)))
    tried(40)
    assert through <= 5


# --- what checking costs ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.security("S30", "sign-in while every hash slot is taken")
def test_full_hash_slots_send_away_and_count_nothing(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, tried: Tried
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    monkeypatch.setattr(signing, "HASH_WAIT", 0.01)
    who = member().user
    with signing.hash_slot(), signing.hash_slot():
        monkeypatch.setattr(User, "check_password", lambda *_: pytest.fail("hashed"))
        response = post_password(client, who.email)
        assert response.status_code == 200 and "_auth_user_id" not in client.session
        assert not Attempt.objects.exists()
    monkeypatch.undo()
    assert post_password(client, who.email).status_code == 302
    tried()


@pytest.mark.security("S30", "64 checks at once")
def test_two_passwords_are_checked_at_a_time(monkeypatch: pytest.MonkeyPatch, tried: Tried) -> None:
    import threading

    monkeypatch.setattr(signing, "HASH_WAIT", 5.0)
    inside, most, lock = [0], [0], threading.Lock()

    def check(_: int) -> None:
        with signing.hash_slot():
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            threading.Event().wait(0.002)
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(check, range(64)))
    tried(64)
    assert most[0] == 2


@pytest.mark.django_db
@pytest.mark.security("S30", "100 kB as password or code, wherever one is taken")
def test_endless_secrets_cost_no_hash(
    client: Client, freeze: Freeze, monkeypatch: pytest.MonkeyPatch, tried: Tried
) -> None:
    endless = "x" * 100_000
    _stale(client, freeze)
    monkeypatch.setattr(User, "check_password", lambda *_: pytest.fail("hashed"))
    monkeypatch.setattr(User, "set_password", lambda *_: pytest.fail("hashed"))
    posts = {
        LOGIN: {"login": A, "password": endless},
        "/bekrafta/": {"password": endless},
        "/bekrafta/kod/": {"code": endless},
        "/installningar/losenord/": {"present": endless, "password": endless},
        "/admin-sidor/anvandare/ny/": {"confirm_password": endless, "confirm_code": endless},
    }
    for url, body in posts.items():
        browser = Client() if url == LOGIN else client
        assert browser.post(url, body).status_code in (200, 403), url
        tried()


A_KEY = json.loads(
    SoftKey().make({"publicKey": {"user": {"id": "eA"}, "rp": {"id": "testserver"}, "challenge": "AAAA"}})
)
ABOUT = {"id": "eA", "rawId": "eA", "type": "public-key"}
BROKEN_KEYS = (
    "", "{}", "[]", "null", "0", "1", '"x"', "{", "x" * 9000, '{"id": 1}', '{"rawId": "x", "id": "x"}',
    r'{"id": "\ud800", "rawId": {}, "type": [], "response": "eA"}',
    *(
        json.dumps(ABOUT | {"response": response})
        for response in cast(
            tuple[Any, ...],
            (
            {}, [], None, "eA",
            {"clientDataJSON": "eA", "authenticatorData": "eA", "signature": "eA", "userHandle": "eA"},
            {"clientDataJSON": 1, "authenticatorData": None},
            {"attestationObject": "eA", "clientDataJSON": "eA"},
            ),
        )
    ),
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.security("S41", "keys that are no keys, at every door that takes one")
@pytest.mark.parametrize("url", ["/logga-in/nyckel/", "/logga-in/kod/", "/bekrafta/nyckel/", "ny"])
def test_broken_keys_open_nothing_and_break_nothing(client: Client, url: str, tried: Tried) -> None:
    who = member()
    Authenticator.objects.create(user=who.user, type="webauthn", data={"name": "x", "credential": A_KEY})
    totp.TOTP.activate(who.user, SECRET)
    if url == "/logga-in/kod/":
        post_password(client, who.user.email)
    elif url != "/logga-in/nyckel/":
        sign_in(client, who)
    url = "/installningar/sakerhet/nycklar/ny/" if url == "ny" else url
    keys = Authenticator.objects.count()
    for credential in BROKEN_KEYS:
        response = client.post(url, {"credential": credential, "name": "x"})
        assert response.status_code in (200, 302), (response.status_code, credential)
        tried()
    assert Authenticator.objects.count() == keys
    assert "_auth_user_id" not in client.session or "logga-in" not in url

"""Guessing: every door x what is counted x what happens. Nothing opens when the cache is gone, and nobody is
locked out by somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.db import connections
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.access import limits
from accounts.access.limits import LIMITS, Bucket, TooMany
from accounts.adapters import account as signing
from accounts.enums import Door
from accounts.models import Attempt, Browser, User
from accounts.tasks import forget_attempts
from core import clock
from core.models import AuditEvent
from tests.accounts.softkey import SoftKey
from tests.accounts.test_signing_in import LOGIN, SECRET, code, post_password
from tests.conftest import CommittedDatabase
from tests.factories import PASSWORD, member, sign_in

Freeze = Callable[..., Any]
Tried = Callable[..., None]
A = "anna@myndighet.example"

CONTRACT = """
password      account and address    5 in  15 min   refused
password      account               50 in  60 min   refused
password      address               30 in  15 min   refused
password      known browser         10 in  15 min   refused
password      everybody            500 in  15 min   alarm
code          account and address    5 in  15 min   refused
code          account               20 in  60 min   refused
code          known browser         10 in  15 min   refused
code          everybody            200 in  15 min   alarm
confirm       account and address    5 in  15 min   refused
confirm       account               20 in  60 min   refused
confirm       known browser         10 in  15 min   refused
confirm       everybody            200 in  15 min   alarm
key           address              100 in  15 min   refused
key           known browser         20 in  15 min   refused
key           everybody            500 in  15 min   alarm
invitation    address              100 in  15 min   refused
invitation    known browser         20 in  15 min   refused
invitation    everybody            500 in  15 min   alarm
organisation  address              300 in  15 min   refused
organisation  known browser         20 in  15 min   refused
organisation  everybody           1000 in  15 min   alarm
"""
WORDS = {
    Bucket.PAIR: "account and address",
    Bucket.ACCOUNT: "account",
    Bucket.ADDRESS: "address",
    Bucket.BROWSER: "known browser",
    Bucket.SYSTEM: "everybody",
}
EVERY = [(door, limit) for door, of_door in LIMITS.items() for limit in of_door]


def asking(address: str = "192.0.2.1", browser: str = "", **more: Any) -> Any:
    request = RequestFactory(REMOTE_ADDR=address, **more).post("/")
    if browser:
        request.COOKIES[limits.browser_cookie()] = browser
    return request


def test_contract_is_the_table() -> None:
    lines = [
        f"{door} {WORDS[limit.bucket]} {limit.amount} in {limit.within.seconds // 60} min "
        + ("alarm" if limit.bucket == Bucket.SYSTEM else "refused")
        for door, limit in EVERY
    ]
    assert lines == [" ".join(line.split()) for line in CONTRACT.strip().splitlines()]


def test_every_door_is_limited_and_raises_an_alarm() -> None:
    assert set(LIMITS) == set(Door)
    assert all(of_door[-1].bucket == Bucket.SYSTEM for of_door in LIMITS.values())


@pytest.mark.django_db
@pytest.mark.security("S24", "one more than each limit, and after its time")
@pytest.mark.parametrize(("door", "limit"), EVERY, ids=lambda value: getattr(value, "value", None))
def test_limit_holds_and_ends(door: Door, limit: limits.Limit, freeze: Freeze, tried: Tried) -> None:
    at = freeze("2026-03-02 09:00")
    account = A if any(one.bucket == Bucket.PAIR for one in LIMITS[door]) else ""
    token = "b" * limits.TOKEN if limit.bucket == Bucket.BROWSER else ""
    if token:
        user = member().user
        User.objects.filter(pk=user.pk).update(email=A)
        Browser.objects.create(user=user, fingerprint=limits._token(token))

    def guess() -> limits.Try:
        return limits.attempt(asking(browser=token), door, account)

    guess()
    like = Attempt.objects.get()
    elsewhere = limit.bucket in (Bucket.ACCOUNT, Bucket.SYSTEM)
    others = limit.bucket in (Bucket.ADDRESS, Bucket.SYSTEM)
    Attempt.objects.bulk_create(
        Attempt(
            door=door,
            account=f"other {n}" if others else like.account,
            address=f"other {n}" if elsewhere else like.address,
            browser=like.browser,
            at=like.at,
        )
        for n in range(limit.amount - 2)
    )
    tried(limit.amount + 1)
    guess().succeeded()  # takes nothing from the limit
    guess()
    if limit.bucket == Bucket.SYSTEM:
        for _ in range(3):
            guess()
        assert AuditEvent.objects.filter(verb="system.guessing", facts={"door": str(door)}).count() == 1
        return
    with pytest.raises(TooMany):
        guess()
    refused = AuditEvent.objects.filter(verb="person.too_many").latest("pk")
    assert refused.facts == {"door": str(door), "bucket": limit.bucket.name.lower()}
    freeze(at + limit.within + timedelta(seconds=1))
    guess()


# --- each address of the portal uses its door ---------------------------------------------------------------


def _half(client: Client) -> User:
    who = member().user
    totp.TOTP.activate(who, SECRET)
    post_password(client, who.email)
    Attempt.objects.all().delete()
    return who


def _stale(client: Client, freeze: Freeze) -> User:
    at = clock.now()
    who = member("administrator")
    totp.TOTP.activate(who.user, SECRET)
    sign_in(client, who)
    freeze(at + timedelta(minutes=11))
    return who.user


ENDPOINTS: dict[str, tuple[Door, Callable[[Client, Freeze], Any]]] = {
    "sign-in": (Door.PASSWORD, lambda c, f: post_password(c, member().user.email, "wrong")),
    "sign-in, nobody": (Door.PASSWORD, lambda c, f: post_password(c, "nobody@kommun.example", "wrong")),
    "second factor": (Door.CODE, lambda c, f: (_half(c), c.post("/logga-in/kod/", {"code": "000000"}))[1]),
    "confirm by password": (
        Door.CONFIRM,
        lambda c, f: (_stale(c, f), c.post("/bekrafta/", {"password": "wrong"}))[1],
    ),
    "confirm by code": (
        Door.CONFIRM,
        lambda c, f: (_stale(c, f), c.post("/bekrafta/kod/", {"code": "000000"}))[1],
    ),
    "form after a while, password": (
        Door.CONFIRM,
        lambda c, f: (_stale(c, f), c.post("/admin-sidor/anvandare/ny/", {"confirm_password": "wrong"}))[1],
    ),
    "form after a while, code": (
        Door.CONFIRM,
        lambda c, f: (_stale(c, f), c.post("/admin-sidor/anvandare/ny/", {"confirm_code": "000000"}))[1],
    ),
    "change of password": (
        Door.CONFIRM,
        lambda c, f: (
            sign_in(c, member()),
            c.post("/installningar/losenord/", {"present": "wrong", "password": "a new long sentence"}),
        )[1],
    ),
    "passkey": (Door.KEY, lambda c, f: c.post("/logga-in/nyckel/", {"credential": '{"id": 1}'})),
    "invitation": (Door.INVITATION, lambda c, f: c.get("/inbjudan/")),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.security("S24", "a wrong guess at every address that takes a secret")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_guess_is_counted_at_its_door(client: Client, freeze: Freeze, endpoint: str, tried: Tried) -> None:
    tried()
    door, guess = ENDPOINTS[endpoint]
    guess(client, freeze)
    assert list(Attempt.objects.values_list("door", flat=True)) == [door]


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_refusal_is_shown_and_nothing_was_tried(
    client: Client, freeze: Freeze, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, guess = ENDPOINTS[endpoint]
    real = limits.attempt

    def full(request: Any, asked: Door, account: str = "") -> Any:
        if asked == door:
            raise TooMany("För många försök")
        return real(request, asked, account)

    monkeypatch.setattr(limits, "attempt", full)
    response = guess(client, freeze)
    assert response.status_code in (200, 302, 400, 403, 429)
    if response.status_code == 429:
        return
    if response.status_code != 302:
        assert "För många försök" in response.content.decode()
    assert "_auth_user_id" not in client.session or door == Door.CONFIRM


def test_no_rate_is_counted_in_the_cache() -> None:
    from allauth.account import app_settings
    from allauth.mfa import app_settings as mfa_settings

    assert app_settings.RATE_LIMITS == {} and mfa_settings.RATE_LIMITS == {}


@pytest.mark.django_db
@pytest.mark.security("S24", "the cache emptied, and filled, between guesses")
@pytest.mark.parametrize("loss", ["emptied", "filled"])
def test_limit_outlives_the_cache(client: Client, loss: str, tried: Tried) -> None:
    who = member().user
    for _ in range(5):
        post_password(client, who.email, "wrong wrong wrong")
        tried()
    if loss == "emptied":
        cache.clear()
    else:
        for n in range(700):  # the table of the cache culls itself at 300
            cache.set(f"filler{n}", n, 900)
    post_password(client, who.email)
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
@pytest.mark.security("S24", "a forged address: no proxy, one, two, too few entries, rubbish")
@pytest.mark.parametrize(
    ("proxies", "header", "counts"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "not-an-address", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_address_is_what_our_proxies_say(
    settings: Settings, client: Client, proxies: int, header: str, counts: str, tried: Tried
) -> None:
    tried()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert limits.address_of(asking(headers={"x-forwarded-for": header})) == counts
    settings.SECOND_FACTOR_REQUIRED = False
    response = client.post(
        LOGIN, {"login": member().user.email, "password": PASSWORD}, headers={"x-forwarded-for": header}
    )
    assert response.status_code == 302 and "_auth_user_id" in client.session


@pytest.mark.django_db
@pytest.mark.security("S24", "guesses with a new forged address each")
def test_forged_addresses_are_one_address(client: Client, tried: Tried) -> None:
    who = member().user
    for n in range(8):
        client.post(
            LOGIN, {"login": who.email, "password": "wrong"}, headers={"x-forwarded-for": f"203.0.113.{n}"}
        )
        tried()
    assert Attempt.objects.values("address").distinct().count() == 1
    post_password(client, who.email)
    assert "_auth_user_id" not in client.session


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

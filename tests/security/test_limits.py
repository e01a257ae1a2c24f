"""Guessing: every door x what is counted x what happens. Nothing opens when the cache is gone, and nobody is
locked out by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.access import limits
from accounts.access.limits import LIMITS, Bucket, TooMany
from accounts.enums import Door
from accounts.models import Attempt, Browser, User
from core import clock
from core.models import AuditEvent
from tests.accounts.test_signing_in import LOGIN, SECRET, post_password
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

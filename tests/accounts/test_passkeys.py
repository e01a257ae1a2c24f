"""Passkeys and security keys, with a key made of software: what opens, and every answer that must not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from pytest_django import Settings

from accounts.services import people
from core.models import AuditEvent, OutboundEmail
from tests.accounts.softkey import SoftKey
from tests.accounts.test_signing_in import post_password
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db
NEW = "/installningar/sakerhet/nycklar/ny/"
IN = "/logga-in/nyckel/"
Tried = Callable[..., None]


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # the tests speak http


def options(page: Any) -> dict[str, Any]:
    found = re.search(r'id="passkey-options" type="application/json">([^<]+)<', page.content.decode())
    assert found
    wanted: dict[str, Any] = json.loads(unescape(found[1]))
    return wanted


def asked(client: Client) -> dict[str, Any]:
    """What the page of sign-in gets for its button."""
    page = client.get(IN, headers={"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"})
    wanted: dict[str, Any] = page.json()["request_options"]
    return wanted


def owner(key: SoftKey, **how: Any) -> Any:
    who = member()
    client = sign_in(Client(), who)
    answer = key.make(options(client.get(NEW)), **how)
    client.post(NEW, {"name": "Nyckeln", "credential": answer, "passwordless": "on"})
    return who


def test_key_is_added_told_and_opens_without_a_password(client: Client) -> None:
    key = SoftKey()
    who = owner(key)
    assert Authenticator.objects.filter(user=who.user, type="webauthn").exists()
    assert OutboundEmail.objects.filter(message="sign_in_changed", user_id=who.user_id).exists()
    response = client.post(IN, {"credential": key.get(asked(client))})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(who.user_id)
    assert client.get("/installningar/").status_code == 200
    assert AuditEvent.objects.filter(verb="person.sign_in", outcome="allowed").get().facts == {
        "ways": ["webauthn"]
    }


def test_key_is_a_second_factor_after_the_password(client: Client) -> None:
    key = SoftKey()
    who = owner(key)
    assert post_password(client, who.user.email)["Location"] == "/logga-in/kod/"
    answer = key.get(options(client.get("/logga-in/kod/")))
    assert client.post("/logga-in/kod/", {"credential": answer}).status_code == 302
    assert client.session["_auth_user_id"] == str(who.user_id)


LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.example"},
    "an origin that begins alike": {"origin": "https://testserver.evil.example"},
    "another site": {"site": "evil.example"},
    "another challenge": {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    "another's signature": {"signer": ec.generate_private_key(ec.SECP256R1())},
    "no PIN, finger or face": {"verified": False},
    "an answer made for adding a key": {"kind": "webauthn.create"},
}


@pytest.mark.security("S24", "a passkey's answer that lies")
@pytest.mark.parametrize("lie", LIES)
def test_lying_key_opens_nothing(client: Client, lie: str, settings: Settings, tried: Tried) -> None:
    key = SoftKey()
    owner(key)
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = "origin" not in lie
    response = client.post(IN, {"credential": key.get(asked(client), **LIES[lie])})
    assert response.status_code == 302 and "_auth_user_id" not in client.session
    tried()


@pytest.mark.security(
    "S24", "a passkey's answer a second time, in another browser, with another's name in it"
)
def test_answer_of_a_key_works_once_and_here(client: Client, tried: Tried) -> None:
    key, other = SoftKey(), SoftKey()
    owner(key)
    victim = owner(other)
    elsewhere = Client()
    asked(elsewhere)
    answer = key.get(asked(client))
    elsewhere.post(IN, {"credential": answer})
    assert "_auth_user_id" not in elsewhere.session
    assert client.post(IN, {"credential": answer}).status_code == 302
    assert "_auth_user_id" in client.session
    client.post("/logga-ut/")
    client.post(IN, {"credential": answer})
    assert "_auth_user_id" not in client.session
    forged = json.loads(key.get(asked(client)))
    forged["response"]["userHandle"] = other.handle.decode()
    client.post(IN, {"credential": json.dumps(forged)})
    assert "_auth_user_id" not in client.session
    forged = json.loads(other.get(asked(client), signer=key.private))
    client.post(IN, {"credential": json.dumps(forged)})
    assert "_auth_user_id" not in client.session
    assert victim.user_id
    tried(4)


def test_key_without_a_pin_does_not_become_a_passkey() -> None:
    who = owner(SoftKey(), verified=False)
    assert not Authenticator.objects.filter(user=who.user).exists()


def test_key_of_a_closed_account_opens_nothing(client: Client) -> None:
    key = SoftKey()
    who = owner(key)
    people.deactivate(who.user, by=member("administrator"))
    response = client.post(IN, {"credential": key.get(asked(client))})
    assert response["Location"] == "/logga-in/avstangd/" and "_auth_user_id" not in client.session


@pytest.mark.security("S30", "a key of an account whose sign-in was reset")
def test_reset_takes_the_key(client: Client, tried: Tried) -> None:
    key = SoftKey()
    who = owner(key)
    people.reset_sign_in(who.user, by=member("administrator"))
    client.post(IN, {"credential": key.get(asked(client))})
    assert "_auth_user_id" not in client.session
    tried()

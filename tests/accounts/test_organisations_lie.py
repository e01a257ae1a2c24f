"""A provider on this machine that lies in every way it can, is down, rotates its key, has a wrong clock."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.accounts.abroad import BACK, GO, bound, come, entry, is_in, provider, reasons, set_off, shifted
from tests.accounts.provider import (
    CLIENT,
    EC_KEY,
    LEVEL,
    OTHER_KEY,
    RSA_KEY,
    SECRET,
    Provider,
    public,
    running,
)
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
__all__ = ["provider"]


def claim(**changes: Any) -> Callable[[Provider], None]:
    return lambda provider: provider.claims.update(changes)


def unsigned(provider: Provider) -> None:
    def strip(token: str) -> str:
        body = token.split(".")[1]
        head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT","kid":"one"}').rstrip(b"=").decode()
        return f"{head}.{body}."

    provider.forge = strip


def shared_key(provider: Provider) -> None:
    """The public key as a secret: the oldest trick."""

    def forge(token: str) -> str:
        body = token.split(".")[1]
        pem = RSA_KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"one"}').rstrip(b"=").decode()
        mac = base64.urlsafe_b64encode(hmac.digest(pem, f"{head}.{body}".encode(), "sha256")).rstrip(b"=")
        return f"{head}.{body}.{mac.decode()}"

    provider.forge = forge


def client_secret_key(provider: Provider) -> None:
    provider.sign_with = ("one", SECRET * 3, "HS256")


def wrong_key(provider: Provider) -> None:
    provider.sign_with = ("one", OTHER_KEY, "RS256")


def unknown_key(provider: Provider) -> None:
    provider.sign_with = ("two", OTHER_KEY, "RS256")


def own_key_in_header(provider: Provider) -> None:
    provider.sign_with = ("two", OTHER_KEY, "RS256")
    provider.header = {"jwk": public(OTHER_KEY), "jku": f"{provider.issuer}/mine"}


def two_keys_of_one_name(provider: Provider) -> None:
    provider.document = lambda path, real=provider.document: (  # type: ignore[method-assign, misc]
        {"keys": [public(RSA_KEY) | {"kid": "one"}, public(OTHER_KEY) | {"kid": "one"}]}
        if path == "/keys"
        else real(path)
    )


def tampered(provider: Provider) -> None:
    def forge(token: str) -> str:
        head, body, mark = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        claims["sub"] = "somebody-else"
        changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        return f"{head}.{changed}.{mark}"

    provider.forge = forge


def no_token(provider: Provider) -> None:
    provider.forge = lambda token: ""


def rubbish(provider: Provider) -> None:
    provider.forge = lambda token: "a.b.c"


def encryption_key(provider: Provider) -> None:
    provider.document = lambda path, real=provider.document: (  # type: ignore[method-assign, misc]
        {"keys": [public(RSA_KEY) | {"kid": "one", "use": "enc"}]} if path == "/keys" else real(path)
    )


LIES: dict[str, tuple[Callable[[Provider], None], str]] = {
    "wrong issuer": (claim(iss="https://evil.example"), "issuer"),
    "issuer with a slash more": (lambda p: p.claims.update(iss=p.issuer + "/"), "issuer"),
    "no issuer": (claim(iss=None), "claims"),
    "wrong audience": (claim(aud="somebody-else"), "audience"),
    "two audiences": (claim(aud=[CLIENT, "somebody-else"], azp=CLIENT), "audience"),
    "no audience": (claim(aud=None), "claims"),
    "made for another party": (claim(azp="somebody-else"), "party"),
    "wrong nonce": (claim(nonce="planted"), "nonce"),
    "no nonce": (claim(nonce=None), "claims"),
    "empty nonce": (claim(nonce=""), "nonce"),
    "expired": (shifted(exp=-5), "expired"),
    "made long ago": (shifted(iat=-30, exp=60), "expired"),
    "made in the future": (shifted(iat=10, exp=60), "clock"),
    "not valid yet": (shifted(nbf=10), "clock"),
    "no end": (claim(exp=None), "claims"),
    "end that is no number": (claim(exp="soon"), "claims"),
    "end that is not a number at all": (claim(exp=True), "claims"),
    "no subject": (claim(sub=None), "claims"),
    "empty subject": (claim(sub=""), "claims"),
    "low level": (claim(acr="http://id.elegnamnden.se/loa/1.0/loa2"), "level"),
    "level that begins alike": (claim(acr=LEVEL + "-nearly"), "level"),
    "no level": (claim(acr=None), "level"),
    "level in another claim": (claim(acr=None, amr=[LEVEL]), "level"),
    "level that is no text": (claim(acr={"value": LEVEL}), "level"),
    "alg none": (unsigned, "signature"),
    "public key as secret": (shared_key, "signature"),
    "signed with the client's secret": (client_secret_key, "signature"),
    "another key of that name": (wrong_key, "signature"),
    "key nobody published": (unknown_key, "signature"),
    "key brought along": (own_key_in_header, "signature"),
    "two keys of one name": (two_keys_of_one_name, "signature"),
    "key for encryption": (encryption_key, "signature"),
    "changed after signing": (tampered, "signature"),
    "no token": (no_token, "signature"),
    "rubbish": (rubbish, "signature"),
    "another issuer in the catalogue": (lambda p: p.config.update(issuer="https://evil.example"), "issuer"),
    "catalogue without keys": (lambda p: p.config.update(jwks_uri=None), "answer"),
}  # fmt: skip


@pytest.mark.security("S26", "tokens that lie")
@pytest.mark.parametrize("lie", LIES)
def test_lie_opens_nothing(client: Client, provider: Provider, lie: str, tried: Callable[..., None]) -> None:
    tried()
    bound(provider)
    params = set_off(client, provider)
    tell, why = LIES[lie]
    tell(provider)
    response = client.get(BACK, params)
    assert response.status_code == 403
    assert not is_in(client)
    assert client.get("/installningar/").status_code == 302
    assert reasons() == [why]


@pytest.mark.security("S26", "answers without a beginning, twice, or for somebody else")
def test_answer_works_once_and_only_where_it_began(
    client: Client, provider: Provider, tried: Callable[..., None]
) -> None:
    bound(provider)
    params = set_off(client, provider)
    stranger = Client()
    for answer in ({"code": params["code"]}, params | {"state": "planted"}, {"state": params["state"] * 2}):
        assert client.get(BACK, answer).status_code == 403 and not is_in(client)
    assert stranger.get(BACK, params).status_code == 403 and not is_in(stranger)
    assert client.get(BACK, params)["Location"] == "/"
    client.post("/logga-ut/")
    assert client.get(BACK, params).status_code == 403 and not is_in(client)
    again = set_off(client, provider)
    used = client.get(BACK, again | {"code": params["code"]})
    assert used.status_code == 403 and not is_in(client)
    tried(6)


@pytest.mark.security("S26", "a code for another browser's beginning")
def test_code_is_bound_to_the_browser_that_asked(provider: Provider, tried: Callable[..., None]) -> None:
    """Her code, injected into the thief's own sign-in: the verifier does not fit, nor would the nonce."""
    bound(provider)
    hers, thief = Client(), Client()
    stolen = set_off(hers, provider)["code"]
    mine = set_off(thief, provider)
    assert thief.get(BACK, {"code": stolen, "state": mine["state"]}).status_code == 403
    assert not is_in(thief)
    tried()


@pytest.mark.security("S26", "same e-mail, another subject")
@pytest.mark.parametrize("verified", [True, False, None, "true"])
def test_e_mail_connects_nothing(
    client: Client, provider: Provider, verified: object, tried: Callable[..., None]
) -> None:
    tried()
    who = bound(provider)
    provider.subject = "another"
    provider.claims = {"email": who.user.email, "email_verified": verified}
    response = come(client, provider)
    assert response.status_code == 403 and not is_in(client)
    assert SocialAccount.objects.count() == 1 and User.objects.filter(email=who.user.email).count() == 1
    assert reasons() == ["unknown"]


@pytest.mark.security("S26", "same subject at another issuer")
def test_subject_counts_with_its_issuer(
    client: Client, provider: Provider, settings: Settings, tried: Callable[..., None]
) -> None:
    bound(provider)
    with running() as other:
        for id_ in ("andra", "prov"):  # beside the first, and in its place
            settings.OIDC_PROVIDERS = [entry(other, id=id_)]
            there = set_off(client, other, f"/logga-in/organisation/{id_}/")
            assert client.get(f"/logga-in/organisation/{id_}/svar/", there).status_code == 403
            assert not is_in(client)
            tried()
    assert reasons() == ["unknown", "unknown"]


@pytest.mark.security("S26", "one provider's answer at another's address")
def test_answer_of_one_is_not_taken_by_another(
    client: Client, provider: Provider, settings: Settings, tried: Callable[..., None]
) -> None:
    with running() as other:
        settings.OIDC_PROVIDERS = [entry(provider), entry(other, id="andra", name="Andra")]
        bound(provider)
        params = set_off(client, provider)
        assert client.get("/logga-in/organisation/andra/svar/", params).status_code == 403
        page = client.get("/logga-in/").content.decode()
        assert "Provlegitimation" in page and "Andra" in page
        assert client.get(BACK, params)["Location"] == "/"
    tried()


def test_signing_algorithms_of_real_providers_are_understood(client: Client, provider: Provider) -> None:
    bound(provider)
    provider.keys["curve"] = EC_KEY
    provider.sign_with = ("curve", EC_KEY, "ES256")
    assert come(client, provider)["Location"] == "/"


def test_level_may_stand_in_another_claim_as_a_list(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.OIDC_PROVIDERS = [entry(provider, level_claim="acrs", levels=["c1"])]
    provider.claims = {"acr": "1", "acrs": ["c1", "c7"]}
    bound(provider)
    assert come(client, provider)["Location"] == "/"
    provider.claims["acrs"] = ["c2"]
    other = Client()
    assert come(other, provider).status_code == 403 and not is_in(other)


# --- the provider in trouble (F31) --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_provider_down_says_so_and_leaves_other_ways(client: Client, provider: Provider, path: str) -> None:
    who = bound(provider)
    params = set_off(client, provider)
    provider.down = {path}
    response = client.get(BACK, params)
    text = response.content.decode()
    assert response.status_code in (503, 403) and not is_in(client)
    assert "/logga-in/" in text
    if path != "/token":
        assert response.status_code == 503 and "Provlegitimation" in text
    totp.TOTP.activate(who.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    password = client.post("/logga-in/", {"login": who.user.email, "password": PASSWORD})
    assert password["Location"] == "/logga-in/kod/"


def test_provider_gone_altogether(client: Client, provider: Provider, settings: Settings) -> None:
    settings.OIDC_PROVIDERS = [entry(provider, issuer="http://127.0.0.1:9")]
    response = client.post(GO)
    assert response.status_code == 503
    assert client.get("/logga-in/").status_code == 200  # the page of ways does not ask anybody


def test_rotated_key_counts_at_once_and_the_old_one_no_more(client: Client, provider: Provider) -> None:
    bound(provider)
    provider.keys = {"two": OTHER_KEY}
    provider.sign_with = ("two", OTHER_KEY, "RS256")
    assert come(client, provider)["Location"] == "/"
    provider.sign_with = ("one", RSA_KEY, "RS256")
    late = Client()
    assert come(late, provider).status_code == 403 and not is_in(late)


@pytest.mark.parametrize("minutes", [-3, 3])
def test_clock_three_minutes_off_is_no_hindrance(client: Client, provider: Provider, minutes: int) -> None:
    bound(provider)
    shifted(iat=minutes, exp=minutes + 1, auth_time=minutes)(provider)
    assert come(client, provider)["Location"] == "/"


def test_cancelled_at_the_provider(client: Client, provider: Provider) -> None:
    params = set_off(client, provider)
    response = client.get(BACK, {"state": params["state"], "error": "access_denied"})
    assert response.status_code == 403 and not is_in(client)
    assert reasons() == ["cancelled"]

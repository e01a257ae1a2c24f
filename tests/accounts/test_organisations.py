"""Sign-in through an organisation, against a real provider on this machine that lies in every way it can."""

from __future__ import annotations

import base64
import hmac
import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.services import invitations, people
from core import clock
from core.models import AuditEvent, OutboundEmail
from nrm_portal import checks
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
from tests.factories import PASSWORD, member, sign_in

pytestmark = pytest.mark.django_db
GO = "/logga-in/organisation/prov/"
BACK = "/logga-in/organisation/prov/svar/"
OWN = "/installningar/organisationer/"
Freeze = Callable[..., Any]


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    settings.SECOND_FACTOR_REQUIRED = True
    with running() as made:
        settings.OIDC_PROVIDERS = [entry(made)]
        yield made


def entry(provider: Provider, **more: Any) -> dict[str, Any]:
    return {
        "id": "prov",
        "name": "Provlegitimation",
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "secret": SECRET,
        "levels": [LEVEL],
        "second_factor": True,
    } | more


def way_there(page: Any) -> str:
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
    assert found, page.content.decode()[:2000]
    return html.unescape(found[1])


def set_off(client: Client, provider: Provider, url: str = GO, **form: str) -> dict[str, str]:
    return provider.authorise(way_there(client.post(url, form)))


def come(client: Client, provider: Provider, url: str = GO, **form: str) -> Any:
    """The whole way there and back."""
    return client.get(BACK, set_off(client, provider, url, **form))


def bound(provider: Provider, role: str = "caseworker", **about: Any) -> Any:
    """Somebody whose account is connected, by the page she connects it on."""
    who = member(role, **about)
    client = sign_in(Client(), who)
    assert come(client, provider, f"{OWN}prov/anslut/")["Location"] == OWN
    return who


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def reasons() -> list[Any]:
    rows = AuditEvent.objects.filter(verb="person.sign_in", outcome="refused").order_by("pk")
    return [row.facts.get("why") for row in rows]


def test_connected_person_signs_in(client: Client, provider: Provider) -> None:
    who = bound(provider)
    response = come(client, provider, purpose="sign-in", next="/installningar/")
    assert response["Location"] == "/installningar/"
    assert client.session["_auth_user_id"] == str(who.user_id)
    assert client.get("/installningar/").status_code == 200
    event = AuditEvent.objects.get(verb="person.sign_in", outcome="allowed")
    assert event.facts == {"ways": ["socialaccount"]}
    assert "/userinfo" not in provider.asked


def test_nothing_of_the_token_is_kept(client: Client, provider: Provider) -> None:
    provider.subject = "19890201-3989"
    provider.claims = {"email": "hemlig.adress@kommun.example", "name": "Hemliga Namnet"}
    bound(provider)
    come(client, provider)
    kept = json.dumps(
        [list(SocialAccount.objects.values("provider", "uid", "extra_data")), dict(client.session.items())]
    )
    assert is_in(client)
    assert not [word for word in ("19890201", "3989", "hemlig", "Hemliga") if word in kept]
    assert SocialAccount.objects.get().extra_data == {}


def good(provider: Provider) -> None:
    pass


def claim(**changes: Any) -> Callable[[Provider], None]:
    return lambda provider: provider.claims.update(changes)


def shifted(**minutes: float) -> Callable[[Provider], None]:
    """Moments so many minutes from now."""
    return lambda provider: provider.claims.update(
        {name: int(clock.now().timestamp() + 60 * value) for name, value in minutes.items()}
    )


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
        {"keys": [public(OTHER_KEY) | {"kid": "one"}, public(RSA_KEY) | {"kid": "one"}]}
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


# --- what the sign-in is worth ------------------------------------------------------------------------------


def test_own_second_factor_is_asked_where_the_provider_proves_one_only(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.OIDC_PROVIDERS = [entry(provider, second_factor=False)]
    with_app, without = bound(provider), None
    totp.TOTP.activate(with_app.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert come(client, provider)["Location"] == "/logga-in/kod/"
    assert not is_in(client)
    provider.subject = "other"
    without = bound(provider)
    other = Client()
    come(other, provider)
    assert other.session["_auth_user_id"] == str(without.user_id)
    assert other.get("/installningar/")["Location"].startswith("/installningar/sakerhet/")


def test_provider_with_two_factors_is_enough(client: Client, provider: Provider) -> None:
    who = bound(provider)
    totp.TOTP.activate(who.user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert come(client, provider)["Location"] == "/"
    assert client.get("/installningar/").status_code == 200


def test_closed_account_stays_closed(client: Client, provider: Provider) -> None:
    who = bound(provider)
    people.deactivate(who.user, by=member("administrator"))
    assert come(client, provider)["Location"] == "/logga-in/avstangd/"
    assert not is_in(client)


@pytest.mark.security("S29", "a session left open at the provider is no fresh sign-in")
def test_old_session_at_the_provider_is_not_fresh(
    client: Client, provider: Provider, tried: Callable[..., None]
) -> None:
    bound(provider, "administrator")
    shifted(auth_time=-60)(provider)
    come(client, provider)
    assert client.get("/admin-sidor/anvandare/ny/")["Location"].startswith("/bekrafta/")
    provider.claims = {"auth_time": None}
    come(client, provider)
    assert client.get("/admin-sidor/anvandare/ny/")["Location"].startswith("/bekrafta/")
    provider.claims = {}
    come(client, provider)
    assert client.get("/admin-sidor/anvandare/ny/").status_code == 200
    tried(2)


def test_she_confirms_by_signing_in_there_again(client: Client, provider: Provider, freeze: Freeze) -> None:
    at = freeze("2026-03-02 09:00")
    bound(provider, "administrator")
    come(client, provider)
    freeze(at + timedelta(minutes=20))
    page = "/admin-sidor/anvandare/ny/"
    assert client.get(page)["Location"].startswith("/bekrafta/")
    assert "Provlegitimation" in client.get(f"/bekrafta/organisation/?next={page}").content.decode()
    there = way_there(client.post(GO, {"purpose": "confirm", "next": page}))
    assert "prompt=login" in there and "max_age=0" in there
    assert client.get(BACK, provider.authorise(there))["Location"] == page
    assert client.get(page).status_code == 200


@pytest.mark.security("S29", "confirming as somebody else, or with an old proof")
def test_confirming_takes_herself_and_a_new_proof(
    client: Client, provider: Provider, freeze: Freeze, tried: Callable[..., None]
) -> None:
    at = freeze("2026-03-02 09:00")
    bound(provider, "administrator")
    come(client, provider)
    freeze(at + timedelta(minutes=20))
    provider.claims = {"auth_time": int(at.timestamp())}
    assert come(client, provider, purpose="confirm").status_code == 403
    provider.claims, provider.subject = {}, "somebody-else"
    assert come(client, provider, purpose="confirm").status_code == 403
    assert client.get("/admin-sidor/anvandare/ny/")["Location"].startswith("/bekrafta/")
    assert Client().post(GO, {"purpose": "confirm"}).status_code == 404
    assert reasons() == ["stale", "somebody_else"]
    tried(3)


# --- connecting and parting ---------------------------------------------------------------------------------


def test_connecting_needs_a_fresh_sign_in_and_is_told(provider: Provider, freeze: Freeze) -> None:
    at = freeze("2026-03-02 09:00")
    client = sign_in(Client(), who := member())
    freeze(at + timedelta(minutes=11))
    page = client.post(f"{OWN}prov/anslut/").content.decode()
    assert "confirm_password" in page and not SocialAccount.objects.exists()
    there = way_there(client.post(f"{OWN}prov/anslut/", {"confirm_password": PASSWORD}))
    assert client.get(BACK, provider.authorise(there))["Location"] == OWN
    assert SocialAccount.objects.get().user_id == who.user_id
    assert OutboundEmail.objects.filter(message="sign_in_changed", user_id=who.user_id).exists()
    assert AuditEvent.objects.get(verb="person.connect_organisation").facts == {"provider": "prov"}
    assert "Provlegitimation" in client.get(OWN).content.decode()


@pytest.mark.security(
    "S26", "an identity that opens another account; an answer after somebody else signed in"
)
def test_identity_opens_one_account(provider: Provider, tried: Callable[..., None]) -> None:
    bound(provider)
    thief = sign_in(Client(), member())
    assert come(thief, provider, f"{OWN}prov/anslut/").status_code == 403
    assert SocialAccount.objects.count() == 1
    provider.subject = "new"
    shared = sign_in(Client(), member())
    params = set_off(shared, provider, f"{OWN}prov/anslut/")
    states = shared.session["socialaccount_states"]
    sign_in(shared, member())
    session = shared.session
    session["socialaccount_states"] = states
    session.save()
    assert shared.get(BACK, params).status_code == 403
    assert SocialAccount.objects.count() == 1
    tried(2)


def test_connecting_is_a_post(client: Client, provider: Provider) -> None:
    sign_in(client, member())
    assert client.get(f"{OWN}prov/anslut/").status_code == 405
    assert client.get(GO).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(GO).status_code == 403
    assert client.post(GO, {"purpose": "connect"}).status_code == 404
    assert client.post("/logga-in/organisation/finns-inte/").status_code == 404


def test_last_way_in_stays(client: Client, provider: Provider) -> None:
    who = bound(provider)
    row = SocialAccount.objects.get()
    who.user.set_unusable_password()
    who.user.save(update_fields=["password"])
    come(client, provider)
    client.post(f"{OWN}{row.pk}/ta-bort/")
    assert SocialAccount.objects.exists()
    who.user.set_password(PASSWORD)
    who.user.save(update_fields=["password"])
    fresh = sign_in(Client(), who)
    assert sign_in(Client(), member()).post(f"{OWN}{row.pk}/ta-bort/").status_code == 302
    assert SocialAccount.objects.exists()
    assert fresh.post(f"{OWN}{row.pk}/ta-bort/")["Location"] == OWN
    assert not SocialAccount.objects.exists()


def invited(email: str) -> tuple[User, str]:
    call_command("invite-admin", email)
    user = User.objects.get(email=email)
    return user, invitations.invitation_link(user)


def test_invited_person_connects_on_purpose_and_needs_no_password(client: Client, provider: Provider) -> None:
    user, link = invited("ny.person@kommun.example")
    client.get(link)
    assert "Provlegitimation" in client.get("/inbjudan/").content.decode()
    response = come(client, provider, purpose="invited")
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    user.refresh_from_db()
    assert not user.has_usable_password() and user.invited_at is None
    assert Client().get(link).status_code == 302
    late = Client()
    late.get(link)
    assert late.get("/inbjudan/").status_code == 410


@pytest.mark.security("S26", "an invitation without its link, used up, or for an identity already bound")
def test_invitation_is_needed_for_the_invited_way(provider: Provider, tried: Callable[..., None]) -> None:
    bound(provider)
    user, link = invited("ny.person@kommun.example")
    without = Client()
    provider.subject = "new"
    assert come(without, provider, purpose="invited").status_code == 403
    provider.subject = "a3f1"
    hers = Client()
    hers.get(link)
    assert come(hers, provider, purpose="invited").status_code == 403
    user.refresh_from_db()
    assert user.invited_at is not None and SocialAccount.objects.count() == 1
    assert not is_in(without) and not is_in(hers)
    tried(2)


def test_reset_parts_every_identity(client: Client, provider: Provider) -> None:
    """Whoever broke in may have connected his own."""
    who = bound(provider)
    people.reset_sign_in(who.user, by=member("administrator"))
    assert come(client, provider).status_code == 403 and not is_in(client)


def test_bindings_outlive_a_rotation_of_the_keys(
    client: Client, provider: Provider, settings: Settings
) -> None:
    bound(provider)
    before = SocialAccount.objects.get().uid
    new = base64.b64encode(b"n" * 32).decode()
    settings.NRM_KEYRING = f"99:{new},{settings.NRM_KEYRING}"
    assert come(client, provider)["Location"] == "/"
    assert SocialAccount.objects.get().uid != before


def test_provider_of_the_tests_signs_properly(provider: Provider) -> None:
    """Else every refusal above would prove nothing."""
    claims = jwt.decode(
        provider.token("n", int(clock.now().timestamp())), RSA_KEY.public_key(), ["RS256"], audience=CLIENT
    )
    assert claims["acr"] == LEVEL


# --- without a password -------------------------------------------------------------------------------------


def test_form_of_somebody_without_password_waits_for_the_other_tab(
    client: Client, provider: Provider, freeze: Freeze
) -> None:
    at = freeze("2026-03-02 09:00")
    who = bound(provider, "administrator")
    who.user.set_unusable_password()
    who.user.save(update_fields=["password"])
    come(client, provider)
    freeze(at + timedelta(minutes=20))
    url, text = "/admin-sidor/anvandare/ny/", {"name": "Nytt Namn", "email": "inte en adress"}
    page = client.post(url, text).content.decode()
    assert "Nytt Namn" in page and "confirm_password" not in page and "/bekrafta/organisation/" in page
    assert come(client, provider, purpose="confirm").status_code == 302
    assert "Nytt Namn" in client.post(url, text).content.decode()
    assert client.get("/installningar/losenord/")["Location"] == OWN


def test_administrator_sees_that_she_has_come(client: Client, provider: Provider) -> None:
    who = bound(provider)
    who.user.set_unusable_password()
    who.user.save(update_fields=["password"])
    sign_in(client, admin := member("administrator"))
    assert "nollstall" in client.get(f"/admin-sidor/anvandare/{who.user_id}/").content.decode()
    with pytest.raises(ValidationError):
        people.invite_again(who.user, by=admin)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"levels": []}, "levels"),
        ({"levels": "loa3"}, "levels"),
        ({"issuer": ""}, "issuer"),
        ({"id": "Två ord"}, "id"),
        ({"level": "loa3"}, "level is no setting"),
        ({"second_factor": "yes"}, "second_factor"),
        ({"client_id": None}, "client_id"),
    ],
)
def test_provider_that_is_not_set_up_stops_the_start(
    settings: Settings, change: dict[str, Any], said: str
) -> None:
    good = entry(Provider(issuer="https://idp.example"))
    settings.OIDC_PROVIDERS = [good]
    assert not list(checks.organisations(None))
    settings.OIDC_PROVIDERS = [good | change]
    assert said in next(iter(checks.organisations(None))).msg
    settings.OIDC_PROVIDERS = [good, good]
    assert [found.id for found in checks.organisations(None)] == ["portal.E006"]
    settings.SECURE, settings.OIDC_PROVIDERS = True, [good | {"issuer": "http://idp.example"}]
    assert "https" in next(iter(checks.organisations(None))).msg

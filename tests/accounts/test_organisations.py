"""Sign-in through an organisation: what it is worth, connecting, parting, and living without a password."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.services import invitations, people
from core import clock
from core.models import AuditEvent, OutboundEmail
from nrm_portal import checks
from tests.accounts.abroad import (
    BACK,
    GO,
    OWN,
    Freeze,
    bound,
    come,
    entry,
    is_in,
    provider,
    reasons,
    set_off,
    shifted,
    way_there,
)
from tests.accounts.provider import (
    CLIENT,
    LEVEL,
    RSA_KEY,
    Provider,
)
from tests.factories import PASSWORD, member, sign_in

pytestmark = pytest.mark.django_db
__all__ = ["provider"]


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
    for minutes in (0, 14):  # long ago, and lately but before she was asked
        provider.claims = {"auth_time": int((at + timedelta(minutes=minutes)).timestamp())}
        assert come(client, provider, purpose="confirm").status_code == 403
    provider.claims, provider.subject = {}, "nobody"
    assert come(client, provider, purpose="confirm").status_code == 403
    provider.subject = "colleague"
    bound(provider)
    assert come(client, provider, purpose="confirm").status_code == 403
    assert client.get("/admin-sidor/anvandare/ny/")["Location"].startswith("/bekrafta/")
    assert Client().post(GO, {"purpose": "confirm"}).status_code == 404
    assert reasons() == ["stale", "stale", "somebody_else", "somebody_else"]
    tried(5)


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

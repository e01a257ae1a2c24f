"""Sign-in through an organisation's own identity provider (OpenID Connect), on allauth's client.

allauth sends no nonce, skips the signature of a token it fetched itself, prefers the userinfo answer to the
signed token and stores all claims. Here the signed token alone counts, everything in it is checked, and
nothing is kept but a keyed fingerprint of issuer and subject (docs/adr/0951-organisations-sign-people-in.md).
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import jwt
import requests
from allauth.account.authentication import get_authentication_records
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from core import clock, vault

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signed with the provider's private key. Neither `none` nor a key that both sides share."""
LEEWAY: Final = timedelta(minutes=4)
"""By so much the two clocks may differ."""
TOKEN_LIFE: Final = timedelta(minutes=10)
"""An older token was not made for this sign-in, whatever it says about its own end."""
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat", "nonce")


class Refused(Exception):
    """The provider's answer does not open anything; `why` is a code for the record and the page's words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody a provider has proved. Which account it opens, `accounts.services.organisations` knows."""

    provider_id: str
    fingerprints: tuple[str, ...]
    """Of issuer and subject, under every version of the key ring, newest first."""
    is_strong: bool
    """The provider vouches for two factors."""
    is_fresh: bool
    """Proved within `FRESH_SIGN_IN`, not by a session she left open there."""
    state: Mapping[str, Any]
    """What was noted when she set off."""


@dataclass(frozen=True, slots=True)
class Proof:
    is_strong: bool
    is_fresh: bool


def proved_by_organisation(request: HttpRequest) -> Proof | None:
    """How an organisation proved her in the sign-in that is being completed, if one did."""
    records = request.session.get("account_authentication_methods") or []
    for record in reversed(records[-2:]):
        if record.get("method") == "socialaccount":
            return Proof(is_strong=bool(record.get("strong")), is_fresh=bool(record.get("fresh")))
        if record.get("method") != "mfa":
            break
    return None


def last_organisation(request: HttpRequest) -> str:
    """The provider she signed in with in this session, or nothing."""
    records = get_authentication_records(request, request.user)
    return next((str(r.get("provider")) for r in records if r.get("method") == "socialaccount"), "")


class OrganisationOAuth2Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """At the address people use, never at the host a request claims."""
        path = reverse("openid_connect_callback", args=[self.provider_id])
        return f"{settings.SITE_URL.rstrip('/')}{path}"


class OrganisationProvider(OpenIDConnectProvider):  # type: ignore[misc]
    oauth2_adapter_class = OrganisationOAuth2Adapter

    def set_off(self, request: HttpRequest, purpose: str, next_url: str = "") -> str:
        """The provider's address to go to. Raises Refused when it does not answer."""
        adapter = self.get_oauth2_adapter(request)
        config = _discovery(adapter, self.app)
        pkce = generate_code_challenge()
        verifier, nonce = pkce.pop("code_verifier"), secrets.token_urlsafe(32)
        state = {
            "purpose": purpose,
            "next": next_url,
            "user": str(request.user.pk or ""),
            "nonce": nonce,
            "verifier": verifier,
            "asked_at": clock.now().timestamp(),
        }
        client = adapter.get_client(request, self.app)
        client.state = statekit.stash_state(request, provider_id=self.app.provider_id, state=state)
        more = dict(self.app.settings.get("auth_params", {})) | pkce | {"nonce": nonce}
        if not self.app.settings.get("asks_every_time"):
            more["max_age"] = str(int(settings.FRESH_SIGN_IN.total_seconds()))
        if purpose == "confirm":
            more |= {"prompt": "login", "max_age": "0"}
        scope = self.app.settings.get("scope") or ["openid"]
        return str(client.get_redirect_url(config["authorization_endpoint"], scope, more))

    def come_back(self, request: HttpRequest) -> Identity:
        """Who the provider says she is, everything checked. Raises Refused."""
        state_id = request.GET.get("state", "")
        state = statekit.unstash_state(request, provider_id=self.app.provider_id, state_id=state_id)
        if not state_id or state is None:
            raise Refused("state")
        if "code" not in request.GET:
            raise Refused("cancelled" if request.GET.get("error") == "access_denied" else "answer")
        adapter = self.get_oauth2_adapter(request)
        config = _discovery(adapter, self.app)
        try:
            client = adapter.get_client(request, self.app)
            answer = client.get_access_token(request.GET["code"], pkce_code_verifier=state["verifier"])
        except OAuth2Error:
            raise Refused("code") from None
        except requests.RequestException:
            raise Refused("unreachable") from None
        claims = _claims(str(answer.get("id_token") or ""), _keys(config["jwks_uri"]), self.app)
        _check(claims, self.app, state)
        return _identity(claims, self.app, state)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Providers come from the settings alone; none of them creates an account."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        apps = [_app(entry) for entry in settings.OIDC_PROVIDERS]
        return [app for app in apps if provider in (None, app.provider, app.provider_id)]

    def list_providers(self, request: HttpRequest) -> list[OrganisationProvider]:
        return [OrganisationProvider(request=request, app=app) for app in self.list_apps(request)]

    def get_provider(
        self, request: HttpRequest, provider: Any, client_id: Any = None
    ) -> OrganisationProvider:
        """Raises SocialApp.DoesNotExist."""
        return OrganisationProvider(request=request, app=self.get_app(request, provider=provider))


def _app(entry: Mapping[str, Any]) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=entry["id"],
        name=entry["name"],
        client_id=entry["client_id"],
        secret=entry.get("secret", ""),
        settings={**entry, "server_url": entry["issuer"]},
    )


# --- what the provider publishes ----------------------------------------------------------------------------


def _fetch(url: str) -> Any:
    """A document of the provider's. Read anew each time: a key that was changed counts at once."""
    try:
        answer = requests.get(url, timeout=5, allow_redirects=False)
        answer.raise_for_status()
        return answer.json()
    except (requests.RequestException, ValueError):
        raise Refused("unreachable") from None


def _discovery(adapter: OrganisationOAuth2Adapter, app: SocialApp) -> Mapping[str, Any]:
    config = _fetch(adapter.get_provider().server_url)
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not isinstance(config, dict) or any(not isinstance(config.get(name), str) for name in wanted):
        raise Refused("answer")
    if config.get("issuer") != app.settings["issuer"]:
        raise Refused("issuer")
    if app.settings["issuer"].startswith("https:") and any(
        not config[name].startswith("https:") for name in wanted
    ):
        raise Refused("answer")
    adapter._openid_config = config  # allauth reads the rest from here
    return config


def _keys(url: str) -> list[Mapping[str, Any]]:
    found = _fetch(url)
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise Refused("answer")
    return [key for key in keys if isinstance(key, dict)]


# --- what the token says ------------------------------------------------------------------------------------


def _claims(token: str, keys: list[Mapping[str, Any]], app: SocialApp) -> Mapping[str, Any]:
    """The claims of a token signed with one of the provider's keys, for us and nobody else."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise Refused("signature")
        key = _key(keys, header)
        claims = jwt.decode(
            token,
            key=key,
            algorithms=[header["alg"]],
            issuer=app.settings["issuer"],
            audience=app.client_id,
            options={
                "require": list(REQUIRED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.InvalidIssuerError:
        raise Refused("issuer") from None
    except jwt.InvalidAudienceError:
        raise Refused("audience") from None
    except jwt.MissingRequiredClaimError:
        raise Refused("claims") from None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise Refused("signature") from None
    return dict(claims)


def _key(keys: list[Mapping[str, Any]], header: Mapping[str, Any]) -> Any:
    """The one key the token names, of the kind its algorithm needs and meant for signing."""
    named = [
        key
        for key in keys
        if key.get("use", "sig") == "sig"
        and key.get("kty") == ("EC" if header["alg"].startswith("ES") else "RSA")
        and key.get("kid") == header.get("kid")
        and key.get("alg", header["alg"]) == header["alg"]
    ]
    if len(named) != 1:
        raise Refused("signature")
    return jwt.PyJWK(json.loads(json.dumps(named[0])), algorithm=header["alg"]).key


def _check(claims: Mapping[str, Any], app: SocialApp, state: Mapping[str, Any]) -> None:
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if audience != [app.client_id]:
        raise Refused("audience")
    if claims.get("azp", app.client_id) != app.client_id:
        raise Refused("party")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), str(state["nonce"]).encode()):
        raise Refused("nonce")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise Refused("claims")
    now, leeway = clock.now().timestamp(), LEEWAY.total_seconds()
    made, ends, starts = (_moment(claims.get(name, 0)) for name in ("iat", "exp", "nbf"))
    if max(made, starts) > now + leeway:
        raise Refused("clock")
    if ends < now - leeway or made < now - leeway - TOKEN_LIFE.total_seconds():
        raise Refused("expired")
    reached = claims.get(app.settings.get("level_claim", "acr"))
    levels = {
        level for level in (reached if isinstance(reached, list) else [reached]) if isinstance(level, str)
    }
    if not levels & set(app.settings["levels"]):
        raise Refused("level")


def _identity(claims: Mapping[str, Any], app: SocialApp, state: Mapping[str, Any]) -> Identity:
    now, leeway = clock.now().timestamp(), LEEWAY.total_seconds()
    asks_every_time = bool(app.settings.get("asks_every_time"))
    proved = _moment(claims["iat"] if asks_every_time else claims.get("auth_time", 0))
    is_fresh = now - leeway - settings.FRESH_SIGN_IN.total_seconds() <= proved <= now + leeway
    if state["purpose"] == "confirm":
        is_fresh = is_fresh and proved >= state["asked_at"] - leeway
    prints = vault.blind_indexes("organisation", f"{app.settings['issuer']}\n{claims['sub']}")
    return Identity(
        provider_id=app.provider_id,
        fingerprints=tuple(one.hex() for one in prints),
        is_strong=app.settings.get("second_factor") is True,
        is_fresh=is_fresh,
        state=state,
    )


def _moment(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise Refused("claims")
    return float(value)

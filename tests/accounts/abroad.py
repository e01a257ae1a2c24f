"""The way to an organisation and back, as a person and her browser go it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from core import clock
from core.models import AuditEvent
from tests.accounts.provider import (
    CLIENT,
    LEVEL,
    SECRET,
    Provider,
    running,
)
from tests.factories import member, sign_in

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


def shifted(**minutes: float) -> Callable[[Provider], None]:
    """Moments so many minutes from now."""
    return lambda provider: provider.claims.update(
        {name: int(clock.now().timestamp() + 60 * value) for name, value in minutes.items()}
    )

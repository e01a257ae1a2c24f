"""Who sees which statistics: the national picture published, everyone's own as it is, nothing of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.access import Assignment
from accounts.enums import Role
from coordinators.services import load_reference
from core.models import AuditEvent
from tests.factories import member, sign_in
from tests.overview.out import out, stored
from tests.overview.standing import loaded, portal

__all__ = ["loaded", "out", "portal", "stored"]

NOW = "2026-11-22 10:00"
PAGE = "/statistik/"


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze(NOW)


@pytest.mark.parametrize(
    ("role", "statistics", "counting", "download"),
    [
        (Role.NATIONAL_COORDINATOR, 200, 200, 200),
        (Role.REGIONAL_COORDINATOR, 200, 200, 403),
        (Role.CASEWORKER, 200, 200, 403),
        (Role.HOTLINE_OPERATOR, 302, 200, 403),
        (Role.ADMINISTRATOR, 403, 403, 403),
        (Role.AUDITOR, 403, 403, 403),
        (Role.DATA_PROTECTION_OFFICER, 403, 403, 403),
    ],
)
@pytest.mark.security("S20", "every role at the national picture and its files")
def test_rights(client: Client, db: None, role: Role, statistics: int, counting: int, download: int) -> None:
    load_reference()
    sign_in(client, member(role))
    assert client.get(PAGE).status_code == statistics
    assert client.get("/statistik/sa-raknar-vi/").status_code == counting
    assert client.get("/statistik/hamta/").status_code == download
    refused = [code for code in (statistics, counting, download) if code == 403]
    assert AuditEvent.objects.filter(verb="page.open", outcome="refused").count() == len(refused)


def test_the_national_desk_comes_from_what_is_not_known_to_its_own_cases(
    client: Client, out: None, on_duty: Callable[..., Assignment]
) -> None:
    """Whoever has no desk finds no way."""
    way = 'href="/statistik/egna/?period=2025#card-okant"'
    for query in ({}, {"period": "2025"}):
        assert way in sign_in(client, on_duty("national")).get(PAGE, query).content.decode()
        other = sign_in(Client(), member(Role.NATIONAL_COORDINATOR)).get(PAGE, query).content.decode()
        assert 'id="card-okant"' in other and way not in other


def test_what_a_comparison_changes_is_said_where_it_is_chosen(
    client: Client, out: None, on_duty: Callable[..., Assignment]
) -> None:
    national, karin = sign_in(client, on_duty("national")), sign_in(Client(), on_duty("mitt"))
    for who, url, words in (
        (national, PAGE, "I nyckeltalen, månaderna och länen"),
        (national, "/samtal/statistik/", "I månaderna"),
        (karin, PAGE, "I nyckeltalen och månaderna"),
    ):
        page = who.get(url).content.decode()
        assert f'id="jamfor-hint">{words}</p>' in page and 'aria-describedby="jamfor-hint"' in page


def test_only_reading(client: Client, db: None) -> None:
    load_reference()
    sign_in(client, member(Role.NATIONAL_COORDINATOR))
    assert client.post(PAGE).status_code == 405
    assert client.delete("/statistik/hamta/").status_code == 405

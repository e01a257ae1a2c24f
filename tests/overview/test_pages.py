"""Who sees which statistics: the national picture published, everyone's own as it is, nothing of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from coordinators.services import load_reference
from core.models import AuditEvent
from tests.factories import member, sign_in
from tests.overview.conftest import Count

NOW = "2026-11-22 10:00"
PAGE = "/statistik/"


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze(NOW)


@pytest.fixture
def national(client: Client, db: None) -> Client:
    load_reference()
    return sign_in(client, member(Role.NATIONAL_COORDINATOR))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_national_page_shows_the_published_picture(national: Client, jamtland: None) -> None:
    page = text_of(national.get(PAGE))
    assert page.count("<h1") == 1
    for key in ("manader", "lan", "former", "steg", "forsenat", "svar", "okant"):
        assert f'id="card-{key}"' in page
    assert "Jämtlands län" in page and "Antal under 5 visas inte för att skydda enskilda." in page
    row = page[page.index("Jämtlands län") :].split("</tr>")[0]
    assert ">2<" not in row and not (">7<" in row and ">9<" in row)


@pytest.mark.parametrize("asked", ["2025", "1999", "x", "", "２０２５", "20 25"])
def test_a_year_that_cannot_be_chosen_gives_the_newest(national: Client, jamtland: None, asked: str) -> None:
    page = text_of(national.get(PAGE, {"ar": asked}))
    chosen = "2025" if asked == "2025" else "2026"
    assert f'<option value="{chosen}" selected>' in page


def test_nothing_counted_yet(national: Client) -> None:
    page = text_of(national.get(PAGE))
    assert "Inget har räknats än" in page
    assert national.get("/statistik/hamta/").status_code == 200


def test_too_few_to_divide(national: Client, count: Count) -> None:
    count("case", 3)
    page = text_of(national.get(PAGE))
    assert "för få för att delas upp" in page
    assert "färre än 5" not in page or ">3<" not in page


def test_january_has_no_closed_month(client: Client, jamtland: None, freeze: Callable[[str], Any]) -> None:
    load_reference()
    freeze("2027-01-05 09:00")
    page = text_of(sign_in(client, member(Role.NATIONAL_COORDINATOR)).get(PAGE))
    assert "Ingen månad i 2027 är slut än" in page


def test_query_count_does_not_grow(
    national: Client, jamtland: None, count: Count, django_assert_max_num_queries: Any
) -> None:
    national.get(PAGE)
    with django_assert_max_num_queries(20) as little:
        national.get(PAGE)
    for month in range(1, 13):
        count("case", 30, month=date(2025, month, 1), county=f"{month:02}", form="labour")
    with django_assert_max_num_queries(20) as much:
        national.get(PAGE)
    assert len(little.captured_queries) == len(much.captured_queries)


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


def test_only_reading(client: Client, db: None) -> None:
    load_reference()
    sign_in(client, member(Role.NATIONAL_COORDINATOR))
    assert client.post(PAGE).status_code == 405
    assert client.delete("/statistik/hamta/").status_code == 405

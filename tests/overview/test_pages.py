"""Who sees which statistics: the national picture published, everyone's own as it is, nothing of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.models import Referral
from cases.services import triage
from coordinators.services import load_reference
from core.models import AuditEvent
from nrm_portal.overview import own
from tests.factories import AgencyFactory, member, sign_in
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


# --- own numbers


Send = Callable[..., Referral]
OnDuty = Callable[..., Assignment]


def table_of(page: str, key: str) -> str:
    return page[page.index(f'id="card-{key}"') :].split("</figure>")[0]


@pytest.fixture
def uppsala(client: Client, on_duty: OnDuty, send: Send, referrer: Assignment) -> Assignment:
    """Two cases in Uppsala, one in Umeå, and the coordinator of Mitt."""
    mitt = on_duty("mitt")
    on_duty("nord")
    send(referrer)
    send(referrer, sex="woman", forms=["sexual"], indicators=["recruit.relationship_lure"])
    send(referrer, municipality_of_presence="2480")
    return mitt


def test_a_coordinator_sees_the_true_numbers_of_her_own_desk(client: Client, uppsala: Assignment) -> None:
    page = text_of(sign_in(client, uppsala).get(PAGE))
    counties = table_of(page, "lan")
    assert "Uppsala län" in counties and "Västerbotten" not in page
    cells = counties.split("Uppsala län")[1].split("</tr>")[0]
    assert [part.split("<")[0] for part in cells.split('">')[1:]] == ["1", "1", "0", "0", "0", "2"]
    assert "visas inte" not in page and "färre än" not in page


def test_what_is_answered_shows_in_the_coordinators_numbers(client: Client, uppsala: Assignment) -> None:
    case = Referral.objects.filter(case__county_id="03").first().case
    triage.accept(case_id=case.pk, by=uppsala)
    page = text_of(sign_in(client, uppsala).get(PAGE))
    assert "Inom 4 timmar" in table_of(page, "svar")
    assert "Pågår" in table_of(page, "lage")


def test_a_coordinator_without_a_desk_sees_her_agency(client: Client, db: None) -> None:
    load_reference()
    by = member(Role.REGIONAL_COORDINATOR)
    assert by.agency.name in text_of(sign_in(client, by).get(PAGE))


def test_an_agency_sees_its_own_referrals_and_nobody_elses(
    client: Client, uppsala: Assignment, referrer: Assignment, send: Send
) -> None:
    other = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    send(other)
    shown = own.of_agency(referrer, 2026)
    assert shown.numbers[0].value == "3"
    assert own.of_agency(other, 2026).numbers[0].value == "1"
    page = text_of(sign_in(client, other).get(PAGE))
    assert "Skickad" in table_of(page, "lage")
    assert "Uppsala län" not in page


def test_late_steps_are_those_that_are_late_now(
    client: Client, uppsala: Assignment, freeze: Callable[[str], Any]
) -> None:
    assert own.of_desks(uppsala, own.desks_seen(uppsala), 2026).numbers[3].value == "0"
    freeze("2026-12-20 10:00")
    shown = own.of_desks(uppsala, own.desks_seen(uppsala), 2026)
    assert int(shown.numbers[3].value) >= 2
    assert "Regionkoordinatorer" in str(shown.parts[1].cards[0].table.rows)


def test_own_pages_ask_the_same_questions_for_more_cases(
    uppsala: Assignment, referrer: Assignment, send: Send, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(7) as little:
        own.of_desks(uppsala, own.desks_seen(uppsala), 2026)
    for _number in range(4):
        send(referrer)
    with django_assert_max_num_queries(7) as much:
        own.of_desks(uppsala, own.desks_seen(uppsala), 2026)
    assert len(little.captured_queries) == len(much.captured_queries)


def test_the_practice_case_is_never_counted(
    uppsala: Assignment, referrer: Assignment, send: Send, monkeypatch: Any
) -> None:
    before = own.of_agency(referrer, 2026).numbers[0].value
    sent = send(referrer)
    type(sent.case).objects.filter(pk=sent.case_id).update(practice=True)
    assert own.of_agency(referrer, 2026).numbers[0].value == before

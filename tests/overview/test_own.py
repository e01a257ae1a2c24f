"""True numbers: every number of a page equals its list, and nothing of others is counted or found."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.enums import ForwardReason, NotTakenReason, Outcome, Sex
from cases.models import Case, Referral
from cases.services import casework, handovers, recusals, triage
from coordinators.models import Desk
from coordinators.services import load_reference, put_on_duty
from core.models import AuditEvent
from nrm_portal.overview import own, periods
from nrm_portal.overview.own import behind
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, sent
from tests.factories import AgencyFactory, member, sign_in

PAGE, LIST = "/statistik/egna/", "/statistik/egna/arenden/"
NOWHERE = {
    "place_now": "unknown",
    "municipality_of_presence": None,
    "place_found": "unknown",
    "responsible": "unknown",
    "places": None,
}
Send = Callable[..., Referral]
OnDuty = Callable[..., Assignment]
Freeze = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _today(freeze: Freeze) -> None:
    freeze("2026-11-23 09:00")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def shown(by: Assignment, **query: str) -> own.Own:
    desks = own.desks_seen(by)
    choice = own.choice_of(query, desks)
    return own.of_desks(by, choice) if desks else own.of_agency(by, choice)


def number(page: own.Own, place: int = 0) -> str:
    return page.numbers[place].value


def card(page: own.Own, key: str) -> Any:
    return next(one for part in page.parts for one in part.cards if one.key == key)


def row(page: own.Own, key: str, heading: str) -> list[str]:
    """The numbers of one line of a card's table, without their links."""
    line = next(one for one in card(page, key).table.rows if str(one[0]) == heading)
    return [re.sub("<.*?>", "", str(cell)) for cell in line[1:]]


def links(page: str) -> list[tuple[int, str]]:
    """Every number of a page that leads to cases, and the address."""
    found = re.findall(rf'<a href="({LIST}[^"]*)">(\d+)</a>', page)
    return [(int(number), unescape(url)) for url, number in found]


def listed(client: Client, url: str) -> set[str]:
    """References of the cases a list shows."""
    response = client.get(url)
    assert response.status_code == 200
    return set(re.findall(r'<span class="ref">([^<]+)</span>', text_of(response)))


@pytest.fixture
def mitt(on_duty: OnDuty) -> Assignment:
    return on_duty("mitt")


@pytest.fixture
def many(mitt: Assignment, referrer: Assignment, send: Send, freeze: Freeze) -> Assignment:
    """Cases of every kind at the desk of Mitt, some of them late, and one at another desk."""
    police = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    first = send(referrer).case
    send(referrer, sex="woman", forms=["sexual"], indicators=["recruit.relationship_lure"])
    send(police, sex="unknown", citizenship=["TH"])
    send(police, base=CHILD, municipality_of_presence="0380", report_municipality="0380")
    closing, refused = send(police).case, send(referrer).case
    send(referrer, municipality_of_presence="2480")
    freeze("2026-11-23 10:30")
    triage.accept(case_id=first.pk, by=mitt)
    triage.accept(case_id=closing.pk, by=mitt)
    triage.not_take(case_id=refused.pk, reason=NotTakenReason.TEST, text="Ett prov.", by=mitt)
    freeze("2026-11-28 10:00")
    casework.close(case_id=closing.pk, outcome=Outcome.SUPPORT_COMPLETED, by=mitt)
    return mitt


# --- numbers and the cases behind them ---------------------------------------------------------------


def test_every_number_leads_to_as_many_cases(client: Client, many: Assignment) -> None:
    desks = own.desks_seen(many)
    found = links(text_of(sign_in(client, many).get(PAGE)))
    once: dict[frozenset[str], str] = {}
    for value, url in found:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        once.setdefault(frozenset(query), url)
        cases = behind.of(many, desks, query).grants.count()
        is_of_steps = {"sent", "sent-nu"} & set(query)  # a case may have several
        assert 0 < cases <= value if is_of_steps else cases == value, url
    words = frozenset().union(*once)
    assert {
        "manad",
        "lan",
        "grupp",
        "form",
        "avsandare",
        "blev",
        "svar",
        "avslut",
        "sent-nu",
        "saknas",
    } <= words
    for url in once.values():
        assert listed(client, url), url


def test_what_is_counted_is_what_the_desk_holds(client: Client, many: Assignment) -> None:
    page = shown(many)
    assert number(page) == "6"
    assert row(page, "lan", "Uppsala län")[:6] == ["1", "3", "1", "0", "1", "6"]
    assert row(page, "floden", "Polismyndigheten")[-1] == "3"
    assert row(page, "svar", "Inom 4 timmar") == ["3"]
    assert row(page, "avslut", "Totalt") == ["1"]
    assert row(page, "okant", "Kön")[:2] == ["1", "0"]
    # a period that cannot be chosen gives the running year
    asked = ("2026-11", "2026-Q4", "2026-10", "2025", "1999", "2026-13", "x")
    assert [number(shown(many, period=code)) for code in asked] == ["6", "6", "0", "0", "6", "6", "6"]
    # what can be filled in leads to the very case, and reading the list is recorded
    page_text = text_of(sign_in(client, many).get(PAGE))
    urls = set(re.findall(rf'href="({LIST}[^"]*saknas=sex&amp;oppna=1)"', page_text))
    case = Case.objects.get(sex=Sex.UNKNOWN, county_id="03")
    assert [listed(client, unescape(url)) for url in urls] == [{case.reference}]
    event = AuditEvent.objects.filter(verb="case.list").latest("at")
    assert list(event.target_ids) == [case.pk]
    # the practice case is no number
    Case.objects.filter(county_id="03", status="received").update(practice=True)
    assert number(shown(many)) == "3"


# --- nothing of others (S20) ---------------------------------------------------------------------------


@pytest.mark.security("S20", "a coordinator edits the address of a list behind a number")
def test_another_desk_finds_nothing_by_any_address(client: Client, many: Assignment, on_duty: OnDuty) -> None:
    urls = [url for _number, url in links(text_of(sign_in(client, many).get(PAGE)))][::9]
    other = Client()
    sign_in(other, on_duty("syd"))
    nothing = text_of(other.get(LIST, {"lan": "99"}))
    for url in (
        *urls,
        f"{LIST}?enhet=mitt&lan=03",
        f"{LIST}?enhet=finns-inte&lan=03",
        f"{LIST}?okant=1",
        LIST,
    ):
        assert not listed(other, url), url
    body = re.search("<main.*</main>", nothing, re.S)
    again = re.search("<main.*</main>", text_of(other.get(LIST, {"lan": "03", "enhet": "mitt"})), re.S)
    assert body and again and body[0] == again[0]
    national = Client()  # and no way from a published number to a case
    sign_in(national, member(Role.NATIONAL_COORDINATOR))
    assert national.get(PAGE).status_code == 403
    assert national.get(f"{LIST}?lan=03").status_code == national.get(f"{LIST}?lan=99").status_code == 403
    assert LIST not in text_of(national.get("/statistik/"))


def test_the_national_desk_counts_what_nobody_else_was_found_for(
    client: Client, on_duty: OnDuty, referrer: Assignment, send: Send
) -> None:
    """It sees the header: not what stands with the person."""
    national = on_duty("national")
    send(referrer, sex="woman", **NOWHERE)
    page = shown(national)
    assert number(page) == "1"
    assert row(page, "former", "Arbetskraft") == ["0", "0", "0", "0", "1", "1"]
    assert row(page, "okant", "Kön")[0] == "0", "nothing that the desk could fill in"
    assert sign_in(client, national).get("/statistik/").status_code == 200
    assert len(links(text_of(client.get(PAGE)))) > 0


def test_an_offered_case_is_its_holders_until_it_is_taken_over(
    client: Client, many: Assignment, on_duty: OnDuty
) -> None:
    """And nobody's who has stepped back from it."""
    nord = on_duty("nord")
    case = Case.objects.filter(county_id="03", status="active").first()
    assert case is not None
    before = int(number(shown(nord)))
    handovers.ask(
        case_id=case.pk,
        desk_id=Desk.objects.get(key="nord").pk,
        reason=ForwardReason.MOVED,
        moves_on=date(2026, 11, 30),
        text="Bor numera i Umeå.",
        by=many,
    )
    assert (int(number(shown(nord))), number(shown(many))) == (before, "6")
    handovers.accept(case_id=case.pk, by=nord)
    assert (int(number(shown(nord))), number(shown(many))) == (before + 1, "5")
    left = Case.objects.filter(county_id="03", status="received").first()
    assert left is not None
    recusals.recuse(case_id=left.pk, reason="En släkting.", by=many)
    assert number(shown(many)) == "4"
    assert left.reference not in listed(sign_in(client, many), f"{LIST}?lan=03")


def test_of_a_protected_person_the_place_and_the_sender_are_not_told(
    mitt: Assignment, on_duty: OnDuty, referrer: Assignment, send: Send
) -> None:
    case = send(referrer, sex="woman", protected_identity="protected_registration").case
    triage.accept(case_id=case.pk, by=mitt)
    colleague = shown(on_duty("mitt"))
    hidden = "Visas inte: skyddade uppgifter"
    assert row(colleague, "lan", hidden)[:6] == ["0", "0", "0", "0", "1", "1"]
    assert row(colleague, "floden", hidden)[-1] == "1"
    assert row(colleague, "okant", "Medborgarskap")[0] == "0"
    handler = shown(mitt)
    assert row(handler, "lan", "Uppsala län")[:6] == ["1", "0", "0", "0", "0", "1"]


# --- what can be chosen ----------------------------------------------------------------------------------


def test_a_coordinator_of_two_desks_sees_them_together_or_one(
    client: Client, many: Assignment, on_duty: OnDuty
) -> None:
    on_duty("nord")
    desk = Desk.objects.get(key="nord")
    put_on_duty(
        desk=desk, membership=Membership.objects.get(pk=many.membership_id), first=date(2020, 1, 1), by=None
    )
    assert number(shown(many)) == "7"
    assert [str(line[0]) for line in card(shown(many), "enheter").table.rows][-1] == "Totalt"
    assert number(shown(many, enhet="nord")) == "1"
    assert number(shown(many, enhet="mitt")) == "6"
    assert number(shown(many, enhet="syd")) == number(shown(many, enhet="finns-inte")) == "7"
    page = text_of(sign_in(client, many).get(PAGE, {"enhet": "nord"}))
    assert '<option value="nord" selected>' in page
    assert all(len(listed(client, url)) == value for value, url in links(page) if "sent" not in url)


def test_a_running_year_is_compared_with_the_same_months(
    mitt: Assignment, referrer: Assignment, send: Send, freeze: Freeze
) -> None:
    for day, times in (("2025-03-04 10:00", 2), ("2025-12-04 10:00", 5), ("2026-03-04 10:00", 3)):
        freeze(day)
        for _number in range(times):
            send(referrer, consent_date=day[:10])
    freeze("2026-11-23 09:00")
    send(referrer)
    page = shown(mitt)
    assert (page.numbers[0].value, page.numbers[0].comparison) == ("4", "50 % fler än samma månader av 2025")
    assert shown(mitt, jamfor="inget").numbers[0].comparison == ""
    quarter = shown(mitt, period="2026-Q1", jamfor="narmast-fore").numbers[0]
    assert (quarter.value, quarter.comparison) == (
        "3",
        f"40 % färre än {periods.Period.parse('2025-Q4').label}",
    )


def test_nothing_yet_and_then_a_consultation_that_became_a_referral(
    client: Client, mitt: Assignment, referrer: Assignment, send: Send
) -> None:
    page = text_of(sign_in(client, mitt).get(PAGE))
    assert "Det finns inget att räkna i 2026" in page and page.count("<h1") == 1
    case = send(referrer).case
    other = send(referrer).case
    Case.objects.filter(pk=case.pk).update(consultation_of=other)
    assert number(shown(mitt)) == "1", "counted as the referral alone"


def test_own_pages_ask_the_same_questions_for_more_cases(
    many: Assignment, referrer: Assignment, send: Send, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12) as little:
        shown(many)
    for _number in range(4):
        send(referrer)
    with django_assert_max_num_queries(12) as much:
        shown(many)
    assert len(little.captured_queries) == len(much.captured_queries)


# --- an agency -------------------------------------------------------------------------------------------


def test_an_agency_sees_what_became_of_its_referrals_in_a_referrers_words(
    client: Client, many: Assignment, referrer: Assignment
) -> None:
    page = shown(referrer)
    assert number(page) == "4"
    assert row(page, "lage", "Mottagen") == ["1"] and row(page, "lage", "Tas inte vidare") == ["1"]
    assert row(page, "svar", "Inom 4 timmar") == ["2"] and row(page, "svar", "Inte besvarad än") == ["2"]
    text = text_of(sign_in(client, referrer).get("/statistik/"))
    assert "Uppsala län" not in text and "Kvinnor" not in text and "Region Mitt" not in text


def test_an_agency_sees_its_own_late_steps(client: Client, portal: None, freeze: Freeze) -> None:
    """Of cases it takes part in; the number leads to them, and to nothing else by any address."""
    freeze("2026-11-23 09:00")
    world = World()
    sent(world.referrer)
    world.accept()
    police = world.join()
    freeze("2027-02-20 10:00")
    page = shown(police)
    assert int(number(page, 2)) > 0 and int(row(page, "forsenat-nu", "Totalt")[0]) == int(number(page, 2))
    found = links(text_of(sign_in(client, police).get("/statistik/")))
    assert found
    for _value, url in found:
        assert listed(client, url) == {world.case.reference}
    for url in (LIST, f"{LIST}?lan=03", f"{LIST}?sent-nu=social_services_adult.", f"{LIST}?sent=police."):
        assert not listed(client, url)
    stranger = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    assert shown(stranger).is_empty
    assert not listed(sign_in(Client(), stranger), f"{LIST}?sent-nu=.")


RIGHTS = {
    Role.REGIONAL_COORDINATOR: (200, 200),
    Role.CASEWORKER: (200, 200),
    Role.NATIONAL_COORDINATOR: (403, 403),
    Role.HOTLINE_OPERATOR: (403, 403),
    Role.ADMINISTRATOR: (403, 403),
    Role.AUDITOR: (403, 403),
    Role.DATA_PROTECTION_OFFICER: (403, 403),
}


@pytest.mark.security("S20", "every role at the pages of true numbers")
def test_rights(db: None) -> None:
    load_reference()
    refused = 0
    for role, expected in RIGHTS.items():
        client = Client()
        sign_in(client, member(role))
        assert (client.get(PAGE).status_code, client.get(LIST).status_code) == expected, role
        assert client.post(PAGE).status_code == 405
        refused += expected.count(403)
    assert AuditEvent.objects.filter(verb="page.open", outcome="refused").count() == refused

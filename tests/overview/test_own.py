"""True numbers: every number of a page equals its list, and nothing of others is counted or found."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.enums import ForwardReason, Level, NotTakenReason, Outcome, Sex, Status
from cases.models import Case, CaseGrant, Referral, Step
from cases.services import casework, handovers, recusals, triage
from coordinators.models import Desk
from coordinators.services import load_reference, put_on_duty
from core import clock
from core.models import AuditEvent
from nrm_portal.overview import own
from nrm_portal.overview.own import behind
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import World, sent
from tests.factories import AgencyFactory, member, sign_in
from tests.overview.own_page import LIST, PAGE, card, links, listed, merge, number, row, shown, text_of

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


@pytest.fixture
def mitt(on_duty: OnDuty) -> Assignment:
    return on_duty("mitt")


@pytest.fixture
def many(mitt: Assignment, referrer: Assignment, send: Send, freeze: Freeze) -> Assignment:
    """Cases of every kind at the desk of Mitt, some late, one merged of two, and one at another desk."""
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
    merge(first, send(police).case, mitt)
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
        held = behind.of(many, desks, query)
        cases = held.grants.count()
        thing = "moment" if {"sent", "sent-nu"} & set(query) else "hänvisningar"
        told = f"{value} {thing} i {cases} {'ärende' if cases == 1 else 'ärenden'}"
        assert held.counted == (told if cases != value else ""), url
        assert held.words, url
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
    assert number(page) == "7"
    assert row(page, "lan", "Uppsala län")[:6] == ["1", "3", "1", "0", "1", "6"]
    assert row(page, "floden", "Polismyndigheten")[-1] == "4"
    assert row(page, "svar", "Inom 4 timmar") == ["3"]
    assert row(page, "avslut", "Totalt") == ["1"]
    assert row(page, "okant", "Kön")[:2] == ["1", "0"]
    # a period that cannot be chosen gives the running year
    asked = ("2026-11", "2026-Q4", "2026-10", "2025", "1999", "2026-13", "x")
    assert [number(shown(many, period=code)) for code in asked] == ["7", "7", "0", "0", "7", "7", "7"]
    # what can be filled in leads to the very case, and reading the list is recorded
    page_text = text_of(sign_in(client, many).get(PAGE))
    assert "Fyll i: Kön (1)" in page_text
    urls = set(re.findall(rf'href="({LIST}[^"]*saknas=sex&amp;oppna=1)"', page_text))
    case = Case.objects.get(sex=Sex.UNKNOWN, county_id="03")
    assert [listed(client, unescape(url)) for url in urls] == [{case.reference}]
    event = AuditEvent.objects.filter(verb="case.list").latest("at")
    assert list(event.target_ids) == [case.pk]
    # the practice case is no number
    Case.objects.filter(county_id="03", status="received").update(practice=True)
    assert number(shown(many)) == "4"


def test_rates_are_drawn_of_the_desks_own_counties(many: Assignment) -> None:
    """Of another region's the desk holds some cases alone. Ranked, and named, by what is drawn."""
    Case.objects.filter(sex=Sex.UNKNOWN).update(county_id="24")
    plain, rates = (card(shown(many, matt=code), "lan") for code in ("", "invanare"))
    assert plain.title.startswith("Flest ärenden i ") and plain.limits == [1, 2, 4, 8]
    assert plain.counties["24"] > 0 and None not in plain.counties.values() and not plain.withheld
    assert rates.title == "Ärenden per län och 100 000 invånare"
    assert rates.limits == [0.5, 1.0, 1.5, 2.0] and rates.withheld == "annan region"
    assert rates.counties["24"] is None and rates.counties["03"] > 0 and rates.counties["21"] == 0.0
    rows = [str(one[0]) for one in rates.table.rows]
    assert rows.index("Uppsala län") < rows.index("Västerbottens län")


def test_a_merged_case_is_one_person_with_two_referrals(client: Client, many: Assignment) -> None:
    """And its list says why it is shorter than the number."""
    page = shown(many)
    assert [number(page, place) for place in range(3)] == ["7", "6", "0"]
    assert row(page, "floden", "Totalt")[-1] == "7"
    for key in ("lan", "former"):
        assert row(page, key, "Totalt")[5] == "6", key
    assert row(page, "lan", "Uppsala län")[-1] == "1,5", "of 100 000: persons, not referrals"
    assert "7 hänvisningar i 6 ärenden" in card(page, "manader").definition
    for url, words, counted in (
        (f"{LIST}?alla=1", "Alla hänvisningar", "7 hänvisningar i 6 ärenden"),
        (f"{LIST}?blev=active", f"Blev: {Status.ACTIVE.label}", "2 hänvisningar i 1 ärende"),
        (f"{LIST}?slag=person", "Slag: Person (ärende)", ""),
        (f"{LIST}?sent-nu=.", "Alla försenade moment nu", f"{number(page, 3)} moment i"),
    ):
        text = text_of(sign_in(client, many).get(url))
        assert words in text and counted in text, url
        assert counted or "hänvisningar i" not in text, url
    found = dict(
        re.findall(r'<dt>([^<]+)</dt><dd class="value"><a href="([^"]+)"', text_of(client.get(PAGE)))
    )
    assert len(found) == 3, "each key number that is not zero leads to its cases"
    assert "sent-nu=." in unescape(found["Försenade moment nu"])
    css = (settings.BASE_DIR / "static/css/charts.css").read_text()
    assert ".kpi a" not in css, "on paper a number stays, whether or not it is a link"


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
    assert (int(number(shown(nord))), number(shown(many))) == (before, "7")
    handovers.accept(case_id=case.pk, by=nord)
    assert (int(number(shown(nord))), number(shown(many))) == (before + 2, "5"), "with both its referrals"
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


@pytest.mark.security("S20", "steps of a case of which a desk sees the header")
def test_of_a_header_no_step_is_counted(client: Client, many: Assignment, freeze: Freeze) -> None:
    freeze("2026-12-20 10:00")
    owed = Step.objects.filter(case__status="active", key__contains=".rc.", status="open")[0]
    Step.objects.filter(pk=owed.pk).update(status="done", ended_at=clock.now(), chase_at=None)
    page = shown(many)
    assert {"steg", "forsenat-nu"} < {one.key for part in page.parts for one in part.cards}
    CaseGrant.objects.filter(desk__key="mitt").update(level=Level.HEADER)
    page = shown(many)
    assert number(page) == "7" and number(page, 3) == "0"
    assert not {"steg", "forsenat-nu"} & {one.key for part in page.parts for one in part.cards}
    assert card(page, "forsenat").title == "Inget moment blev försenat"
    sign_in(client, many)
    for word in ("sent-nu=.", "sent=.", "steg=1_identify"):
        assert not listed(client, f"{LIST}?{word}"), word


# --- what can be chosen ----------------------------------------------------------------------------------


def test_a_coordinator_of_two_desks_sees_them_together_or_one(
    client: Client, many: Assignment, on_duty: OnDuty
) -> None:
    on_duty("nord")
    desk = Desk.objects.get(key="nord")
    put_on_duty(
        desk=desk, membership=Membership.objects.get(pk=many.membership_id), first=date(2020, 1, 1), by=None
    )
    assert number(shown(many)) == "8"
    assert [str(line[0]) for line in card(shown(many), "enheter").table.rows][-1] == "Totalt"
    assert number(shown(many, enhet="nord")) == "1"
    assert number(shown(many, enhet="mitt")) == "7"
    assert number(shown(many, enhet="syd")) == number(shown(many, enhet="finns-inte")) == "8"
    page = text_of(sign_in(client, many).get(PAGE, {"enhet": "nord"}))
    assert '<option value="nord" selected>' in page
    assert all(len(listed(client, url)) == value for value, url in links(page) if "slag=person" in url)


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

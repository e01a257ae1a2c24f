"""Matches, merging and earlier cases on the pages: who sees what, messages at the field, and nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from cases.enums import LinkKind, Outcome, Protection, Status
from cases.models import Case, CaseLink, Merge
from cases.services import casework, matching, merge_choices, merging
from cases.services.disposal import erasing
from core import clock
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.cases.services.pairs import NADIA, NADJA
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db
REASON = "Jämför två ärenden"


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def pair(karin: Any, send: Any, referrer: Any) -> tuple[Case, Case]:
    other = member("caseworker", agency=AgencyFactory.create(kind="mika"))
    one, two = send(referrer, **NADIA).case, send(other, **NADJA).case
    matching.look()
    return accepted(one, karin), accepted(two, karin)


def at(case: Case, page: str = "") -> str:
    return f"/arenden/{case.pk}/{page}"


def answers(one: Case, two: Case, side: str = "survivor") -> dict[str, str]:
    return {row.key: side for row in merge_choices.differences(one, two)}


def asked(one: Case, two: Case, **more: str) -> dict[str, str]:
    return {"reference": two.reference, "reason": REASON, "versions": f"{one.version}.{two.version}", **more}


# --- hints -------------------------------------------------------------------------------------------------


def test_the_coordinator_sees_the_match_and_why(pair: Any, karin: Any) -> None:
    one, two = pair
    page = text_of(browser(karin).get(at(two)))
    assert one.reference in page and "samma telefonnummer" in page and "namnet låter lika" in page
    assert "Möjlig träff" in page
    assert "Möjlig träff" in text_of(browser(karin).get("/inkorg/?vy=alla"))


def test_an_agency_in_the_case_sees_the_same_page_with_and_without_a_match(pair: Any, karin: Any) -> None:
    one, two = pair
    worker = browser(in_case(two, karin))
    Case.objects.filter(pk=two.pk).update(has_match=True)
    with_match = [
        _same(worker.get(url)) for url in (at(two), "/arenden/", "/aviseringar/", at(two, "historik/"))
    ]
    Case.objects.filter(pk=two.pk).update(has_match=False)
    without = [
        _same(worker.get(url)) for url in (at(two), "/arenden/", "/aviseringar/", at(two, "historik/"))
    ]
    assert with_match == without
    assert not any("möjlig träff" in page.lower() or one.reference in page for page in with_match)


def _same(response: Any) -> str:
    """A page without what is different each time it is shown."""
    text = response.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    return re.sub(r'(data-[a-z-]*|content)="[^"]*"', "", text)


def test_the_second_referrer_sees_byte_for_byte_what_any_referrer_sees(
    karin: Any, send: Any, referrer: Any
) -> None:
    """The same answers sent twice: once when she is known from another agency, once when she is not."""
    second = member("caseworker", agency=AgencyFactory.create(kind="mika"))
    client = browser(second)
    pages = []
    for known in (False, True):
        if known:
            send(referrer, **NADIA)
        own = send(second, **NADJA)
        matching.look()
        found = [client.get(url) for url in (f"/hanvisningar/{own.pk}/", f"/hanvisningar/{own.pk}/kvitto/")]
        pages.append([_neutral(page, own) for page in found])
        assert client.get(at(own.case)).status_code == 404
        Case.objects.filter(pk=own.case_id).update(**erasing.bare(clock.now()))
    assert pages[0] == pages[1]


def _neutral(response: Any, own: Any) -> str:
    text = (
        _same(response)
        .replace(own.reference, "REF")
        .replace(str(own.pk), "PK")
        .replace(str(own.case_id), "PK")
    )
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "ID", text)


def test_a_match_elsewhere_shows_the_desk_and_nothing_of_the_case(
    karin: Any, on_duty: Any, send: Any, referrer: Any
) -> None:
    sara = on_duty("syd", "Sara Syd")
    first = send(referrer, **NADIA)
    second = send(referrer, **(NADJA | {"municipality_of_presence": "1280"}))
    matching.look()
    response = browser(sara).get(at(second.case))
    page = text_of(response)
    assert "samma telefonnummer" in page and str(first.case.desk.name) in page
    html = response.content.decode()
    assert first.reference not in html and str(first.case_id) not in html
    key = re.search(r"/traff/([0-9a-f]+)/fraga/", html)
    assert key is not None
    done = browser(sara).post(at(second.case, f"traff/{key[1]}/fraga/"), follow=True)
    assert "har ombetts ringa" in text_of(done)
    assert "ber er ringa" in text_of(browser(karin).get("/aviseringar/"))


def test_a_protected_match_names_the_handler_only(karin: Any, send: Any, referrer: Any) -> None:
    first = send(referrer, **(NADIA | {"protected_identity": Protection.SECRECY_MARKING.value})).case
    accepted(first, karin)
    second = send(referrer, **NADJA).case
    matching.look()
    html = browser(karin).get(at(second)).content.decode()
    assert "Karin Holm" in html and "skyddad" in html.lower()
    assert first.reference not in html


def test_not_the_same_person(pair: Any, karin: Any) -> None:
    one, two = pair
    html = browser(karin).get(at(two)).content.decode()
    url = re.search(r'action="([^"]+/inte-samma/)"', html)
    assert url is not None
    assert "Möjlig träff" not in text_of(browser(karin).post(url[1], follow=True))
    assert CaseLink.objects.get().kind == LinkKind.NOT_SAME
    assert browser(karin).post(url[1], follow=True).status_code == 200, "twice is no error"


def test_as_many_queries_for_one_match_as_for_thirty(pair: Any, karin: Any, send: Any, referrer: Any) -> None:
    _one, two = pair
    client = browser(karin)
    few = queries(client, at(two))
    for number in range(29):
        send(referrer, **(NADIA | {"name": f"Nadia {chr(97 + number) * 4}"}))
    cache.clear()
    assert queries(client, at(two)) <= few + 1
    assert len(re.findall("/inte-samma/", client.get(at(two)).content.decode())) == 30


# --- merging -----------------------------------------------------------------------------------------------


def test_merge_field_by_field_and_back(pair: Any, karin: Any) -> None:
    one, two = pair
    client = browser(karin)
    url = at(one, "sla-ihop/")
    assert client.get(url).status_code == 200
    page = client.post(url, asked(one, two))
    html = page.content.decode()
    assert page.status_code == 200 and "Nadia K." in html and "Nadja C." in html
    assert page.headers["Cache-Control"] == "no-store, private"
    assert not re.search(r'type="radio"[^>]*checked', html), "nothing is chosen beforehand"
    refused = client.post(url, asked(one, two, merge="1"))
    assert (
        refused.status_code == 422
        and "Välj vad som gäller" in text_of(refused)
        and not Merge.objects.exists()
    )
    done = client.post(url, asked(one, two, merge="1") | answers(one, two, "absorbed"), follow=True)
    assert "Båda numren leder hit" in text_of(done)
    assert client.get(at(two), follow=True).redirect_chain[-1][0] == at(one)
    assert client.get(at(two, "checklista/")).status_code == 302
    row = Merge.objects.get()
    page = client.get(at(one, f"dela-upp/{row.pk}/"))
    assert page.status_code == 200
    client.post(at(one, f"dela-upp/{row.pk}/"))
    two.refresh_from_db()
    assert two.status == Status.ACTIVE and client.get(at(two)).status_code == 200


def test_strangers_get_404_at_the_old_number(pair: Any, karin: Any, on_duty: Any, referrer: Any) -> None:
    one, two = pair
    merging.merge(survivor_id=one.pk, absorbed_id=two.pk, choices=answers(one, two), by=karin)
    for who in (on_duty("syd"), on_duty("national"), referrer):
        assert browser(who).get(at(two)).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Ange referensnumret"),
        ({"reference": "H26-00417-X", "reason": REASON}, "hela referensnumret"),
        ({"reference": "H26-00417-U", "reason": REASON}, "inget annat ärende"),
        ({"reference": "H26-00417-U"}, "Skriv varför"),
    ],
)
def test_messages_at_the_field(pair: Any, karin: Any, data: Any, words: str) -> None:
    page = browser(karin).post(at(pair[0], "sla-ihop/"), data)
    assert page.status_code == 422 and words in text_of(page)


def test_somebody_has_changed_it_since(pair: Any, karin: Any) -> None:
    one, two = pair
    data = asked(one, two, merge="1") | answers(one, two)
    Case.objects.filter(pk=two.pk).update(version=99)
    page = browser(karin).post(at(one, "sla-ihop/"), data)
    assert page.status_code == 409 and not Merge.objects.exists()


def test_obstacles_are_told_and_no_identity_is_opened(
    pair: Any, karin: Any, send: Any, referrer: Any
) -> None:
    one, _two = pair
    closed = accepted(send(referrer, **NADIA).case, karin)
    casework.close(case_id=closed.pk, outcome=Outcome.RETURNED, by=karin)
    page = browser(karin).post(at(one, "sla-ihop/"), {"reference": closed.reference, "reason": REASON})
    assert "Bara öppna ärenden" in text_of(page) and "Nadia K." not in text_of(page)


PAGES = ("sla-ihop/", "tidigare/")


@pytest.mark.parametrize("page", PAGES)
def test_wrong_people_at_the_doors(pair: Any, karin: Any, on_duty: Any, referrer: Any, page: str) -> None:
    one, _two = pair
    assert browser(in_case(one, karin)).get(at(one, page)).status_code == 403
    for who in (on_duty("syd"), on_duty("national"), referrer):
        assert browser(who).get(at(one, page)).status_code == 404
    casework.close(case_id=one.pk, outcome=Outcome.RETURNED, by=karin)
    assert browser(karin).get(at(one, page)).status_code == 302, "sent back with words"
    assert Client().get(at(one, page)).status_code == 302


# --- earlier cases ----------------------------------------------------------------------------------


def test_link_by_number_and_remove(pair: Any, karin: Any) -> None:
    one, two = pair
    casework.close(case_id=one.pk, outcome=Outcome.RETURNED, by=karin)
    client = browser(karin)
    url = at(two, "tidigare/")
    empty = client.post(url, {})
    assert empty.status_code == 422 and "Välj om personen" in text_of(empty)
    done = client.post(url, {"reference": one.reference, "again": "yes"}, follow=True)
    assert "Utnyttjad på nytt" in text_of(done) and one.reference in text_of(done)
    link = CaseLink.objects.get()
    assert client.post(url, {"reference": one.reference, "again": "yes"}).status_code == 422
    gone = client.post(at(two, f"tidigare/{link.pk}/ta-bort/"), follow=True)
    assert gone.status_code == 200 and not CaseLink.objects.exists()


def test_region_and_year_only_of_what_is_not_seen(
    karin: Any, on_duty: Any, send: Any, referrer: Any, freeze: Any
) -> None:
    sara = on_duty("syd", "Sara Syd")
    first = accepted(send(referrer, **NADIA).case, karin)
    casework.close(case_id=first.pk, outcome=Outcome.RETURNED, by=karin)
    freeze("2027-03-01 09:00")
    second = send(referrer, **(NADJA | {"municipality_of_presence": "1280"})).case
    client = browser(sara)
    key = re.search(r"/traff/([0-9a-f]+)/tidigare/", client.get(at(second)).content.decode())
    assert key is not None
    url = at(second, f"traff/{key[1]}/tidigare/")
    assert client.get(url).status_code == 200
    page = client.post(url, {"again": "no"}, follow=True)
    assert "avslutat 2026" in text_of(page) and str(first.desk.name) in text_of(page)
    assert first.reference not in page.content.decode() and str(first.pk) not in page.content.decode()

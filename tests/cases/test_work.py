"""Mitt arbete, notices, search and the jobs: one's own only, and never a name in an address."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.enums import Role
from cases.enums import ForwardReason
from cases.models import Notice
from cases.services import notices, triage
from core.models import AuditEvent, JobRun
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


# --- my work -------------------------------------------------------------------------------------


def test_everybody_has_a_page_of_work(portal: Any, on_duty: Any) -> None:
    for role in Role:
        page = browser(on_duty("national") if role == Role.NATIONAL_COORDINATOR else member(role)).get(
            "/arbete/"
        )
        assert page.status_code == 200
    assert browser(member(Role.AUDITOR)).post("/arbete/").status_code == 405


def test_a_coordinator_sees_three_numbers_and_her_steps(
    karin: Any, referrer: Any, send: Any, freeze: Any
) -> None:
    case = accepted(send(referrer).case, karin)
    send(referrer)
    freeze("2026-11-25 16:00")
    page = text_of(browser(karin).get("/arbete/"))
    assert "1 att besvara" in page and "0 väntar på komplettering" in page
    assert case.reference in page and "Att göra i dag" in page


def test_danger_stands_first(karin: Any, referrer: Any, send: Any, freeze: Any) -> None:
    calm = accepted(send(referrer).case, karin)
    danger = accepted(send(referrer, immediate_danger="yes", emergency_contacted=["police"]).case, karin)
    freeze("2026-12-01 09:00")
    page = browser(karin).get("/arbete/").content.decode()
    assert page.index(danger.reference) < page.index(calm.reference)


def test_an_agency_worker_sees_her_agencys_steps_and_no_others(
    karin: Any, referrer: Any, send: Any, freeze: Any
) -> None:
    case = accepted(send(referrer).case, karin)
    worker = in_case(case, karin)
    colleague, stranger = member(Role.CASEWORKER, agency=worker.agency), member(Role.CASEWORKER)
    freeze("2026-12-10 09:00")
    assert case.reference in text_of(browser(worker).get("/arbete/"))
    assert case.reference in text_of(browser(colleague).get("/arbete/"))
    assert case.reference not in text_of(browser(stranger).get("/arbete/"))


def test_the_referrer_sees_that_the_coordinator_waits(karin: Any, referrer: Any, send: Any) -> None:
    referral = send(referrer)
    triage.ask(case_id=referral.case_id, text="Vilket språk?", by=karin)
    page = text_of(browser(referrer).get("/arbete/"))
    assert "Svara på koordinatorns fråga" in page and "Väntar på dig" in page


def test_as_many_queries_for_one_case_as_for_thirty(karin: Any, referrer: Any, send: Any) -> None:
    accepted(send(referrer).case, karin)
    client = browser(karin)
    few = queries(client, "/arbete/")
    for _n in range(29):
        accepted(send(referrer).case, karin)
    assert queries(client, "/arbete/") == few <= 23


def test_an_empty_day_says_so(portal: Any) -> None:
    page = text_of(browser(member()).get("/arbete/"))
    assert "Inget att göra i dag" in page and "Du har inte skickat någon hänvisning än" in page


# --- notices -------------------------------------------------------------------------------------


def test_notices_are_ones_own_and_counted(karin: Any, referrer: Any, send: Any) -> None:
    referral = send(referrer)
    accepted(referral.case, karin)
    client = browser(referrer)
    page = client.get("/aviseringar/")
    assert f"{referral.reference} har tagits emot" in text_of(page) or referral.reference in text_of(page)
    notice = Notice.objects.get(user=referrer.user)
    assert notices.unread(referrer.user_id) == 1
    assert browser(karin).get(f"/aviseringar/{notice.pk}/").status_code == 404
    assert client.get(f"/aviseringar/{notice.pk}/")["Location"] == f"/hanvisningar/{referral.pk}/"
    assert notices.unread(referrer.user_id) == 0


def test_all_can_be_marked_as_read(karin: Any, referrer: Any, send: Any) -> None:
    for _n in range(3):
        send(referrer)
    client = browser(karin)
    assert notices.unread(karin.user_id) == 3
    assert client.get("/aviseringar/las-alla/").status_code == 405
    client.post("/aviseringar/las-alla/")
    assert notices.unread(karin.user_id) == 0


def test_a_notice_of_a_case_one_lost_is_text_only(karin: Any, on_duty: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    on_duty("syd")
    syd = case.desk.__class__.objects.get(key="syd")
    triage.forward(case_id=case.pk, desk_id=syd.pk, reason=ForwardReason("moved"), by=karin)
    page = browser(karin).get("/aviseringar/").content.decode()
    assert case.reference in page
    assert not any(f"/aviseringar/{n.pk}/" in page for n in Notice.objects.filter(user=karin.user))


@pytest.mark.parametrize("kind", ["", "arenden", "frister", "meddelanden", "hanvisningar", "hej"])
def test_notices_by_kind(karin: Any, referrer: Any, send: Any, kind: Any) -> None:
    send(referrer)
    page = browser(karin).get("/aviseringar/", {"typ": kind})
    assert page.status_code == 200


def test_as_many_queries_for_thirty_notices(karin: Any, referrer: Any, send: Any) -> None:
    send(referrer)
    client = browser(karin)
    few = queries(client, "/aviseringar/")
    for _n in range(29):
        send(referrer)
    assert queries(client, "/aviseringar/") == few


# --- search --------------------------------------------------------------------------------------


def test_an_exact_reference_jumps_straight_however_it_is_written(
    karin: Any, referrer: Any, send: Any
) -> None:
    referral = send(referrer)
    client = browser(karin)
    plain = referral.reference.replace("-", "")
    for words in (
        referral.reference,
        plain,
        plain.lower(),
        f" {referral.reference[:3]} {referral.reference[4:]} ",
    ):
        assert client.post("/sok/", {"q": words})["Location"] == f"/arenden/{referral.case_id}/"
    own = browser(referrer).post("/sok/", {"q": referral.reference})
    assert own["Location"] == f"/hanvisningar/{referral.pk}/"


def test_a_mistyped_check_letter_says_so(karin: Any, referrer: Any, send: Any) -> None:
    reference = send(referrer).reference
    wrong = reference[:-1] + ("A" if reference[-1] != "A" else "B")
    assert "Kontrollbokstaven stämmer inte" in text_of(browser(karin).post("/sok/", {"q": wrong}))


def test_what_is_not_ones_own_looks_like_what_is_not_there(
    karin: Any, on_duty: Any, referrer: Any, send: Any
) -> None:
    referral = send(referrer)
    stranger = browser(on_duty("syd"))
    theirs = text_of(stranger.post("/sok/", {"q": referral.reference})).replace(referral.reference, "X")
    nothing = text_of(stranger.post("/sok/", {"q": "H26-00417-U"})).replace("H26-00417-U", "X")
    assert theirs == nothing and "0 träffar" in theirs
    assert referral.reference not in text_of(stranger.post("/sok/", {"q": "Uppsala"}))


def test_safe_words_find_ones_own_cases(karin: Any, referrer: Any, send: Any) -> None:
    referral = send(referrer)
    client = browser(karin)
    for words in ("uppsala", "Arbetskraft", referral.reference[4:8]):
        page = text_of(client.post("/sok/", {"q": words}))
        assert referral.reference in page
    assert AuditEvent.objects.filter(verb="search.cases", target_ids__contains=[referral.case_id]).exists()
    assert referral.reference not in text_of(client.post("/sok/", {"q": "Björk-27"}))


def test_search_words_never_stand_in_an_address(karin: Any) -> None:
    client = browser(karin)
    assert "0 träffar" not in text_of(client.get("/sok/?q=Uppsala"))
    assert "Skriv vad du söker" in text_of(client.post("/sok/", {"q": " "}))


# --- jobs ----------------------------------------------------------------------------------------


def test_jobs_are_shown_to_those_who_keep_the_portal(portal: Any, on_duty: Any, freeze: Any) -> None:
    now = freeze("2026-11-23 09:00")
    JobRun.objects.create(
        name="chase", started_at=now, finished_at=now, state="finished", found=3, done=2, failed=1
    )
    for who in (member(Role.ADMINISTRATOR), on_duty("national")):
        page = text_of(browser(who).get("/jobb/"))
        assert "Frister och påminnelser" in page
    for who in (
        member(),
        on_duty("mitt"),
        member(Role.AUDITOR),
        member(Role.ADMINISTRATOR, agency=AgencyFactory.create()),
    ):
        assert browser(who).get("/jobb/").status_code == 403

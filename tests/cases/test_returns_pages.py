"""Pages of a voluntary return: the track, what it demands, a change of mind, and the returns of a desk."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.enums import AgencyKind
from cases.enums import Outcome, ReturnPart, ReturnStage
from cases.models import Case, ReturnPlan
from cases.services import casework, returning
from core.models import AuditEvent
from tests.case_factories import accepted, browser, in_case, queries, text_of

pytestmark = pytest.mark.django_db
P = ReturnPart
SCOPE = ["social_services_adult", "police", "iom"]


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer, consent_scope=SCOPE).case, karin)


def at(case: Any, page: Any = "") -> Any:
    return f"/arenden/{case.pk}/{page}"


def started(case: Any, by: Any) -> ReturnPlan:
    return returning.start(case_id=case.pk, informed_on=date(2026, 11, 23), language="bulgariska",
                           interpreter=True, country="BG", words="Vill hem till Varna.", by=by)  # fmt: skip


def travelled(case: Any, by: Any) -> ReturnPlan:
    plan = started(case, by)
    day = date(2026, 11, 23)
    for part in (P.CHOICE, P.APPLICATION, P.ELIGIBILITY, P.RISKS, P.DOCUMENTS, P.JOURNEY, P.RECEPTION):
        returning.record(plan_id=plan.pk, part=part, day=day, words="x", by=by)
    return returning.record(plan_id=plan.pk, part=P.DEPARTURE, day=day, words="", wants_follow_up=True, by=by)


TOLD = {
    "informed_on": "2026-11-23", "told": ["programme", "alternatives", "risks", "free"],
    "language": "bulgariska", "interpreter": "yes", "country": "BG", "words": "Vill hem till Varna.",
}  # fmt: skip


def test_the_tab_comes_with_the_wish(case: Any, karin: Any) -> None:
    client, tab = browser(karin), f'href="{at(case, "atervandande/")}"'
    nav = client.get(at(case, "datum/")).content.decode()
    assert tab not in nav
    assert tab in client.get(at(case)).content.decode(), "among the rarer decisions"
    assert "Inget återvändande är planerat" in text_of(client.get(at(case, "atervandande/")))
    assert client.post(at(case, "atervandande/nytt/"), TOLD)["Location"] == at(case, "atervandande/")
    assert tab in client.get(at(case, "datum/")).content.decode()
    words = text_of(client.get(at(case, "atervandande/")))
    assert "på bulgariska, med tolk" in words and "Bulgarien" in words and "Vill hem till Varna." in words
    assert "Eget val, skriftligt" in words and "Beslut om barnets bästa" not in words


def test_an_informed_choice_is_demanded(case: Any, karin: Any) -> None:
    page = browser(karin).post(at(case, "atervandande/nytt/"), TOLD | {"told": ["programme"], "language": ""})
    words = text_of(page)
    assert page.status_code == 422 and not ReturnPlan.objects.exists()
    assert "Allt måste vara sagt" in words and "Skriv på vilket språk" in words
    assert "Vill hem till Varna." in page.content.decode(), "what was typed is kept"


def test_the_whole_track_by_its_forms(case: Any, karin: Any, freeze: Any) -> None:
    client, plan = browser(karin), started(case, karin)
    for part in (P.CHOICE, P.APPLICATION, P.ELIGIBILITY, P.RISKS, P.DOCUMENTS, P.JOURNEY, P.RECEPTION):
        plan.refresh_from_db()
        said = {"version": plan.version, "day": "2026-11-23", "words": f"Om {part}"}
        answer = client.post(at(case, f"atervandande/{plan.pk}/del/{part}/"), said)
        assert answer.status_code == 302, (part, text_of(answer))
    plan.refresh_from_db()
    assert plan.stage == ReturnStage.BOOKED
    said = {"version": plan.version, "day": "2026-11-23", "arrived_on": "", "wants_follow_up": "yes"}
    client.post(at(case, f"atervandande/{plan.pk}/del/departure/"), said)
    words = text_of(client.get(at(case, "atervandande/")))
    assert "Har rest" in words and "Uppföljning hemma" in words and "en månad efter hemkomst" in words
    assert "Personen har ångrat sig" not in words, "after boarding nothing is stopped"


def test_what_is_missing_is_said_before_and_after(case: Any, karin: Any) -> None:
    client, plan = browser(karin), started(case, karin)
    url = at(case, f"atervandande/{plan.pk}/del/eligibility/")
    assert "Behövs först: Eget val, skriftligt, Ansökan till IOM" in text_of(client.get(url))
    page = client.post(url, {"version": 0, "day": "2026-11-23", "words": "IOM"})
    assert page.status_code == 422 and "Först: Eget val, skriftligt" in text_of(page)
    assert client.get(at(case, f"atervandande/{plan.pk}/del/nothing/")).status_code == 404


def test_without_consent_the_page_leads_to_it(karin: Any, referrer: Any, send: Any) -> None:
    other = accepted(send(referrer).case, karin)
    started(other, karin)
    words = browser(karin).get(at(other, "atervandande/")).content.decode()
    assert "inget samtycke till att dela med IOM" in words


def test_a_childs_return_asks_for_the_best_interests(karin: Any, case: Any) -> None:
    Case.objects.filter(pk=case.pk).update(age_band="child")
    plan = started(case, karin)
    client = browser(karin)
    assert "Beslut om barnets bästa" in text_of(client.get(at(case, "atervandande/")))
    for part in (P.CHOICE, P.APPLICATION):
        returning.record(plan_id=plan.pk, part=part, day=date(2026, 11, 23), words="x", by=karin)
    plan.refresh_from_db()
    said = {"version": plan.version, "day": "2026-11-23", "words": "IOM"}
    page = client.post(at(case, f"atervandande/{plan.pk}/del/eligibility/"), said)
    assert page.status_code == 422 and "Beslut om barnets bästa" in text_of(page)


def test_a_change_of_mind_is_one_press(case: Any, karin: Any) -> None:
    client, plan = browser(karin), started(case, karin)
    url = at(case, f"atervandande/{plan.pk}/stoppa/")
    assert "Inget skäl behövs" in text_of(client.get(url))
    assert client.post(url, {"version": plan.version, "words": ""})["Location"] == at(case, "atervandande/")
    words = text_of(client.get(at(case, "atervandande/")))
    assert "Stoppad" in words and "Planera ett nytt återvändande" in words
    again = client.post(url, {"version": plan.version, "words": ""})
    assert again["Location"] == at(case, "atervandande/")
    assert "pågår inte längre" in text_of(client.get(again["Location"]))
    started(case, karin)
    assert "Återvändanden som stoppats tidigare: 23 november 2026" in text_of(
        client.get(at(case, "atervandande/")))  # fmt: skip


def test_somebody_else_saved_in_between(case: Any, karin: Any) -> None:
    client, plan = browser(karin), started(case, karin)
    returning.record(plan_id=plan.pk, part=P.CHOICE, day=date(2026, 11, 22), words="Ett", by=karin)
    url = at(case, f"atervandande/{plan.pk}/del/choice/")
    page = client.post(url, {"version": 0, "day": "2026-11-23", "words": "Två"})
    assert page.status_code == 422 and "Två" in page.content.decode()
    assert 'name="version" value="1"' in page.content.decode(), "saved again on purpose it replaces"
    assert client.post(url, {"version": 1, "day": "2026-11-23", "words": "Två"}).status_code == 302


def test_without_proceedings_nothing_tells_of_a_return(case: Any, karin: Any) -> None:
    before = browser(in_case(case, karin))
    assert before.get(at(case, "atervandande/")).status_code == 403
    started(case, karin)
    assert before.get(at(case, "atervandande/")).status_code == 403, "the same answer, whether there is one"
    for page in ("", "checklista/", "datum/", "historik/"):
        shown = text_of(before.get(at(case, page)))
        assert "tervändandet" not in shown and "tervändandeprogram" not in shown, page
    band = text_of(before.get(at(case))).split("Ett tryggt återvändande")[1]
    assert band.startswith(" Ej påbörjad 1/6"), "a number of steps would tell of what is not shown"
    iom = browser(in_case(case, karin, AgencyKind.IOM, categories=("situation", "proceedings")))
    words = text_of(iom.get(at(case, "atervandande/")))
    assert "Vill hem till Varna." in words and "Personen har ångrat sig" not in words
    plan = returning.latest(case)
    assert plan is not None
    assert iom.post(at(case, f"atervandande/{plan.pk}/stoppa/"), {"version": 0}).status_code == 403


def test_follow_up_on_a_closed_case(case: Any, karin: Any, freeze: Any) -> None:
    plan = travelled(case, karin)
    casework.close(case_id=case.pk, outcome=Outcome.RETURNED, by=karin)
    client = browser(karin)
    words = text_of(client.get(at(case, "atervandande/")))
    assert "en månad efter hemkomst" in words and "Avsluta uppföljningen" in words
    step = case.steps.get(key="ret.rc.aftercare_1m")
    freeze("2026-12-22 09:00")
    client = browser(karin)
    assert "en månad efter hemkomst" in text_of(client.get("/arbete/"))
    page = client.post(at(case, f"checklista/{step.pk}/klar/"), {"version": step.version, "remark": "Bra"})
    assert page.status_code == 302
    early = client.post(at(case, f"atervandande/{plan.pk}/klar/"),
                        {"version": plan.version, "words": "Bra"})  # fmt: skip
    assert early.status_code == 422 and "återstår: 2" in text_of(early)
    said = {"version": plan.version, "words": "Frisörkurs"}
    assert client.post(at(case, f"atervandande/{plan.pk}/del/reintegration/"), said).status_code == 302
    plan.refresh_from_db()
    said = {"version": plan.version, "day": "2026-11-22", "words": "Annan"}
    client.post(at(case, f"atervandande/{plan.pk}/del/reception/"), said)
    assert "Avslutat" in text_of(client.get(at(case, "atervandande/")))
    plan.refresh_from_db()
    assert plan.notes["reception"] == "x" and plan.version == said["version"]


# --- the returns of a desk ----------------------------------------------------------------------------


def test_a_desk_sees_its_returns_by_stage(case: Any, karin: Any, on_duty: Any) -> None:
    started(case, karin)
    words = text_of(browser(karin).get("/atervandanden/"))
    assert case.reference in words and "På ditt kontor (1)" in words and "Björk" not in words
    assert AuditEvent.objects.filter(verb="return.list", target_ids__contains=[case.pk]).exists()
    other = text_of(browser(on_duty("syd")).get("/atervandanden/"))
    assert case.reference not in other and "På ditt kontor (0)" in other


def test_the_national_desk_is_led_to_what_is_published(
    karin: Any, referrer: Any, send: Any, on_duty: Any, case: Any
) -> None:
    national = browser(on_duty("national"))
    page = national.get("/atervandanden/")
    before = text_of(page)
    assert "publiceras för år som är slut" in before and 'href="/statistik/"' in page.content.decode()
    for _n in range(6):
        started(accepted(send(referrer, consent_scope=SCOPE).case, karin), karin)
    assert text_of(national.get("/atervandanden/")) == before, "the same whatever happens today"


def test_as_many_queries_for_one_return_as_for_ten(karin: Any, referrer: Any, send: Any, case: Any) -> None:
    started(case, karin)
    client = browser(karin)
    one = queries(client, "/atervandanden/")
    for _n in range(9):
        started(accepted(send(referrer, consent_scope=SCOPE).case, karin), karin)
    assert queries(client, "/atervandanden/") == one

"""The case and its sub-pages: who reads what, what stays folded, what the history tells."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.enums import AgencyKind, Role
from cases.enums import Category, ForwardReason, Outcome, ParticipationStatus, Status
from cases.models import Message, MessageRecipient, Note, Participation, Step
from cases.services import casework, participation, triage
from coordinators.models import Desk
from core.models import AuditEvent, PdfJob
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db
NAME = "Björk-27"
STORY = "Arbetar sju dagar"
ALL = (
    "", "checklista/", "personen/", "meddelanden/", "aktorer/", "datum/", "historik/", "atkomstlogg/",
    "papper/", "avsluta/", "aktorer/bjud-in/",
)  # fmt: skip


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer).case, karin)


def at(case: Any, page: Any = "") -> Any:
    return f"/arenden/{case.pk}/{page}"


def statuses(client: Any, case: Any) -> Any:
    return {page: client.get(at(case, page)).status_code for page in ALL}


# --- who -----------------------------------------------------------------------------------------


def test_the_coordinator_opens_every_page(case: Any, karin: Any) -> None:
    assert set(statuses(browser(karin), case).values()) == {200}
    assert AuditEvent.objects.filter(verb="case.read", target_id=case.pk).exists()


def test_strangers_meet_404_everywhere(case: Any, on_duty: Any, referrer: Any) -> None:
    colleague = member(Role.CASEWORKER, agency=referrer.agency)
    others = [
        on_duty("syd"),
        on_duty("national"),
        referrer,
        colleague,
        member(Role.AUDITOR),
        member(Role.ADMINISTRATOR),
    ]
    for who in others:
        assert set(statuses(browser(who), case).values()) == {404}
    assert AuditEvent.objects.filter(outcome="refused", target_id=case.pk).count() >= len(others)


def test_an_invited_agency_sees_the_heading_only(case: Any, karin: Any) -> None:
    worker = browser(in_case(case, karin, answers=False))
    page = worker.get(at(case))
    assert page.status_code == 200 and STORY not in text_of(page) and "Ni är inbjudna" in text_of(page)
    assert {code for page, code in statuses(worker, case).items() if page not in ("",)} <= {404, 403}


def test_an_agency_without_categories_reads_its_own_steps_only(case: Any, karin: Any) -> None:
    worker = in_case(case, karin, categories=())
    client = browser(worker)
    found = statuses(client, case)
    assert found[""] == found["checklista/"] == found["meddelanden/"] == found["aktorer/"] == 200
    assert found["personen/"] == found["historik/"] == found["atkomstlogg/"] == found["papper/"] == 404
    page = text_of(client.get(at(case, "checklista/")))
    own, others = (
        case.steps.filter(agency_id=worker.agency_id),
        case.steps.exclude(agency_id=worker.agency_id),
    )
    assert all(step.template.title in page for step in own.select_related("template"))
    assert not any(step.template.title in page for step in others.select_related("template"))
    assert STORY not in text_of(client.get(at(case)))
    assert client.get(at(case, f"checklista/{others.first().pk}/")).status_code == 404


def test_a_full_grant_shows_its_categories_and_no_others(case: Any, karin: Any) -> None:
    page = text_of(browser(in_case(case, karin, categories=("situation",))).get(at(case)))
    assert STORY in page and "Skyddat boende" not in page and NAME not in page
    other = in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, categories=("health",))
    assert STORY not in text_of(browser(other).get(at(case)))


def test_ending_a_part_closes_open_tabs_at_once(case: Any, karin: Any) -> None:
    worker = in_case(case, karin)
    client = browser(worker)
    assert client.get(at(case)).status_code == 200
    row = Participation.objects.get(agency_id=worker.agency_id)
    assert client.post(at(case, f"aktorer/{row.pk}/avsluta/")).status_code == 403
    browser(karin).post(at(case, f"aktorer/{row.pk}/avsluta/"))
    assert client.get(at(case)).status_code == 404


# --- queries -------------------------------------------------------------------------------------


def test_few_queries_and_as_many_for_thirty_steps(case: Any, karin: Any) -> None:
    """Once the minute's job has compared the case with others, which it does before anybody opens it."""
    type(case).objects.filter(pk=case.pk).update(matched_at=case.received_at)
    client = browser(karin)
    before = {
        page: queries(client, at(case, page)) for page in ("", "checklista/", "historik/", "atkomstlogg/")
    }
    step = case.steps.filter(desk__isnull=False, status="open").first()
    for number in range(30):
        step.pk, step.occurrence, step._state.adding = None, 50 + number, True
        step.id = Step._meta.get_field("id").get_default()
        step.save(force_insert=True)
    after = {page: queries(client, at(case, page)) for page in before}
    assert before == after and max(after.values()) <= 20
    assert queries(client, at(case) + "?vy=alla") <= 20


# --- identity ------------------------------------------------------------------------------------


def test_identity_is_folded_opened_with_a_reason_and_folded_again(case: Any, karin: Any) -> None:
    client = browser(karin)
    for page in ALL:
        assert NAME not in text_of(client.get(at(case, page)))
    assert client.get(at(case, "identitet/")).status_code == 405
    bare = client.post(at(case, "identitet/"), {"reason": " "})
    assert bare.status_code == 422 and NAME not in text_of(bare)
    opened = client.post(at(case, "identitet/"), {"reason": "Ska ringa personen"})
    assert opened.status_code == 200 and NAME in text_of(opened)
    assert opened["Cache-Control"] == "no-store, private"
    event = AuditEvent.objects.get(verb="identity.open")
    assert event.reason == "Ska ringa personen" and event.target_id == case.person_id
    assert NAME not in text_of(client.get(at(case, "personen/")))


def test_protected_identity_opens_for_the_named_officer_only(
    karin: Any, on_duty: Any, referrer: Any, send: Any
) -> None:
    case = send(referrer, protected_identity="protected_registration").case
    accepted(case, karin)
    jonas = browser(on_duty("mitt", "Jonas Ek"))
    refused = jonas.post(at(case, "identitet/"), {"reason": "Nyfiken"})
    assert refused.status_code == 403 and NAME not in text_of(refused)
    assert AuditEvent.objects.filter(verb="identity.open", outcome="refused").exists()
    assert NAME in text_of(browser(karin).post(at(case, "identitet/"), {"reason": "Möte"}))


def test_an_agency_with_identity_opens_it_one_without_does_not(case: Any, karin: Any) -> None:
    given = browser(in_case(case, karin, categories=("situation", "identity")))
    assert NAME in text_of(given.post(at(case, "identitet/"), {"reason": "Förhör"}))
    other = browser(in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, categories=("situation",)))
    refused = other.post(at(case, "identitet/"), {"reason": "Förhör"})
    assert refused.status_code == 403 and NAME not in text_of(refused)


# --- notes and messages --------------------------------------------------------------------------


def test_a_note_stays_in_the_house(case: Any, karin: Any) -> None:
    worker = browser(in_case(case, karin))
    browser(karin).post(at(case, "meddelanden/anteckna/"), {"note-text": "Bara för oss"})
    assert "Bara för oss" in text_of(browser(karin).get(at(case, "meddelanden/")))
    assert "Bara för oss" not in text_of(worker.get(at(case, "meddelanden/")))


def test_a_message_reaches_those_chosen_and_is_marked_as_read(case: Any, karin: Any) -> None:
    police, social = in_case(case, karin), in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT)
    browser(karin).post(
        at(case, "meddelanden/skicka/"), {"to": [f"agency:{police.agency_id}"], "text": "Möte på torsdag"}
    )
    assert "Läs ett nytt meddelande" in text_of(browser(police).get("/arbete/"))
    assert "Möte på torsdag" in text_of(browser(police).get(at(case, "meddelanden/")))
    assert "Möte på torsdag" not in text_of(browser(social).get(at(case, "meddelanden/")))
    row = MessageRecipient.objects.get(agency_id=police.agency_id)
    assert row.read_by_id is None, "a page fetched ahead reads nothing"
    assert "Läs ett nytt meddelande" in text_of(browser(police).get("/arbete/"))
    browser(police).post(at(case, "meddelanden/lasta/"))
    row.refresh_from_db()
    assert row.read_by_id == police.user_id
    assert "Läs ett nytt meddelande" not in text_of(browser(police).get("/arbete/"))


def test_nobody_outside_the_case_can_be_written_to(case: Any, karin: Any) -> None:
    outside = AgencyFactory.create(kind=AgencyKind.POLICE)
    page = browser(karin).post(
        at(case, "meddelanden/skicka/"), {"to": [f"agency:{outside.pk}"], "text": "Hej"}
    )
    assert page.status_code == 422 and not Message.objects.exists()


def test_an_old_tab_stores_nothing_and_keeps_the_text(
    karin: Any, referrer: Any, send: Any, on_duty: Any
) -> None:
    """S26: the case was given away after the page had been opened."""
    case = send(referrer).case
    on_duty("syd")
    triage.forward(
        case_id=case.pk, desk_id=Desk.objects.get(key="syd").pk, reason=ForwardReason("moved"), by=karin
    )
    for url, data in (("anteckna", {"note-text": "Ring Maria"}), ("skicka", {"text": "Ring Maria"})):
        page = browser(karin).post(at(case, f"meddelanden/{url}/"), data)
        assert page.status_code == 404 and "Ring Maria" in text_of(page) and "Inget sparades" in text_of(page)
    assert not Note.objects.exists() and not Message.objects.exists()


def test_text_that_cannot_be_stored_stays_on_the_page(case: Any, karin: Any) -> None:
    client = browser(karin)
    page = client.post(at(case, "meddelanden/anteckna/"), {"note-text": "Ring\x00 henne\u202e"})
    assert page.status_code == 422 and "Ring henne" in page.content.decode() and not Note.objects.exists()
    long = client.post(at(case, "meddelanden/anteckna/"), {"note-text": "ä" * 500_000})
    assert long.status_code == 422 and "500000 tecken" in text_of(long).replace("\xa0", "").replace(
        "500 000", "500000"
    )


# --- agencies ------------------------------------------------------------------------------------


def test_inviting_shows_only_the_grounds_that_cover_the_agency(case: Any, karin: Any) -> None:
    client = browser(karin)
    ngo, police = (
        AgencyFactory.create(kind=AgencyKind.NGO_PLATFORM),
        AgencyFactory.create(kind=AgencyKind.POLICE),
    )
    assert "måste först samtycka" in text_of(client.get(at(case, f"aktorer/bjud-in/?agency={ngo.pk}")))
    page = text_of(client.get(at(case, f"aktorer/bjud-in/?agency={police.pk}")))
    assert "Samtycke den" in page and "OSL 10:23" in page and "OSL 10:20" not in page
    data = {"agency": str(police.pk), "ground": "osl_10_27", "purpose": "x"}
    assert client.post(at(case, "aktorer/bjud-in/"), data).status_code == 200
    assert not Participation.objects.filter(agency=police).exists()
    client.post(at(case, "aktorer/bjud-in/"), data | {"ground": "consent", "categories": ["situation"]})
    row = Participation.objects.get(agency=police)
    assert row.status == ParticipationStatus.INVITED and row.ground.categories == ["situation"]


def test_the_invited_agency_answers_and_gets_its_checklist(case: Any, karin: Any) -> None:
    worker = in_case(case, karin, answers=False)
    row, client = Participation.objects.get(agency_id=worker.agency_id), browser(worker)
    assert "Svara på inbjudan" in text_of(client.get("/arbete/"))
    page = text_of(client.get(f"/inbjudningar/{row.pk}/"))
    assert str(Category.SITUATION.label) in page and STORY not in page
    assert "Skriv varför" in text_of(client.post(f"/inbjudningar/{row.pk}/", {"accepts": "no"}))
    answer = client.post(f"/inbjudningar/{row.pk}/", {"accepts": "yes", "contact": str(worker.user_id)})
    assert answer["Location"] == at(case, "checklista/")
    assert case.steps.filter(agency_id=worker.agency_id).exists()
    assert browser(karin).get(f"/inbjudningar/{row.pk}/").status_code == 404


def test_declining_needs_a_reason_that_only_the_desk_reads(case: Any, karin: Any) -> None:
    worker = in_case(case, karin, answers=False)
    row, client = Participation.objects.get(agency_id=worker.agency_id), browser(worker)
    client.post(f"/inbjudningar/{row.pk}/", {"accepts": "no", "reason": "Fel distrikt"})
    row.refresh_from_db()
    assert row.status == ParticipationStatus.DECLINED
    assert client.get(at(case)).status_code == 404
    assert "Fel distrikt" in text_of(browser(karin).get(at(case, "aktorer/")))
    other = in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT)
    assert "Fel distrikt" not in text_of(browser(other).get(at(case, "aktorer/")))


# --- dates, history, the end ---------------------------------------------------------------------


def test_a_recorded_date_starts_deadlines_and_a_corrected_one_stays(case: Any, karin: Any) -> None:
    client = browser(karin)
    client.post(at(case, "datum/"), {"kind": "police_report_made", "day": "2026-11-20"})
    client.post(at(case, "datum/"), {"kind": "police_report_made", "day": "20/11 2026", "hour": "14.30"})
    page = text_of(client.get(at(case, "datum/")))
    assert "Ersatt" in page and case.milestones.filter(kind="police_report_made").count() == 2
    future = client.post(at(case, "datum/"), {"kind": "police_report_made", "day": "2027-11-20"})
    assert "framtiden" in text_of(future)
    assert client.post(at(case, "datum/"), {"kind": "trial_date", "day": "2027-02-01"}).status_code == 302


def test_an_agency_reads_dates_and_cannot_record_them(case: Any, karin: Any) -> None:
    client = browser(in_case(case, karin))
    assert "Registrera datum" not in text_of(client.get(at(case, "datum/")))
    assert client.post(at(case, "datum/"), {"kind": "trial_date", "day": "2027-02-01"}).status_code == 403


def test_history_tells_in_words_and_the_log_who_looked(case: Any, karin: Any) -> None:
    worker = in_case(case, karin)
    browser(worker).get(at(case))
    page = text_of(browser(karin).get(at(case, "historik/")))
    assert "Ärendet togs emot" in page and "Karin Holm" in page and "Inbjudan accepterades" in page
    log = text_of(browser(karin).get(at(case, "atkomstlogg/")))
    assert "Läste ärendet" in log and worker.user.name in log
    assert browser(worker).get(at(case, "atkomstlogg/")).status_code == 404


def test_closing_lists_what_is_unfinished_and_can_be_reopened(case: Any, karin: Any) -> None:
    client = browser(karin)
    page = client.get(at(case, "avsluta/"))
    assert "moment är inte klara" in text_of(page)
    assert "Välj hur ärendet slutade" in text_of(client.post(at(case, "avsluta/")))
    client.post(at(case, "avsluta/"), {"outcome": Outcome.SUPPORT_COMPLETED})
    case.refresh_from_db()
    assert case.status == Status.CLOSED
    assert "Stödet är genomfört" in text_of(client.get(at(case))) or "Avslutat" in text_of(
        client.get(at(case))
    )
    assert case.reference in text_of(client.get("/arenden/?visa=avslutade"))
    again = client.post(at(case, "avsluta/"), {"outcome": Outcome.SUPPORT_COMPLETED})
    assert again.status_code == 302
    assert client.get(at(case, "ateroppna/")).status_code == 200
    client.post(at(case, "ateroppna/"))
    case.refresh_from_db()
    assert case.status == Status.ACTIVE


def test_an_agency_cannot_close(case: Any, karin: Any) -> None:
    client = browser(in_case(case, karin))
    assert client.post(at(case, "avsluta/"), {"outcome": "returned"}).status_code == 403


# --- the list ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_as_many_queries_for_thirty(karin: Any, referrer: Any, send: Any, count: Any) -> None:
    for _n in range(count):
        send(referrer)
    client = browser(karin)
    assert queries(client, "/arenden/") <= 12
    assert queries(client, "/arenden/?q=H26") <= 12


def test_whoever_works_no_cases_has_no_list(portal: Any) -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.HOTLINE_OPERATOR):
        assert browser(member(role)).get("/arenden/").status_code == 403


def test_closed_cases_page_by_when_they_came(karin: Any, referrer: Any, send: Any, freeze: Any) -> None:
    found = []
    for minute in range(27):
        freeze(f"2026-11-23 10:{minute:02}")
        case = accepted(send(referrer).case, karin)
        casework.close(case_id=case.pk, outcome=Outcome.RETURNED, by=karin)
        found.append(case.reference)
    client = browser(karin)
    first = client.get("/arenden/?visa=avslutade").content.decode()
    assert found[-1] in first and found[0] not in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get("/arenden/" + following).content.decode()
    assert found[0] in second and found[-1] not in second


# --- paper ---------------------------------------------------------------------------------------


def test_paper_needs_a_reason_and_leaves_identity_out(case: Any, karin: Any) -> None:
    client = browser(karin)
    assert "Skriv vad papperet" in text_of(client.post(at(case, "papper/")))
    where = client.post(at(case, "papper/"), {"reason": "Möte"})["Location"]
    job = PdfJob.objects.select_related("data_key").get()
    assert NAME not in str(job.context) and STORY in str(job.context)
    waiting = client.get(where)
    assert waiting["Refresh"] == "2" and waiting.status_code == 200
    assert client.get(where + "hamta/").status_code == 404
    client.post(at(case, "papper/"), {"reason": "Förhör", "identity": "on"})
    assert NAME in str(
        PdfJob.objects.select_related("data_key")
        .order_by("-created_at", "-pk")
        .exclude(pk=job.pk)
        .get()
        .context
    )
    assert AuditEvent.objects.filter(verb="identity.open", reason="Förhör").exists()


def test_paper_is_fetched_by_the_one_who_ordered_while_she_has_access(
    case: Any, karin: Any, on_duty: Any
) -> None:
    worker = in_case(case, karin)
    client = browser(worker)
    where = client.post(at(case, "papper/"), {"reason": "Möte"})["Location"]
    assert browser(karin).get(where).status_code == 404
    participation.end(participation_id=Participation.objects.get(agency_id=worker.agency_id).pk, by=karin)
    assert client.get(where).status_code == 404

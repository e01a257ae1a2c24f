"""Disputes, contact persons, what is asked for, meetings and Väntar på andra: as people meet them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.enums import NoticeKind, Outcome, ParticipationStatus
from cases.models import Dispute, Meeting, Notice, Participation, Step
from cases.services import acts, casework, disputes, meetings, participation
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db
SOCIAL = AgencyKind.SOCIAL_SERVICES_ADULT
ONE, OTHER = "Bosatt i grannkommunen.", "Vistas i den andra kommunen."


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer).case, karin)


def at(case: Any, page: Any = "") -> str:
    return f"/arenden/{case.pk}/{page}"


def decline(case: Any, karin: Any, code: str, reason: str) -> Assignment:
    agency = AgencyFactory.create(kind=SOCIAL, municipality_code=code, name=f"Socialtjänsten {code}")
    worker = in_case(case, karin, agency=agency, answers=False)
    row = Participation.objects.get(agency=agency)
    participation.answer(participation_id=row.pk, accepts=False, reason=reason, by=worker)
    return worker


@pytest.fixture
def disputed(case: Any, karin: Any) -> tuple[Assignment, Assignment]:
    """Uppsala, where the person stays, and Knivsta have declined."""
    return decline(case, karin, "0380", ONE), decline(case, karin, "0330", OTHER)


# --- disputes ----------------------------------------------------------------------------------------


def test_the_desk_sees_both_reasons_and_the_flag(case: Any, karin: Any, disputed: Any) -> None:
    client = browser(karin)
    for page in ("", "aktorer/"):
        assert "Ingen har tagit uppdraget" in text_of(client.get(at(case, page)))
    assert "Lös en oenighet" in text_of(client.get(at(case)))
    assert "Ingen har tagit uppdraget" in text_of(client.get("/inkorg/?vy=alla"))
    page = text_of(client.get(at(case, "aktorer/oenighet/")))
    for words in (ONE, OTHER, "Socialtjänsten 0380 håller i gång det akuta skyddet", "23 november 2026"):
        assert words in page


def test_nobody_but_the_desk_learns_of_the_dispute(
    case: Any, karin: Any, disputed: Any, on_duty: Any
) -> None:
    keeper, other = disputed
    police = in_case(case, karin, AgencyKind.POLICE)
    for client in (browser(keeper), browser(police)):
        for page in ("", "aktorer/", "checklista/"):
            found = text_of(client.get(at(case, page)))
            assert "Ingen har tagit uppdraget" not in found and ONE not in found and OTHER not in found
        assert client.get(at(case, "aktorer/oenighet/")).status_code == 403
        assert "Ingen har tagit uppdraget" not in text_of(client.get("/arenden/"))
    assert "Socialtjänsten 0380" not in text_of(browser(police).get(at(case, "aktorer/")))
    assert "Ansvarar för akut skydd" in text_of(browser(keeper).get(at(case, "aktorer/")))
    for stranger in (browser(other), browser(on_duty("syd"))):
        assert stranger.get(at(case, "aktorer/oenighet/")).status_code == 404


def settling(agency: Any, **more: Any) -> dict[str, Any]:
    return {"agency": str(agency.pk), "text": "Enades vid samtal.", "ground": "consent",
            "categories": ["situation"], "purpose": "Skyddsbedömning"} | more  # fmt: skip


def test_settling_names_who_takes_it_on_who_then_cannot_decline(case: Any, karin: Any, disputed: Any) -> None:
    _keeper, other = disputed
    client = browser(karin)
    page = client.get(at(case, f"aktorer/oenighet/?agency={other.agency_id}"))
    assert page.status_code == 200 and "Vad kom ni överens om?" in text_of(page)
    wrong = client.post(at(case, "aktorer/oenighet/"), settling(other.agency, text="", purpose="Kvar"))
    assert "Skriv vad ni kom överens om" in text_of(wrong) and 'value="Kvar"' in wrong.content.decode()
    done = client.post(at(case, "aktorer/oenighet/"), settling(other.agency), follow=True)
    assert "Oenigheten är löst" in text_of(done) and not Dispute.objects.filter(settled_at=None).exists()
    row = Participation.objects.get(agency=other.agency, status=ParticipationStatus.INVITED)
    answer = browser(other).get(f"/inbjudningar/{row.pk}/")
    assert "kan inte avböja" in text_of(answer) and "Nej, vi avböjer" not in text_of(answer)
    refused = browser(other).post(f"/inbjudningar/{row.pk}/", {"accepts": "no", "reason": "Ändå inte."})
    row.refresh_from_db()
    assert row.status == ParticipationStatus.INVITED and "kan inte avböja" in text_of(refused)
    browser(other).post(f"/inbjudningar/{row.pk}/", {"accepts": "yes", "contact": str(other.user_id)})
    row.refresh_from_db()
    assert row.status == ParticipationStatus.ACCEPTED
    again = client.get(at(case, "aktorer/oenighet/"), follow=True)
    assert "Oenigheten är redan löst" in text_of(again)


def test_an_agency_of_another_kind_cannot_be_named(case: Any, karin: Any, disputed: Any) -> None:
    police = AgencyFactory.create(kind=AgencyKind.POLICE)
    found = browser(karin).post(at(case, "aktorer/oenighet/"), settling(police))
    assert Dispute.objects.filter(settled_at=None).exists() and found.status_code == 200


def test_the_national_desk_lists_references_alone(
    case: Any, karin: Any, disputed: Any, on_duty: Any, freeze: Any
) -> None:
    nina = on_duty("national")
    assert "Ingen oenighet väntar" in text_of(browser(nina).get("/oenigheter/"))
    freeze("2026-11-26 08:05")
    assert disputes.escalate() == 1
    page = text_of(browser(nina).get("/oenigheter/"))
    assert case.reference in page and "Socialtjänst" in page
    for secret in (ONE, OTHER, "Socialtjänsten 0380", "Uppsala"):
        assert secret not in page
    assert "1 oenighet som ingen har löst" in text_of(browser(nina).get("/arbete/"))
    assert browser(nina).get(at(case)).status_code == 404
    for who in (karin, disputed[0], member(Role.ADMINISTRATOR)):
        assert browser(who).get("/oenigheter/").status_code == 403


def test_a_closed_case_has_no_dispute_to_settle(case: Any, karin: Any, disputed: Any) -> None:
    casework.close(case_id=case.pk, outcome=Outcome.LOST_CONTACT, by=karin)
    client = browser(karin)
    assert "aktorer/oenighet/" not in client.get(at(case)).content.decode()
    assert "Ingen har tagit uppdraget" not in text_of(client.get("/arenden/?visa=avslutade"))
    assert client.get(at(case, "aktorer/oenighet/")).status_code == 302


# --- invitations and contact persons -------------------------------------------------------------------


def test_notices_of_an_invitation_lead_to_the_answer(case: Any, karin: Any) -> None:
    worker = in_case(case, karin, answers=False)
    row = Participation.objects.get(agency=worker.agency)
    step = Step.objects.get(agency=worker.agency, key=acts.INVITATION)
    late = Notice.objects.create(
        user=worker.user, kind=NoticeKind.STEP_LATE, case=case, step=step,
        dedupe_key="x", made_at=case.received_at,
    )  # fmt: skip
    client = browser(worker)
    for notice in (late, Notice.objects.get(user=worker.user, kind=NoticeKind.INVITED)):
        found = client.get(f"/aviseringar/{notice.pk}/")
        assert found.status_code == 302 and found["Location"] == f"/inbjudningar/{row.pk}/"
    work = text_of(client.get("/arbete/"))
    assert "Svara på inbjudan till ett ärende" in work or "Svara på inbjudan" in work
    assert client.get(at(case, f"checklista/{step.pk}/")).status_code == 404


def test_the_contact_person_is_changed_on_a_page(case: Any, karin: Any) -> None:
    worker = in_case(case, karin)
    other = member(Role.CASEWORKER, agency=worker.agency)
    row = Participation.objects.get(agency=worker.agency)
    page = at(case, f"aktorer/{row.pk}/kontakt/")
    assert other.user.name in text_of(browser(worker).get(page))
    assert "Välj en kollega hos aktören" in text_of(
        browser(worker).post(page, {"contact": str(karin.user_id)})
    )
    found = browser(karin).post(page, {"contact": str(other.user_id)}, follow=True)
    row.refresh_from_db()
    assert row.contact_id == other.user_id and "Kontaktpersonen är ändrad" in text_of(found)
    outsider = in_case(case, karin, SOCIAL)
    assert browser(outsider).get(page).status_code == 403


def test_an_agency_without_people_has_its_answer_written_down(case: Any, karin: Any) -> None:
    empty = AgencyFactory.create(kind=AgencyKind.POLICE, name="Polisen utan folk")
    row = participation.invite(case_id=case.pk, agency_id=empty.pk, ground="consent", categories=[],
                               purpose="Skydd", by=karin)  # fmt: skip
    client, page = browser(karin), at(case, f"aktorer/{row.pk}/svar/")
    assert "Skriv in aktörens svar" in text_of(client.get(at(case, "aktorer/")))
    wrong = client.post(page, {"accepts": "no", "reported_by": "Vakthavande"})
    assert "Skriv varför" in text_of(wrong)
    client.post(page, {"accepts": "yes", "reported_by": "Vakthavande, telefon"})
    row.refresh_from_db()
    assert row.status == ParticipationStatus.ACCEPTED
    assert "Spara svaret" not in text_of(client.get(page))


# --- asked for, and titles -----------------------------------------------------------------------------

WORDS = "Hämta passet hos ägaren"


@pytest.fixture
def asked(case: Any, karin: Any) -> tuple[Assignment, Step]:
    police = in_case(case, karin)
    browser(karin).post(
        at(case, "aktorer/begar/"), {"agency": str(police.agency_id), "text": WORDS, "due_on": "2026-11-27"}
    )
    return police, Step.objects.get(key=acts.AGREED)


def test_asking_shows_errors_at_the_fields_and_keeps_the_text(case: Any, karin: Any) -> None:
    client, page = browser(karin), at(case, "aktorer/begar/")
    assert "Ingen aktör deltar" in text_of(client.get(page))
    in_case(case, karin)
    found = client.post(page, {"agency": "", "text": WORDS, "due_on": "i morgon kanske"})
    html = found.content.decode()
    assert "Välj en aktör" in html and f'value="{WORDS}"' in html and not Step.objects.filter(key=acts.AGREED)
    late = client.post(page, {"agency": str(Participation.objects.get(is_referrer=False).agency_id),
                              "text": WORDS, "due_on": "2026-11-01"})  # fmt: skip
    assert "Välj i dag eller en senare dag" in text_of(late)


def test_the_words_stand_where_they_may_be_read_else_the_manuals(case: Any, karin: Any, asked: Any) -> None:
    police, step = asked
    other = in_case(case, karin, SOCIAL)
    for who in (karin, police):
        client = browser(who)
        for page in ("", "checklista/", f"checklista/{step.pk}/"):
            assert WORDS in text_of(client.get(at(case, page))), page
    assert WORDS in text_of(browser(police).get("/arbete/"))
    for page in ("", "checklista/", f"checklista/{step.pk}/", "historik/"):
        found = text_of(browser(other).get(at(case, page)))
        assert WORDS not in found, page
    assert "Överenskommen åtgärd" in text_of(browser(other).get(at(case, "checklista/")))
    assert WORDS not in text_of(browser(police).get("/aviseringar/"))


def test_steps_of_acts_have_no_button_that_ends_them(case: Any, karin: Any, disputed: Any) -> None:
    step = Step.objects.get(key=acts.DISPUTE)
    page = text_of(browser(karin).get(at(case, f"checklista/{step.pk}/")))
    assert "Spara och markera som klar" not in page
    assert (
        browser(karin).post(at(case, f"checklista/{step.pk}/klar/"), {"version": step.version}).status_code
        == 302
    )
    step.refresh_from_db()
    assert step.status == "open"


# --- waiting for others ---------------------------------------------------------------------------------


def test_waiting_for_others_lists_and_reminds_once(case: Any, karin: Any, asked: Any) -> None:
    police, step = asked
    client = browser(karin)
    assert "Väntar på andra" in text_of(client.get("/arbete/"))
    page = client.get("/arbete/vantar/")
    assert WORDS in text_of(page) and police.agency.name in text_of(page) and "Påminn" in text_of(page)
    found = client.post(at(case, f"checklista/{step.pk}/paminn/"), follow=True)
    assert "En påminnelse har skickats" in text_of(found) and "påmind i dag" in text_of(found)
    again = client.post(at(case, f"checklista/{step.pk}/paminn/"), follow=True)
    assert "redan skickats i dag" in text_of(again)
    assert Notice.objects.filter(user=police.user, kind=NoticeKind.NUDGED).count() == 1


def test_an_agency_reads_in_the_list_what_it_reads_in_the_case(case: Any, karin: Any, asked: Any) -> None:
    police, _step = asked
    social = in_case(case, karin, SOCIAL)
    page = text_of(browser(social).get("/arbete/vantar/?visa=alla"))
    assert "Överenskommen åtgärd" in page and WORDS not in page
    own = text_of(browser(police).get("/arbete/vantar/?visa=alla"))
    assert WORDS not in own, "what is owed oneself stands in My work"
    limited = in_case(case, karin, AgencyKind.POLICE, categories=())
    assert "Ingen annan ska göra något" in text_of(browser(limited).get("/arbete/vantar/?visa=alla"))


def test_as_many_queries_for_thirty_rows(case: Any, karin: Any, asked: Any) -> None:
    police, _step = asked
    client = browser(karin)
    few = queries(client, "/arbete/vantar/")
    for number in range(30):
        meetings.ask(case_id=case.pk, agency_id=police.agency_id, text=f"Sak {number}",
                     due_on=date(2026, 11, 30), by=karin)  # fmt: skip
    assert queries(client, "/arbete/vantar/") == few <= 14
    assert text_of(client.get("/arbete/vantar/")).count("Sak ") >= 30


def test_long_lists_go_on(case: Any, karin: Any, asked: Any, monkeypatch: Any) -> None:
    police, _step = asked
    monkeypatch.setattr("cases.views.waiting.PAGE_SIZE", 3)
    for number in range(5):
        meetings.ask(case_id=case.pk, agency_id=police.agency_id, text=f"Sak {number}",
                     due_on=date(2026, 11, 30), by=karin)  # fmt: skip
    client, url, seen = browser(karin), "/arbete/vantar/", ""
    for _page in range(10):
        found = client.get(url)
        seen += text_of(found)
        following = found.context["next"]
        if not following:
            break
        url = "/arbete/vantar/" + following
    assert all(f"Sak {number}" in seen for number in range(5))
    assert client.get("/arbete/vantar/?efter=nonsens~x").status_code == 200


# --- meetings -------------------------------------------------------------------------------------------


def test_a_meeting_is_recorded_with_decisions_that_become_steps(case: Any, karin: Any) -> None:
    police, social = in_case(case, karin), in_case(case, karin, SOCIAL)
    client, page = browser(karin), at(case, "moten/nytt/")
    sent = {"held_on": "2026-11-20", "present": [str(police.agency_id), str(social.agency_id)],
            "minutes": "Alla var eniga.", "rows": "2", "text_1": "Söka bostad",
            "owner_1": str(social.agency_id), "due_on_1": ""}  # fmt: skip
    wrong = client.post(page, sent)
    assert "Fyll i datumet" in text_of(wrong) and "Söka bostad" in wrong.content.decode()
    more = client.post(page, sent | {"more": "1"})
    assert (
        "Beslut 4" in text_of(more)
        and "Söka bostad" in more.content.decode()
        and not Meeting.objects.exists()
    )
    early = client.post(page, sent | {"due_on_1": "2026-11-01"})
    assert "Välj i dag eller en senare dag" in text_of(early) and not Meeting.objects.exists()
    client.post(page, sent | {"due_on_1": "2026-11-30"})
    step = Step.objects.get(key=acts.AGREED)
    assert (step.agency_id, str(step.wording)) == (social.agency_id, "Söka bostad")
    for who, reads in ((karin, True), (social, True), (police, False)):
        found = text_of(browser(who).get(at(case, "moten/")))
        assert "Alla var eniga." in found and ("Söka bostad" in found) is reads
        assert ("Överenskommen åtgärd" in found) is not reads
    assert "Ett möte sparades" in text_of(browser(police).get(at(case, "historik/")))


def test_who_was_not_there_does_not_know_of_the_meeting(case: Any, karin: Any) -> None:
    police, away = in_case(case, karin), in_case(case, karin, SOCIAL)
    meetings.record(case_id=case.pk, held_on=date(2026, 11, 20), present=[police.agency_id],
                    minutes="Hemligt för de andra.", by=karin)  # fmt: skip
    found = text_of(browser(away).get(at(case, "moten/")))
    assert "Hemligt" not in found and "Inget möte" in found
    assert "Ett möte sparades" not in text_of(browser(away).get(at(case, "historik/")))
    limited = in_case(case, karin, AgencyKind.POLICE, categories=())
    assert browser(limited).get(at(case, "moten/")).status_code == 404
    assert browser(police).get(at(case, "moten/nytt/")).status_code == 403


def test_a_record_is_corrected_by_a_new_one(case: Any, karin: Any, referrer: Any, send: Any) -> None:
    first = meetings.record(
        case_id=case.pk, held_on=date(2026, 11, 20), present=[], minutes="Fel dag.", by=karin
    )
    client, page = browser(karin), at(case, f"moten/nytt/?rattar={first.pk}")
    assert "Fel dag." in client.get(page).content.decode()
    client.post(page, {"held_on": "2026-11-19", "minutes": "Rätt dag.", "rows": "2"})
    found = text_of(client.get(at(case, "moten/")))
    assert "Rättat med ett senare protokoll" in found and "Rättar protokollet från mötet 20 november" in found
    other = accepted(send(referrer).case, karin)
    assert client.get(at(other, f"moten/nytt/?rattar={first.pk}")).status_code == 404
    assert client.get(at(case, "moten/nytt/?rattar=x")).status_code == 404


def test_as_many_queries_for_thirty_meetings(case: Any, karin: Any) -> None:
    police = in_case(case, karin)

    def meet() -> None:
        meetings.record(
            case_id=case.pk, held_on=date(2026, 11, 20), present=[police.agency_id], minutes="M", by=karin,
            decisions=[meetings.Agreed("Ring", str(police.agency_id), date(2026, 12, 1))],
        )  # fmt: skip

    meet()
    few = queries(browser(karin), at(case, "moten/"))
    for _number in range(30):
        meet()
    assert queries(browser(karin), at(case, "moten/")) == few <= 20
    assert queries(browser(karin), at(case, "checklista/")) <= 20

"""Several persons at the same event, page by page: what is asked, said, kept, shown, and to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.access import Assignment, assignment_for
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.enums import NoticeKind
from cases.models import Case, Draft, Incident, Notice, Referral
from cases.services import incident_sending, incidents
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.cases.services.test_s14_raid import EVENT, FOURTEEN, NEEDS, REFUSED
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db
PASTE = {"explained": "on"}


class Desk:
    """An officer at the screen, with the ways to fill in an event."""

    def __init__(self, officer: Assignment) -> None:
        self.officer, self.client = officer, browser(officer)

    def begin(self, **changes: Any) -> str:
        """The event with its two pages; returns the address of the hub."""
        answer = self.client.post("/handelser/ny/", EVENT | changes)
        assert answer.status_code == 302, text_of(answer)
        hub = answer["Location"].removesuffix("behov/")
        answer = self.client.post(f"{hub}behov/", NEEDS | {"version": "99"})
        assert answer["Location"] == hub
        return hub

    def paste(self, hub: str, lines: str) -> Any:
        return self.client.post(f"{hub}klistra-in/", PASTE | {"text": lines}, follow=True)

    @property
    def row(self) -> Incident:
        return incidents.incidents_of(self.officer).get()

    def person(self, hub: str, n: int) -> str:
        found = next(one for one in incidents.unsent(self.row) if one["n"] == n)
        return f"{hub}personer/{found['id']}/"


@pytest.fixture
def desk(portal: None, freeze: Any, on_duty: Callable[..., Assignment]) -> Desk:
    freeze("2026-11-23 09:00")
    for key in ("nord", "mitt", "stockholm-adults", "stockholm-children"):
        on_duty(key)
    return Desk(member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.POLICE)))


def test_the_receipt_does_not_say_where_the_person_has_gone(desk: Desk) -> None:
    """A handover moves the case to where she stays now: whoever sent her in reads what she wrote herself."""
    hub = desk.begin()
    desk.paste(hub, FOURTEEN)
    desk.client.post(f"{hub}skicka/", {"confirm_necessary": "yes"})
    assert "Ystad" not in text_of(desk.client.get(f"{hub}kvitto/"))
    before = text_of(desk.client.get(f"{hub}kvitto/"))
    Case.objects.filter(incident__owner=desk.officer.user).update(municipality_id="1286", county_id="12")
    assert text_of(desk.client.get(f"{hub}kvitto/")) == before


def test_the_way_from_the_first_page_to_the_receipt(desk: Desk) -> None:
    first = desk.client.get("/hanvisning/ny/")
    assert '<a href="/handelser/ny/">' in first.content.decode()
    assert '<a href="/handelser/">' in desk.client.get("/hanvisningar/").content.decode()
    hub = desk.begin()
    assert "14" in text_of(desk.paste(hub, FOURTEEN))
    check = desk.client.get(f"{hub}kontrollera/")
    words = text_of(check)
    assert "8 personer till" in words or "8 persons to" in words
    answer = desk.client.post(f"{hub}skicka/", {"confirm_necessary": "yes"}, follow=True)
    assert answer.request["PATH_INFO"] == f"{hub}kvitto/"
    sent = Referral.objects.filter(referrer=desk.officer.user)
    assert sent.count() == 14
    words = text_of(answer)
    assert all(row.reference in words for row in sent)
    assert "Srisai" not in words
    again = desk.client.post(f"{hub}skicka/", {"confirm_necessary": "yes"}, follow=True)
    assert again.request["PATH_INFO"] == f"{hub}kvitto/"
    assert sent.count() == 14


def test_nothing_is_made_by_looking(desk: Desk) -> None:
    for _number in range(2):
        assert desk.client.get("/handelser/ny/").status_code == 200
    assert not Incident.objects.exists()


def test_an_incomplete_event_says_so_at_the_questions_and_keeps_the_text(desk: Desk) -> None:
    wrong = EVENT | {"immediate_danger": "", "municipality_found": "Åselle"}
    answer = desk.client.post("/handelser/ny/", wrong)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "f_immediate_danger" in page
    assert "Åselle" in page
    assert "Åsele" in text_of(answer), "the name that comes near is offered"
    assert desk.row.event["narrative"] == EVENT["narrative"]
    assert desk.row.event["municipality_found"] == "Åselle"


def test_a_line_is_corrected_beside_the_others(desk: Desk) -> None:
    hub = desk.begin()
    answer = desk.paste(
        hub, "Otto\tEk\t27\tman\tThailand\tthai\tLyxele\tja\tmuntligt\t2026-11-22\n" + REFUSED
    )
    words = text_of(answer)
    assert "Lycksele" in words, "what is wrong stands beside the line"
    assert "Hemlig" not in words
    url = desk.person(hub, 1)
    page = desk.client.get(url).content.decode()
    assert 'value="Lyxele"' in page
    assert re.search(r'class="field bad"[^>]*id="f_municipality_of_presence_q"', page)
    fixed = re.findall(r'name="version" value="(\d+)"', page)[0]
    raw = incidents.unsent(desk.row)[0]["answers"] | {
        "municipality_of_presence": "Lycksele",
        "version": fixed,
    }
    assert desk.client.post(url, raw)["Location"] == hub
    assert incident_sending.preview(desk.row)[0].desk.key == "nord"


def test_one_person_at_a_time_age_and_consent_first(desk: Desk) -> None:
    hub = desk.begin()
    first = desk.client.get(f"{hub}personer/ny/").content.decode()
    assert 'name="age_group"' in first
    assert 'name="name"' not in first, "nothing that points anybody out before it may be asked"
    consent = {"age_group": "adult", "consent_status": "given", "consent_scope": ["police"], "sex": "man",
               "consent_form": "oral", "consent_date": "2026-11-22", "languages": ["thai"],
               "consent_withdrawable_explained": "yes"}  # fmt: skip
    answer = desk.client.post(f"{hub}personer/ny/", consent, follow=True)
    page = answer.content.decode()
    assert 'name="name"' in page
    url = answer.request["PATH_INFO"]
    rest = {"name": "Somchai", "birth": "1980", "citizenship": ["Thailand"], "protected_identity": "none",
            "place_now": "municipality", "municipality_of_presence": "Gävle", "version": "9"}  # fmt: skip
    assert desk.client.post(url, consent | rest)["Location"] == hub
    (one,) = incidents.checked(desk.row)
    assert one.is_ready
    assert one.answers["consent_scope"] == ["police"]


def test_who_refuses_is_asked_no_name(desk: Desk) -> None:
    hub = desk.begin()
    refused = {"age_group": "adult", "consent_status": "refused", "sex": "man", "languages": ["thai"],
               "name": "Hemlig"}  # fmt: skip
    answer = desk.client.post(f"{hub}personer/ny/", refused, follow=True)
    page = answer.content.decode()
    assert 'name="name"' not in page
    assert "Hemlig" not in page
    assert "Hemlig" not in str(desk.row.persons)


def test_an_autosave_answers_with_the_new_version(desk: Desk) -> None:
    hub = desk.begin()
    told: Any = {"HTTP_X_NRM_AUTOSAVE": "1"}
    version = desk.row.version
    answer = desk.client.post(f"{hub}handelsen/", EVENT | {"version": str(version), "view": "a"}, **told)
    assert answer.json()["version"] > version
    again = desk.client.post(f"{hub}handelsen/", EVENT | {"version": str(version), "view": "a"}, **told)
    assert again.status_code == 200, "the same page follows itself"
    other = desk.client.post(f"{hub}handelsen/", EVENT | {"version": str(version), "view": "b"}, **told)
    assert other.status_code == 409


def test_an_older_tab_is_told_and_loses_nothing(desk: Desk) -> None:
    hub = desk.begin()
    answer = desk.client.post(
        f"{hub}handelsen/", EVENT | {"version": "0", "narrative": "Skrivet i en gammal flik"}
    )
    assert answer.status_code == 409
    assert "Skrivet i en gammal flik" in answer.content.decode()
    assert desk.row.event["narrative"] == EVENT["narrative"]


def test_without_the_confirmation_nothing_leaves(desk: Desk) -> None:
    hub = desk.begin()
    desk.paste(hub, FOURTEEN)
    answer = desk.client.post(f"{hub}skicka/", {})
    assert answer.status_code == 422
    assert not Referral.objects.filter(referrer=desk.officer.user).exists()


def test_an_empty_or_wrong_paste(desk: Desk) -> None:
    hub = desk.begin()
    assert desk.client.post(f"{hub}klistra-in/", {"text": " "}).status_code == 422
    wrong = desk.client.post(f"{hub}klistra-in/", {"text": "Kommun\tNamn\tSkonummer\nGävle\tA\t43"})
    assert wrong.status_code == 422
    assert "Skonummer" in text_of(wrong)
    assert "Gävle" in wrong.content.decode(), "the text stays"


def test_removing_discarding_and_finishing(desk: Desk) -> None:
    hub = desk.begin()
    desk.paste(hub, FOURTEEN)
    assert desk.client.post(f"{desk.person(hub, 3)}ta-bort/")["Location"] == hub
    assert len(incidents.unsent(desk.row)) == 13
    desk.client.post(f"{hub}skicka/", {"confirm_necessary": "yes"})
    assert desk.client.get(f"{hub}ta-bort/")["Location"] == f"{hub}kvitto/"
    desk.client.post(f"{hub}klar/")
    assert desk.client.get(hub)["Location"] == f"{hub}kvitto/"
    assert desk.client.get(f"{hub}kvitto/").status_code == 200
    assert desk.client.get("/handelser/").status_code == 200
    other = desk.begin()
    assert desk.client.get(f"{other}ta-bort/").status_code == 200
    assert desk.client.post(f"{other}ta-bort/")["Location"] == "/handelser/"
    assert desk.client.get(other).status_code == 404


def test_strangers_learn_nothing(desk: Desk, on_duty: Callable[..., Assignment]) -> None:
    hub = desk.begin()
    desk.paste(hub, FOURTEEN)
    colleague = browser(member(Role.CASEWORKER, agency=desk.officer.agency))
    person = desk.person(hub, 1)
    for path in (hub, f"{hub}kontrollera/", f"{hub}kvitto/", f"{hub}klistra-in/", person, f"{hub}handelsen/"):
        assert colleague.get(path).status_code == 404, path
    assert colleague.post(f"{hub}skicka/", {"confirm_necessary": "yes"}).status_code == 404
    assert browser(member(Role.AUDITOR)).get(hub).status_code == 403
    assert Client().get(hub).status_code == 302
    assert text_of(colleague.get("/handelser/")).count("2026") == 0


def test_one_row_and_thirty_cost_the_same(desk: Desk) -> None:
    hub = desk.begin()
    line = "P\tNr{n}\t30\tman\tThailand\tthai\tGävle\tja\tmuntligt\t2026-11-22"
    desk.paste(hub, line.format(n=0))
    few = [queries(desk.client, f"{hub}{page}") for page in ("", "kontrollera/")]
    desk.paste(hub, "\n".join(line.format(n=n) for n in range(1, 30)))
    assert [queries(desk.client, f"{hub}{page}") for page in ("", "kontrollera/")] == few
    desk.client.post(f"{hub}skicka/", {"confirm_necessary": "yes"})
    assert queries(desk.client, f"{hub}kvitto/") <= max(few) + 2


# --- at the desks -------------------------------------------------------------------------------------------


def sent_to_mitt(desk: Desk) -> list[Case]:
    hub = desk.begin()
    desk.paste(hub, FOURTEEN)
    desk.client.post(f"{hub}skicka/", {"confirm_necessary": "yes"})
    return list(Case.objects.filter(incident=desk.row, desk__key="mitt").order_by("reference"))


def test_a_coordinator_sees_hers_and_how_many_there_are(
    desk: Desk, on_duty: Callable[..., Assignment]
) -> None:
    mine = sent_to_mitt(desk)
    karin = on_duty("mitt", "Karin Holm")
    page = browser(karin).get(f"/arenden/{mine[0].pk}/")
    words = text_of(page)
    assert "14" in words
    assert "4 " in words
    others = Case.objects.filter(incident=desk.row).exclude(desk__key="mitt")
    assert all(case.reference in words for case in mine)
    assert not any(case.reference in words for case in others)
    inbox = browser(karin).get(f"/inkorg/?vy=alla&incident={desk.row.pk}")
    listed = text_of(inbox)
    assert all(case.reference in listed for case in mine)
    assert str(desk.row.pk) not in re.sub(r"<[^>]+>", "", inbox.content.decode())
    assert browser(karin).get("/inkorg/?vy=alla&incident=inte-ett-id").status_code == 200


def test_a_notice_leads_to_all_of_them(desk: Desk) -> None:
    mine = sent_to_mitt(desk)
    notice = Notice.objects.get(kind=NoticeKind.INCIDENT, case__in=mine)
    membership = Membership.objects.select_related("user", "agency").get(user=notice.user)
    answer = browser(assignment_for(membership)).get(f"/aviseringar/{notice.pk}/")
    assert answer["Location"] == f"/inkorg/?vy=alla&incident={desk.row.pk}"


def test_an_agency_in_the_case_is_told_neither_number_nor_others(
    desk: Desk, on_duty: Callable[..., Assignment]
) -> None:
    mine = sent_to_mitt(desk)
    karin = on_duty("mitt")
    accepted(mine[0], karin)
    worker = in_case(mine[0], karin, AgencyKind.POLICE, ground="osl_10_23")
    page = browser(worker).get(f"/arenden/{mine[0].pk}/")
    words = text_of(page)
    assert 'id="event-h"' not in page.content.decode()
    assert 'id="event-h"' in browser(karin).get(f"/arenden/{mine[0].pk}/").content.decode()
    assert not any(case.reference in words for case in mine[1:])


def test_the_referrer_finds_each_of_them_in_her_list(desk: Desk) -> None:
    mine = sent_to_mitt(desk)
    page = desk.client.get("/hanvisningar/")
    assert text_of(page).count("H26-") >= 14
    assert desk.client.get(f"/hanvisningar/{mine[0].referrals.get().pk}/").status_code == 200
    assert not Draft.objects.filter(owner=desk.officer.user).exists()

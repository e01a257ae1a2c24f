"""The inbox: what is listed, in which order, how many queries; decisions, conflicts and undoing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.enums import Role
from cases.enums import Status
from cases.models import Case
from cases.services import triage
from core import clock
from core.models import AuditEvent
from tests.case_factories import accepted, browser, queries, text_of
from tests.cases.conftest import CHILD
from tests.factories import member

pytestmark = pytest.mark.django_db
INBOX = "/inkorg/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


def references(response: Any) -> Any:
    return re.findall(
        r"H26-\d{5,7}-[A-Z]",
        " ".join(re.findall(r'<span class="ref">(.*?)</span>', response.content.decode())),
    )


def act(client: Any, case: Any, slug: Any, query: Any = "?vy=att-besvara", **data: Any) -> Any:
    return client.post(f"/arenden/{case.pk}/{slug}/{query}", data)


def test_danger_first_then_children_then_time_left(karin: Any, referrer: Any, send: Any) -> None:
    adult = send(referrer)
    child = send(referrer, CHILD, municipality_of_presence="0380")
    danger = send(referrer, immediate_danger="yes", emergency_contacted=["police"])
    page = browser(karin).get(INBOX)
    assert references(page) == [danger.reference, child.reference, adult.reference]
    assert AuditEvent.objects.filter(verb="inbox.read", target_ids__contains=[adult.case_id]).count() == 1


def test_another_region_sees_nothing_of_it(karin: Any, on_duty: Any, referrer: Any, send: Any) -> None:
    referral = send(referrer)
    other = browser(on_duty("syd"))
    assert referral.reference not in text_of(other.get(f"{INBOX}?vy=alla"))
    assert other.get(f"/inkorg/{referral.case_id}/").status_code == 404
    assert act(other, referral.case, "ta-emot").status_code == 404


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HOTLINE_OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR])
def test_whoever_has_no_desk_has_no_inbox(portal: Any, role: Any) -> None:
    assert browser(member(role)).get(INBOX).status_code == 403


def test_a_referrer_meets_404_at_every_decision(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(referrer)
    for slug in ("ta-emot", "fraga", "skicka-vidare", "parkera", "tilldela", "tas-inte-vidare", "placera"):
        assert act(client, case, slug).status_code == 404
    case.refresh_from_db()
    assert case.status == Status.RECEIVED


@pytest.mark.parametrize("count", [1, 30])
def test_as_many_queries_for_one_row_as_for_thirty(karin: Any, referrer: Any, send: Any, count: Any) -> None:
    for _n in range(count):
        send(referrer)
    client = browser(karin)
    number = queries(client, INBOX)
    assert number <= 12
    assert number == queries(client, f"{INBOX}?vy=alla&county=03&age=adult&q=H26&agency=Soc&assignee=nobody")


def test_pages_go_forward_and_back(karin: Any, referrer: Any, send: Any) -> None:
    for _n in range(28):
        send(referrer)
    client = browser(karin)
    first = client.get(INBOX)
    assert len(references(first)) == 25
    following = client.get(
        INBOX + re.findall(r'href="(\?[^"]*efter=[^"]+)"', first.content.decode())[0].replace("&amp;", "&")
    )
    assert len(references(following)) == 3
    assert not set(references(first)) & set(references(following))
    back = re.findall(r'href="(\?[^"]*fore=[^"]+)"', following.content.decode())[0].replace("&amp;", "&")
    assert references(client.get(INBOX + back)) == references(first)


def test_a_bad_place_in_the_address_is_the_first_page(karin: Any, referrer: Any, send: Any) -> None:
    referral = send(referrer)
    for bad in (
        "x",
        "1~2~3",
        "9~2026-11-23T09:00:00+01:00~no",
        "1~2026-11-23T09:00~" + str(referral.case_id),
    ):
        assert references(browser(karin).get(INBOX, {"efter": bad})) == [referral.reference]


def test_filters_narrow_and_show_as_chips(karin: Any, referrer: Any, send: Any) -> None:
    adult, child = send(referrer), send(referrer, CHILD, municipality_of_presence="0380")
    page = browser(karin).get(INBOX, {"age": "child"})
    assert references(page) == [child.reference]
    assert "chip" in page.content.decode()
    none = browser(karin).get(INBOX, {"form": "begging"})
    assert references(none) == [] and "Inget ärende passar filtret" in text_of(none)
    assert references(browser(karin).get(INBOX, {"q": adult.reference[4:9]})) == [adult.reference]
    assert browser(karin).get(INBOX, {"since": "hej"}).status_code == 200


def test_preview_is_a_part_with_script_and_a_page_without(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(karin)
    assert "<html" in client.get(f"/inkorg/{case.pk}/").content.decode()
    part = client.get(f"/inkorg/{case.pk}/", headers=HTMX).content.decode()
    assert "<html" not in part and 'data-nrm-key="1"' in part
    assert "Björk-27" not in part


def test_two_keys_accept_and_the_next_row_is_chosen(karin: Any, referrer: Any, send: Any) -> None:
    first, second = send(referrer).case, send(referrer).case
    client = browser(karin)
    panel = client.get(f"/arenden/{first.pk}/ta-emot/?vy=att-besvara", headers=HTMX).content.decode()
    assert "data-nrm-focus" in panel and "<html" not in panel
    done = act(client, first, "ta-emot", assignee=str(karin.user_id))
    assert done.status_code == 302 and f"vald={second.pk}" in done["Location"]
    first.refresh_from_db()
    assert first.status == Status.ACTIVE and first.assignee_id == karin.user_id
    page = client.get(done["Location"])
    assert first.reference in text_of(page) and "Ångra" in text_of(page)


def undo_address(page: Any) -> Any:
    return re.findall(r'action="(/arenden/angra/[^"]+)"', page.content.decode())[0]


def test_a_decision_can_be_undone_within_half_a_minute(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(karin)
    url = undo_address(client.get(act(client, case, "ta-emot", assignee=str(karin.user_id))["Location"]))
    assert client.get(url).status_code == 405
    client.post(url)
    case.refresh_from_db()
    assert case.status == Status.RECEIVED and case.answered_at is None
    client.post(url)
    assert "för sent att ångra" in text_of(client.get(INBOX))


def test_whoever_comes_second_is_told_who_was_first(
    karin: Any, on_duty: Any, referrer: Any, send: Any
) -> None:
    case = send(referrer).case
    jonas = browser(on_duty("mitt", "Jonas Ek"))
    triage.accept(case_id=case.pk, by=karin)
    late = act(jonas, case, "fraga", text="Vad heter arbetsplatsen?")
    assert late.status_code == 409
    assert "Karin Holm" in text_of(late)
    assert jonas.get(f"/arenden/{case.pk}/ta-emot/", headers=HTMX).status_code == 409


def test_asking_stops_the_clock_and_taking_back_starts_it(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(karin)
    act(client, case, "fraga", text="Vilket språk?")
    assert "Pausad" in text_of(client.get(f"{INBOX}?vy=vantar"))
    assert case.reference not in text_of(client.get(INBOX).content and client.get(INBOX))
    act(client, case, "ta-tillbaka")
    case.refresh_from_db()
    assert case.status == Status.RECEIVED


def test_a_snoozed_case_leaves_the_first_view(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(karin)
    act(client, case, "parkera", when="tomorrow")
    case.refresh_from_db()
    assert clock.local(case.snoozed_until).hour == 8
    assert case.reference not in references(client.get(INBOX))
    assert case.reference in references(client.get(f"{INBOX}?vy=parkerade"))
    act(client, case, "vack")
    assert case.reference in references(client.get(INBOX))


def test_a_snooze_needs_a_day_that_lies_ahead(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(karin)
    assert act(client, case, "parkera", when="date").status_code == 200
    page = act(client, case, "parkera", when="date", day="2020-01-01")
    assert page.status_code == 200 and 'aria-invalid="true"' in page.content.decode()
    case.refresh_from_db()
    assert case.snoozed_until is None


def test_forwarding_closes_the_case_for_the_one_who_forwards(
    karin: Any, on_duty: Any, referrer: Any, send: Any
) -> None:
    case, syd = send(referrer).case, on_duty("syd")
    client = browser(karin)
    desk = Case.objects.get(pk=case.pk).desk.__class__.objects.get(key="syd")
    response = act(client, case, "skicka-vidare", query="", desk=str(desk.pk), reason="wrong_region")
    assert response["Location"] == INBOX
    assert client.get(f"/arenden/{case.pk}/").status_code == 404
    assert case.reference in references(browser(syd).get(INBOX))


def test_not_taken_forward_needs_a_reason_and_tells_it(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(karin)
    assert "Välj varför" in text_of(act(client, case, "tas-inte-vidare"))
    act(client, case, "tas-inte-vidare", reason="not_trafficking", text="Ring socialtjänsten.")
    case.refresh_from_db()
    assert case.status == Status.NOT_TAKEN


def test_text_that_cannot_be_stored_is_said_at_the_field(karin: Any, referrer: Any, send: Any) -> None:
    case = send(referrer).case
    client = browser(karin)
    for bad in ("a\x00b", "a\u202eb", "x" * 1_000_000):
        page = act(client, case, "fraga", text=bad)
        assert page.status_code == 200 and "error-summary" in page.content.decode()
    case.refresh_from_db()
    assert case.status == Status.RECEIVED


def test_the_national_desk_places_what_no_desk_was_found_for(
    karin: Any, on_duty: Any, referrer: Any, send: Any
) -> None:
    helena = browser(on_duty("national"))
    lost = send(referrer, place_now="unknown", municipality_of_presence=None, place_found="unknown",
                responsible="unknown").case  # fmt: skip
    assert lost.desk.key == "national"
    page = helena.get(f"/inkorg/{lost.pk}/")
    assert "Arbetar sju dagar" not in text_of(page) and f"{lost.pk}/placera/" in page.content.decode()
    assert act(helena, lost, "ta-emot").status_code == 403
    act(helena, lost, "placera", municipality="0380")
    assert lost.reference in references(browser(karin).get(INBOX))


def test_new_arrivals_are_counted_and_move_nothing(karin: Any, referrer: Any, send: Any, freeze: Any) -> None:
    client = browser(karin)
    since = clock.now().isoformat()
    freeze(clock.now() + timedelta(minutes=1))
    assert client.get(reverse("cases:inbox-news"), {"sedan": since}).content == b""
    send(referrer)
    assert "1 nytt" in client.get(reverse("cases:inbox-news"), {"sedan": since}).content.decode()
    assert client.get(reverse("cases:inbox-news"), {"sedan": "x"}).status_code == 404


def test_an_accepted_case_shows_its_next_step(karin: Any, referrer: Any, send: Any) -> None:
    case = accepted(send(referrer).case, karin)
    assert case.reference in references(browser(karin).get(f"{INBOX}?vy=mina"))

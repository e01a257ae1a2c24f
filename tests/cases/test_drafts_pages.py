"""The wizard as a browser without script meets it: pages, branches, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import Role
from cases import sections
from cases.models import Case, Draft, Referral
from core import clock
from core.models import DataKey
from tests.cases.wizard import CONSULTATION, CORE, PAGES, START, Wizard, at_work, errors
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def wizard(client: Client, on_duty: Callable[..., Assignment], referrer: Assignment, freeze: Any) -> Wizard:
    return at_work(client, on_duty, referrer, freeze)


# --- start --------------------------------------------------------------------------------------------


def test_looking_at_the_start_page_makes_no_draft(wizard: Wizard) -> None:
    page = wizard.client.get(START).content.decode()
    assert "112" in page and not Draft.objects.exists()


def test_danger_shows_the_panel_before_anything_is_stored(wizard: Wizard) -> None:
    answer = wizard.client.post(START, {"immediate_danger": "yes"})
    page = answer.content.decode()
    assert answer.status_code == 422 and not Draft.objects.exists()
    assert "danger-panel" in page and page.index("danger-panel") < page.index('name="emergency_contacted"')


def test_an_empty_start_says_what_to_choose(wizard: Wizard) -> None:
    answer = wizard.client.post(START, {})
    assert answer.status_code == 422 and "<title>Fel: " in answer.content.decode()


def test_a_role_without_the_right_gets_403(client: Client, portal: None) -> None:
    sign_in(client, member(Role.AUDITOR))
    assert client.get(START).status_code == 403
    assert client.post(START, {"immediate_danger": "no"}).status_code == 403


# --- the whole way ------------------------------------------------------------------------------------


def test_adult_with_consent_on_eight_pages(wizard: Wizard) -> None:
    referral = wizard.begin().fill(PAGES).sent()
    case = referral.case
    assert case.desk.key == "mitt" and not case.is_consultation
    assert case.person.identity["name"] == "Nguyễn Văn An"
    assert set(case.consents.get().scope) == {"coordinator", "social_services_adult", "police"}
    assert not Draft.objects.filter(pk=wizard.draft_id).exists()
    assert DataKey.objects.get(subject_kind="draft", subject_id=wizard.draft_id).destroyed_at


def test_sent_twice_leads_to_the_same_receipt(wizard: Wizard) -> None:
    first = wizard.begin().fill(PAGES).send()
    second = wizard.send()
    assert first["Location"] == second["Location"] and Case.objects.count() == 1


def test_sending_without_confirming_stays_on_the_page(wizard: Wizard) -> None:
    wizard.begin().fill(PAGES)
    answer = wizard.client.post(reverse("cases:draft-send", args=[wizard.draft_id]), {})
    assert answer.status_code == 422 and not Referral.objects.exists()


def test_what_is_missing_is_listed_as_links_and_cannot_be_sent(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    page = wizard.client.get(reverse("cases:draft-check", args=[wizard.draft_id])).content.decode()
    assert f"{wizard.url('person')}?till=kontrollera#f_name" in page
    assert wizard.send().status_code == 422 and not Referral.objects.exists()


def test_change_on_the_check_page_leads_back_to_it(wizard: Wizard) -> None:
    wizard.begin().fill(PAGES)
    answer = wizard.post("needs", {"needs": ["legal"], "till": "kontrollera"})
    assert answer["Location"] == reverse("cases:draft-check", args=[wizard.draft_id])


# --- S01, S02: children -------------------------------------------------------------------------------


def test_child_is_asked_for_the_report_of_concern_and_goes_to_the_childrens_desk(wizard: Wizard) -> None:
    wizard.begin()
    refused = wizard.post("consent", {"age_group": "child", "report_made": "done"})
    assert refused.status_code == 422 and len(errors(refused)) == 3
    child = {"age_group": "child", "report_made": "done", "report_municipality": "Södertälje",
             "report_date": "2026-11-23", "report_contact": "Mottagningsenheten"}  # fmt: skip
    for key in CORE:
        place = {"municipality_of_presence": "Södertälje"} if key == "place" else {}
        answer = wizard.post(key, child if key == "consent" else PAGES[key] | place)
        assert answer.status_code == 302, errors(answer)
    referral = wizard.sent()
    assert referral.case.desk.key == "stockholm-children" and not referral.case.consents.exists()
    assert "Får regionkoordinatorn" not in str(referral.document)
    assert "consent_status" not in {a["key"] for part in referral.document for a in part["answers"]}


def test_unsure_age_is_handled_as_a_child(wizard: Wizard) -> None:
    wizard.begin().post("consent", {"age_group": "unsure", "report_made": "doing_now"})
    facts = sections.facts(wizard.draft.answers, clock.today())
    assert facts.age_band == "unsure" and facts.is_child_path and facts.mode == "referral"


# --- S33: no consent ----------------------------------------------------------------------------------


def test_consultation_has_no_identity_fields_in_its_pages(wizard: Wizard) -> None:
    wizard.begin().post("consent", CONSULTATION["consent"])
    person, event = wizard.get("person"), wizard.get("event")
    assert wizard.client.get(wizard.url("place")).status_code == 404
    for name in ("name", "birth", "personal_number", "citizenship", "contact_phone", "safe_contact_times"):
        assert f'name="{name}"' not in person
    for name in ("municipality_of_presence", "municipality_found", "address", "workplace"):
        assert f'name="{name}"' not in event
    assert 'name="narrative"' not in event and 'name="narrative_general"' in event
    assert "secrecy" in person


def test_identity_posted_in_a_consultation_is_refused_and_not_stored(wizard: Wizard) -> None:
    wizard.begin().post("consent", CONSULTATION["consent"])
    answer = wizard.post("person", CONSULTATION["person"] | {"name": "Elena Popescu", "birth": "1998"})
    assert answer.status_code == 422 and "Elena" not in answer.content.decode()
    assert "name" not in wizard.draft.answers and "birth" not in wizard.draft.answers


def test_saying_no_later_removes_what_was_written_about_the_person(wizard: Wizard) -> None:
    wizard.begin().fill(PAGES).post("consent", CONSULTATION["consent"])
    assert not {"name", "narrative", "municipality_of_presence"} & set(wizard.draft.answers)


@pytest.mark.parametrize(
    "text", ["Hon är född 19850769-9802", "ring 070-123 45 67", "skriv till a.b@c.se", "nr 850709 9805"]
)
def test_free_text_with_numbers_is_refused_in_a_consultation(wizard: Wizard, text: str) -> None:
    wizard.begin().post("consent", CONSULTATION["consent"])
    answer = wizard.post("event", CONSULTATION["event"] | {"narrative_general": text})
    assert answer.status_code == 422 and text in answer.content.decode()


def test_consultation_is_sent_without_a_person(wizard: Wizard) -> None:
    referral = wizard.begin().fill(CONSULTATION).sent()
    assert referral.case.is_consultation and referral.case.person is None
    assert referral.case.county_id == "08" and referral.case.municipality_id is None
    assert not {part["category"] for part in referral.document} & {"identity", "contact"}


# --- S03, S04: places ---------------------------------------------------------------------------------


def test_no_fixed_place_routes_by_where_the_person_was_found(wizard: Wizard) -> None:
    place = {"place_now": "no_fixed", "place_found": "municipality", "municipality_found": "Malmö",
             "responsible": "unknown"}  # fmt: skip
    case = wizard.begin().fill(PAGES | {"place": place}).sent().case
    assert case.desk.key == "syd" and case.place_source == "found" and case.municipality_id == "1280"


def test_only_the_place_now_routes(wizard: Wizard) -> None:
    place = {"municipality_of_presence": "Örebro", "places": ["sweden"],
             "places_municipalities": ["Umeå", "Gävle", "Borlänge"], "place_found": "same"}  # fmt: skip
    case = wizard.begin().fill(PAGES, place=place).sent().case
    assert case.desk.key == "bergslagen" and case.grants.count() == 1


def test_the_same_place_means_nothing_when_the_place_is_unknown(wizard: Wizard) -> None:
    place = {"place_now": "unknown", "place_found": "same", "responsible": "unknown"}
    answer = wizard.begin() and wizard.post("consent", PAGES["consent"]) and wizard.post("place", place)
    assert answer.status_code == 422


def test_unknown_municipality_is_said_with_a_suggestion(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    answer = wizard.post("place", PAGES["place"] | {"municipality_of_presence": "Upsalla"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Uppsala" in page and 'value="Upsalla"' in page


# --- S08: protected identity --------------------------------------------------------------------------


@pytest.mark.parametrize("tier", ["protected_registration", "fictitious"])
def test_no_address_or_workplace_from_protected_registration_upward(wizard: Wizard, tier: str) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    wizard.post("person", PAGES["person"] | {"protected_identity": tier})
    page = wizard.get("place")
    assert 'name="address"' not in page and 'name="workplace"' not in page
    answer = wizard.post("place", PAGES["place"] | {"address": "Storgatan 1", "workplace": "Krogen"})
    assert answer.status_code == 422 and not {"address", "workplace"} & set(wizard.draft.answers)


def test_the_address_of_a_shelter_is_refused(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    answer = wizard.post("place", PAGES["place"] | {"current_setting": "shelter", "address": "Gatan 1"})
    assert answer.status_code == 422 and "address" not in wizard.draft.answers


def test_budget_of_pages_and_actions() -> None:
    """Adult with consent: at most nine pages and thirty actions; a consultation seven and eighteen."""
    actions = 2 + sum(_actions(data) for data in PAGES.values()) + 2
    assert 1 + len(PAGES) + 2 <= 9 and actions <= 30
    assert 2 + sum(_actions(data) for data in CONSULTATION.values()) + 2 <= 18


def _actions(data: dict[str, Any]) -> int:
    ready = {"consent_date", "place_now", "suspicion_noted"}
    asked = {key: value for key, value in data.items() if key not in ready}
    return 1 + sum(len(value) if isinstance(value, list) else 1 for value in asked.values())


def test_budget_of_queries(wizard: Wizard, django_assert_max_num_queries: Any) -> None:
    wizard.begin().fill(PAGES)
    for key, most in (("person", 25), ("place", 25), ("event", 25)):
        with django_assert_max_num_queries(most):
            wizard.get(key)
    with django_assert_max_num_queries(25):
        wizard.client.get(reverse("cases:draft-check", args=[wizard.draft_id]))
    with django_assert_max_num_queries(20):
        wizard.client.get(reverse("cases:draft-so-far", args=[wizard.draft_id]))

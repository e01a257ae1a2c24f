"""The questionnaire without pages: what is read, dropped, refused, missing, frozen and computed."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
import yaml
from django.conf import settings as portal_settings

from cases import sections
from cases.sections import BY_KEY, SECTIONS, Kind
from coordinators.services import load_reference
from core import clock
from manual.enums import Condition, Milestone
from tests.cases.conftest import ADULT, CHILD

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
BASE = portal_settings.BASE_DIR

CONSULTATION: dict[str, Any] = {
    "immediate_danger": "no",
    "age_group": "adult",
    "consent_status": "refused",
    "sex": "woman",
    "citizenship_group": "eu",
    "county_general": "08",
    "forms": ["sexual"],
    "indicators": ["none"],
    "narrative_general": "Säljs av någon annan.",
    "needs": ["unknown"],
    "confirm_necessary": "yes",
}

DATA_SET = frozenset(
    """
    immediate_danger emergency_contacted identified_or_anonymous agency_role organisation_unit
    name_title safe_contact own_case_ref municipality_of_work age_group consent_status consent_scope
    consent_form consent_date consent_withdrawable_explained refusal_reason child_legal_rep child_view
    legal_ground_no_consent interpreter_used display_alias name alias_used birth personal_number sex
    citizenship languages communication_needs stay_status protected_identity accompanying_children
    pregnant municipality_of_presence location_certainty current_setting safe_contact_method
    safe_contact_times perpetrator_knows_location forms sector indicators narrative period still_ongoing
    last_contact places recruitment control_means other_victims evidence_exists suspects_known
    suspect_note suspect_to_police risk_level risk_factors needs health_acute future_concern
    police_report k_number cooperation is_suspect_self counsel reflection_status removal_risk
    report_made report_receipt guardian_informed files who_sees confirm_necessary
    """.split()  # noqa: SIM905
)
ELSEWHERE = {
    "identified_or_anonymous": "computed: sections.mode",
    "display_alias": "the reference",
    "legal_ground_no_consent": "asked when an agency is invited",
    "period": "period_from, period_until",
    "files": "comes with documents",
    "who_sees": "text of the check page",
}
"""Keys of the data set that are no question here, and what became of them (ADR 0601)."""


@pytest.fixture(autouse=True)
def _map(db: None, freeze: Any) -> None:
    load_reference()
    freeze("2026-11-23 09:00")


# --- the questions themselves -------------------------------------------------------------------------


def test_every_key_of_the_data_set_has_a_home() -> None:
    asked = {question.key for section in SECTIONS for question in section.fields}
    assert len(DATA_SET) == 72
    assert DATA_SET - asked == set(ELSEWHERE)


def test_keys_slugs_and_parents_are_sound() -> None:
    keys = [question.key for section in SECTIONS for question in section.fields]
    assert len(keys) == len(set(keys))
    assert len({section.slug for section in SECTIONS}) == len(SECTIONS)
    reserved = {"ny", "skicka", "ta-bort", "laget"}
    assert not reserved & {section.slug for section in SECTIONS}
    for section in SECTIONS:
        seen: set[str] = set()
        for question in section.fields:
            if question.under:
                parent, *values = question.under
                assert parent in seen, f"{question.key} stands under a later question"
                assert all(section.by_key[parent].option(value) for value in values)
            seen.add(question.key)


def test_every_required_question_says_what_to_do() -> None:
    for section in SECTIONS:
        for question in section.fields:
            if question.core:
                assert question.ask, question.key


def test_nothing_in_a_consultation_can_name_a_person() -> None:
    anonymous = {q.key for section in SECTIONS for q in section.fields if q.anonymous}
    free = {
        q.key
        for section in SECTIONS
        for q in section.fields
        if q.anonymous and q.kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.LINES, Kind.PHONE, Kind.EMAIL)
    }
    assert free == {"narrative_general", "safe_contact", "colleague", "report_contact"}
    assert not anonymous & {
        "name",
        "birth",
        "personal_number",
        "citizenship",
        "address",
        "municipality_of_presence",
    }


# --- complete answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", [ADULT, CHILD, CONSULTATION])
def test_complete_answers_miss_nothing_and_clean_to_themselves(answers: dict[str, Any]) -> None:
    assert sections.missing(answers) == []
    read = sections.readable(answers)
    assert sections.readable(read) == read


@pytest.mark.parametrize("answers", [ADULT, CHILD, CONSULTATION])
def test_each_core_answer_is_needed(answers: dict[str, Any]) -> None:
    read = sections.readable(answers)
    optional = {"interpreter_used", "interpreter_needed", "places"}
    for key in read.keys() - optional:
        rest = {name: value for name, value in read.items() if name != key}
        if key == "place_now":
            rest.pop("municipality_of_presence", None)
        assert sections.missing(rest), key


def test_a_fault_in_an_optional_page_stops_sending_too() -> None:
    missing = sections.missing(ADULT | {"reflection_status": "granted", "reflection_granted_on": "i går"})
    assert [(section.key, question.key) for section, question in missing] == [
        ("proceedings", "reflection_granted_on")
    ]


# --- modes ---------------------------------------------------------------------------------------------


def test_consultation_drops_everything_that_points_out_the_person() -> None:
    mixed = ADULT | CONSULTATION
    read = sections.readable(mixed)
    assert not {"name", "citizenship", "municipality_of_presence", "narrative", "consent_scope"} & set(read)
    facts = sections.facts(mixed, TODAY)
    assert facts.mode == "consultation" and facts.identity == {} and facts.contact == {}
    assert facts.identifiers == () and facts.address is None and facts.consent is None
    assert Condition.CONSENT_MISSING in facts.conditions


def test_the_frozen_consultation_has_no_identity() -> None:
    document = sections.document(ADULT | CONSULTATION, "sv")
    assert not {"identity", "contact"} & {part["category"] for part in document}
    assert "Björk-27" not in json.dumps(document, ensure_ascii=False)


def test_before_age_and_consent_nothing_identifying_is_asked() -> None:
    for answers in ({}, {"age_group": "adult"}, {"age_group": "gibberish", "consent_status": "given"}):
        asked = {q.key for section in sections.pages(answers) for q in sections.asked(section, answers)}
        assert not {"name", "birth", "municipality_of_presence", "narrative"} & asked


def test_a_child_needs_no_consent_and_an_adult_no_report() -> None:
    child = {q.key for s in sections.pages(CHILD) for q in sections.asked(s, CHILD)}
    adult = {q.key for s in sections.pages(ADULT) for q in sections.asked(s, ADULT)}
    assert "consent_status" not in child and "report_made" in child
    assert "report_made" not in adult and "consent_status" in adult


def test_answers_under_another_answer_fall_with_it() -> None:
    answers = CHILD | {"report_made": "doing_now"}
    assert not {"report_municipality", "report_date", "report_contact"} & set(sections.prune(answers))
    posted = sections.clean(BY_KEY["consent"], CHILD | {"age_group": "adult", "consent_status": "given"}, {})
    assert "report_date" not in posted.answers


# --- facts -----------------------------------------------------------------------------------------------


def test_facts_of_an_adult() -> None:
    facts = sections.facts(ADULT, TODAY)
    assert facts.place is not None and facts.place.municipality_code == "0380" and facts.county_code == "03"
    assert facts.place_source == "now" and facts.responsible_municipality == "0380"
    assert facts.consent is not None and facts.consent["scope"] == (
        "coordinator",
        "social_services_adult",
        "police",
    )
    assert facts.consent["given_on"] == date(2026, 11, 20)
    assert facts.identity["citizenships"] == ["TH"] and facts.citizenship == "other"
    assert facts.conditions == {Condition.FOREIGN_NATIONAL, Condition.NEEDS_SHELTERED_HOUSING}
    assert facts.milestones == {Milestone.SUSPICION_NOTED: TODAY}


def test_facts_of_a_child() -> None:
    facts = sections.facts(CHILD | {"suspicion_noted": "2026-11-19"}, TODAY)
    assert facts.is_child_path and facts.consent is None and facts.citizenship == "sweden"
    assert facts.milestones[Milestone.CHILD_SUSPECTED] == date(2026, 11, 19)
    assert facts.milestones[Milestone.CHILD_REPORT_RECEIVED] == date(2026, 11, 20)


def test_the_hour_the_police_were_called_is_kept() -> None:
    danger = {"immediate_danger": "yes", "emergency_contacted": ["police"], "police_contacted_at": "8.15"}
    facts = sections.facts(ADULT | danger, TODAY)
    moment = facts.milestones[Milestone.POLICE_INFORMED]
    assert facts.danger and isinstance(moment, datetime) and clock.local(moment).hour == 8


def test_identifiers_are_normalised_for_matching() -> None:
    facts = sections.facts(
        ADULT
        | {
            "personal_number": "850769-9802",
            "safe_contact_method": "text",
            "contact_phone": "070-123 45 67",
            "passport_number": "ab 123 456",
        },
        TODAY,
    )
    assert facts.identifiers == (
        ("coordination_number", "198507699802"),
        ("phone", "+46701234567"),
        ("passport", "AB123456"),
    )


@pytest.mark.parametrize("tier", ["protected_registration", "fictitious"])
def test_no_address_at_the_strictest_tiers(tier: str) -> None:
    assert sections.facts(ADULT | {"address": "Gatan 1"}, TODAY).address == "Gatan 1"
    strict = ADULT | {"address": "Gatan 1", "workplace": "Krogen", "protected_identity": tier}
    assert sections.facts(strict, TODAY).address is None
    assert not {"address", "workplace"} & set(sections.readable(strict))


def test_place_falls_back_to_where_the_person_was_found_then_to_none() -> None:
    unknown = {"place_now": "unknown", "responsible": "unknown"}
    found = sections.facts(ADULT | unknown | {"place_found": "county", "county_found": "12"}, TODAY)
    assert found.place_source == "found" and found.county_code == "12"
    nowhere = sections.facts(ADULT | unknown | {"place_found": "unknown"}, TODAY)
    assert nowhere.place is None and nowhere.place_source == "none"


def test_answers_show_the_referrers_own_steps_to_be_done() -> None:
    steps = {row["key"] for row in yaml.safe_load((BASE / "manual/data/steps.yaml").read_text())["steps"]}
    assert set(sections.DONE_STEPS) <= steps
    done = sections.facts(ADULT, TODAY).done_steps
    assert done == {"ident.ref.safety_first", "ident.ref.indicators", "ident.ref.consent"}
    unaided = ADULT | {"immediate_danger": "yes", "emergency_contacted": ["none"]}
    assert "ident.ref.safety_first" not in sections.facts(unaided, TODAY).done_steps
    assert "ident.ref.child_report" in sections.facts(CHILD, TODAY).done_steps


# --- the frozen document -----------------------------------------------------------------------------------


def test_document_is_plain_json_in_the_language_asked_for() -> None:
    for language, question in (("sv", "Namn eller alias"), ("en", "Name or alias")):
        document = sections.document(ADULT, language)
        assert json.loads(json.dumps(document)) == document
        identity = next(part for part in document if part["category"] == "identity")
        assert {"key": "name", "question": question, "answer": "Björk-27"} in identity["answers"]


def test_the_referrers_own_view_stays_private_until_shared() -> None:
    view = ADULT | {"narrative_view": "Jag tror att hon är rädd."}
    part = next(part for part in sections.document(view, "sv") if part["key"] == "assessment")
    assert part["private"] and part not in sections.shared(sections.document(view, "sv"))
    told = sections.document(view | {"assessment_shared": "yes"}, "sv")
    assert not next(part for part in told if part["key"] == "assessment")["private"]


def test_personal_numbers_are_masked_on_screen() -> None:
    question = BY_KEY["person"].by_key["personal_number"]
    assert sections.words(question, "19850709-9805", masked=True) == "19850709-••••"


# --- advice ------------------------------------------------------------------------------------------------


def test_advice_points_at_what_does_not_agree() -> None:
    pages = {
        a.section.key for a in sections.advice(CHILD | {"birth": "1990", "report_made": "no_duty"}, TODAY)
    }
    assert pages == {"person", "consent"}

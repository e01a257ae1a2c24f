"""The wizard as a browser without script meets it: pages, branches, refusals, what is kept."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Agency
from cases import sections
from cases.models import Case, Draft, Referral
from cases.services import drafts
from core import clock
from core.models import AuditEvent, DataKey
from tests.factories import AgencyFactory, member, sign_in

pytestmark = pytest.mark.django_db

START = "/hanvisning/ny/"
CORE = ("consent", "person", "place", "event", "needs")
PAGES: dict[str, dict[str, Any]] = {
    "consent": {
        "age_group": "adult",
        "consent_status": "given",
        "consent_scope": ["social_services_adult", "police"],
        "consent_form": "oral",
        "consent_date": "2026-11-20",
        "consent_withdrawable_explained": "yes",
    },
    "person": {
        "name": "Nguyễn Văn An",
        "sex": "man",
        "citizenship": ["Vietnam"],
        "languages": ["vietnamesiska"],
        "protected_identity": "none",
    },
    "place": {
        "place_now": "municipality",
        "municipality_of_presence": "Uppsala",
        "place_found": "same",
        "responsible": "same",
    },
    "event": {
        "forms": ["labour"],
        "indicators": ["docs_debt.docs_held"],
        "narrative": "Arbetar sju dagar i veckan utan lön.",
        "suspicion_noted": "2026-11-20",
    },
    "needs": {"needs": ["safe_housing"]},
}
CONSULTATION: dict[str, dict[str, Any]] = {
    "consent": {"age_group": "adult", "consent_status": "refused"},
    "person": {"sex": "woman", "citizenship_group": "eu"},
    "place": {"county_general": "08"},
    "event": {"forms": ["sexual"], "indicators": ["none"], "narrative_general": "Säljs av en annan person."},
    "needs": {"needs": ["unknown"]},
}


class Wizard:
    """One person at one draft."""

    def __init__(self, client: Client, by: Assignment) -> None:
        self.client, self.by = sign_in(client, by), by
        self.draft_id = uuid.UUID(int=0)

    def begin(self, **danger: Any) -> Wizard:
        answer = self.client.post(START, {"immediate_danger": "no"} | danger)
        assert answer.status_code == 302, answer.content.decode()
        self.draft_id = uuid.UUID(answer["Location"].split("/")[2])
        return self

    @property
    def draft(self) -> Draft:
        return Draft.objects.select_related("data_key").get(pk=self.draft_id)

    def url(self, key: str) -> str:
        return reverse("cases:draft-section", args=[self.draft_id, sections.BY_KEY[key].slug])

    def get(self, key: str, **more: Any) -> str:
        answer = self.client.get(self.url(key), **more)
        assert answer.status_code == 200
        return str(answer.content.decode())

    def post(self, key: str, data: dict[str, Any], **headers: Any) -> Any:
        return self.client.post(self.url(key), {"version": self.draft.version} | data, **headers)

    def fill(self, pages: dict[str, dict[str, Any]], **changes: dict[str, Any]) -> Wizard:
        for key in CORE:
            answer = self.post(key, pages[key] | changes.get(key, {}))
            assert answer.status_code == 302, _errors(answer)
        return self

    def send(self) -> Any:
        url = reverse("cases:draft-send", args=[self.draft_id])
        return self.client.post(url, {"confirm_necessary": "yes"})

    def sent(self) -> Referral:
        answer = self.send()
        assert answer.status_code == 302, _errors(answer)
        return Referral.objects.select_related("case__desk", "case__person").get(draft_id=self.draft_id)


def _agency(kind: AgencyKind) -> Agency:
    made: Agency = AgencyFactory.create(kind=kind)
    return made


def _errors(answer: Any) -> list[str]:
    return re.findall(r'<li><a href="#[^"]*">([^<]*)</a></li>', answer.content.decode())


@pytest.fixture
def wizard(client: Client, on_duty: Callable[..., Assignment], referrer: Assignment, freeze: Any) -> Wizard:
    freeze("2026-11-23 09:00")
    for desk in ("mitt", "stockholm-children", "syd", "bergslagen", "national"):
        on_duty(desk)
    return Wizard(client, referrer)


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
    assert refused.status_code == 422 and len(_errors(refused)) == 3
    child = {"age_group": "child", "report_made": "done", "report_municipality": "Södertälje",
             "report_date": "2026-11-23", "report_contact": "Mottagningsenheten"}  # fmt: skip
    for key in CORE:
        place = {"municipality_of_presence": "Södertälje"} if key == "place" else {}
        answer = wizard.post(key, child if key == "consent" else PAGES[key] | place)
        assert answer.status_code == 302, _errors(answer)
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
    person, place, event = (wizard.get(key) for key in ("person", "place", "event"))
    for name in ("name", "birth", "personal_number", "citizenship", "contact_phone", "safe_contact_times"):
        assert f'name="{name}"' not in person
    for name in ("municipality_of_presence", "municipality_found", "address", "workplace"):
        assert f'name="{name}"' not in place
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


# --- hostile and awkward input ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Nguyễn Thị Ánh", "Олена Шевченко", "فاطمة الزهراء", "王小明", "אסתר", "O’Neill-Åström"]
)
def test_names_of_every_script_are_kept_as_typed(wizard: Wizard, name: str) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    assert wizard.post("person", PAGES["person"] | {"name": name}).status_code == 302
    assert wizard.draft.answers["name"] == name


def test_decomposed_letters_are_stored_composed(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    wizard.post("person", PAGES["person"] | {"name": "A\u030asa"})
    assert wizard.draft.answers["name"] == "Åsa"


@pytest.mark.parametrize("char", ["\0", "\u202e", "\u2066", "\x1b", "\ud800"])
def test_invisible_characters_are_taken_out_and_said(wizard: Wizard, char: str) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    data = {"version": wizard.draft.version} | PAGES["person"] | {"name": f"An{char}na"}
    if char == "\ud800":  # a browser cannot send it; a script may
        cleaned = sections.clean(sections.BY_KEY["person"], data, wizard.draft.answers)
        assert cleaned.typed["name"] == "Anna" and "name" in cleaned.errors
        return
    answer = wizard.client.post(wizard.url("person"), data)
    assert answer.status_code == 422 and 'value="Anna"' in answer.content.decode()
    assert wizard.post("person", PAGES["person"] | {"name": "Anna"}).status_code == 302


def test_a_megabyte_of_text_is_an_error_at_the_field(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    answer = wizard.post("event", PAGES["event"] | {"narrative": "å" * 1_000_000})
    assert answer.status_code == 422 and len(_errors(answer)) == 1
    assert len(wizard.draft.answers["narrative"]) <= 60_000


@pytest.mark.parametrize(
    "value", ["2026-02-30", "31/11 2026", "2027-01-01", "i går", "0000-00-00", "9" * 500]
)
def test_impossible_dates_are_explained(wizard: Wizard, value: str) -> None:
    wizard.begin()
    answer = wizard.post("consent", PAGES["consent"] | {"consent_date": value})
    assert answer.status_code == 422 and len(_errors(answer)) == 1


@pytest.mark.parametrize("value", ["2026-11-20", "20261120", "20/11 2026", "20 november 2026", "20.11.2026"])
def test_dates_as_people_write_them(wizard: Wizard, value: str) -> None:
    wizard.begin()
    assert wizard.post("consent", PAGES["consent"] | {"consent_date": value}).status_code == 302
    assert wizard.draft.answers["consent_date"] == "2026-11-20"


def test_codes_that_are_not_on_offer_are_no_answer(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    answer = wizard.post("person", PAGES["person"] | {"sex": "<script>", "protected_identity": "x" * 9000})
    assert answer.status_code == 422 and "<script>" not in answer.content.decode().replace("<script src", "")


def test_without_age_and_consent_no_page_about_the_person_opens(wizard: Wizard) -> None:
    wizard.begin()
    assert wizard.client.get(wizard.url("person")).status_code == 302
    assert wizard.post("person", PAGES["person"]).status_code == 302
    assert "name" not in wizard.draft.answers


def test_suspects_are_asked_of_authorities_alone(client: Client, on_duty: Callable[..., Assignment], freeze: Any) -> None:
    freeze("2026-11-23 09:00")
    on_duty("mitt")
    ngo = Wizard(client, member(Role.CASEWORKER, agency=_agency(kind=AgencyKind.NGO_PLATFORM))).begin()
    ngo.post("consent", PAGES["consent"])
    assert ngo.client.get(ngo.url("suspects")).status_code == 404
    police = Wizard(Client(), member(Role.CASEWORKER, agency=_agency(kind=AgencyKind.POLICE))).begin()
    police.post("consent", PAGES["consent"])
    assert police.client.get(police.url("suspects")).status_code == 200


# --- saving -------------------------------------------------------------------------------------------


def test_autosave_keeps_half_an_answer_and_tells_when(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    answer = wizard.post("person", {"name": "Ann", "birth": "199"}, headers={"X-NRM-Autosave": "1"})
    assert answer.json() == {"version": wizard.draft.version, "saved": "9.00"}
    assert wizard.draft.answers["birth"] == "199" and "person" not in wizard.draft.done
    assert 'value="199"' in wizard.get("person")


def test_save_and_exit_does_not_ask_for_the_rest(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    answer = wizard.post("person", {"name": "Anna", "exit": "1"})
    assert answer["Location"] == reverse("cases:draft", args=[wizard.draft_id])
    assert wizard.draft.answers["name"] == "Anna"
    hub = wizard.client.get(answer["Location"]).content.decode()
    assert "Pågår" in hub or "In progress" in hub


def test_a_page_saved_elsewhere_shows_both_versions_and_keeps_the_text(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    seen = wizard.draft.version
    wizard.post("person", PAGES["person"] | {"name": "Den andra enheten", "view": "b"})
    mine = PAGES["person"] | {"name": "Jag", "version": seen, "view": "a"}
    answer = wizard.client.post(wizard.url("person"), mine)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Den andra enheten" in page and 'value="Jag"' in page
    assert wizard.draft.answers["name"] == "Den andra enheten"
    again = re.search(r'name="version" value="(\d+)"', page)
    assert again is not None
    assert wizard.client.post(wizard.url("person"), mine | {"version": again[1]}).status_code == 302


def test_ones_own_autosave_is_no_conflict(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    seen = wizard.draft.version
    data = PAGES["person"] | {"version": seen, "view": "a"}
    wizard.client.post(wizard.url("person"), data, headers={"X-NRM-Autosave": "1"})
    assert wizard.client.post(wizard.url("person"), data).status_code == 302


def test_signed_out_in_the_middle_the_draft_is_there_after_sign_in(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    wizard.post("person", {"name": "Anna"}, headers={"X-NRM-Autosave": "1"})
    version = wizard.draft.version
    wizard.client.logout()
    answer = wizard.client.post(wizard.url("person"), PAGES["person"] | {"version": version})
    assert answer.status_code == 302 and str(wizard.draft_id) in answer["Location"]
    sign_in(wizard.client, wizard.by)
    assert 'value="Anna"' in wizard.get("person")


# --- whose it is --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_nobody_else_reads_a_draft(wizard: Wizard, role: Role) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    stranger = sign_in(Client(), member(role, agency=wizard.by.agency if role == Role.CASEWORKER else None))
    for url in (wizard.url("consent"), reverse("cases:draft", args=[wizard.draft_id]),
                reverse("cases:draft-check", args=[wizard.draft_id])):  # fmt: skip
        assert stranger.get(url).status_code in (403, 404)
    assert stranger.post(reverse("cases:draft-send", args=[wizard.draft_id])).status_code in (403, 404)
    assert stranger.post(reverse("cases:draft-remove", args=[wizard.draft_id])).status_code in (403, 404)
    assert Draft.objects.filter(pk=wizard.draft_id).exists()


def test_an_unknown_draft_is_not_found(wizard: Wizard) -> None:
    assert wizard.client.get(reverse("cases:draft", args=[uuid.uuid4()])).status_code == 404


def test_an_expired_draft_is_explained_to_its_owner(wizard: Wizard, freeze: Any) -> None:
    wizard.begin()
    freeze("2026-12-22 09:00")
    url = reverse("cases:draft", args=[wizard.draft_id])
    sign_in(wizard.client, wizard.by)
    assert wizard.client.get(url).status_code == 410
    assert drafts.delete_expired() == 1 and drafts.delete_expired() == 0
    answer = wizard.client.get(url)
    assert answer.status_code == 410
    assert sign_in(Client(), member(Role.CASEWORKER)).get(url).status_code == 404


def test_a_deleted_draft_is_gone_with_its_key(wizard: Wizard) -> None:
    wizard.begin()
    key = wizard.draft.data_key_id
    page = wizard.client.get(reverse("cases:draft-remove", args=[wizard.draft_id]))
    assert page.status_code == 200 and Draft.objects.exists()
    wizard.client.post(reverse("cases:draft-remove", args=[wizard.draft_id]))
    assert not Draft.objects.exists() and DataKey.objects.get(pk=key).destroyed_at
    assert AuditEvent.objects.filter(verb="draft.discard").count() == 1


def test_the_list_says_the_last_day(wizard: Wizard) -> None:
    wizard.begin()
    page = wizard.client.get(reverse("cases:drafts")).content.decode()
    last = clock.local(clock.now() + timedelta(days=settings.DRAFT_DAYS))
    assert f"{last.day} december 2026" in page


def test_the_answers_are_sealed_in_the_database(wizard: Wizard) -> None:
    wizard.begin().post("consent", PAGES["consent"])
    wizard.post("person", PAGES["person"])
    sealed = bytes(Draft.objects.filter(pk=wizard.draft_id).values_list("answers", flat=True).get())
    assert b"Nguy" not in sealed


def test_the_box_shows_where_it_goes_and_by_when(wizard: Wizard) -> None:
    wizard.begin().fill(PAGES)
    page = wizard.client.get(reverse("cases:draft-so-far", args=[wizard.draft_id])).content.decode()
    assert "Region Mitt" in page and "Nguyễn" not in page


def test_budget_of_pages_and_actions() -> None:
    """Adult with consent: at most nine pages and thirty actions; a consultation seven and eighteen."""
    actions = 2 + sum(_actions(data) for data in PAGES.values()) + 2
    assert 1 + len(PAGES) + 2 <= 9 and actions <= 30
    assert 2 + sum(_actions(data) for data in CONSULTATION.values()) + 2 <= 18


def _actions(data: dict[str, Any]) -> int:
    ready = {"consent_date", "place_now", "suspicion_noted"}
    asked = {key: value for key, value in data.items() if key not in ready}
    return 1 + sum(len(value) if isinstance(value, list) else 1 for value in asked.values())

"""Drafts: awkward input, autosave, conflicts, whose they are, how they end."""

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
from cases import sections
from cases.models import Draft, Notice
from cases.services import drafts
from core import clock
from core.models import AuditEvent, DataKey
from tests.cases.wizard import CONSULTATION, PAGES, Wizard, agency, at_work, errors
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def wizard(client: Client, on_duty: Callable[..., Assignment], referrer: Assignment, freeze: Any) -> Wizard:
    return at_work(client, on_duty, referrer, freeze)


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
    assert answer.status_code == 422 and len(errors(answer)) == 1
    assert len(wizard.draft.answers["narrative"]) <= 60_000


@pytest.mark.parametrize(
    "value", ["2026-02-30", "31/11 2026", "2027-01-01", "i går", "0000-00-00", "9" * 500]
)
def test_impossible_dates_are_explained(wizard: Wizard, value: str) -> None:
    wizard.begin()
    answer = wizard.post("consent", PAGES["consent"] | {"consent_date": value})
    assert answer.status_code == 422 and len(errors(answer)) == 1


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


def test_suspects_are_asked_of_authorities_alone(
    client: Client, on_duty: Callable[..., Assignment], freeze: Any
) -> None:
    freeze("2026-11-23 09:00")
    on_duty("mitt")
    ngo = Wizard(client, member(Role.CASEWORKER, agency=agency(kind=AgencyKind.NGO_PLATFORM))).begin()
    ngo.post("consent", PAGES["consent"])
    assert ngo.client.get(ngo.url("suspects")).status_code == 404
    police = Wizard(Client(), member(Role.CASEWORKER, agency=agency(kind=AgencyKind.POLICE))).begin()
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


def test_an_autosave_that_arrives_late_changes_nothing(wizard: Wizard) -> None:
    """Leaving a field saves by itself; the press on the button may be faster."""
    wizard.begin().post("consent", PAGES["consent"])
    data = PAGES["person"] | {"version": wizard.draft.version, "view": "a"}
    wizard.client.post(wizard.url("person"), data)
    late = wizard.client.post(wizard.url("person"), data | {"name": "Ol"}, headers={"X-NRM-Autosave": "1"})
    assert late.status_code == 200
    assert "person" in wizard.draft.done and wizard.draft.answers["name"] == PAGES["person"]["name"]


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


# --- the nightly job ----------------------------------------------------------------------------------


def test_the_owner_is_warned_once_seven_days_before(wizard: Wizard, freeze: Any) -> None:
    wizard.begin()
    assert drafts.warn_expiring() == 0
    freeze("2026-12-15 03:10")
    assert drafts.warn_expiring() == 1 and drafts.warn_expiring() == 0
    assert Notice.objects.filter(user=wizard.by.user, kind="draft_expires").count() == 1


def test_a_consultation_text_becomes_the_description_when_the_person_agrees(wizard: Wizard) -> None:
    wizard.begin().fill(CONSULTATION)
    wizard.post("consent", PAGES["consent"])
    assert wizard.draft.answers["narrative"] == CONSULTATION["event"]["narrative_general"]
    assert "narrative_general" not in wizard.draft.answers

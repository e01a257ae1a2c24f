"""The screens of those who edit the manual: what they show, keep, refuse and lead to."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import Role
from manual.models import Edition, StepTemplate
from manual.services import reviewing
from tests.factories import member, sign_in
from tests.manual.test_editing import ASSESS, change


@pytest.fixture
def browser(saga: Assignment) -> Client:
    return sign_in(Client(), saga)


def url(name: str, *args: Any) -> str:
    return reverse(f"manual:{name}", args=args)


def page(client: Client, path: str, status: int = 200, **data: Any) -> str:
    """What a page shows; posted when there is something to post."""
    response = client.post(path, data, follow=True) if data else client.get(path)
    assert response.status_code == status, path
    return unescape(response.content.decode())


def filled(client: Client, path: str) -> dict[str, Any]:
    """The answers that stand in a form as it is shown."""
    form = client.get(path).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def test_every_screen_has_a_heading_and_both_languages(
    browser: Client, saga: Assignment, draft: Edition
) -> None:
    paths = [
        url("editions"), url("edition", 1), url("edition", 2), url("edition-describe", 2),
        url("edition-delete", 2), url("edition-new"), url("edition-steps", 1), url("edition-steps", 2),
        url("edition-step-new", 2), url("edition-step", 2, ASSESS), url("edition-step", 1, ASSESS),
        url("edition-step-remove", 2, ASSESS),
    ]  # fmt: skip
    for language in ("sv", "en"):
        saga.user.language = language
        saga.user.save(update_fields=["language"])
        for path in paths:
            shown = page(browser, path)
            assert f'<html lang="{language}"' in shown, path
            assert shown.count("<h1") == 1, path
            ids = re.findall(r' id="([^"]+)"', shown)
            assert len(ids) == len(set(ids)), path


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("edition-describe", 1),
        ("edition-delete", 1),
        ("edition-send-back", 2),
        ("edition-publish", 2),
        ("edition-withdraw", 2),
        ("edition-step-new", 1),
    ],
)
def test_a_form_that_would_be_refused_is_not_shown(
    browser: Client, draft: Edition, name: str, number: int
) -> None:
    response = browser.get(url(name, number))
    assert (response.status_code, response["Location"]) == (302, url("edition", number))


def test_an_edition_that_is_not_there_is_not_found(browser: Client, draft: Edition) -> None:
    assert browser.get(url("edition", 77)).status_code == 404
    assert browser.get(url("edition-step", 2, "no.such.step")).status_code == 404


def test_a_form_that_is_sent_as_it_stands_changes_nothing(browser: Client, draft: Edition) -> None:
    keys = list(draft.steps.values_list("key", flat=True))
    before = list(draft.steps.order_by("key").values())
    for key in keys[::12]:
        page(browser, url("edition-step", 2, key), **filled(browser, url("edition-step", 2, key)))
    assert list(draft.steps.order_by("key").values()) == before
    draft.refresh_from_db()
    assert draft.version == 0


def test_a_deadline_is_changed_on_screen(browser: Client, draft: Edition) -> None:
    path = url("edition-step", 2, ASSESS)
    answers = filled(browser, path) | {
        "amount": "6", "unit": "calendar_days", "kind": "manual_guidance", "danger_amount": "2",
        "danger_unit": "hours", "warn_days": "2, 5", "evidence": "decision\r\nreasons\r\n",
    }  # fmt: skip
    shown = page(browser, path, **answers)
    step = draft.steps.get(key=ASSESS)
    assert (step.amount, step.unit, step.kind) == (6, "calendar_days", "manual_guidance")
    assert step.overrides == [{"when": "danger", "amount": 2, "unit": "hours"}]
    assert (step.warn_days, step.evidence) == ([5, 2], ["decision", "reasons"])
    assert 'id="s-ident-rc-assess"' in shown
    assert StepTemplate.objects.get(edition__number=1, key=ASSESS).amount == 3


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"amount": "tre"}, "id_amount"),
        ({"amount": "-1"}, "id_amount"),
        ({"title_en": ""}, "id_title_en"),
        ({"danger_amount": "4", "danger_unit": ""}, "id_danger_amount"),
        ({"recurs_amount": "0", "recurs_unit": "months"}, "id_recurs_amount"),
        ({"warn_days": "snart"}, "id_warn_days"),
        ({"evidence": "Två ord"}, "id_evidence"),
        ({"kind": "statutory_fixed", "legal_basis": ""}, "id_legal_basis"),
        ({"unit": "office_hours", "direction": "before"}, "id_amount"),
        ({"paragraph": "9-9-9"}, "id_paragraph"),
        ({"title_sv": "x" * 201}, "id_title_sv"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    browser: Client, draft: Edition, answers: dict[str, str], words: str
) -> None:
    path = url("edition-step", 2, ASSESS)
    typed = filled(browser, path) | {"description_sv": "Så här skriver jag nu."} | answers
    shown = page(browser, path, 422, **typed)
    assert f'href="#{words}' in shown
    assert "Så här skriver jag nu." in shown
    assert draft.steps.get(key=ASSESS).version == 0


def test_who_saves_second_keeps_her_words_and_may_save_again(
    browser: Client, draft: Edition, ingrid: Assignment
) -> None:
    path = url("edition-step", 2, ASSESS)
    answers = filled(browser, path) | {"title_sv": "Sagas ord"}
    change(draft, ASSESS, ingrid, amount=8)
    shown = page(browser, path, 422, **answers)
    assert "Sagas ord" in shown
    assert 'name="version" value="1"' in shown
    page(browser, path, **(answers | {"version": "1"}))
    assert draft.steps.get(key=ASSESS).title_sv == "Sagas ord"


def test_a_step_is_added_moved_and_removed(browser: Client, draft: Edition) -> None:
    answers = filled(browser, url("edition-step", 2, "acute.rc.meet"))
    answers |= {"title_sv": "Ring tolken", "title_en": "Call the interpreter", "version": "0"}
    page(browser, url("edition-step-new", 2), **answers)
    key = "acute.rc.call_the_interpreter"
    assert draft.steps.get(key=key).amount == draft.steps.get(key="acute.rc.meet").amount
    place = draft.steps.get(key=key).order
    page(browser, url("edition-step-move", 2, key), flytta="up")
    assert draft.steps.get(key=key).order == place - 1
    page(browser, url("edition-step-remove", 2, key), sure="1")
    assert not draft.steps.filter(key=key).exists()


def test_a_step_that_the_portal_opens_has_no_way_out(browser: Client, draft: Edition) -> None:
    assert url("edition-step-remove", 2, ASSESS) not in page(browser, url("edition-step", 2, ASSESS))
    page(browser, url("edition-step-remove", 2, "ident.rc.acknowledge"), 422, sure="1")
    assert draft.steps.filter(key="ident.rc.acknowledge").exists()


def test_a_decided_edition_can_be_read_and_not_written(browser: Client, draft: Edition) -> None:
    path = url("edition-step", 1, ASSESS)
    answers = filled(browser, url("edition-step", 2, ASSESS)) | {"amount": "9"}
    assert '<form method="post" novalidate' not in page(browser, path)
    page(browser, path, 422, **answers)
    assert StepTemplate.objects.get(edition__number=1, key=ASSESS).amount == 3


def test_from_draft_to_the_day_it_applies(
    browser: Client, saga: Assignment, ingrid: Assignment, draft: Edition
) -> None:
    second = sign_in(Client(), ingrid)
    page(browser, url("edition-hand-in", 2), version=draft.version)
    draft.refresh_from_db()
    assert url("edition-approve", 2) not in page(browser, url("edition", 2))
    page(browser, url("edition-approve", 2), 403, version=draft.version)
    assert url("edition-approve", 2) in page(second, url("edition", 2))
    page(second, url("edition-send-back", 2), words="Säg varför.")
    assert "Säg varför." in page(browser, url("edition", 2))
    draft.refresh_from_db()
    page(browser, url("edition-hand-in", 2), version=draft.version)
    draft.refresh_from_db()
    page(second, url("edition-approve", 2), version=draft.version)
    assert url("edition-publish", 2) in page(browser, url("edition", 2))
    page(browser, url("edition-publish", 2), 422, valid_from="2027-02-02")
    page(browser, url("edition-publish", 2), valid_from="2027-04-01")
    draft.refresh_from_db()
    assert (draft.status, str(draft.valid_from)) == ("scheduled", "2027-04-01")
    page(second, url("edition-withdraw", 2), reason="Beslutet dröjer.")
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_stale_press_is_told_and_does_nothing(browser: Client, draft: Edition) -> None:
    shown = page(browser, url("edition-hand-in", 2), 409, version="91")
    assert "error-summary" in shown
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_what_stands_in_the_way_is_named_with_a_way_to_it(browser: Client, draft: Edition) -> None:
    draft.steps.filter(key="acute.rc.meet").update(title_en="")
    shown = page(browser, url("edition", 2))
    assert url("edition-step", 2, "acute.rc.meet") in shown
    assert url("edition-hand-in", 2) not in shown


def test_a_draft_is_begun_described_and_deleted(browser: Client, draft: Edition) -> None:
    page(browser, url("edition-new"), 422, based_on=str(draft.based_on_id), title="En till", reason="Ja")
    page(browser, url("edition-describe", 2), version="0", title="Sex dagar", reason="Efter beslut.")
    assert "Sex dagar" in page(browser, url("editions"))
    page(browser, url("edition-delete", 2), sure="1")
    assert Edition.objects.count() == 1
    page(browser, url("edition-new"), 422, title="", reason="")
    first = Edition.objects.get()
    page(browser, url("edition-new"), based_on=str(first.pk), title="Ny lag", reason="Ett beslut.")
    assert Edition.objects.get(number=2).title == "Ny lag"


@pytest.mark.parametrize("name", ["editions", "edition-new"])
@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.ADMINISTRATOR, Role.HOTLINE_OPERATOR])
def test_others_do_not_see_what_is_in_work(draft: Edition, role: Role, name: str) -> None:
    client = sign_in(Client(), member(role))
    assert client.get(url(name)).status_code == 403


def test_the_list_asks_as_little_for_many_editions(
    browser: Client, draft: Edition, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        page(browser, url("editions"))
    with django_assert_max_num_queries(14):
        page(browser, url("edition-steps", 2))
    with django_assert_max_num_queries(14):
        page(browser, url("edition-step", 2, ASSESS))


def test_a_reviewed_edition_shows_who_wrote_it(
    browser: Client, saga: Assignment, ingrid: Assignment, draft: Edition
) -> None:
    change(draft, ASSESS, ingrid, amount=4)
    draft.refresh_from_db()
    sent = reviewing.hand_in(edition_id=draft.pk, version=draft.version, by=saga)
    assert not reviewing.may_judge(sent, ingrid)
    shown = page(browser, url("edition", 2))
    assert saga.user.name in shown and ingrid.user.name in shown

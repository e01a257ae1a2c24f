"""The referrer's own pages: receipt, status, what is asked, what she adds, what colleagues see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import Status
from cases.models import MessageRecipient, Referral, Supplement
from cases.services import messages, triage
from core.models import AuditEvent
from tests.cases.conftest import CHILD
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def karin(on_duty: Callable[..., Assignment], freeze: Any) -> Assignment:
    freeze("2026-11-23 09:00")
    on_duty("national")
    on_duty("stockholm-children")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def sent(karin: Assignment, referrer: Assignment, send: Callable[..., Referral]) -> Referral:
    return send(referrer)


def url(referral: Referral, name: str = "referral") -> str:
    return reverse(f"cases:{name}", args=[referral.pk])


def test_the_receipt_says_where_when_and_what_to_do(
    client: Client, referrer: Assignment, sent: Referral
) -> None:
    page = sign_in(client, referrer).get(url(sent)).content.decode()
    assert sent.reference in page and "Region Mitt" in page and 'class="receipt' in page
    assert "Björk-27" not in page and "<title>" in page and sent.reference not in page.split("</title>")[0]
    assert AuditEvent.objects.filter(verb="referral.read", target_id=sent.pk).count() == 1


def test_the_referrers_own_duties_are_listed_and_can_be_done(
    client: Client, referrer: Assignment, send: Callable[..., Referral], karin: Assignment
) -> None:
    referral = send(referrer, CHILD)
    page = sign_in(client, referrer).get(url(referral)).content.decode()
    steps = list(referral.case.steps.filter(agency_id=referrer.agency_id))
    assert steps and all(
        reverse("cases:step", args=[referral.case_id, step.pk]) in page for step in steps[:1]
    )


def test_what_was_sent_is_shown_without_identity(
    client: Client, referrer: Assignment, sent: Referral
) -> None:
    page = sign_in(client, referrer).get(url(sent)).content.decode()
    assert "Arbetar sju dagar i veckan utan lön." in page and "Björk-27" not in page


@pytest.mark.parametrize("role", list(Role))
def test_others_get_404_also_colleagues(
    client: Client, referrer: Assignment, sent: Referral, role: Role
) -> None:
    colleague = member(role, agency=referrer.agency if role == Role.CASEWORKER else None)
    sign_in(client, colleague)
    for name in ("referral", "referral-receipt"):
        assert client.get(url(sent, name)).status_code in (403, 404)
    for name in ("referral-supplement", "referral-reply"):
        assert client.post(url(sent, name), {"text": "x", "reply-text": "x"}).status_code in (403, 404)
    assert not Supplement.objects.exists()


def test_the_coordinators_question_is_answered_and_the_clock_runs_again(
    client: Client, referrer: Assignment, sent: Referral, karin: Assignment
) -> None:
    triage.ask(case_id=sent.case_id, text="Vilket språk talar personen?", by=karin)
    page = sign_in(client, referrer).get(url(sent)).content.decode()
    assert "Vilket språk talar personen?" in page
    answer = client.post(url(sent, "referral-supplement"), {"text": "Thailändska"})
    assert answer.status_code == 302
    sent.case.refresh_from_db()
    assert sent.case.status == Status.RECEIVED and Supplement.objects.get().text == "Thailändska"


def test_an_empty_or_hostile_supplement_is_explained(
    client: Client, referrer: Assignment, sent: Referral
) -> None:
    sign_in(client, referrer)
    for text in ("", "a\0b", "x" * 9000):
        answer = client.post(url(sent, "referral-supplement"), {"text": text})
        assert answer.status_code == 422 and "error-summary" in answer.content.decode()
    assert not Supplement.objects.exists()


def test_messages_to_the_referrer_are_shown_marked_read_and_answered(
    client: Client, referrer: Assignment, sent: Referral, karin: Assignment
) -> None:
    triage.accept(case_id=sent.case_id, by=karin)
    messages.send(case_id=sent.case_id, to=[f"referral:{sent.pk}"], text="Vi ringer i morgon.", by=karin)
    page = sign_in(client, referrer).get(url(sent)).content.decode()
    assert "Vi ringer i morgon." in page and "Karin Holm" in page
    assert MessageRecipient.objects.get(referral=sent).read_by_id is None, "looking is not reading"
    client.post(url(sent) + "lasta/")
    assert MessageRecipient.objects.get(referral=sent).read_by_id == referrer.user_id
    assert client.post(url(sent, "referral-reply"), {"reply-text": "Tack"}).status_code == 302
    assert "Tack" in client.get(url(sent)).content.decode()


def test_the_list_shows_colleagues_rows_without_a_way_in(
    client: Client, referrer: Assignment, sent: Referral, send: Callable[..., Referral]
) -> None:
    other = send(member(Role.CASEWORKER, agency=referrer.agency))
    elsewhere = send(member(Role.CASEWORKER))
    page = sign_in(client, referrer).get(reverse("cases:referrals")).content.decode()
    assert url(sent) in page and other.reference in page and url(other) not in page
    assert elsewhere.reference not in page
    row = AuditEvent.objects.get(verb="referral.list")
    assert set(row.target_ids) == {sent.pk, other.pk}


def test_the_list_pages_both_ways(
    client: Client, referrer: Assignment, karin: Assignment, send: Callable[..., Referral], monkeypatch: Any
) -> None:
    monkeypatch.setattr("cases.services.following.PAGE", 2)
    references = [send(referrer).reference for _n in range(5)]
    sign_in(client, referrer)
    first = client.get(reverse("cases:referrals"))
    assert len(first.context["rows"]) == 2 and first.context["older"] and not first.context["newer"]
    second = client.get(first.context["older"])
    third = client.get(second.context["older"])
    seen = [row.reference for page in (first, second, third) for row in page.context["rows"]]
    assert sorted(seen) == sorted(references) and not third.context["older"]
    back = client.get(third.context["newer"])
    assert [r.reference for r in back.context["rows"]] == [r.reference for r in second.context["rows"]]
    assert client.get(reverse("cases:referrals"), {"fore": "nonsense", "efter": "_"}).status_code == 200


@pytest.mark.parametrize(("status", "word"), [("active", "Mottagen"), ("received", "Skickad")])
def test_the_word_for_the_referrer(
    client: Client, referrer: Assignment, sent: Referral, karin: Assignment, status: str, word: str
) -> None:
    if status == "active":
        triage.accept(case_id=sent.case_id, by=karin)
    page = sign_in(client, referrer).get(reverse("cases:referrals")).content.decode()
    assert word in page


def test_the_printed_receipt_holds_nothing_about_the_person(
    client: Client, referrer: Assignment, sent: Referral
) -> None:
    page = sign_in(client, referrer).get(url(sent, "referral-receipt")).content.decode()
    assert sent.reference in page and "Uppsala" not in page and "Björk-27" not in page

"""What walking through the portal as a referrer has taught."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Assignment
from cases.access import sight_of
from cases.forms.triage import SnoozeForm
from cases.models import Referral
from cases.services import drafts
from cases.views import draft_parts, pdf
from core import looks
from tests.factories import sign_in

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADULT = {"age_group": "adult", "consent_status": "given", "place_now": "municipality"}


@pytest.fixture
def karin(on_duty: Callable[..., Assignment], freeze: Any) -> Assignment:
    freeze("2026-11-23 09:00")
    on_duty("national")
    return on_duty("mitt", "Karin Holm")


def test_half_a_municipality_sends_nothing_to_the_national_coordination(karin: Assignment) -> None:
    assert drafts.preview(ADULT, AT).route is None
    placed = drafts.preview(ADULT | {"municipality_of_presence": "0380"}, AT).route
    assert placed is not None and placed.desk.key == "mitt"
    unknown = drafts.preview(ADULT | {"place_now": "unknown"}, AT).route
    assert unknown is not None and unknown.unplaced


def test_the_receipt_on_paper_says_the_day_not_tomorrow(
    client: Client, karin: Assignment, referrer: Assignment, send: Callable[..., Referral]
) -> None:
    referral = send(referrer)
    page = (
        sign_in(client, referrer).get(reverse("cases:referral-receipt", args=[referral.pk])).content.decode()
    )
    assert looks.deadline_on_paper(referral.case.answer_by) in page
    assert reverse("cases:receipt-pdf", args=[referral.pk]) in page


def test_an_answer_that_is_late_is_not_promised(
    client: Client, karin: Assignment, referrer: Assignment, send: Callable[..., Referral], freeze: Any
) -> None:
    referral = send(referrer)
    freeze("2026-12-15 09:00")
    page = sign_in(client, referrer).get(reverse("cases:referral", args=[referral.pk])).content.decode()
    assert "no later than" not in page and "senast" not in page.split("</h1>")[1].split("</section>")[0]


def test_deadlines_on_paper_stay_true() -> None:
    assert looks.deadline_on_paper(datetime(2026, 11, 23, 23, tzinfo=UTC)).endswith("2026")
    assert "2026" in looks.deadline_on_paper(datetime(2026, 11, 23, 11, tzinfo=UTC))


def test_the_box_beside_the_form_tells_consent(karin: Assignment, referrer: Assignment) -> None:
    draft = drafts.start(by=referrer, practice=False)
    draft.answers = {"age_group": "adult", "consent_status": "refused"}
    assert len(draft_parts.so_far(draft).facts) == 2


def test_a_day_that_is_folded_away_stops_nobody(freeze: Any) -> None:
    freeze("2026-11-23 09:00")
    assert SnoozeForm({"when": "tomorrow", "day": "nästa vecka"}).is_valid()
    assert "day" in SnoozeForm({"when": "date", "day": "nästa vecka"}).errors
    assert "day" in SnoozeForm({"when": "date", "day": "2026-11-01"}).errors
    assert "day" in SnoozeForm({"when": "date"}).errors
    assert SnoozeForm({"when": "date", "day": "2026-11-24"}).is_valid()


def test_the_summary_on_paper_names_the_day(
    karin: Assignment, referrer: Assignment, send: Callable[..., Referral]
) -> None:
    case = send(referrer).case
    sight = sight_of(karin, case)
    assert sight is not None
    facts = {row["label"]: row["value"] for row in pdf.summary_context(sight, [])["facts"]}
    assert any("2026" in value for value in facts.values())

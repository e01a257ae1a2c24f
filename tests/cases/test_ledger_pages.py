"""The ledger on screen and on paper; and a consultation whose person agrees."""

from __future__ import annotations

from typing import Any

import pytest

from cases.enums import DisclosureKind
from cases.models import Disclosure, Draft
from cases.services import withdrawing
from core import pdf
from core.models import AuditEvent, PdfJob
from tests.case_factories import accepted, browser, in_case, text_of
from tests.cases.services.test_submit import REFUSED
from tests.cases.test_sharing_pages import GIVEN, TAKEN, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer).case, karin)


# --- the ledger --------------------------------------------------------------------------------------------


def test_the_ledger_says_who_was_told_what_until_then(case: Any, karin: Any) -> None:
    police = in_case(case, karin, categories=("situation", "health"))
    client = browser(karin)
    client.post(
        f"/arenden/{case.pk}/meddelanden/skicka/", {"to": [f"agency:{police.agency_id}"], "text": "Hej"}
    )
    told = {"to": "Jourläkaren, akuten", "categories": ["health"], "what": "Om skadorna"}
    assert "Välj vad som berättades" in text_of(client.post(at(case, "berattat/"), told | {"categories": []}))
    client.post(at(case, "berattat/"), told)
    browser(police).get(f"/arenden/{case.pk}/")
    client.post(at(case, "aterkalla/"), TAKEN | {"do": "withdraw"})
    page = text_of(client.get(at(case, "utlamnat/")))
    assert "Jourläkaren, akuten" in page and "Om skadorna" in page and "Meddelande" in page
    assert "samtycket återkallades" in page and "Vad har hänt, Hälsa och behov" in page
    assert police.user.name in page, "who has really looked"
    kinds = set(Disclosure.objects.filter(case=case).values_list("kind", flat=True))
    assert kinds >= {DisclosureKind.ACCESS, DisclosureKind.MESSAGE, DisclosureKind.OUTSIDE}
    assert "Om skadorna" not in str(list(AuditEvent.objects.values()))


def test_a_paper_taken_out_stands_in_the_ledger_once(case: Any, karin: Any) -> None:
    police = in_case(case, karin)
    client = browser(police)
    client.post(f"/arenden/{case.pk}/papper/", {"reason": "Till akten"})
    job = PdfJob.objects.get()
    job.state, job.result = "ready", b"%PDF-1.7"
    job.save(update_fields=["state", "result"])
    for _again in range(2):
        assert client.get(f"/papper/{job.pk}/hamta/").status_code == 200
    row = Disclosure.objects.get(kind=DisclosureKind.COPY)
    assert (row.agency_id, row.by_id, row.subject_id) == (police.agency_id, police.user_id, job.pk)
    assert row.categories == ["situation"]
    told = withdrawing.effects(case, ["police"])
    assert [copy.pk for copy in told.copies] == [row.pk]


def test_the_ledger_on_paper_for_the_desk_alone(case: Any, karin: Any) -> None:
    in_case(case, karin)
    answer = browser(karin).post(at(case, "utlamnat/papper/"))
    job = PdfJob.objects.get()
    assert answer["Location"] == f"/papper/{job.pk}/" and job.template == "pdf/ledger.html"
    assert "Aktör police" in str(job.context)
    html, data = pdf.render_pdf(job.template, job.context, "sv")
    assert data.startswith(b"%PDF") and "Aktör police" in html


# --- consultations -----------------------------------------------------------------------------------------


def test_a_consultation_has_no_consent_and_grows_when_the_person_agrees(
    karin: Any, on_duty: Any, referrer: Any, send: Any
) -> None:
    sara = on_duty("syd")
    case = send(referrer, REFUSED).case
    client = browser(sara)
    page = text_of(client.get(at(case)))
    assert "rådfrågning" in page.lower() and "Personen samtycker: gör en hänvisning" in page
    assert "finns ingen person" in text_of(client.post(at(case, "samtycke/"), GIVEN))
    answer = client.post(at(case, "hanvisning/"))
    draft = Draft.objects.get(consultation=case)
    assert answer["Location"] == f"/hanvisning/{draft.pk}/" and draft.owner_id == sara.user_id
    assert "consent_status" not in draft.answers and draft.answers["age_group"] == "adult"
    again = client.post(at(case, "hanvisning/"))
    assert again["Location"] == answer["Location"] and Draft.objects.count() == 1


def test_only_a_consultation_grows(case: Any, karin: Any) -> None:
    assert browser(karin).post(at(case, "hanvisning/")).status_code == 404 and not Draft.objects.exists()

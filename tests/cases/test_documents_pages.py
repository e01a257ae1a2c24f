"""The page Handlingar: several at once, the reason at the field, the rest kept; opening, ending, removing."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.enums import AgencyKind, Role
from cases.enums import Category, DocumentState, Outcome
from cases.models import Document, Participation
from cases.services import casework, scanning
from cases.views.documents import disposition
from core.models import AuditEvent
from tests.case_factories import accepted, browser, in_case, queries, text_of
from tests.core import samples
from tests.core.clamd import running
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clamd(settings: Settings) -> Iterator[Any]:
    with running() as made:
        settings.CLAMAV_URL = made.url
        yield made


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-23 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer).case, karin)


def at(case: Any, page: str = "") -> str:
    return f"/arenden/{case.pk}/handlingar/{page}"


def file(data: bytes, name: str) -> io.BytesIO:
    made = io.BytesIO(data)
    made.name = name
    return made


def row(
    number: int, data: bytes, name: str, description: str = "Kopia", category: str = "situation"
) -> dict[str, Any]:
    start = f"fil{number}-"
    return {
        f"{start}file": file(data, name),
        f"{start}description": description,
        f"{start}category": category,
    }


def added(case: Any, client: Client, **more: Any) -> Document:
    answer = client.post(
        at(case, "lagg-till/"), row(1, samples.pdf(uuid.uuid4().hex.encode()), "a.pdf", **more)
    )
    assert answer.status_code == 302
    made: Document = Document.objects.latest("uploaded_at", "pk")
    scanning.scan(made.pk)
    made.refresh_from_db()
    return made


def test_four_at_once_three_refused_each_with_its_reason(case: Any, karin: Any) -> None:
    client = browser(karin)
    page = client.post(
        at(case, "lagg-till/"),
        row(1, b"\0" * (26 * 1024 * 1024), "film.mp4", "Filmen")
        | row(2, b"MZ\x90\0" * 200, "avtal.pdf", "Avtalet")
        | row(3, samples.EICAR, "test.pdf", "Testet")
        | row(4, samples.jpeg(size=(900, 700), noise=True), "pass.jpg", "Passet", "identity"),
    )
    text = text_of(page)
    assert page.status_code == 422 and page.content.count(b"id_fil1-file") > 1
    assert "Filen är större än 25 MB" in text and text.count("Bara PDF, JPEG och PNG") >= 2
    body = page.content.decode()
    for kept in ("Filmen", "Avtalet", "Testet"):
        assert f'value="{kept}"' in body
    assert 'value="Passet"' not in body
    photo = Document.objects.get()
    assert photo.state == DocumentState.PENDING and photo.category == "identity"
    assert "Passet" in text and "Kontrolleras" in text and f"{photo.pk}/oppna/" not in body


def test_what_is_missing_is_said_at_the_field(case: Any, karin: Any) -> None:
    client = browser(karin)
    page = client.post(at(case, "lagg-till/"), {"fil1-description": "Avtalet"})
    text = text_of(page)
    assert page.status_code == 422 and "Välj en fil" in text and "Välj vad handlingen handlar om" in text
    assert 'value="Avtalet"' in page.content.decode()
    empty = client.post(at(case, "lagg-till/"), {})
    assert empty.status_code == 422 and "Skriv vad handlingen visar" in text_of(empty)
    assert client.post(at(case, "lagg-till/"), {"fil1-file": "inte en fil"}).status_code == 422
    assert not Document.objects.exists()
    assert not AuditEvent.objects.filter(verb="document.add").exists(), "what was refused did not happen"


@pytest.mark.security("S46", "the headers of a download")
def test_the_download_is_an_attachment_that_can_do_nothing(case: Any, karin: Any) -> None:
    client = browser(karin)
    made = added(case, client, description="Avtalet")
    url = at(case, f"{made.pk}/oppna/")
    assert url in client.get(at(case)).content.decode()
    answer = client.post(url, HTTP_RANGE="bytes=0-3")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer.status_code == 200 and body.startswith(b"%PDF") and len(body) == made.size
    assert answer["Content-Disposition"].startswith("attachment;") and answer["Accept-Ranges"] == "none"
    assert re.search(r'filename="handling-[\d-]{10}-\w{6}\.pdf"', answer["Content-Disposition"]), (
        "the file is not called what somebody called it"
    )
    assert answer["Content-Type"] == "application/pdf" and answer["X-Content-Type-Options"] == "nosniff"
    assert (
        "sandbox" in answer["Content-Security-Policy"]
        and "script-src" not in answer["Content-Security-Policy"]
    )
    assert answer["Cache-Control"] == "no-store, private"
    assert AuditEvent.objects.filter(verb="document.open", target_id=made.pk, outcome="allowed").count() == 1
    for method in ("get", "head"):
        assert getattr(client, method)(url).status_code == 405, "what is fetched ahead opens nothing"


@pytest.mark.security("S46", "a download after sight has ended")
def test_an_ended_sight_closes_open_tabs(case: Any, karin: Any) -> None:
    worker = in_case(case, karin, categories=("situation", "documents"))
    client, made = browser(worker), added(case, browser(karin))
    url = at(case, f"{made.pk}/oppna/")
    assert client.post(url).status_code == 200
    part = Participation.objects.get(agency_id=worker.agency_id)
    browser(karin).post(f"/arenden/{case.pk}/aktorer/{part.pk}/avsluta/")
    assert client.post(url).status_code == client.post(url, HTTP_RANGE="bytes=0-3").status_code == 404
    assert client.get(at(case)).status_code == client.head(at(case)).status_code == 404
    refused = client.post(at(case, "lagg-till/"), row(1, samples.pdf(), "a.pdf"))
    assert refused.status_code == 404


@pytest.mark.security("S46", "guessed ids and documents of other cases")
def test_guessed_ids_and_other_cases_are_404(
    case: Any, karin: Any, referrer: Any, send: Any, on_duty: Any
) -> None:
    client, made = browser(karin), added(case, browser(karin))
    other = accepted(send(referrer).case, karin)
    assert client.post(at(case, f"{uuid.uuid4()}/oppna/")).status_code == 404
    assert client.post(at(other, f"{made.pk}/oppna/")).status_code == 404
    for who in (on_duty("syd"), on_duty("national"), referrer, member(Role.AUDITOR)):
        assert browser(who).post(at(case, f"{made.pk}/oppna/")).status_code == 404
        assert browser(who).get(at(case)).status_code == 404


def test_another_house_learns_nothing_of_what_it_may_not_see(case: Any, karin: Any) -> None:
    worker = browser(in_case(case, karin, categories=("situation",)))
    before = text_of(worker.get(at(case)))
    made = added(case, browser(karin), description="QZHEMLIG")
    after = text_of(worker.get(at(case)))
    assert before == after and "QZHEMLIG" not in after
    assert worker.post(at(case, f"{made.pk}/oppna/")).status_code == 404
    assert worker.get(at(case, f"{made.pk}/ta-bort/")).status_code == 404


def test_removing_asks_why_and_is_for_its_house(case: Any, karin: Any) -> None:
    client, made = browser(karin), added(case, browser(karin), description="Fel fil")
    worker = browser(in_case(case, karin, categories=("situation", "documents")))
    url = at(case, f"{made.pk}/ta-bort/")
    assert worker.get(url).status_code == worker.post(url, {"reason": "wrong_file"}).status_code == 403
    assert "Fel fil" in text_of(client.get(url))
    bare = client.post(url)
    assert bare.status_code == 422 and "Välj varför handlingen tas bort" in text_of(bare)
    assert client.post(url, {"reason": "wrong_file"}).status_code == 302
    page = text_of(client.get(at(case)))
    assert "Fel fil" not in page and "Borttagen" in page
    assert client.post(at(case, f"{made.pk}/oppna/")).status_code == 403


def test_quarantine_is_labelled(case: Any, karin: Any, settings: Settings) -> None:
    settings.CLAMAV_URL = ""
    client = browser(karin)
    made = added(case, client)
    page = client.get(at(case))
    assert made.state == DocumentState.UNSCANNED and "Inte genomsökt" in text_of(page)
    assert f"{made.pk}/oppna/" not in page.content.decode()
    assert client.post(at(case, f"{made.pk}/oppna/")).status_code == 403


def test_a_closed_case_is_read_only(case: Any, karin: Any) -> None:
    client, made = browser(karin), added(case, browser(karin))
    casework.close(case_id=case.pk, outcome=Outcome.RETURNED, by=karin)
    page = client.get(at(case)).content.decode()
    assert "lagg-till" not in page and "ta-bort" not in page and f"{made.pk}/oppna/" in page


@pytest.mark.security("S42", "files sent to pages that take none")
def test_files_are_dropped_at_every_other_door(case: Any, karin: Any, caplog: Any) -> None:
    client = browser(karin)
    url = f"/arenden/{case.pk}/meddelanden/anteckna/"
    client.post(url, {"note-text": "Hej", "note-file": file(samples.pdf(), "a.pdf")})
    assert not Document.objects.exists()
    large = client.post(url, {"note-text": "Hej", "x": file(b"0" * 6_000_000, "a.pdf")})
    assert large.status_code == 400, "a body larger than a form may be is not read"


@pytest.mark.security("S42", "files sent by nobody")
def test_nobody_signed_out_makes_the_portal_take_a_file(case: Any, monkeypatch: Any) -> None:
    taken: list[bytes] = []
    monkeypatch.setattr("core.files.Passing.write", lambda self, data: taken.append(data))
    Client().post(at(case, "lagg-till/"), row(1, samples.pdf(), "a.pdf"))
    assert not taken


@pytest.mark.security("S48", "more files than fit, impossible bodies")
def test_too_many_files_and_impossible_bodies(case: Any, karin: Any) -> None:
    client = browser(karin)
    many = {f"fil{n}-file": file(samples.pdf(), "a.pdf") for n in range(1, 102)}
    assert client.post(at(case, "lagg-till/"), many).status_code == 400
    huge = client.post(
        at(case, "lagg-till/"),
        data=b"--x\r\n",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(10 * 1024**3),
    )
    assert huge.status_code == 400 and not Document.objects.exists()


@pytest.mark.security("S48", "an upload that stops")
def test_an_aborted_upload_leaves_nothing(case: Any, karin: Any) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="fil1-file"; filename="a.pdf"\r\n\r\n%PDF-1.7 and then'
    )
    client = browser(karin)
    client.post(at(case, "lagg-till/"), data=body, content_type="multipart/form-data; boundary=x")
    assert not Document.objects.exists()


@pytest.mark.security("S45", "names with paths, line breaks, direction marks, reserved words")
@pytest.mark.parametrize(
    "name", ["avtal.pdf", 'a"b.pdf', "å ä ö.pdf", "a\\b.pdf", "100%.pdf", "a\u202eb.pdf", "x;y=z.pdf"]
)
def test_the_header_is_safe_with_any_name(name: str) -> None:
    header = disposition(name)
    assert re.fullmatch(
        r"attachment; filename=\"[^\"\\%\r\n]*\"; filename\*=UTF-8''[A-Za-z0-9%._~-]*", header
    )
    assert header.isascii()


def test_as_many_queries_for_thirty_documents(case: Any, karin: Any) -> None:
    client = browser(karin)
    one = added(case, client)
    before = queries(client, at(case))
    for number in range(30):
        client.post(at(case, "lagg-till/"), row(1, samples.pdf(b"% " + str(number).encode()), "a.pdf"))
    scanning.scan_waiting()
    assert Document.objects.count() == 31 and one.pk
    assert queries(client, at(case)) == before <= 20


def test_empty_says_so_and_an_agency_may_add(case: Any, karin: Any) -> None:
    worker = in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, categories=())
    client = browser(worker)
    assert "Här finns inga handlingar som du kan se" in text_of(client.get(at(case)))
    made = added(case, client, description="Vår utredning", category=Category.HEALTH.value)
    assert made.agency_id == worker.agency_id
    assert "Vår utredning" in text_of(client.get(at(case)))
    assert "Vår utredning" in text_of(browser(karin).get(at(case)))

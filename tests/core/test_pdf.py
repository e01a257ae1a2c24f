"""Documents: readable for everyone, closed to the outside, gone after an hour."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pypdf
import pytest
from django.template import engines
from django.test import override_settings

from core import clock, pdf, vault
from core.enums import PdfState
from core.models import AuditEvent, DataKey, JobRun, PdfJob
from core.tasks import render_pdf_job, sweep_pdf_jobs

DOCUMENT = """{% extends "pdf/base.html" %}
{% block title %}Kvittens{% endblock %}{% block heading %}Kvittens{% endblock %}
{% block running %}NRM{% endblock %}
{% block content %}<h2>Åtgärder</h2><p>{{ text }}</p>
<table><tr><th>Ägare</th></tr>
{% for row in rows %}<tr><td>{{ row }}</td></tr>{% endfor %}</table>{% endblock %}"""


@dataclass(frozen=True)
class Someone:
    user_id: UUID | None = UUID(int=1)
    role: str = "caseworker"
    agency_id: UUID | None = None


@pytest.fixture(autouse=True)
def _templates() -> Iterator[None]:
    """Templates of these tests, in front of the portal's own."""
    own = {"test.html": DOCUMENT, "raw.html": "{% autoescape off %}{{ html }}{% endautoescape %}"}
    loaders = engines["django"].engine.template_loaders  # type: ignore[attr-defined]
    from django.template.loaders.locmem import Loader

    loaders.insert(0, Loader(engines["django"].engine, own))  # type: ignore[attr-defined]
    yield
    loaders.pop(0)


def read(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(data))


def order(**context: Any) -> PdfJob:
    return pdf.request("test.html", context, by=Someone(), filename="kvittens.pdf", language="sv")


# --- the document


def test_document_is_tagged_titled_and_in_swedish() -> None:
    html, data = pdf.render_pdf("test.html", {"text": "Hej på dig, Åsa Öberg é ü", "rows": ["a", "b"]}, "sv")
    reader = read(data)
    text = reader.pages[0].extract_text()
    assert "Hej på dig, Åsa Öberg é ü" in text
    assert "Åtgärder" in text
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "sv"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert reader.metadata.title == "Kvittens"
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert 'lang="sv"' in html


def test_fonts_are_our_own_and_embedded() -> None:
    _, data = pdf.render_pdf("test.html", {"text": "Åäö Łódź", "rows": []}, "sv")
    assert "Åäö Łódź" in read(data).pages[0].extract_text()
    fonts: Any = read(data).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    names = {str(font.get_object()["/BaseFont"]) for font in fonts.values()}
    assert names
    assert all("Document" in name for name in names), names


@pytest.mark.security("S50", "values called safe")
def test_values_are_text_even_when_marked_safe() -> None:
    from django.utils.safestring import mark_safe

    html, _ = pdf.render_pdf("test.html", {"text": mark_safe("<b>x</b>"), "rows": []}, "sv")
    assert "&lt;b&gt;x&lt;/b&gt;" in html


HOSTILE = [
    '<img src="{url}">',
    '<link rel="stylesheet" href="{url}">',
    '<link rel="attachment" href="{url}">',
    '<style>@import url("{url}");</style>',
    '<style>@font-face {{ font-family: X; src: url("{url}") }} p {{ font-family: X }}</style><p>x</p>',
    '<p style="background: url({url})">x</p>',
    '<object data="{url}"></object>',
    '<embed src="{url}">',
    '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    '<p style="content: url({url})">x</p>',
    '<svg><image href="{url}" width="1" height="1"/></svg>',
    '<a rel="attachment" href="{url}">x</a>',
]


@pytest.mark.security("S50", "twelve ways to ask for an address, a listener counting, escaping off")
@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize("kind", ["http", "file"])
def test_nothing_is_fetched_even_with_the_escaping_switched_off(html: str, kind: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("CNRY-secret-of-the-server")
    hits: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_count, args=(listener, hits), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x.png" if kind == "http" else secret.as_uri()
        try:
            _, data = pdf.render_pdf("raw.html", {"html": html.format(url=url)}, "sv")
        except pdf.PdfRefused:
            data = b""
    assert not hits
    assert not data or not read(data).attachments


@pytest.mark.security("S50", "files and addresses in a document")
def test_a_file_or_an_address_stops_the_document() -> None:
    for url in ("file:///etc/hostname", "http://127.0.0.1:9/", "HTTP://127.0.0.1:9/", "ftp://127.0.0.1:9/"):
        with pytest.raises(pdf.PdfRefused):
            pdf.render_pdf("raw.html", {"html": f'<img src="{url}">'}, "sv")


def test_pictures_in_the_document_itself_are_shown() -> None:
    image = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/%3E"
    pdf.render_pdf("raw.html", {"html": f'<img src="{image}" alt="x">'}, "sv")


def _count(listener: socket.socket, hits: list[object]) -> None:
    try:
        while True:
            hits.append(listener.accept())
    except OSError:
        return


# --- the order

pytestmark = pytest.mark.django_db


def test_order_is_rendered_sealed_and_fetched() -> None:
    job = order(text="Åsa", rows=[])
    assert pdf.result(job) is None
    render_pdf_job(str(job.pk))
    job.refresh_from_db()
    data = pdf.result(job)
    assert job.state == PdfState.READY
    assert data is not None
    assert "Åsa" in read(data).pages[0].extract_text()
    sealed = PdfJob.objects.values_list("result", "context").get()
    assert all(isinstance(value, vault.Sealed) for value in sealed)
    assert b"%PDF" not in bytes(sealed[0] or b"")


def test_a_second_worker_leaves_the_job_alone() -> None:
    job = order(text="", rows=[])
    assert pdf.render(job.pk) == PdfState.READY
    assert pdf.render(job.pk) is None


def test_a_failing_document_fails_visibly_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    job = order(text="", rows=[])

    def broken(*args: object) -> tuple[str, bytes]:
        raise RecursionError("Åsa Öberg")

    monkeypatch.setattr(pdf, "render_pdf", broken)
    assert pdf.render(job.pk) == PdfState.FAILED
    assert PdfJob.objects.get().error == "RecursionError"


def test_a_document_that_kills_its_worker_is_given_up() -> None:
    job = order(text="", rows=[])
    for attempt in range(1, pdf.ATTEMPTS + 1):
        dead = clock.now() - timedelta(seconds=1)
        PdfJob.objects.update(state=PdfState.RENDERING, lease_until=dead, attempts=attempt)
        pdf.resume(clock.now())
    job.refresh_from_db()
    assert (job.state, job.error) == (PdfState.FAILED, "WorkerLost")
    assert pdf.render(job.pk) is None


@pytest.mark.security("S52", "a document fetched after its hour")
def test_after_an_hour_input_and_result_are_gone_for_ever() -> None:
    job = order(text="Åsa", rows=[])
    pdf.render(job.pk)
    with clock.frozen(clock.now() + timedelta(minutes=59)):
        sweep_pdf_jobs()
        assert pdf.result(job)
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert pdf.result(job) is None
        sweep_pdf_jobs()
        sweep_pdf_jobs()
    fresh = PdfJob.objects.get()
    assert (fresh.state, fresh.result) == (PdfState.EXPIRED, None)
    assert fresh.context is vault.ERASED
    assert DataKey.objects.get().destroyed_at
    assert AuditEvent.objects.filter(verb="key.destroy").count() == 1
    assert set(JobRun.objects.values_list("name", "state")) == {("pdf", "finished")}


def test_memory_is_limited_and_given_back() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), pdf.memory_limit(64 * 1024 * 1024):
        bytearray(256 * 1024 * 1024)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
def test_a_dead_broker_does_not_stop_the_order(on_commit_runs: None) -> None:
    assert order(text="", rows=[]).state == PdfState.WAITING

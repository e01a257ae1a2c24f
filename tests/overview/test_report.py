"""The report as a PDF: tagged, words for its drawings, who took it on every page; each fetches her own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.access import Assignment
from accounts.enums import Role
from core import clock, pdf
from core.enums import PdfState
from core.models import AuditEvent, PdfJob
from core.tables import Table
from core.tasks import render_pdf_job
from core.templatetags.charts import Point
from nrm_portal.overview import exports
from nrm_portal.overview.cards import Bars, Card
from nrm_portal.overview.sheets import Entry, Sheet
from tests.factories import member, sign_in
from tests.overview.papers import Paper

PAGE = "/statistik/hamta/?period=2026"
WANTED = {"tabell": "alla", "format": "pdf", "skal": "Rapport till regeringen"}
MARK = exports.Mark("m4kp-77qz", "Ragnhild Öst", "Länsstyrelsen", datetime(2026, 11, 20, 10, 0))
FEW = Entry("färre än 5", is_withheld=True)
FORMS = Sheet(
    "former",
    "Ärenden per form",
    ("Form", "Kvinnor", "Män"),
    (("Tiggeri", (Entry("1 204", 1204), FEW)), ("Krigstjänst", (FEW, Entry("visas inte", is_withheld=True)))),
    "2025",
    is_complete=False,
    definition="Varje ärende räknas en gång.",
)


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze("2026-11-20 10:00")


def card(sheet: Sheet, **drawing: Any) -> Card:
    table = Table(sheet.title, (), ())
    return Card(sheet.key, f"Rubrik: {sheet.key}", f"{sheet.title}, 2025", "2025", table, **drawing)


def paper(*sheets: Sheet, cards: tuple[Card, ...] = (), lead: tuple[str, ...] = ()) -> Paper:
    by_key = {one.key: one for one in cards}
    chapters = [exports.Chapter("Tabeller", sheets, lead, by_key), exports.Chapter("Ingenting", ())]
    about = exports.about(("Period", "2025"))
    context = exports.context("Nationell översikt 2025", chapters, about, MARK)
    return Paper(pdf.render_pdf("overview/report.html", context, "sv")[1])


# --- the paper


@pytest.fixture(scope="module")
def made() -> Paper:
    """A map, four drawings beside each other, a wide table: with words for all."""
    wide = replace(FORMS, key="bred", title="Brett", columns=("A", *"BCDEFGHI"), rows=(("x", (FEW,) * 8),))
    counties = replace(FORMS, key="lan", title="Ärenden per län")
    points = [Point("Tiggeri", 9), Point("Krigstjänst", None, note="färre än 5")]
    bars = [Bars(who, f"Former: {who}", points, n, 9) for n, who in enumerate(("Kvinnor", "Män"))]
    with translation.override("sv"), clock.frozen(MARK.at):
        return paper(
            FORMS,
            counties,
            wide,
            cards=(
                card(FORMS, kind="bars", bars=bars),
                card(counties, kind="map", counties={"03": 7}, limits=[5, 10, 20, 40], withheld="döljs"),
            ),
            lead=("Så här läses tabellerna.",),
        )


def test_it_is_tagged_titled_and_in_its_language(made: Paper) -> None:
    assert made.root["/Lang"] == "sv"
    assert made.root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in made.root["/Metadata"].get_data()
    assert made.reader.metadata is not None and made.reader.metadata.title == "Nationell översikt 2025"
    levels = [int(kind[1]) for kind, _words in made.headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert "Ingenting" not in [words for _kind, words in made.headings]


def test_its_tables_are_the_sheets(made: Paper) -> None:
    assert made.tables["Ärenden per form, 2025"] == [
        ["Form", "Kvinnor", "Män"],
        ["Tiggeri", "1 204", "färre än 5"],
        ["Krigstjänst", "färre än 5", "visas inte"],
    ]


def test_every_drawing_has_words(made: Paper) -> None:
    assert made.pictures == [
        "Former: Kvinnor",
        "Former: Män",
        "Ärenden per län, 2025",
        "0–4, 5–9, 10–19, 20–39, 40 eller fler, döljs",
    ]
    drawn = " ".join(made.pages)
    assert "Krigstjänst" in drawn and "Varje ärende räknas en gång." in drawn


def test_every_page_says_who_took_it(made: Paper) -> None:
    assert len(made.pages) >= 4
    with translation.override("sv"):
        words = MARK.words
    assert "Ragnhild Öst, Länsstyrelsen, 2026-11-20 10.00, uttag m4kp-77qz" in words
    for page in made.pages:
        assert words in " ".join(page.split())


def test_the_number_of_a_page_stands_on_one_line(made: Paper) -> None:
    many = len(made.pages)
    for place, page in enumerate(made.pages, 1):
        assert f"Sida {place} av {many}" in page


def test_a_matrix_is_tinted_as_on_the_page() -> None:
    rows = (("Polisen", (Entry("9", 9), Entry("9", 9))), ("Totalt", (Entry("9", 9), Entry("9", 9))))
    tinted = replace(FORMS, rows=rows, is_tinted=True, is_complete=True)
    with translation.override("sv"), clock.frozen(MARK.at):
        context = exports.context(
            "Nationell översikt 2025", [exports.Chapter("T", [tinted])], exports.about(), MARK
        )
        html = pdf.render_pdf("overview/report.html", context, "sv")[0]
    assert html.count('<td class="number h4">9</td>') == 1, "a total is not tinted"
    assert html.count('<td class="number">9</td>') == 3


@pytest.mark.security("S51", "what a report says of itself")
def test_it_says_nobodys_name_beside_its_pages(made: Paper) -> None:
    about = f"{dict(made.reader.metadata or {})} {made.root['/Metadata'].get_data()!r}"
    assert "Ragnhild" not in about and "m4kp" not in about
    assert not made.reader.attachments


def test_a_wide_table_lies_on_a_page_turned_sideways(made: Paper) -> None:
    sideways = [page.mediabox.width > page.mediabox.height for page in made.reader.pages]
    assert sideways.count(True) == 1
    assert "Brett" in made.pages[sideways.index(True)]


# --- ordering and fetching


@pytest.fixture
def orderer(jamtland: None) -> Assignment:
    return member(Role.NATIONAL_COORDINATOR)


@pytest.fixture
def signed_in(client: Client, orderer: Assignment) -> Client:
    return sign_in(client, orderer)


def order(browser: Client) -> PdfJob:
    assert browser.post(PAGE, WANTED).status_code == 302
    return PdfJob.objects.get()


def test_it_is_ordered_made_and_fetched(signed_in: Client, orderer: Assignment) -> None:
    answer = signed_in.post(PAGE, WANTED)
    job = PdfJob.objects.get()
    assert job.filename == "nrm-2026-statistik-2026-11-20.pdf"
    assert answer["Location"] == f"/statistik/rapport/{job.pk}/"
    waiting = signed_in.get(answer["Location"])
    assert waiting["Refresh"] == "2" and "no-store" in waiting["Cache-Control"]
    assert signed_in.get(f"{answer['Location']}pdf/").status_code == 404
    render_pdf_job(str(job.pk))
    assert "Refresh" not in signed_in.get(answer["Location"])
    fetched = signed_in.get(f"{answer['Location']}pdf/")
    assert fetched["Content-Disposition"] == f'attachment; filename="{job.filename}"'
    event = AuditEvent.objects.get(verb="export.make")
    assert (event.reason, event.facts["form"], event.facts["period"]) == (WANTED["skal"], "pdf", "2026")
    read = Paper(fetched.content)
    assert len(read.tables) == len(event.facts["tables"])
    assert all(f"{orderer.user.name}, " in page and event.facts["mark"] in page for page in read.pages)
    assert AuditEvent.objects.filter(verb="pdf.download", user_id=orderer.user_id).count() == 1


def test_a_report_that_failed_or_is_over_says_so(signed_in: Client) -> None:
    job = order(signed_in)
    PdfJob.objects.update(state=PdfState.FAILED)
    page = signed_in.get(f"/statistik/rapport/{job.pk}/")
    assert "Rapporten finns inte" in page.content.decode() and "Refresh" not in page
    PdfJob.objects.update(state=PdfState.WAITING, expires_at=clock.now())
    assert "Rapporten finns inte" in signed_in.get(f"/statistik/rapport/{job.pk}/").content.decode()


@pytest.mark.security("S20", "somebody else's report, and one's own without the right any more")
def test_somebody_elses_report_is_not_there(signed_in: Client, orderer: Assignment) -> None:
    job = order(signed_in)
    render_pdf_job(str(job.pk))
    other = sign_in(Client(), member(Role.NATIONAL_COORDINATOR))
    for path in ("", "pdf/"):
        assert other.get(f"/statistik/rapport/{job.pk}/{path}").status_code == 404
    assert AuditEvent.objects.filter(verb="pdf.download", outcome="refused").count() == 2
    assert exports.ordered(job.pk, by=replace(orderer, rights=orderer.rights - {"export"})) is None
    coordinator = replace(member(Role.REGIONAL_COORDINATOR), user=orderer.user)
    assert coordinator.has("export") and exports.ordered(job.pk, by=coordinator) is None


def test_other_papers_are_not_fetched_here(signed_in: Client, orderer: Assignment) -> None:
    other = pdf.request("pdf/receipt.html", {}, by=orderer, filename="x.pdf")
    assert signed_in.get(f"/statistik/rapport/{other.pk}/").status_code == 404

"""The manual on paper: tagged, titled, in its language, with table headers; and each her own order."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from accounts.access import Assignment
from accounts.enums import Role
from accounts.models import User
from cases.views.prompts import sheet_context
from core import pdf
from core.enums import PdfState
from core.models import AuditEvent, PdfJob
from core.tasks import render_pdf_job
from manual.library import book, indicators
from manual.library.blocks import blocks
from manual.library.imprint import printed_words, version_words
from manual.models import Edition
from manual.views import paper
from tests.factories import member, sign_in
from tests.manual.following import draft_after, follow_on


@pytest.fixture
def edition(first: Edition) -> Edition:
    return first


class Tagged:
    """A PDF by its structure: every element with its kind, in reading order."""

    def __init__(self, data: bytes) -> None:
        self.reader = pypdf.PdfReader(BytesIO(data))
        trailer: Any = self.reader.trailer
        self.root: Any = trailer["/Root"]
        self.pages: list[Any] = list(self.reader.pages)
        self.elements: list[Any] = []
        self._walk(self.root["/StructTreeRoot"]["/K"])
        self.kinds = Counter(str(element["/S"])[1:] for element in self.elements)

    def _walk(self, node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for one in node:
                self._walk(one)
        elif isinstance(node, dict) and "/S" in node:
            self.elements.append(node)
            if "/K" in node:
                self._walk_kids(node["/K"])
        elif isinstance(node, dict) and "/K" in node:
            self._walk_kids(node["/K"])

    def _walk_kids(self, kids: Any) -> None:
        kids = kids.get_object()
        for one in kids if isinstance(kids, list) else [kids]:
            if not isinstance(one, int):
                self._walk(one)

    @property
    def text(self) -> str:
        return " ".join(" ".join(page.extract_text() for page in self.reader.pages).split())

    def of(self, kind: str) -> list[Any]:
        return [element for element in self.elements if element["/S"] == f"/{kind}"]


@pytest.fixture(scope="module")
def whole(read_once: Edition, django_db_blocker: DjangoDbBlocker) -> Tagged:
    """The whole manual in Swedish, made once."""
    with django_db_blocker.unblock(), translation.override("sv"):
        context = paper.whole(book(read_once))
    return Tagged(pdf.render_pdf("pdf/manual.html", context, "sv")[1])


def test_the_whole_manual_is_tagged_titled_and_in_swedish(whole: Tagged) -> None:
    root = whole.root
    assert root["/Lang"] == "sv"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data() or (
        b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    )
    assert whole.reader.metadata is not None
    assert whole.reader.metadata.title
    assert all(page["/Tabs"] == "/S" for page in whole.pages)
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in whole.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts
    assert all("Document" in name for name in fonts)


def test_its_headings_go_down_one_level_at_a_time(whole: Tagged) -> None:
    levels = [int(str(one["/S"])[2:]) for one in whole.elements if str(one["/S"])[1:2] == "H"
              and str(one["/S"])[2:].isdigit()]  # fmt: skip
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    contents_eight_chapters_and_words = 1 + 8 + 1
    assert levels.count(2) == contents_eight_chapters_and_words


def test_its_tables_say_what_their_columns_are(whole: Tagged) -> None:
    tables = whole.of("Table")
    assert len(tables) > 60
    headers = [str(cell["/ID"]) for cell in whole.of("TH")]
    assert len(headers) == len(set(headers)) > 500
    cells = [cell["/A"].get_object() for cell in whole.of("TD")]
    assert len(cells) > 300
    for cell in cells:
        assert cell["/O"] == "/Table"
        column, row = (str(name) for name in cell["/Headers"])
        assert {column, row} <= set(headers)
    # A table that goes on on the next page is a table of its own there, with its headers and without caption.
    assert 120 < whole.kinds["Caption"] <= len(tables)
    assert whole.kinds["TR"] > len(tables)


def test_its_contents_lead_to_the_chapters(whole: Tagged) -> None:
    names = whole.reader.named_destinations
    assert {"s1", "s2-3", "s8-3"} <= set(names)
    links = [
        note.get_object()
        for page in whole.reader.pages[:2]
        for note in page.get("/Annots", ())
    ]  # fmt: skip
    assert len(links) >= 8
    assert all(link["/Subtype"] == "/Link" and link.get("/Contents") for link in links)
    assert whole.kinds["Link"] >= 8
    assert len(whole.reader.outline) > 0


def test_every_page_says_which_version_it_is(whole: Tagged, edition: Edition) -> None:
    assert len(whole.reader.pages) > 30
    assert edition.valid_from
    with translation.override("sv"):
        said = (version_words(edition), printed_words(), str(len(whole.reader.pages)))
    for page in (whole.reader.pages[0], whole.reader.pages[20], whole.reader.pages[-1]):
        words = page.extract_text()
        assert all(word in words for word in said)


def test_a_section_of_an_actor_has_her_whole_checklist(edition: Edition) -> None:
    with translation.override("en"):
        found = book(edition)
        context = paper.section(found, found.section(7, "7-7"))
    html, data = pdf.render_pdf("pdf/manual.html", context, "en")
    tagged = Tagged(data)
    assert tagged.root["/Lang"] == "en"
    assert "Check pending transfer, refusal of entry or removal" in tagged.text
    assert "Version 1, valid from" in tagged.text
    assert "Printed" in tagged.text
    assert "To be confirmed" in tagged.text
    assert 'lang="en"' in html
    assert [str(one["/S"]) for one in tagged.elements if str(one["/S"]).startswith("/H")][:2] == [
        "/H1",
        "/H2",
    ]


def test_a_chapter_has_its_sections_in_order(edition: Edition) -> None:
    with translation.override("sv"):
        found = book(edition)
        context = paper.chapter(found, found.volume(6))
    text = [entry["text"] for entry in context["entries"] if entry["kind"] == "heading"]
    assert text[0] == "6.1 Val och ansökan"
    assert text.index("6.2 Före och under resan") < text.index("6.3 Efter hemkomsten")
    assert [line["anchor"] for line in context["contents"]] == ["6-1", "6-2", "6-3"]


def test_markdown_becomes_plain_values_and_nothing_else() -> None:
    found = blocks(
        "Hej **fet *kursiv*** [lag](https://lagen.nu) [ond](ftp://x) [värre](javascript:x)\n<b>rå</b>\n\n"
        "- ett\n- två\n  1. tre\n\n> citat"
    )
    runs = found[0]["runs"]
    assert "".join(run["text"] for run in runs) == "Hej fet kursiv lag ond [värre](javascript:x) <b>rå</b>"
    assert [run["text"] for run in runs if run["strong"]] == ["fet ", "kursiv"]
    assert {run["text"]: run["href"] for run in runs if run["href"]} == {"lag": "https://lagen.nu"}
    assert [block["kind"] for block in found] == ["p", "ul", "quote"]
    assert found[1]["items"][1][1]["kind"] == "ol"


# --- ordering and fetching -------------------------------------------------------------------------------


@pytest.fixture
def reader(edition: Edition) -> Assignment:
    return member(Role.CASEWORKER)


@pytest.fixture
def browser(client: Client, reader: Assignment) -> Client:
    return sign_in(client, reader)


def test_a_part_is_ordered_made_and_fetched_by_who_ordered_it(browser: Client, reader: Assignment) -> None:
    url = reverse("manual:paper")
    page = browser.get(url, {"del": "2-4"}).content.decode()
    assert '<option value="2-4" selected>' in page
    response = browser.post(url, {"part": "2-4"})
    job = PdfJob.objects.get()
    assert response["Location"] == reverse("manual:paper-ready", args=[job.pk])
    waiting = browser.get(response["Location"])
    assert waiting["Refresh"] == "2"
    assert browser.get(reverse("manual:paper-file", args=[job.pk])).status_code == 404
    render_pdf_job(str(job.pk))
    ready = browser.get(response["Location"])
    assert "Refresh" not in ready
    fetched = browser.get(reverse("manual:paper-file", args=[job.pk]))
    assert fetched["Content-Type"] == "application/pdf"
    assert job.filename in fetched["Content-Disposition"]
    assert "2.4" in Tagged(fetched.content).text
    verbs = list(AuditEvent.objects.filter(user_id=reader.user_id).values_list("verb", flat=True))
    assert {"manual.pdf", "pdf.download"} <= set(verbs)


def test_the_same_part_again_is_the_same_order(browser: Client) -> None:
    url = reverse("manual:paper")
    first, second = browser.post(url, {"part": "3"}), browser.post(url, {"part": "3"})
    assert first["Location"] == second["Location"]
    browser.post(url, {"part": "4"})
    PdfJob.objects.filter(filename__contains="-3-").update(state=PdfState.FAILED)
    assert browser.post(url, {"part": "3"})["Location"] != first["Location"]


def test_an_earlier_version_is_printed_as_what_it_is(browser: Client, edition: Edition) -> None:
    follow_on()
    url = reverse("manual:paper") + f"?utgava={edition.number}"
    assert (
        f'href="{url.replace("?", "?del=2-4&amp;")}"'
        in browser.get("/manual/2/2-4/?utgava=1").content.decode()
    )
    assert f'action="{url}"' in browser.get(url).content.decode()
    assert browser.post(url, {"part": "2-4"}).status_code == 302
    job = PdfJob.objects.get()
    assert job.context["needs"] == {"manual": 1, "work": False}
    render_pdf_job(str(job.pk))
    text = Tagged(browser.get(reverse("manual:paper-file", args=[job.pk])).content).text
    assert "Det här är en tidigare version" in text or "This is an earlier version" in text


def test_a_draft_is_printed_by_those_who_edit_alone(browser: Client, edition: Edition) -> None:
    draft = draft_after(edition)
    url = reverse("manual:paper") + f"?utgava={draft.number}"
    assert browser.get(url).status_code == 404
    assert browser.post(url, {"part": "2-4"}).status_code == 404
    assert not PdfJob.objects.exists()
    editor = sign_in(Client(), member(Role.NATIONAL_COORDINATOR))
    ready = editor.post(url, {"part": "2-4"})["Location"]
    assert editor.get(ready).status_code == 200
    assert (
        "draft" in PdfJob.objects.get().context["notice"]
        or "utkast" in PdfJob.objects.get().context["notice"]
    )
    assert editor.post(url, {"part": "2-4"})["Location"] != ready
    PdfJob.objects.update(requester_id=User.objects.get(pk=browser.session["_auth_user_id"]).pk)
    assert browser.get(ready).status_code == 404


def test_somebody_elses_paper_is_not_there(browser: Client, client: Client) -> None:
    browser.post(reverse("manual:paper"), {"part": "allt"})
    job = PdfJob.objects.get()
    other = sign_in(Client(), member(Role.CASEWORKER))
    assert other.get(reverse("manual:paper-ready", args=[job.pk])).status_code == 404
    assert other.get(reverse("manual:paper-file", args=[job.pk])).status_code == 404
    assert browser.get(reverse("cases:pdf", args=[job.pk])).status_code == 404


def test_a_part_that_is_not_there_is_refused_at_the_field(browser: Client) -> None:
    response = browser.post(reverse("manual:paper"), {"part": "99-1"})
    assert response.status_code == 422
    assert 'id="id_part_error"' in response.content.decode()
    assert not PdfJob.objects.exists()


# --- the prompt sheet ------------------------------------------------------------------------------------


def test_the_sheet_holds_the_questions_and_every_sign(edition: Edition) -> None:
    with translation.override("sv"):
        tagged = Tagged(pdf.render_pdf("pdf/prompt_sheet.html", sheet_context(edition), "sv")[1])
        signs = [sign.label for group in indicators() for sign in group.indicators]
    text = tagged.text
    assert "Är någon i omedelbar fara?" in text
    assert "Var är personen nu?" in text
    for sign in signs:
        assert str(sign)[:30] in text, sign
    assert tagged.root["/Lang"] == "sv"
    assert tagged.kinds["LI"] > len(signs)


def test_the_sheet_has_no_place_for_who_somebody_is(edition: Edition) -> None:
    with translation.override("sv"):
        asked = [
            question["label"] for part in sheet_context(edition)["parts"] for question in part["questions"]
        ]
    assert len(asked) > 15
    for word in ("namn", "person­nummer", "personnummer", "telefon", "adress", "e-post", "födelse"):
        assert not [label for label in asked if word in label.lower()], word


def test_the_sheet_is_ordered_and_fetched(browser: Client) -> None:
    url = reverse("cases:prompt-sheet")
    assert browser.get(url).status_code == 200
    response = browser.post(url)
    job = PdfJob.objects.get()
    assert response["Location"] == reverse("cases:pdf", args=[job.pk])
    render_pdf_job(str(job.pk))
    fetched = browser.get(reverse("cases:pdf-download", args=[job.pk]))
    assert fetched.content.startswith(b"%PDF-")
    other = sign_in(Client(), member(Role.CASEWORKER))
    assert other.get(reverse("cases:pdf-download", args=[job.pk])).status_code == 404


def test_before_the_first_edition_there_is_nothing_to_print(db: None, client: Client) -> None:
    sign_in(client, member(Role.CASEWORKER))
    for name in ("manual:paper", "cases:prompt-sheet"):
        response = client.post(reverse(name), {"part": "allt"})
        assert response.status_code == 200
        assert not PdfJob.objects.exists()

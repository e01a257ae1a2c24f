"""Files hold what the page shows, byte for byte as a Swedish Excel wants it; taking one is recorded."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from accounts.enums import Role
from core.models import AuditEvent, PdfJob
from core.tasks import render_pdf_job
from nrm_portal.overview import directive, exports, national, publications
from nrm_portal.overview.earlier import importing
from nrm_portal.overview.sheets import Entry, Sheet
from nrm_portal.review import trail
from tests.factories import member, sign_in
from tests.overview.conftest import Count
from tests.overview.out import YEAR, out, stored
from tests.overview.papers import Paper
from tests.overview.reading import tables as tables_on
from tests.surface.payloads import FORMULAS

__all__ = ["out", "stored"]
PAGE = "/statistik/hamta/?period=2025"
GOOD = {"tabell": "lan", "format": "csv", "skal": "Årsrapport"}


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze("2026-11-20 10:00")


@pytest.fixture
def signed_in(client: Client, out: None) -> Client:
    return sign_in(client, member(Role.NATIONAL_COORDINATOR))


@pytest.fixture
def sheets(out: None) -> list[Sheet]:
    return national.sheets_of(national.picture(national.chosen({"period": "2025"})))


SMALL = Sheet(
    "lan",
    "Län",
    ("Län", "Antal", "Andel"),
    (
        ("=1+1", (Entry("1 200", 1200), Entry("12,5 %", Decimal("12.5"), is_share=True))),
        ("Örebro; ”län”", (Entry("färre än 5", is_withheld=True), Entry("visas inte", is_withheld=True))),
    ),
    "2025",
)


MARK = exports.Mark("k7f3-9mqd", "Siv Ståhl", "Jämställdhetsenheten", datetime(2026, 11, 20, 10, 0, 7))
ABOUT = exports.about(("Period", "2025"))


def test_csv_bytes() -> None:
    taken = b"k7f3-9mqd, Siv St\xc3\xa5hl, 2026-11-20 10.00"
    assert exports.csv_bytes(SMALL, MARK) == (
        b"\xef\xbb\xbfPeriod;Uttaget av;L\xc3\xa4n;Antal;Andel (procent)\r\n"
        b"2025;" + taken + b";'=1+1;1200;12,5\r\n"
        b"2025;" + taken + b';"\xc3\x96rebro; \xe2\x80\x9dl\xc3\xa4n\xe2\x80\x9d";'
        b"f\xc3\xa4rre \xc3\xa4n 5;visas inte\r\n"
    )


@pytest.mark.security("S49", "texts that begin like formulas, also unseen or full-width, as CSV and workbook")
@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    assert exports.plain(text) == f"'{text}"
    assert exports.plain("Örebro") == "Örebro"
    sheet = replace(SMALL, rows=((text, SMALL.rows[0][1]),))
    (line,) = read_csv(sheet)[1:]
    assert line[2] == f"'{text}" and len(line) == 5
    if text.isprintable():
        page = load_workbook(io.BytesIO(exports.workbook_bytes([sheet], ABOUT, MARK)))["Län"]
        assert page["A2"].data_type == "s" and page["A2"].value == text


def test_workbook() -> None:
    book = load_workbook(io.BytesIO(exports.workbook_bytes([SMALL], ABOUT, MARK)))
    assert book.sheetnames == ["Län", "Om data"]
    page = book["Län"]
    assert [cell.value for cell in page[1]] == ["Län", "Antal", "Andel (procent)"]
    assert page["A2"].value == "=1+1" and page["A2"].data_type == "s"
    assert (page["B2"].value, page["C2"].value) == (1200, 12.5)
    assert page["B3"].value == "färre än 5"
    assert (page.freeze_panes, page.auto_filter.ref) == ("B2", "A1:C3")
    about = [[cell.value for cell in row] for row in book["Om data"].iter_rows()]
    words = "\n".join(str(value) for row in about for value in row if value)
    assert "Antal under 5 visas inte för att skydda enskilda." in words
    assert "Hänvisning" in words and "2025" in words
    assert "2026-11-20 10:00:07" in words
    assert "Siv Ståhl, Jämställdhetsenheten" in words and "k7f3-9mqd" in words


def test_sheets_of_a_workbook_have_names_of_their_own() -> None:
    long = "Ärenden per exploateringsform: alla [1/2]"
    book = [replace(SMALL, title=title) for title in (long, long.upper(), "Om data", "a:b?", "'")]
    names = load_workbook(io.BytesIO(exports.workbook_bytes(book, ABOUT, MARK))).sheetnames
    assert names[:2] == ["Ärenden per exploateringsform-", "ÄRENDEN PER EXPLOATERINGSFORM 2"]
    assert names[2:] == ["Om data", "a-b-", "-", "Om data 2"]


@pytest.mark.security("S17", "page, CSV, workbook and paper cell by cell, as somebody takes them")
def test_page_csv_excel_and_paper_are_the_same_cell_by_cell(signed_in: Client, sheets: list[Sheet]) -> None:
    page = signed_in.get("/statistik/", {"period": "2025"}).content.decode()
    on_page = tables_on(page)
    answer = signed_in.post(PAGE, GOOD | {"tabell": "alla", "format": "xlsx"})
    book = load_workbook(io.BytesIO(answer.content))
    ordered = before_the_printer(paper(signed_in, "alla"))
    hidden, compared = 0, set()
    for sheet, name in zip(sheets, book.sheetnames, strict=False):
        in_book = [[bare(cell.value) for cell in row] for row in book[name].iter_rows()]
        in_csv = [[bare(cell) for cell in row] for row in of_table(sheet)]
        assert in_csv == in_book, sheet.key
        assert in_csv == bared(ordered[f"{sheet.title}, {sheet.period}"]), sheet.key
        if sheet.title in on_page:
            compared.add(sheet.title)
            assert bared(on_page[sheet.title]) == in_book, sheet.key
        hidden += sum(cell in ("färre än 5", "visas inte") for row in in_book for cell in row)
    assert len(compared) >= 12 and set(on_page) == compared
    assert hidden >= 20
    assert not re.search(r"färre än 5|visas inte", json.dumps(numbers_of(book)))


@pytest.mark.timeout(300)
@pytest.mark.security("S17", "the paper by its tags, cell by cell")
def test_the_paper_is_the_same_cell_by_cell(signed_in: Client, sheets: list[Sheet]) -> None:
    """Of two tables with hidden numbers; of all when there is time."""
    wanted = ["alla"] if os.environ.get("NRM_ALL_SECURITY") else ["lan", "eu-form"]
    printed: dict[str, list[list[str]]] = {}
    for key in wanted:
        job = paper(signed_in, key)
        render_pdf_job(str(job.pk))
        printed |= Paper(signed_in.get(f"/statistik/rapport/{job.pk}/pdf/").content).tables
    known = {f"{sheet.title}, {sheet.period}": sheet for sheet in [*sheets, *for_eu()]}
    assert len(printed) >= len(wanted)
    for caption, rows in printed.items():
        assert bared(rows) == [[bare(cell) for cell in row] for row in of_table(known[caption])], caption
    words = [cell for rows in printed.values() for row in rows for cell in row]
    assert words.count("färre än 5") >= 3 and words.count("visas inte") >= 1


def for_eu() -> list[Sheet]:
    return directive.sheets(publications.of(YEAR))


def paper(browser: Client, key: str) -> PdfJob:
    answer = browser.post(PAGE, GOOD | {"tabell": key, "format": "pdf"})
    return PdfJob.objects.select_related("data_key").get(pk=answer["Location"].split("/")[3])


def before_the_printer(job: PdfJob) -> dict[str, list[list[str]]]:
    """The tables of an ordered report as they go to the printer."""
    assert isinstance(job.context, dict)
    return tables_on(render_to_string(job.template, {**job.context, "language": "sv"}))


def bared(rows: list[list[str]]) -> list[list[str]]:
    return [[bare(cell) for cell in row] for row in rows]


def numbers_of(book: Any) -> list[object]:
    """What a workbook calculates with."""
    cells = (cell for page in book for row in page.iter_rows() for cell in row)
    return [cell.value for cell in cells if cell.data_type == "n" and cell.value is not None]


def read_csv(sheet: Sheet) -> list[list[str]]:
    return read_bytes(exports.csv_bytes(sheet, MARK))


def of_table(sheet: Sheet) -> list[list[str]]:
    """The lines of its CSV without what they say of the file."""
    return [line[-len(sheet.columns) :] for line in read_csv(sheet)]


def read_bytes(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def bare(value: object) -> str:
    """A cell without looks: spaces in thousands, the sign or word for percent, the decimal comma."""
    text = "" if value is None else str(value)
    for looks in ("\xa0%", " %", " (procent)"):
        text = text.replace(looks, "")
    text = re.sub(r"(?<=\d)[\s\xa0](?=\d{3}\b)", "", text).replace("\xa0", " ").replace(",", ".")
    return " ".join(text.split()).removesuffix(".0")


# --- whose the numbers are, and what they need to be understood


def test_every_file_with_numbers_per_inhabitant_says_whose_inhabitants(signed_in: Client) -> None:
    said = "Folkmängd: SCB, 31 december 2024. Att bekräfta."
    lines = read_bytes(signed_in.post(PAGE, GOOD).content)
    assert lines[0][2] == "Källa" and {line[2] for line in lines[1:]} == {said}
    others = read_bytes(signed_in.post(PAGE, GOOD | {"tabell": "former"}).content)
    assert said not in str(others) and others[0][2] != "Källa"
    book = load_workbook(io.BytesIO(signed_in.post(PAGE, GOOD | {"format": "xlsx"}).content))
    about = {row[0].value: row[1].value for row in book["Om data"].iter_rows()}
    assert about["Ärenden per län"].endswith(said)


@pytest.mark.parametrize("code", ["2025", "2025-Q2", "2026"])
def test_paper_says_under_every_figure_what_its_card_says(signed_in: Client, count: Count, code: str) -> None:
    """The running month, years that are not whole and those from before the portal, whose inhabitants."""
    count("case", 31, month=date(2026, 11, 1))
    earlier = "år;enhet;grupp;antal;källa\n2019;personer;alla;390;Lägesrapport 2019\n"
    importing.take_in(data=earlier.encode(), file_name="tidigare.csv", by=None)
    picture = national.picture(national.chosen({"period": code}))
    notes = {
        card.table.caption: card.note for part in national.parts(picture) for card in part.cards if card.note
    }
    answer = signed_in.post(f"/statistik/hamta/?period={code}", GOOD | {"tabell": "alla", "format": "pdf"})
    job = PdfJob.objects.select_related("data_key").get(pk=answer["Location"].split("/")[3])
    assert isinstance(job.context, dict)
    figures = [figure for chapter in job.context["chapters"] for figure in chapter["figures"]]
    printed = {figure["caption"]: figure["note"] for figure in figures}
    assert {caption: printed[caption] for caption in notes} == notes


# --- taking a file


@pytest.mark.security("S52", "what a download leaves in the audit")
def test_download_is_recorded_with_its_reason(signed_in: Client) -> None:
    answer = signed_in.post(PAGE, GOOD)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="nrm-2025-lan-2026-11-20.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    event = AuditEvent.objects.get(verb="export.make")
    assert (event.reason, event.facts["tables"], event.facts["form"]) == ("Årsrapport", ["lan"], "csv")


def test_the_tables_for_the_eu_are_taken_together_or_one_by_one(signed_in: Client) -> None:
    book = load_workbook(io.BytesIO(signed_in.post(PAGE, GOOD | {"tabell": "eu", "format": "xlsx"}).content))
    assert len(book.sheetnames) == 6 and book.sheetnames[0] == "Förmodade offer per kön och åld"
    words = [cell.value for row in book["Om data"].iter_rows() for cell in row]
    assert any("är att bekräfta" in str(word) for word in words)
    one = read_bytes(signed_in.post(PAGE, GOOD | {"tabell": "eu-stod"}).content)
    assert one[0][2:] == ["Slag av stöd", "Har fått", "Har inte fått", "Avslutade ärenden totalt"]
    assert signed_in.post(PAGE, GOOD | {"tabell": "eu"}).status_code == 422
    quarter = signed_in.get("/statistik/hamta/?period=2025-Q3").content.decode()
    assert "artikel 19a" not in quarter and 'value="lan"' in quarter


@pytest.mark.security("S49", "a name that looks like a formula, in the mark")
def test_the_mark_is_text_whoever_took_the_file() -> None:
    odd = replace(MARK, who="=1+1 & Co", agency="@SUM(A1)")
    lines = read_bytes(exports.csv_bytes(SMALL, odd))
    assert all(line[1].startswith("k7f3-9mqd, =1+1 & Co, ") for line in lines[1:])
    book = load_workbook(io.BytesIO(exports.workbook_bytes([SMALL], ABOUT, odd)))
    cells = {cell.value: cell.data_type for row in book["Om data"].iter_rows() for cell in row}
    assert cells["=1+1 & Co, @SUM(A1)"] == "s"
    assert "=1+1 && Co" in str(book["Län"].HeaderFooter.oddFooter.left.text)


def test_the_auditor_finds_the_extract(signed_in: Client) -> None:
    signed_in.post(PAGE, GOOD)
    mark = AuditEvent.objects.get(verb="export.make").facts["mark"]
    (line,) = trail.copies().lines
    assert line.detail.endswith(f", uttag {mark}") and line.reason == GOOD["skal"]


def test_all_tables_as_excel(signed_in: Client) -> None:
    answer = signed_in.post(PAGE, GOOD | {"tabell": "alla", "format": "xlsx"})
    assert answer["Content-Disposition"] == 'attachment; filename="nrm-2025-statistik-2026-11-20.xlsx"'
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames[-1] == "Om data"
    about = {row[0].value: row[1].value for row in book["Om data"].iter_rows() if row[0].value}
    assert about["Hämtad"] == datetime(2026, 11, 20, 10, 0)
    assert about["Period"] == "2025" and about["Jämförd med"] == "2024"
    assert about["Beräknad"] == "12 januari 2026 kl.\xa015"
    assert about["Ärenden per län"].startswith("2025. Hänvisningar om en person")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"skal": " "}, "Skriv vad du ska använda talen till"),
        ({"skal": "x" * 201}, "Skriv högst 200 tecken"),
        ({"tabell": "alla"}, "Välj en tabell. En CSV-fil rymmer bara en"),
        ({"format": ""}, "Välj ett format"),
        ({"tabell": "personnamn"}, "personnamn"),
        ({"skal": "a\0b"}, "skal"),
    ],
)
def test_a_wrong_form_is_told_at_the_field(signed_in: Client, changed: dict[str, str], words: str) -> None:
    answer = signed_in.post(PAGE, GOOD | changed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not AuditEvent.objects.filter(verb="export.make").exists()


@pytest.mark.security("S52", "a download long after signing in")
def test_an_old_sign_in_is_confirmed_first(signed_in: Client, freeze: Callable[[str], Any]) -> None:
    freeze("2026-11-20 10:15")
    asked = signed_in.get(PAGE)
    assert asked.status_code == 302 and "bekrafta" in asked["Location"]
    posted = signed_in.post(PAGE, GOOD)
    assert "attachment" not in posted.get("Content-Disposition", "")
    assert not AuditEvent.objects.filter(verb="export.make").exists()


def test_the_files_speak_the_readers_language(out: None) -> None:
    with translation.override("en"):
        made = national.sheets_of(national.picture(national.chosen({"period": "2025"})))
        (sheet,) = [one for one in made if one.key == "lan"]
        words = exports.csv_bytes(sheet, MARK).decode("utf-8-sig")
        assert words.startswith("Period;Taken out by;Source;County;Cases;Per 100,000\r\n2025;k7f3-9mqd, Siv")

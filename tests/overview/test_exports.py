"""Files hold what the page shows, byte for byte as a Swedish Excel wants it; taking one is recorded."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from accounts.enums import Role
from coordinators.services import load_reference
from core.models import AuditEvent
from nrm_portal.overview import exports, figures, national
from nrm_portal.overview.sheets import Entry, Sheet
from tests.factories import member, sign_in
from tests.surface.payloads import FORMULAS

PAGE = "/statistik/hamta/?ar=2025"
GOOD = {"tabell": "lan", "format": "csv", "skal": "Årsrapport"}


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze("2026-11-20 10:00")


@pytest.fixture
def signed_in(client: Client, jamtland: None) -> Client:
    load_reference()
    return sign_in(client, member(Role.NATIONAL_COORDINATOR))


@pytest.fixture
def sheets(jamtland: None) -> list[Sheet]:
    load_reference()
    return national.sheets_of(national.picture(figures.totals(date(2026, 11, 20)), 2025))


SMALL = Sheet(
    "lan",
    "Län",
    ("Län", "Antal", "Andel"),
    (
        ("=1+1", (Entry("1 200", 1200), Entry("12,5 %", Decimal("12.5")))),
        ("Örebro; ”län”", (Entry("färre än 5", is_withheld=True), Entry("visas inte", is_withheld=True))),
    ),
    "2025",
)


MARK = exports.Mark("k7f3-9mqd", "Siv Ståhl", "Jämställdhetsenheten", datetime(2026, 11, 20, 10, 0, 7))
ABOUT = exports.about(("Period", "2025"))


def test_csv_bytes() -> None:
    taken = b"k7f3-9mqd, Siv St\xc3\xa5hl, 2026-11-20 10.00"
    assert exports.csv_bytes(SMALL, MARK) == (
        b"\xef\xbb\xbfPeriod;Uttaget av;L\xc3\xa4n;Antal;Andel\r\n"
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
    assert [cell.value for cell in page[1]] == ["Län", "Antal", "Andel"]
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


@pytest.mark.security("S17", "page, CSV, workbook and paper cell by cell")
def test_page_csv_excel_and_paper_are_the_same_cell_by_cell(sheets: list[Sheet]) -> None:
    book = load_workbook(io.BytesIO(exports.workbook_bytes(sheets, ABOUT, MARK)))
    assert len(book.sheetnames) == len(sheets) + 1
    hidden = 0
    for sheet, name in zip(sheets, book.sheetnames, strict=False):
        on_page = [[str(value) for value in row] for row in sheet.table().rows]
        in_csv = read_csv(sheet)[1:]
        in_book = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=2)]
        assert len(on_page) == len(in_csv) == len(in_book) == len(sheet.rows)
        for shown, plain, real in zip(on_page, in_csv, in_book, strict=True):
            assert plain[:2] == [sheet.period, MARK.short]
            for a, b, c in zip(shown, plain[2:], real, strict=True):
                assert bare(a) == bare(b) == bare(c), (sheet.key, a, b, c)
                hidden += "withheld" in a
    assert hidden >= 4


def read_csv(sheet: Sheet) -> list[list[str]]:
    return list(csv.reader(io.StringIO(exports.csv_bytes(sheet, MARK).decode("utf-8-sig")), delimiter=";"))


def bare(value: object) -> str:
    """A cell without looks: markup, spaces in thousands, the sign for percent."""
    text = "" if value is None else str(value)
    for looks in ('<span class="withheld">', "</span>", "\xa0%", " %"):
        text = text.replace(looks, "")
    text = text.replace("\xa0", "").replace(",", ".")
    return text.removesuffix(".0")


def test_jamtland_in_the_files(sheets: list[Sheet]) -> None:
    table = next(sheet for sheet in sheets if sheet.key == "lan")
    women, men, *_others, everybody = next(row[3:] for row in read_csv(table) if row[2] == "Jämtlands län")
    assert men in ("färre än 5", "visas inte")
    assert not (women.isdigit() and everybody.isdigit())


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


def test_all_tables_as_excel(signed_in: Client) -> None:
    answer = signed_in.post(PAGE, GOOD | {"tabell": "alla", "format": "xlsx"})
    assert answer["Content-Disposition"] == 'attachment; filename="nrm-2025-statistik-2026-11-20.xlsx"'
    assert load_workbook(io.BytesIO(answer.content)).sheetnames[-1] == "Om data"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"skal": " "}, "Skriv vad du ska använda talen till"),
        ({"skal": "x" * 201}, "Skriv högst 200 tecken"),
        ({"tabell": "alla"}, "Välj en tabell. En CSV-fil rymmer bara en"),
        ({"format": ""}, "Välj ett format"),
        ({"tabell": "personer"}, "personer"),
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


def test_the_files_speak_the_readers_language(sheets: list[Sheet]) -> None:
    with translation.override("en"):
        sheet = national.sheets_of(national.picture(figures.totals(date(2026, 11, 20)), 2025))[2]
        assert (
            exports.csv_bytes(sheet, MARK)
            .decode("utf-8-sig")
            .startswith("Period;Taken out by;County;Women;Men;Girls;Boys;")
        )

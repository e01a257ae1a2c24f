"""Published figures are taken out in a browser: with a reason, as workbook, CSV and paper, without script."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.portal import NATIONAL
from tests.overview.papers import Paper
from tests.overview.reading import tables

REASON = "Underlag till nämnden"


def test_the_same_numbers_come_as_workbook_csv_and_paper(open_as: Callable[..., Page]) -> None:
    page = open_as(NATIONAL, java_script_enabled=False)
    page.goto("/statistik/")
    on_page = tables(page.content())
    assert on_page
    page.locator("main a[href^='/statistik/hamta/']").first.click()
    expect(page.locator("h1")).to_be_visible()
    address = page.url
    book = load_workbook(io.BytesIO(taken(page, "xlsx", "alla")))
    *pages, about = [[[said(cell.value) for cell in row] for row in sheet.iter_rows()] for sheet in book]
    assert any("Helena Forsberg" in cell for row in about for cell in row)
    listed = [line[0] for line in about].index("Tabeller och perioder") + 1
    titles = [title for title, _period in about[listed : listed + len(pages)]]
    in_book = dict(zip(titles, pages, strict=True))  # a sheet's own name is cut at 31 characters
    for caption, rows in on_page.items():
        assert same(in_book[said(caption)], rows), caption
    page.goto(address)
    key = page.locator("select[name=tabell] option[value=manader]")
    expect(key).to_have_count(1)
    lines = list(csv.reader(io.StringIO(taken(page, "csv", "manader").decode("utf-8-sig")), delimiter=";"))
    assert [[said(cell) for cell in line[2:]] for line in lines] in pages
    assert all("Helena Forsberg" in line[1] for line in lines[1:])
    page.goto(address)
    paper = Paper(fetched(page))
    for caption, rows in on_page.items():
        name = min((name for name in paper.tables if name.startswith(f"{caption}, ")), key=len)
        assert same(paper.tables[name], rows), caption
    assert all("Helena Forsberg" in leaf for leaf in paper.pages)


def test_without_a_reason_nothing_is_taken(open_as: Callable[..., Page]) -> None:
    page = open_as(NATIONAL, java_script_enabled=False)
    page.goto("/statistik/hamta/")
    page.locator("main form button").click()
    assert page.title().startswith("Fel:")
    expect(page.locator("#id_skal_error")).to_be_visible()
    assert page.locator("input[name=format][value=xlsx]").is_checked()


def taken(page: Page, form: str, table: str) -> bytes:
    """A file that comes at once."""
    fill(page, form, table)
    with page.expect_download() as waiting:
        page.locator("main form button").click()
    assert re.fullmatch(rf"nrm-[\w-]+\.{form}", waiting.value.suggested_filename)
    return waiting.value.path().read_bytes()


def fetched(page: Page) -> bytes:
    """The report, when the worker has made it."""
    fill(page, "pdf", "alla")
    page.locator("main form button").click()
    page.wait_for_url("**/statistik/rapport/*/")
    link = page.locator("main a[href$='/pdf/']")
    link.wait_for(timeout=60_000)
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.path().read_bytes()


def fill(page: Page, form: str, table: str) -> None:
    page.locator("select[name=tabell]").select_option(table)
    page.locator(f"input[name=format][value={form}]").check()
    page.locator("input[name=skal]").fill(REASON)


def same(one: list[list[str]], other: list[list[str]]) -> bool:
    return [[said(cell) for cell in row] for row in one] == [[said(cell) for cell in row] for row in other]


def said(value: object) -> str:
    """A cell without looks: spaces in thousands, the sign or word for percent, the decimal comma."""
    text = re.sub(r"(?<=\d)\s(?=\d{3}\b)|\s?%|\s\(procent\)$", "", "" if value is None else str(value))
    return " ".join(text.replace(",", ".").split()).removesuffix(".0")

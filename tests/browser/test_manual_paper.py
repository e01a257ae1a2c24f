"""The manual on paper: chosen, made by the real worker, and fetched."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pypdf
from playwright.sync_api import Page, expect

from tests.browser.portal import NATIONAL


def test_a_section_is_ordered_made_and_fetched(open_as: Callable[..., Page]) -> None:
    page = open_as(NATIONAL, java_script_enabled=False)
    page.goto("/manual/skriv-ut/?del=3-2")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.locator("main form button").click()
    page.wait_for_url("**/manual/skriv-ut/*-*/")
    link = page.locator("main a[href$='/pdf/']")
    link.wait_for(timeout=60_000)
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename.endswith(".pdf")
    reader = pypdf.PdfReader(BytesIO(waiting.value.path().read_bytes()))
    text = "".join(leaf.extract_text() for leaf in reader.pages)
    assert "3.2 Betänketid" in text
    assert "In the checklist" in text or "checklistan" in text

"""The statistics in a browser: a try of earlier years, the page on paper, and what it weighs."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Response, expect
from pypdf import PdfReader

from tests.browser import checks
from tests.browser.pages import Things
from tests.browser.portal import NATIONAL, Portal

HEADINGS = "år;enhet;grupp;antal;källa\n"
GOOD = HEADINGS + "2015;personer;alla;97;Lägesrapport 2015\n2015;personer;kvinnor;60;Lägesrapport 2015\n"
WRONG = HEADINGS + "15;personer;alla;97;Lägesrapport 2015\n2015;fall;alla;97;Lägesrapport 2015\n"
MOST = 60 * 1024


def test_a_try_of_earlier_years_is_a_page_for_everybody(open_as: Callable[..., Page], tmp_path: Path) -> None:
    page = open_as(NATIONAL, bypass_csp=True)  # for axe
    for name, text, heading in (("bra.csv", GOOD, "Kvinnor"), ("fel.csv", WRONG, "2 fel")):
        page.goto("/statistik/tidigare-ar/")
        (tmp_path / name).write_text(text)
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        page.locator("main form button").first.click()
        expect(page.get_by_role("main")).to_contain_text(heading, ignore_case=True)
        problems = checks.title_problems(page) + checks.structure_problems(page)
        problems += checks.axe_problems(page) + checks.overflow_problems(page)
        assert not problems, f"{name}: {problems}"


def test_on_paper_there_is_no_way_around_and_every_figure_is_whole(
    portal: Portal, open_as: Callable[..., Page]
) -> None:
    page = open_as(NATIONAL)
    page.goto(f"/statistik/?period={Things(portal)['year']}")
    page.emulate_media(media="print")
    for part in ("nav", "form.period", ".toolbar", "main a.btn", "summary"):
        assert not [one for one in page.locator(part).all() if one.is_visible()], part
    sheets = [" ".join(sheet.extract_text().split()) for sheet in PdfReader(io.BytesIO(page.pdf())).pages]
    figures = page.locator("figure").all()
    assert figures
    for figure in figures:
        title = figure.locator("h3").inner_text()
        rows = figure.locator("tbody th").all_inner_texts()
        where = [sheet for sheet in sheets if title in sheet]
        assert rows and any(all(" ".join(row.split()) in sheet for row in rows) for sheet in where), title


def test_the_page_is_light(portal: Portal, open_as: Callable[..., Page]) -> None:
    """What comes over the wire the first time, packed; letters are fetched once for all pages."""
    page = open_as(NATIONAL)
    found: list[Response] = []
    page.on("response", lambda one: found.append(one))
    page.goto(f"/statistik/?period={Things(portal)['year']}", wait_until="networkidle")
    kinds = ("document", "stylesheet", "script", "image", "fetch")
    weights = {one.url: len(gzip.compress(one.body())) for one in found if one.request.resource_type in kinds}
    assert len(weights) >= 4 and sum(weights.values()) <= MOST, weights

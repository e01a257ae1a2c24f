"""A national editor writes a paragraph, sees how it will look, and tries the draft on a case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.portal import NATIONAL

SHELTER = "2-3-3"
FACTS = "age=adult&forms=labour&citizenship=third&stay=none&consent=yes&start=2026-11-23"
EDITORS = ("stycken/nytt/2/", f"stycken/{SHELTER}/utga/", "tecken/nytt/", "begrepp/nytt/", "kallor/ny/")


def test_a_paragraph_is_written_shown_and_tried(open_as: Callable[..., Page], output: Path) -> None:
    page = open_as(NATIONAL, bypass_csp=True)
    number = begun(page)
    base = f"/manual/utgavor/{number}/"
    try:
        page.goto(f"{base}texter/")
        page.get_by_role("link", name="2.3.3 Skyddat boende").click()
        page.locator("[name=body_sv]").fill("Ring *boendesamordnaren*.\n\n- först\n- sedan")
        page.locator("button[name=show]").focus()
        page.keyboard.press("Enter")
        preview = page.locator("#preview")
        expect(preview.locator("em")).to_have_text("boendesamordnaren")
        expect(preview).to_be_focused()
        assert not checks.axe_problems(page) + checks.overflow_problems(page)
        page.screenshot(path=output / "manual-paragraph.png", full_page=True)
        page.locator("main form button").first.click()
        line = page.locator(f"#p-{SHELTER}")
        line.get_by_role("button").last.click()
        expect(page.locator(f"#p-2-3-4 ~ #p-{SHELTER}")).to_have_count(1)

        page.goto(f"{base}prova/?{FACTS}")
        lists = page.locator("#lists")
        expect(lists).to_contain_text("Kvittera hänvisningen")
        assert not checks.axe_problems(page) + checks.overflow_problems(page)
        page.screenshot(path=output / "manual-try.png", full_page=True)
        problems = []
        for path in EDITORS:
            page.goto(base + path)
            problems += [
                f"{path}: {one}" for one in checks.axe_problems(page) + checks.overflow_problems(page)
            ]
        assert not problems, "\n".join(problems)
    finally:
        page.goto(f"{base}radera/")
        page.locator("main form button").first.click()
        page.wait_for_url("**/manual/utgavor/")


def begun(page: Page) -> int:
    """A draft of her own; its number."""
    page.goto("/manual/utgavor/ny/")
    page.locator("[name=title]").fill("Nya ord om boende")
    page.locator("[name=reason]").fill("Nytt avtal om platser.")
    page.locator("main form button").first.click()
    page.wait_for_url("**/manual/utgavor/*/")
    return int(page.url.rstrip("/").rsplit("/", 1)[1])

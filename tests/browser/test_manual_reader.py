"""From a step of a case to its paragraph and back, a word explained by keyboard, and a search with a slip."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.pages import Things
from tests.browser.portal import COORDINATOR, Portal


def test_read_from_a_case_and_back(portal: Portal, open_as: Callable[..., Page], output: Path) -> None:
    page = open_as(COORDINATOR, bypass_csp=True)
    case = "/arenden/{case}/".format_map(Things(portal))
    page.goto(f"{case}checklista/")
    link = page.locator("a[href*='/manual/1/1-5/']").first
    reference = page.locator(".ref").first.inner_text()
    link.click()
    page.wait_for_url("**/manual/1/1-5/**")
    back = page.get_by_role("link", name=re.compile(f"{re.escape(reference)}$"))
    expect(back).to_be_visible()
    expect(page.locator("#in-case ~ ul .item").first).to_be_visible()

    word = page.locator("button.term").first
    word.focus()
    page.keyboard.press("Enter")
    explained = page.locator(".word:popover-open")
    expect(explained).to_be_visible()
    assert not checks.axe_problems(page) + checks.overflow_problems(page)
    page.screenshot(path=output / "manual-reader.png", full_page=True)
    page.keyboard.press("Escape")
    expect(explained).to_have_count(0)
    expect(word).to_be_focused()

    page.locator(".note-mark").first.click()
    expect(page.locator(".manual-notes li:target")).to_have_count(1)
    page.locator(".manual-notes li:target a").first.click()
    expect(page.locator(".note-mark:target")).to_have_count(1)

    page.locator("#manual-q").fill("orosamnälan")
    page.locator("#manual-q").press("Enter")
    page.wait_for_url("**/manual/sok/**")
    expect(page.locator("main h3 a").first).to_have_attribute("href", re.compile(r"#1-4-1$"))
    assert not checks.axe_problems(page) + checks.overflow_problems(page)
    page.get_by_role("link", name=re.compile(f"{re.escape(reference)}$")).click()
    page.wait_for_url(f"**{case}checklista/")


def test_the_reader_without_script_and_on_a_small_phone(open_as: Callable[..., Page], output: Path) -> None:
    page = open_as(COORDINATOR, java_script_enabled=False, viewport={"width": 320, "height": 640})
    page.goto("/manual/3/3-2/?aktor=police")
    expect(page.locator("#mine")).to_be_visible()
    page.locator("button.term").first.click()
    expect(page.locator(".word:popover-open")).to_be_visible()
    page.screenshot(path=output / "manual-reader-320.png", full_page=True)
    expect(page.locator("[data-nrm-copy]").first).to_be_hidden()

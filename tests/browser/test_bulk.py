"""Several cases of the inbox at once: by keyboard with script, and by tick boxes without; and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import checks, tasks
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, Portal

WAITING = "/inkorg/?vy=att-besvara&antal=50"
ASSIGNEES = """
SELECT c.reference, u.name FROM cases_case c LEFT JOIN accounts_user u ON u.id = c.assignee_id
WHERE c.reference = ANY(%s) ORDER BY c.reference
"""


@pytest.fixture
def three(open_as: Callable[..., Page]) -> list[str]:
    """Three referrals that nobody has answered yet."""
    hands = Hands(open_as(CASEWORKER))
    return [tasks.refer_adult(hands) for _number in range(3)]


def handlers(portal: Portal, references: list[str]) -> list[Any]:
    return [name for _reference, name in portal.rows(ASSIGNEES, references)]


def ticked(page: Page) -> int:
    return page.locator("[data-nrm-rows] input:checked").count()


def focus_row(page: Page, reference: str) -> None:
    page.locator("[data-nrm-rows] li", has_text=reference).locator(".row-title a").focus()


def test_by_keyboard_and_back_again(portal: Portal, open_as: Callable[..., Page], three: list[str]) -> None:
    page = open_as(COORDINATOR, bypass_csp=True)
    page.goto(portal.url(WAITING))
    assign = page.get_by_role("button", name="Tilldela", exact=True)
    expect(assign).to_be_hidden()
    focus_row(page, three[0])
    page.keyboard.press("x")
    expect(assign).to_be_visible()
    expect(page.locator("[data-nrm-chosen]")).to_have_text("Valda: 1")
    page.keyboard.press("x")
    assert ticked(page) == 0
    rows = page.locator("[data-nrm-rows] li .row-title a")
    rows.first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    assert ticked(page) == 3, "all from the one ticked last"
    page.get_by_role("button", name="Alla på sidan").click()
    assert ticked(page) == rows.count()
    page.get_by_role("button", name="Alla på sidan").click()
    assert ticked(page) == 0

    for reference in three:
        focus_row(page, reference)
        page.keyboard.press("x")
    assign.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tilldela ärendena")
    assert not checks.axe_problems(page)
    chooser = page.get_by_label("Tilldela")
    chooser.focus()
    chooser.select_option(label="Karin Holm")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("3 ärenden tilldelade.")).to_be_visible()
    assert handlers(portal, three) == ["Karin Holm"] * 3
    page.get_by_role("button", name="Ångra").click()
    expect(page.get_by_text("3 ärenden är som de var innan.")).to_be_visible()
    assert handlers(portal, three) == [None] * 3
    assert not checks.axe_problems(page)
    assert not checks.overflow_problems(page)


def test_without_script(portal: Portal, open_as: Callable[..., Page], three: list[str]) -> None:
    page = open_as(COORDINATOR, java_script_enabled=False)
    page.goto(portal.url(WAITING))
    for reference in three[:2]:
        page.locator("[data-nrm-rows] li", has_text=reference).locator("input").check()
    page.get_by_role("button", name="Parkera", exact=True).click()
    expect(page.get_by_text("2 ärenden är valda.")).to_be_visible()
    page.get_by_role("button", name="Parkera").click()
    expect(page.get_by_role("alert")).to_contain_text("Välj hur länge")
    page.get_by_label("Måndag kl. 8").or_(page.get_by_label("I morgon kl. 8")).first.check()
    page.get_by_role("button", name="Parkera").click()
    expect(page.get_by_text("2 ärenden parkerade.")).to_be_visible()
    question = "SELECT count(*) FROM cases_case WHERE snoozed_until IS NOT NULL AND reference = ANY(%s)"
    assert portal.value(question, three) == 2
    page.get_by_role("button", name="Ångra").click()
    expect(page.get_by_text("2 ärenden är som de var innan.")).to_be_visible()
    assert portal.value(question, three) == 0


def test_a_view_of_ones_own_without_script(portal: Portal, open_as: Callable[..., Page]) -> None:
    page = open_as(COORDINATOR, java_script_enabled=False)
    page.goto(portal.url("/inkorg/?vy=alla&age=child"))
    page.locator("summary", has_text="Mina vyer").click()
    page.get_by_label("Vyns namn").fill("Alla barn")
    page.get_by_role("button", name="Spara vyn").click()
    expect(page.get_by_role("link", name="Alla barn")).to_have_attribute("aria-current", "page")
    page.locator("summary", has_text="Mina vyer").click()
    page.get_by_role("link", name="Byt namn på").click()
    page.get_by_role("button", name="Ta bort Alla barn").click()
    expect(page.get_by_text("har tagits bort")).to_be_visible()

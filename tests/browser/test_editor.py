"""The life of an edition that never applies: written, handed in, sent back, decided, withdrawn, deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.portal import NATIONAL, Portal

SECOND = "daniel.akesson@demo.example"
"""At the national desk too."""
STEP = "acute.rc.meet"


def test_an_edition_is_written_judged_decided_and_withdrawn(
    portal: Portal, open_as: Callable[..., Page], output: Path
) -> None:
    helena, daniel = open_as(NATIONAL, bypass_csp=True), open_as(SECOND, bypass_csp=True)
    number = begun(helena)
    base = f"/manual/utgavor/{number}/"
    try:
        for part in ("", "beskrivning/", "steg/", "steg/nytt/", f"steg/{STEP}/ta-bort/", "radera/"):
            looked_at(helena, base + part)
        written(helena, base, output)
        pressed(helena, base, "lamna-in")
        looked_at(daniel, f"{base}skicka-tillbaka/")
        daniel.locator("[name=words]").fill("Skriv varför.")
        daniel.locator("main form button").first.click()
        helena.goto(base)
        expect(helena.get_by_role("main")).to_contain_text("Skriv varför.")
        pressed(helena, base, "lamna-in")
        pressed(daniel, base, "godkann")
        looked_at(helena, f"{base}publicera/")
        helena.locator("[name=valid_from]").fill("2099-01-01")
        helena.locator("main form button").first.click()
        expect(helena.get_by_role("main")).to_contain_text("1 januari 2099")
        assert portal.value("SELECT status FROM manual_edition WHERE number = %s", number) == "scheduled"
        looked_at(helena, f"{base}dra-in/")
        helena.locator("[name=reason]").fill("Beslutet dröjer.")
        helena.locator("main form button").first.click()
    finally:
        helena.goto(f"{base}radera/")
        helena.locator("main form button").first.click()
        helena.wait_for_url("**/manual/utgavor/")
    assert not portal.rows("SELECT 1 FROM manual_edition WHERE number = %s", number)


def begun(page: Page) -> int:
    looked_at(page, "/manual/utgavor/ny/")
    page.locator("[name=title]").fill("En ändring som aldrig gäller")
    page.locator("[name=reason]").fill("Provad och indragen.")
    page.locator("main form button").first.click()
    page.wait_for_url("**/manual/utgavor/*/")
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def written(page: Page, base: str, output: Path) -> None:
    """By keyboard: an amount that is none is said at its field, the right one is kept; moved one place."""
    page.goto(f"{base}steg/{STEP}/")
    amount = page.locator("[name=amount]")
    amount.fill("snart")
    amount.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    assert not checks.axe_problems(page) + checks.overflow_problems(page)
    page.screenshot(path=output / "manual-step.png", full_page=True)
    page.locator("[name=amount]").fill("6")
    page.locator("[name=amount]").press("Enter")
    line = page.locator(f"#s-{STEP.replace('.', '-')}")
    expect(line).to_contain_text("6 ")
    above = line.locator("xpath=preceding-sibling::li[1]").get_attribute("id")
    line.get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#s-{STEP.replace('.', '-')} + #{above}")).to_have_count(1)


def pressed(page: Page, base: str, act: str) -> None:
    page.goto(base)
    page.locator(f"form[action$='/{act}/'] button").click()
    page.wait_for_url(f"**{base}")


def looked_at(page: Page, path: str) -> None:
    page.goto(path)
    problems = checks.axe_problems(page) + checks.overflow_problems(page)
    assert not problems, f"{path}: {problems}"

"""A national editor changes a deadline, a second person publishes it, a running case shows the difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.portal import COORDINATOR, NATIONAL, Portal

SECOND = "daniel.akesson@demo.example"
"""At the national desk too."""
ASSESS = "ident.rc.assess"


def test_a_deadline_is_changed_published_and_taken_over_by_choice(
    portal: Portal, open_as: Callable[..., Page], output: Path
) -> None:
    case = running_case(portal)
    before = due(portal, case)
    number = written(open_as(NATIONAL))
    published(open_as(SECOND), number)
    assert due(portal, case) == before, "a running case keeps its edition"

    page = open_as(COORDINATOR, bypass_csp=True)  # for axe
    page.goto(f"/arenden/{case}/")
    page.get_by_role("link", name="Se vad den skulle ändra").click()
    main = page.get_by_role("main")
    expect(main.get_by_role("table")).to_contain_text("Gör samlad bedömning")
    assert not checks.axe_problems(page) + checks.overflow_problems(page)
    page.screenshot(path=output / "edition-compared.png", full_page=True)
    main.get_by_role("button", name=f"Ta över utgåva {number}").click()
    expect(main).to_contain_text(f"Ärendet följer utgåva {number}, som gäller")
    assert due(portal, case) > before
    page.goto(f"/arenden/{case}/historik/")
    expect(page.get_by_role("main")).to_contain_text("Ärendet följer en senare utgåva av Manualen")


def written(page: Page) -> int:
    """A draft with one other deadline, handed in; its number."""
    page.goto("/manual/utgavor/ny/")
    page.locator("[name=title]").fill("Längre tid för bedömning")
    page.locator("[name=reason]").fill("Tre dagar räcker inte när tolk saknas.")
    page.locator("main form button").first.click()
    page.wait_for_url("**/manual/utgavor/*/")
    number = int(page.url.rstrip("/").rsplit("/", 1)[1])
    page.goto(f"/manual/utgavor/{number}/steg/{ASSESS}/")
    page.locator("[name=amount]").fill("30")
    page.locator("main form button").first.click()
    page.goto(f"/manual/utgavor/{number}/jamfor/")
    expect(page.get_by_role("main")).to_contain_text("30 arbetsdagar")
    page.goto(f"/manual/utgavor/{number}/")
    page.locator("form[action$='/lamna-in/'] button").click()
    expect(page.locator("form[action$='/godkann/']")).to_have_count(0)  # never one's own
    return number


def published(page: Page, number: int) -> None:
    page.goto(f"/manual/utgavor/{number}/")
    page.locator("form[action$='/godkann/'] button").click()
    page.goto(f"/manual/utgavor/{number}/publicera/")
    page.locator("main form button").first.click()
    expect(page.get_by_role("main")).to_contain_text("Publicerad")


def running_case(portal: Portal) -> str:
    """Of the coordinator's desk, in progress, with the assessment still to be made."""
    return str(
        portal.value(
            "SELECT c.id FROM cases_case c JOIN coordinators_desk d ON d.id = c.desk_id"
            " JOIN cases_step s ON s.case_id = c.id AND s.key = %s AND s.status = 'open'"
            " WHERE d.key = 'mitt' AND c.status = 'active' AND NOT c.practice ORDER BY c.received_at LIMIT 1",
            ASSESS,
        )
    )


def due(portal: Portal, case: str) -> Any:
    return portal.value("SELECT due_at FROM cases_step WHERE case_id = %s AND key = %s", case, ASSESS)

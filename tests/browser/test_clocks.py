"""A reflection period from the decision to its extension, and a clock that is stopped and let go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from core import clock
from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, Portal
from tests.browser.test_handover import shoot
from tests.browser.test_whole_path import case_of


def test_a_period_counts_down_and_is_extended(
    portal: Portal, open_as: Callable[..., Page], output: Path
) -> None:
    reference = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    case = case_of(portal, reference)
    karin = Hands(open_as(COORDINATOR))
    tasks.open_inbox(karin, reference)
    tasks.accept_by_keys(karin, reference)
    page, today = karin.page, clock.today()
    page.goto(f"/arenden/{case}/datum/")
    karin.link("Notera en period")
    karin.button("Spara perioden")
    expect(page.get_by_role("alert").first).to_contain_text("Välj vad som har beslutats")
    page.get_by_label("Betänketid", exact=True).check()
    page.get_by_label("Första dag").fill(str(today - timedelta(days=2)))
    page.get_by_label("Vilken handling säger det?").fill("Migrationsverket 12-345")
    karin.button("Spara perioden")
    expect(page.get_by_role("main")).to_contain_text("28 dagar kvar")
    shoot(page, output, "period-recorded")

    karin.link("Förläng", exact=False)
    page.get_by_label("Ny sista dag").fill(str(today + timedelta(days=58)))
    page.get_by_label("Vilken handling säger det?").fill("Migrationsverket 12-346")
    karin.button("Förläng perioden")
    expect(page.get_by_role("main")).to_contain_text("58 dagar kvar")
    page.goto(f"/arenden/{case}/")
    expect(page.locator(".case-head")).to_contain_text("Betänketiden slutar")
    page.goto(f"/arenden/{case}/historik/")
    expect(page.get_by_role("main")).to_contain_text("En period förlängdes: Betänketid")

    stop_and_let_go(karin, portal, case, output)


def stop_and_let_go(karin: Hands, portal: Portal, case: str, output: Path) -> None:
    question = "SELECT id FROM cases_step WHERE case_id = %s AND key = 'ident.rc.assess'"
    step = portal.value(question, case)
    page = karin.page
    page.goto(f"/arenden/{case}/checklista/{step}/")
    page.get_by_text("Stoppa klockan").first.click()
    page.locator("input[name=stop-reason][value=interpreter]").check()
    page.get_by_label("Varför stoppas klockan?").fill("Tolken är sjuk till i morgon.")
    karin.button("Stoppa klockan")
    page.goto(f"/arenden/{case}/checklista/{step}/")
    expect(page.get_by_role("main")).to_contain_text("Klockan står stilla")
    shoot(page, output, "clock-stopped")
    karin.button("Låt klockan gå igen")
    page.goto(f"/arenden/{case}/checklista/{step}/")
    expect(page.get_by_role("main")).not_to_contain_text("Klockan står stilla")

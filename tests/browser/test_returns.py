"""A voluntary return: prepared and booked, then she changes her mind the day before; and one followed up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from core import clock
from tests.browser.hands import Hands
from tests.browser.portal import COORDINATOR, Portal
from tests.browser.test_handover import shoot

STAGE = "SELECT case_id, id FROM cases_returnplan WHERE stage = %s ORDER BY opened_at DESC LIMIT 1"
OTHERS = (
    "SELECT count(*) FROM cases_step WHERE case_id = %s AND phase <> '6_return'"
    " AND status IN ('waiting', 'open', 'started', 'blocked')"
)
JOURNEY = (
    "SELECT count(*) FROM cases_step WHERE case_id = %s AND phase = '6_return'"
    " AND status IN ('waiting', 'open', 'started', 'blocked')"
)


def record(hands: Hands, part: str, day: str, words: str) -> None:
    page = hands.page
    row = page.locator("ol.track > li").filter(has=page.get_by_text(part, exact=True))
    row.get_by_role("link", name="Notera").click()
    page.locator("input[name=day]").fill(day)
    page.locator("textarea[name=words]").fill(words)
    hands.button("Spara")
    expect(page.locator("ol.track > li").filter(has_text=words)).to_contain_text("Klar")


def test_she_changes_her_mind_the_day_before(
    portal: Portal, open_as: Callable[..., Page], output: Path
) -> None:
    case, plan = portal.rows(STAGE, "eligible")[0]
    karin = Hands(open_as(COORDINATOR))
    page, today = karin.page, clock.today()
    page.goto(f"/arenden/{case}/atervandande/")
    record(karin, "Resehandlingar klara", str(today), "Pass från ambassaden")
    record(karin, "Resa", str(today + timedelta(days=1)), "Flyg i morgon, IOM följer till planet")
    record(karin, "Vem som möter vid ankomsten", str(today), "Modern möter på flygplatsen")
    expect(page.get_by_role("main")).to_contain_text("Resa och mottagande ordnade")
    shoot(page, output, "return-booked")
    before = portal.value(OTHERS, case)

    karin.link("Personen har ångrat sig")
    karin.button("Stoppa återvändandet")

    expect(page.get_by_role("main")).to_contain_text("Inget annat i ärendet har ändrats")
    expect(page.get_by_role("link", name="Planera ett nytt återvändande")).to_be_visible()
    shoot(page, output, "return-stopped")
    assert portal.value(OTHERS, case) == before, "nothing but the journey has changed"
    assert portal.value(JOURNEY, case) == 0, "and nothing is left to do for it"
    assert portal.value("SELECT stage FROM cases_returnplan WHERE id = %s", plan) == "stopped"


def test_the_follow_up_goes_on_in_a_closed_case(
    portal: Portal, open_as: Callable[..., Page], output: Path
) -> None:
    case, _plan = portal.rows(STAGE, "departed")[0]
    karin = Hands(open_as(COORDINATOR))
    page = karin.page
    page.goto("/atervandanden/")
    expect(page.get_by_role("main")).to_contain_text("Ärendet är avslutat")
    page.locator(f"a[href*='{case}']").first.click()
    step = page.locator("li.item").filter(has_text="tre månader efter hemkomst")
    step.get_by_role("button", name="Klar").click()
    expect(step).to_contain_text("Klar")
    karin.link("Avsluta uppföljningen")
    page.locator("textarea[name=words]").fill("Allt går bra.")
    karin.button("Avsluta uppföljningen")
    expect(page.get_by_role("alert").first).to_contain_text("återstår: 1")
    shoot(page, output, "return-follow-up")

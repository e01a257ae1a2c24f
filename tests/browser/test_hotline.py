"""The telephone desk in Chromium: a call is logged, becomes a referral, and lies in an inbox."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from core import clock
from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import COORDINATOR, OPERATOR, Portal

NUMBER = re.compile(r"S\d\d-\d{5,7}-[A-Z]")
SAID = "Personen arbetar sju dagar i veckan, får ingen lön och vill ha hjälp därifrån."


def test_a_call_becomes_a_referral_in_the_inbox(portal: Portal, open_as: Callable[..., Page]) -> None:
    operator = Hands(open_as(OPERATOR))
    number = log(operator)
    turn_into_a_referral(operator)
    reference = fill_in_the_rest(operator)

    coordinator = Hands(open_as(COORDINATOR))
    tasks.open_inbox(coordinator, reference)
    case = str(portal.value("SELECT case_id FROM cases_referral WHERE reference = %s", reference))
    coordinator.page.goto(f"/arenden/{case}/")
    assert SAID in coordinator.page.content()

    call = portal.value("SELECT id FROM hotline_call WHERE number = %s", number)
    operator.page.goto(f"/samtal/{call}/")
    operator.page.locator("main a[href^='/hanvisningar/']").first.click()
    operator.sees(reference)
    operator.sees(number)
    assert operator.page.goto(f"/arenden/{case}/").status == 404
    assert portal.value("SELECT count(*) FROM hotline_call WHERE draft_id IS NOT NULL AND id = %s", call) == 1


def log(hands: Hands) -> str:
    """What is ticked and written while the telephone is at the ear. The consultation number."""
    hands.start("/samtal/nytt/")
    page = hands.page
    page.locator("input[name=danger][value=no]").check()
    page.locator("select[name=profession]").select_option("social_worker")
    hands.pick("Kommun", "Uppsala")
    page.locator("input[name=about][value=advice]").check()
    page.locator("input[name=child][value=no]").check()
    page.locator("input[name=forms][value=labour]").check()
    page.locator("textarea[name=summary]").fill(SAID)
    with page.expect_navigation():
        page.locator("button[name=keep]").click()
    number = NUMBER.search(page.locator("main").inner_text())
    assert number, "no consultation number on the page"
    return number[0]


def turn_into_a_referral(hands: Hands) -> None:
    page = hands.page
    page.locator("button[name=to][value=hanvisning]").click()
    expect(page.locator("main")).to_contain_text("Uppsala")
    page.locator("input[name=who]").first.check()
    page.locator("main form button.btn").last.click()
    expect(page.get_by_role("group", name="Är personen under 18 år?")).to_be_visible()


def fill_in_the_rest(hands: Hands) -> str:
    """Consent and its ground are asked; what the call said is there already."""
    expect(hands.page.get_by_label("Nej, personen är vuxen")).to_be_checked()
    hands.choose("Har personen sagt ja", "Ja")
    hands.choose("Vilka fler än regionkoordinatorn", "Socialtjänsten")
    hands.choose("Hur lämnades samtycket?", "Muntligt")
    hands.page.locator("input[name=consent_date]").fill(clock.today().isoformat())  # asked, never guessed
    hands.tick("Jag har förklarat att samtycket kan återkallas")
    hands.button(tasks.ON)
    hands.write("Namn eller alias", "Alm-31")
    hands.choose("Kön", "Kvinna")
    hands.pick("Medborgarskap 1", "Thailand")
    hands.pick("Språk 1", "thailändska")
    hands.choose("Har personen skyddade personuppgifter?", "Nej")
    hands.button(tasks.ON)
    hands.choose("Var träffades personen?", "På samma plats")
    hands.choose("Vilken kommun ansvarar", "Den där personen är nu")
    hands.button(tasks.ON)
    expect(hands.page.get_by_label("Arbetskraft", exact=True)).to_be_checked()
    hands.choose("Vilka tecken har du sett?", "Vet inte")
    hands.button(tasks.ON)
    hands.choose("Vad behöver personen nu?", "Tryggt boende")
    hands.button(tasks.ON)
    return tasks.send(hands)

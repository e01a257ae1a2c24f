"""A ringing phone: an ordinary call in at most twelve actions, two at once, danger; and without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.hands import Hands
from tests.browser.portal import OPERATOR, Portal
from tests.browser.test_handover import shoot

NUMBER = re.compile(r"S\d\d-\d{5}-[A-Z]")
MOST_ACTIONS = 12


def ordinary(hands: Hands) -> None:
    """A school welfare officer in Ystad asks what may be told to the police."""
    hands.start("/samtal/")
    hands.link("Logga samtal")
    hands.choose("Är någon i fara just nu?", "Nej")
    hands.page.get_by_label("Vad arbetar den som ringer som?").select_option(label="Skolpersonal")
    hands.keys += 1
    hands.pick("Kommun där den utsatta personen är", "Ystad")
    hands.choose("Vad gäller samtalet?", "Rådgivning")
    hands.choose("Rör det barn?", "Nej")
    hands.choose("Vad är frågan?", "Sekretess och anmälningsplikt")
    hands.write("Kort om samtalet", "En vuxen elev tvingas arbeta utan lön.")


def test_an_ordinary_call_takes_at_most_twelve_actions(
    portal: Portal, open_as: Callable[..., Page], output: Path
) -> None:
    hands = Hands(open_as(OPERATOR))
    ordinary(hands)
    advice = hands.page.locator("#call-advice input[type=checkbox]").first
    expect(advice).to_be_visible()
    expect(hands.page.get_by_role("complementary").or_(hands.page.locator("#call-beside"))).to_contain_text(
        "Region Syd"
    )
    shoot(hands.page, output, "call-ordinary")
    advice.check()
    hands.clicks += 1
    hands.press("Control+Enter")
    expect(hands.page.get_by_role("status").first).to_contain_text(NUMBER)
    shoot(hands.page, output, "call-ended")
    assert hands.actions <= MOST_ACTIONS, hands.actions
    saved = portal.rows(
        "SELECT profession, municipality_id, about, topics, cardinality(advice), ended_at IS NOT NULL"
        " FROM hotline_call ORDER BY started_at DESC LIMIT 1"
    )
    assert saved == [("school", "1286", "advice", ["secrecy"], 1, True)]


def test_what_points_somebody_out_is_told_while_she_writes(open_as: Callable[..., Page]) -> None:
    page = open_as(OPERATOR)
    page.goto("/samtal/nytt/")
    expect(page.locator("[name=danger]").first).to_be_focused()
    page.get_by_label("Kort om samtalet").fill("Hon nås på 0704-55 12 88")
    page.keyboard.press("Tab")
    expect(page.locator("[data-nrm-saved]")).to_contain_text("0704-55 12 88")
    expect(page).to_have_url(re.compile(r"/samtal/[0-9a-f-]{36}/$"))
    page.get_by_label("Kort om samtalet").fill("Hon nås på jobbet")
    page.keyboard.press("Tab")
    expect(page.locator("[data-nrm-saved]")).to_contain_text(re.compile(r"Sparat kl\. \d+\.\d\d$"))
    page.reload()
    expect(page.get_by_label("Kort om samtalet")).to_have_value("Hon nås på jobbet")
    expect(page.locator("[data-nrm-number]")).to_contain_text(NUMBER)


def test_two_calls_at_once_and_danger_turns_the_page(open_as: Callable[..., Page], output: Path) -> None:
    page = open_as(OPERATOR)
    page.goto("/samtal/nytt/")
    page.get_by_role("group", name="Vad gäller samtalet?").get_by_label("Pågående ärende").check()
    expect(page).to_have_url(re.compile(r"/samtal/[0-9a-f-]{36}/$"))
    with page.context.expect_page() as opened:
        page.get_by_role("navigation", name="Dina öppna samtal").get_by_role(
            "link", name="Ett samtal till"
        ).click()
    second = opened.value
    tabs = second.get_by_role("navigation", name="Dina öppna samtal").get_by_role("link")
    expect(tabs.filter(has_text=re.compile(r"Samtal \d\d\.\d\d"))).not_to_have_count(1)
    panel = second.get_by_role("heading", name="Ring 112 nu. Loggen kan vänta.")
    expect(panel).to_be_hidden()
    second.get_by_role("group", name="Är någon i fara just nu?").get_by_label("Ja").check()
    expect(panel).to_be_visible()
    shoot(second, output, "call-danger")
    second.get_by_role("button", name="Testsamtal").click()
    expect(second.get_by_role("status").first).to_contain_text("Sparat som: Testsamtal.")


def test_a_lost_connection_keeps_the_text_and_saves_when_it_is_back(open_as: Callable[..., Page]) -> None:
    page = open_as(OPERATOR)
    page.goto("/samtal/nytt/")
    page.context.set_offline(True)
    page.get_by_label("Kort om samtalet").fill("Frågar om boende i länet")
    page.keyboard.press("Tab")
    expect(page.locator("[data-nrm-saved]")).to_contain_text("Vi kunde inte spara")
    expect(page.get_by_label("Kort om samtalet")).to_have_value("Frågar om boende i länet")
    page.context.set_offline(False)
    expect(page.locator("[data-nrm-saved]")).to_contain_text("Sparat kl.")


def test_everything_without_script(portal: Portal, open_as: Callable[..., Page]) -> None:
    hands = Hands(open_as(OPERATOR, java_script_enabled=False))
    ordinary(hands)
    hands.write("Sök i manualen", "sekretes")
    hands.press("Enter")
    hits = hands.page.locator("#call-advice input[type=checkbox]")
    expect(hits.first).to_be_visible()
    expect(hands.page.locator("#call-beside")).to_contain_text("Region Syd")
    expect(hands.page.get_by_label("Kort om samtalet")).to_have_value(
        "En vuxen elev tvingas arbeta utan lön."
    )
    hits.first.check()
    hands.write("Kort om samtalet", "Ring 0704-55 12 88")
    hands.button("Spara och avsluta samtal")
    expect(hands.page.get_by_role("alert").first).to_contain_text("0704-55 12 88")
    hands.write("Kort om samtalet", "En vuxen elev")
    hands.choose("Är någon i fara just nu?", "Ja")
    expect(hands.page.get_by_role("heading", name="Ring 112 nu. Loggen kan vänta.")).to_be_visible()
    hands.button("Spara och avsluta samtal")
    expect(hands.page.get_by_role("status").first).to_contain_text(NUMBER)

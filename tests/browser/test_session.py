"""Time, failing connections, double clicks and keys: what must not cost anybody her text or her account."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.pages import Things
from tests.browser.portal import CASEWORKER, OPERATOR, PASSWORD, Portal

Opened = Callable[..., Page]
TEXT = "Hon säger att någon väntar utanför."


def test_warning_before_the_session_ends_and_nothing_left_to_read_after(open_as: Opened) -> None:
    page = open_as(CASEWORKER)
    page.clock.install()
    page.goto("/arbete/")
    page.clock.fast_forward("24:00")
    dialog = page.get_by_role("dialog", name="Är du kvar?")
    expect(dialog).to_be_hidden()
    page.clock.fast_forward("01:10")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("5 min")
    with page.expect_response("**/aktiv/") as kept:
        dialog.get_by_role("button").click()
    assert kept.value.status == 204
    page.clock.fast_forward("24:00")
    expect(dialog).to_be_hidden()
    page.clock.fast_forward("06:10")
    page.wait_for_url("**/logga-in/**")
    assert "next=%2Farbete%2F" in page.url


def test_activity_in_another_tab_counts(open_as: Opened) -> None:
    page = open_as(CASEWORKER)
    page.clock.install()
    page.goto("/arbete/")
    other = page.context.new_page()
    other.goto("/arbete/")
    page.clock.fast_forward("20:00")  # of both
    other.keyboard.press("Tab")
    page.wait_for_timeout(200)
    page.clock.fast_forward("06:00")
    dialog = page.get_by_role("dialog", name="Är du kvar?")
    page.wait_for_timeout(200)
    expect(dialog).to_be_hidden()
    page.clock.fast_forward("20:00")
    expect(dialog).to_be_visible()


def test_text_stays_when_saving_fails_and_is_saved_later(portal: Portal, open_as: Opened) -> None:
    page = open_as(CASEWORKER)
    draft = Things(portal)["draft"]
    page.goto(f"/hanvisning/{draft}/handelse/")

    def refuse(route: Route) -> None:
        route.abort() if route.request.method == "POST" else route.continue_()

    page.route("**/handelse/", refuse)
    area = page.get_by_role("textbox", name="Det du själv har sett och hört")
    area.fill(TEXT)
    saved = page.locator("[data-nrm-saved]")
    expect(saved).to_contain_text("Vi kunde inte spara. Texten finns kvar på sidan")
    assert area.input_value() == TEXT
    page.unroute("**/handelse/", refuse)
    expect(saved).to_contain_text("Sparat kl.")
    page.reload()
    assert area.input_value() == TEXT


def test_two_tabs_do_not_overwrite_each_other(portal: Portal, open_as: Opened) -> None:
    """The later one is told, sees both, and keeps what was typed."""
    first = open_as(CASEWORKER)
    url = f"/hanvisning/{Things(portal)['draft']}/handelse/"
    first.goto(url)
    second = first.context.new_page()
    second.goto(url)
    label = "Det du själv har sett och hört"
    first.get_by_role("textbox", name=label).fill("Från den första fliken.")
    expect(first.locator("[data-nrm-saved]")).to_contain_text("Sparat kl.")
    second.get_by_role("textbox", name=label).fill("Från den andra fliken.")
    expect(second.locator("[data-nrm-saved]")).to_contain_text(re.compile("kvar|still here"))
    second.get_by_role("button", name="Spara och fortsätt").click()
    expect(second.locator("main")).to_contain_text("Från den första fliken.")
    assert second.get_by_role("textbox", name=label).input_value() == "Från den andra fliken."


def test_pressing_send_twice_sends_once(portal: Portal, open_as: Opened) -> None:
    page = open_as(CASEWORKER)
    hands = Hands(page)
    sent = "SELECT count(*) FROM cases_referral"
    before = portal.value(sent)
    tasks.consult(hands, send_it=False)
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Skicka").last.dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("är skickad")
    assert portal.value(sent) == before + 1
    page.go_back()
    page.reload()
    expect(page).to_have_url(re.compile("/hanvisningar/"))
    assert portal.value(sent) == before + 1


def test_a_passkey_is_added_and_opens_the_portal(open_as: Opened) -> None:
    page = open_as()
    page.goto("/logga-in/")
    page.locator("input[name=login]").fill(OPERATOR)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page).not_to_have_url(re.compile("/logga-in/"))
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    line.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    page.goto("/installningar/sakerhet/nycklar/ny/")
    page.get_by_role("textbox").filter(visible=True).last.fill("Min dator")
    for box in page.locator("main").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Fortsätt").click()
    expect(page).not_to_have_url(re.compile("/nycklar/ny/"))
    page.goto("/installningar/sakerhet/nycklar/")
    expect(page.locator("main")).to_contain_text("Min dator")

    page.context.clear_cookies()
    page.goto("/logga-in/")
    page.get_by_role("button", name="Logga in med passkey").click()
    expect(page).not_to_have_url(re.compile("/logga-in/"))
    expect(page.locator(".top")).to_contain_text("Nina Palm")

    page.goto("/installningar/sakerhet/nycklar/")
    page.get_by_role("link", name="Ta bort").first.click()
    page.locator("main").get_by_role("button").last.click()
    expect(page).not_to_have_url(re.compile("/ta-bort/|/remove/"))
    page.goto("/installningar/sakerhet/nycklar/")
    expect(page.locator("main")).not_to_contain_text("Min dator")

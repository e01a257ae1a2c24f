"""Two agencies refer the same person; the coordinator alone is told, makes two cases one, and parts them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, Portal
from tests.browser.test_whole_path import case_of

SECOND = "tove.ahl@demo.example"
WHY = "Jämföra två hänvisningar om samma person"


def test_one_person_two_referrals(portal: Portal, open_as: Callable[..., Page], output: Path) -> None:
    first = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    second_referrer = Hands(open_as(SECOND))
    second = tasks.refer_adult(second_referrer)
    expect(second_referrer.page.get_by_role("main")).not_to_contain_text(first)
    expect(second_referrer.page.get_by_role("main")).not_to_contain_text("Möjlig träff")

    one, two = case_of(portal, first), case_of(portal, second)
    hands = Hands(open_as(COORDINATOR))
    for reference in (first, second):
        tasks.open_inbox(hands, reference)
        tasks.accept_by_keys(hands, reference)
    portal.rows("UPDATE cases_case SET citizenship = 'eu', sex = 'unknown' WHERE id = %s", two)
    page, main = hands.page, hands.page.get_by_role("main")
    page.goto(f"/arenden/{one}/")
    expect(main).to_contain_text("namnet låter lika")
    match = main.get_by_role("listitem").filter(has_text=second)
    shoot(page, output, "match")
    match.first.get_by_role("link", name="Jämför och slå ihop").click()
    expect(page.get_by_label("Det andra ärendets referensnummer")).to_have_value(second)
    hands.write("Varför behöver du se båda identiteterna", WHY)
    hands.button("Jämför ärendena")
    shoot(page, output, "merge-compare")
    hands.button("Slå ihop ärendena")
    expect(main).to_contain_text("Välj vad som gäller")
    shoot(page, output, "merge-missing")
    main.get_by_role("group", name="Kön").get_by_role("radio").first.check()
    main.get_by_role("group", name="Medborgarskap").get_by_role("radio").last.check()
    hands.button("Slå ihop ärendena")
    expect(main).to_contain_text("Båda numren leder hit")
    shoot(page, output, "merged")
    page.goto(f"/arenden/{two}/")
    assert page.url.endswith(f"/arenden/{one}/"), "the old address leads on"
    assert case_of(portal, second) == one, "the second number leads to the first case"

    second_referrer.page.goto("/hanvisningar/")
    expect(second_referrer.page.get_by_role("main")).to_contain_text(second)
    expect(second_referrer.page.get_by_role("main")).not_to_contain_text(first)

    main.get_by_role("link", name=f"Dela upp {second}").first.click()
    shoot(page, output, "merge-separate")
    hands.button("Dela upp ärendena")
    expect(main).to_contain_text("är ett eget ärende igen")
    assert case_of(portal, second) == two


def shoot(page: Page, output: Path, name: str) -> None:
    """Both widths, for looking at."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=output / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})

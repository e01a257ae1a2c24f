"""A person moves to another county: two coordinators hand a case over, and an old tab loses nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import (
    ADMINISTRATOR,
    CASEWORKER,
    COORDINATOR,
    NATIONAL,
    OTHER_COORDINATOR,
    Portal,
)
from tests.browser.test_whole_path import case_of

OTHER = "leila.haddad@demo.example"
"""Coordinator of the region Väst."""
NOTE = "Hon har fått plats på ett boende och reser på torsdag."


def test_a_move_to_another_county(portal: Portal, open_as: Callable[..., Page], output: Path) -> None:
    reference = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    case = case_of(portal, reference)
    old = Hands(open_as(COORDINATOR))
    tasks.open_inbox(old, reference)
    tasks.accept_by_keys(old, reference)
    make_late(portal, case)

    preview(old, case, output)
    old.button("Skicka frågan")
    expect(old.page.get_by_role("main")).to_contain_text("äger ärendet")
    tab = open_as(COORDINATOR)
    tab.goto(f"/arenden/{case}/meddelanden/")
    tab.get_by_text("Skriv en intern anteckning").click()

    new = Hands(open_as(OTHER))
    new.page.goto("/arbete/")
    new.page.get_by_role("main").get_by_role(
        "link", name="Svara på överlämningen av ett ärende"
    ).first.click()
    expect(new.page.get_by_role("main")).to_contain_text(reference)
    shoot(new.page, output, "handover-answer")
    new.button("Ta över", exact=True)
    expect(new.page.get_by_role("main")).to_contain_text("Region Väst")
    assert late_steps(portal, case) == [("vast", True)], "what was late is late, and the new desk's"

    tab.get_by_role("textbox").first.fill(NOTE)
    tab.get_by_role("button", name=re.compile("[Ss]para")).first.click()
    main = tab.get_by_role("main")
    expect(main).to_contain_text("Inget är sparat")
    expect(main).to_contain_text("Leila Haddad")
    expect(main.get_by_role("textbox").first).to_have_value(NOTE)
    shoot(tab, output, "handover-old-tab")
    assert portal.value("SELECT count(*) FROM cases_note WHERE case_id = %s", case) == 0

    old.page.goto(f"/arenden/{case}/")
    expect(old.page.get_by_role("main")).to_contain_text("men inte ändra något")
    shoot(old.page, output, "handover-reading")


def make_late(portal: Portal, case: str) -> None:
    portal.rows(
        "UPDATE cases_step SET starts_at = now() - interval '9 days', due_at = now() - interval '2 days'"
        " WHERE case_id = %s AND key = 'ident.rc.assess'",
        case,
    )


def late_steps(portal: Portal, case: str) -> list[tuple[str, bool]]:
    return [
        (str(key), bool(late))
        for key, late in portal.rows(
            "SELECT d.key, s.due_at < now() - interval '1 day' FROM cases_step s"
            " JOIN coordinators_desk d ON d.id = s.desk_id"
            " WHERE s.case_id = %s AND s.key = 'ident.rc.assess'",
            case,
        )
    ]


def preview(hands: Hands, case: str, output: Path) -> None:
    """From the menu of rarer decisions to the page that says what moves, what stays and who is told."""
    page = hands.page
    page.goto(f"/arenden/{case}/")
    page.get_by_text("Mer", exact=True).first.click()
    page.get_by_role("link", name="Lämna över").click()
    hands.pick("Kommun där personen befinner sig", "Göteborg")
    hands.choose("Varför?", "Personen har flyttat")
    hands.write("Vad behöver det andra kontoret veta?", "Flyttar till ett nytt boende.")
    shoot(page, output, "handover-form")
    hands.button("Fortsätt till förhandsvisningen")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Region Väst")
    expect(main).to_contain_text("Försenad")
    expect(main).to_contain_text("Leila Haddad")
    shoot(page, output, "handover-preview")


def shoot(page: Page, output: Path, name: str) -> None:
    """For people to look at, wide and narrow."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=str(output / f"{name}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_somebody_cannot_handle_it_and_somebody_leaves(
    portal: Portal, open_as: Callable[..., Page], output: Path
) -> None:
    """The national desk alone reads why; what a person has open is given away before she leaves."""
    reference = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    case = case_of(portal, reference)
    karin = Hands(open_as(COORDINATOR))
    tasks.open_inbox(karin, reference)
    tasks.accept_by_keys(karin, reference)
    karin.page.goto(f"/arenden/{case}/javig/")
    karin.write("Varför kan du inte handlägga ärendet?", "Min svåger äger stället.")
    shoot(karin.page, output, "recuse")
    karin.button("Jag kan inte handlägga det")
    expect(karin.page.get_by_role("main")).not_to_contain_text(reference)
    gone = karin.page.goto(f"/arenden/{case}/")
    assert gone is not None and gone.status == 404

    national = open_as(NATIONAL)
    national.goto("/arenden-javiga/")
    expect(national.get_by_role("main")).to_contain_text("Min svåger äger stället.")
    expect(national.get_by_role("main")).to_contain_text(reference)
    shoot(national, output, "recusals")
    national.goto("/routningsforslag/")
    shoot(national, output, "corrections")

    administrator = open_as(ADMINISTRATOR)
    user = portal.value("SELECT id FROM accounts_user WHERE email = %s", OTHER_COORDINATOR)
    administrator.goto(f"/admin-sidor/anvandare/{user}/lamnar/")
    main = administrator.get_by_role("main")
    expect(main).to_contain_text("Tjänst på kontoret")
    expect(main).not_to_contain_text(reference)
    main.get_by_role("button", name="Stäng kontot").click()
    expect(main).to_contain_text("Välj vem som tar över det här")
    shoot(administrator, output, "leaving")

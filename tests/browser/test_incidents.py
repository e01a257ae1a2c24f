"""Fourteen persons at one event: written once, pasted, one line corrected, sent; with and without script.

Each coordinator has one notice, hers alone, and the number of all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, POLICE, Portal
from tests.cases.services.test_s14_raid import FOURTEEN

ON = "Spara och fortsätt"
CHILDREN = "elsa.lindqvist@demo.example"
NORTH = "inga.kero@demo.example"


def test_fourteen_persons_of_one_event(portal: Portal, open_as: Callable[..., Page]) -> None:
    hands = Hands(open_as(POLICE))
    event = write_the_event(hands)
    paste(hands, event, "Gävlle")
    hands.sees("Menar du Gävle")
    correct(hands, event, "Gävle")
    references = send(hands, event, 14)
    see_them_as(portal, open_as, references, event)


def test_the_same_without_script(portal: Portal, open_as: Callable[..., Page]) -> None:
    hands = Hands(open_as(CASEWORKER, java_script_enabled=False))
    event = write_the_event(hands)
    paste(hands, event, "Gävlle")
    hands.sees("Menar du Gävle")
    references = send(hands, event, 13)
    assert len(references) == 13
    hands.page.goto(event)
    correct(hands, event, "Gävle")
    assert len(send(hands, event, 1)) == 14


def write_the_event(hands: Hands) -> str:
    """From the first page of a referral; returns the address of the event."""
    hands.start("/hanvisning/ny/")
    hands.link("Flera personer vid samma händelse")
    hands.choose("Är någon i omedelbar fara?", "Nej")
    hands.choose("Var påträffades personerna?", "I en kommun som jag känner till")
    hands.page.get_by_label("I vilken kommun påträffades de?").fill("Åsele")
    hands.choose("Vilken exploateringsform", "Arbetskraft")
    hands.unfold("Handlingar, pengar och skuld")
    hands.page.get_by_role("group", name="Handlingar, pengar och skuld").get_by_role("checkbox").first.check()
    hands.write("Det du själv har sett och hört", "Fjorton bärplockare bor i ett läger utan vatten.")
    hands.button(ON)
    hands.choose("Vad behöver personerna nu?", "Tryggt boende")
    hands.choose("Vilken kommun ansvarar", "För var och en den kommun där personen är nu")
    hands.choose("Är orosanmälan gjord?", "Jag gör den nu")
    hands.button(ON)
    hands.heading("Flera personer vid samma händelse")
    return hands.page.url


def paste(hands: Hands, event: str, wrong: str) -> None:
    """The list as written, of whom the last one in Gävle is misspelt."""
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    lines = FOURTEEN.replace("2026-11-22", yesterday)
    head, tail = lines.rsplit("Gävle", 1)
    hands.link("Klistra in rader")
    hands.write("Personerna, en på varje rad", f"{head}{wrong}{tail}")
    hands.tick("Alla som har samtyckt")
    hands.button("Läs raderna")
    expect(hands.page).to_have_url(event)
    hands.sees("14 rader har lagts till")


def correct(hands: Hands, event: str, right: str) -> None:
    hands.link("Rätta")
    hands.page.get_by_label("I vilken kommun är personen nu?").fill(right)
    hands.button("Spara personen")
    expect(hands.page).to_have_url(event)


def send(hands: Hands, event: str, number: int) -> list[str]:
    """Check and send; the references on the receipt."""
    hands.link("Kontrollera och skicka")
    hands.tick("Jag har bara lämnat uppgifter som behövs")
    hands.button("Skicka 1 hänvisning" if number == 1 else f"Skicka {number} hänvisningar")
    hands.heading("Kvitto för händelsen")
    assert hands.page.url == f"{event}kvitto/"
    found: list[str] = hands.page.locator("main a.ref").all_inner_texts()
    assert all(re.fullmatch(r"H\d\d-\d{5,}-[A-Z]", text) for text in found)
    return found


def see_them_as(portal: Portal, open_as: Callable[..., Page], sent: list[str], event: str) -> None:
    seen: list[str] = []
    for who, number in ((COORDINATOR, 4), (NORTH, 8), (CHILDREN, 1)):
        page = open_as(who)
        page.goto("/aviseringar/")
        assert notices(portal, who, event) == 1
        page.get_by_role("link", name="Nya hänvisningar från en händelse").first.click()
        rows = page.locator("[data-nrm-rows]").get_by_text(re.compile(r"^H\d\d-\d{5,}-[A-Z]$"))
        expect(rows).to_have_count(number)
        seen += rows.all_inner_texts()
        page.get_by_role("link", name=re.compile("arbetskraft", re.I)).first.click()
        expect(page.get_by_text("En av 14 personer från samma händelse")).to_be_visible()
        assert page.goto(event).status == 404
    assert len(seen) == len(set(seen)) == 13
    assert set(seen) < set(sent)
    assert portal.value("SELECT total FROM cases_incident ORDER BY started_at DESC LIMIT 1") == 14


def notices(portal: Portal, who: str, event: str) -> int:
    """What she has been told of the persons of the event."""
    found = portal.value(
        "SELECT count(*) FROM cases_notice n JOIN cases_case c ON c.id = n.case_id"
        " JOIN accounts_user u ON u.id = n.user_id WHERE u.email = %s AND c.incident_id = %s",
        who,
        event.rstrip("/").rsplit("/", 1)[-1],
    )
    return int(found)

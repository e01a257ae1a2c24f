"""The portal's tasks as people do them, page by page; the whole path and the effort tests share them."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from playwright.sync_api import Locator, expect

from tests.browser.hands import Hands

NARRATIVE = (
    "Mannen arbetar på en byggarbetsplats sju dagar i veckan och sover i en container på platsen. "
    "Arbetsledaren har hans pass. Han har fått lön en gång sedan i augusti och tror att han har en skuld. "
    "Han är rädd att bli av med bostaden om han klagar och vill ha hjälp att komma därifrån."
)
REFERENCE = re.compile(r"H\d\d-\d{5,}-[A-Z]")
ON = "Spara och fortsätt"


def refer_adult(hands: Hands) -> str:
    """An adult who has agreed, found in Uppsala; 300 characters of text, no files. The reference."""
    hands.start("/hanvisning/ny/")
    hands.choose("Är någon i omedelbar fara?", "Nej")
    hands.button("Fortsätt")
    hands.choose("Är personen under 18 år?", "Nej, personen är vuxen")
    hands.choose("Har personen sagt ja", "Ja")
    hands.choose("Vilka fler än regionkoordinatorn", "Socialtjänsten", "Polisen")
    hands.choose("Hur lämnades samtycket?", "Muntligt")
    hands.tick("Jag har förklarat att samtycket kan återkallas")
    hands.button(ON)
    hands.write("Namn eller alias", "Ranong-7")
    hands.choose("Kön", "Man")
    hands.pick("Medborgarskap 1", "Thailand")
    hands.pick("Språk 1", "thailändska")
    hands.choose("Har personen skyddade personuppgifter?", "Nej")
    hands.button(ON)
    _place(hands, "Uppsala")
    hands.choose("Vilken exploateringsform", "Arbetskraft")
    hands.unfold("Handlingar, pengar och skuld")
    hands.page.get_by_role("group", name="Handlingar, pengar och skuld").get_by_role("checkbox").first.check()
    hands.clicks += 1
    hands.write("Det du själv har sett och hört", NARRATIVE)
    hands.button(ON)
    hands.choose("Vad behöver personen nu?", "Tryggt boende")
    hands.button(ON)
    return send(hands)


def _place(hands: Hands, municipality: str) -> None:
    hands.pick("I vilken kommun är personen nu?", municipality)
    hands.choose("Var träffades personen?", "På samma plats")
    hands.choose("Vilken kommun ansvarar", "Den där personen är nu")
    hands.button(ON)


def refer_child_in_danger(hands: Hands) -> str:
    """A child whose life is in danger now. 112 must be read after the second action."""
    hands.start("/hanvisning/ny/")
    hands.choose("Är någon i omedelbar fara?", "Ja")
    hands.choose("Vem är redan kontaktad?", "Polisen")
    assert hands.actions == 2
    expect(hands.page.get_by_role("link", name="112").first).to_be_visible()
    hands.button("Fortsätt")
    hands.choose("Är personen under 18 år?", "Ja")
    hands.choose("Är orosanmälan gjord?", "Jag gör den nu")
    hands.button(ON)
    hands.tick("Namnet är inte känt")
    hands.choose("Kön", "Kvinna")
    hands.choose("Medborgarskap", "Vet inte")
    hands.choose("Språk", "Vet inte")
    hands.choose("Har personen skyddade personuppgifter?", "Vet inte")
    hands.button(ON)
    _place(hands, "Gävle")
    hands.choose("Vilken exploateringsform", "Sexuella ändamål")
    hands.choose("Vilka tecken har du sett?", "Vet inte")
    hands.write("Det du själv har sett och hört", NARRATIVE)
    hands.button(ON)
    hands.choose("Vad behöver personen nu?", "Skydd av polisen")
    hands.button(ON)
    return send(hands)


def consult(hands: Hands, *, send_it: bool = True) -> str:
    """An adult who has said no: advice without a word about who it is. Without `send_it` only as far as the
    check page."""
    hands.start("/hanvisning/ny/")
    hands.choose("Är någon i omedelbar fara?", "Nej")
    hands.button("Fortsätt")
    hands.choose("Är personen under 18 år?", "Nej, personen är vuxen")
    hands.choose("Har personen sagt ja", "Nej")
    hands.button(ON)
    hands.choose("Kön", "Kvinna")
    hands.choose("Medborgarskap", "Vet inte")
    hands.button(ON)
    hands.pick("I vilket län", "Uppsala")
    hands.choose("Vilken exploateringsform", "Sexuella ändamål")
    hands.choose("Vilka tecken har du sett?", "Vet inte")
    hands.write("Beskriv", "Säljs av en man som hon är rädd för. Vill inte att någon får veta vem hon är.")
    hands.button(ON)
    hands.choose("Vad behöver personen nu?", "Vet inte")
    hands.button(ON)
    return send(hands) if send_it else ""


def send(hands: Hands) -> str:
    """Confirm, send, and read the reference off the receipt."""
    hands.heading("Kontrollera")
    hands.page.locator("main").get_by_role("checkbox").last.check()
    hands.clicks += 1
    hands.button("Skicka")
    hands.heading("är skickad")
    found = REFERENCE.search(hands.page.locator("main").inner_text())
    assert found, "no reference on the receipt"
    return found[0]


# --- at the desk and in the agency -----------------------------------------------------------------


def waits_in_inbox(hands: Hands, reference: str) -> Locator:
    """The link of the case among those that wait, on whichever page it stands: others have referred too."""
    hands.page.goto("/inkorg/?vy=att-besvara")
    case = hands.page.get_by_role("listitem").filter(has_text=reference)
    following = hands.page.locator(".pager a[rel=next]")
    while not case.count() and following.count():
        hands.page.goto(urljoin(hands.page.url, str(following.get_attribute("href"))))
    return case.get_by_role("link").first


def open_inbox(hands: Hands, reference: str) -> None:
    """The inbox with the case beside it."""
    waits_in_inbox(hands, reference).focus()
    expect(hands.page.locator("#preview")).to_contain_text(reference)
    expect(hands.page.locator("#preview [data-nrm-key='1'][data-htmx-powered]")).to_be_attached()


def accept_by_keys(hands: Hands, reference: str) -> None:
    """1, Enter: hers."""
    hands.press("1")
    expect(hands.page.get_by_role("region", name="Ta emot ärendet")).to_be_visible()
    hands.press("Enter")
    expect(hands.page.get_by_role("status").first).to_contain_text(f"{reference} är mottagen")


def accept_by_clicks(hands: Hands, reference: str) -> None:
    """The same without keys and without script."""
    waits_in_inbox(hands, reference).click()
    hands.link("Ta emot")
    hands.button("Ta emot")
    hands.sees(f"{reference} är mottagen")


def invite(hands: Hands, case: str, agency: str) -> None:
    """An agency on the person's consent; it may see what has happened."""
    hands.page.goto(f"/arenden/{case}/aktorer/")
    hands.link("Bjud in")
    hands.pick("Aktör", agency)
    hands.button("Fortsätt")
    hands.page.get_by_role("radio", name="Samtycke den").check()
    hands.choose("Vad får aktören se?", "Vad har hänt")
    hands.write("Varför behöver aktören det?", "Utredning och skydd")
    hands.button("Skicka inbjudan")
    hands.sees("Inbjudan är skickad")


def take_part(hands: Hands, reference: str) -> None:
    """From the notice to yes."""
    hands.page.goto("/arbete/")
    hands.link(f"inbjuden till {reference}")
    hands.choose("Deltar din verksamhet?", "Ja, vi deltar")
    hands.button("Svara", exact=True)
    hands.sees("Ni deltar nu")


def tick_step(hands: Hands, title: str) -> None:
    """One press in a list."""
    hands.button(f"Klar : {title}")
    hands.sees(f"Klart: {title}")


def find(hands: Hands, reference: str) -> None:
    """By a reference read over the telephone."""
    hands.write("Sök på referensnummer", reference)
    hands.press("Enter")

"""S12 on screen: both decline, the desk keeps the case, one goes on with protection, the desk settles it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, Portal
from tests.browser.test_whole_path import case_of

UPPSALA, STOCKHOLM = "Socialtjänsten Uppsala, vuxna", "Socialförvaltningen Stockholm, vuxna"
LARS, YLVA = "lars.chef@demo.example", "ylva.stark@demo.example"
NOT_OURS, NOR_OURS = "Personen är folkbokförd i Stockholm.", "Personen vistas i Uppsala."
STEP = "Inled utredning"


def test_nobody_takes_it_and_the_desk_settles_it(portal: Portal, open_as: Callable[..., Page]) -> None:
    reference = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    case = case_of(portal, reference)
    karin, lars, ylva = (Hands(open_as(email)) for email in (COORDINATOR, LARS, YLVA))
    tasks.open_inbox(karin, reference)
    tasks.accept_by_keys(karin, reference)
    tasks.invite(karin, case, UPPSALA)
    tasks.invite(karin, case, STOCKHOLM)
    decline(lars, reference, NOT_OURS)
    decline(ylva, reference, NOR_OURS)

    karin.page.goto(f"/arenden/{case}/")
    expect(karin.page.get_by_text("Ingen har tagit uppdraget").first).to_be_visible()
    lars.page.goto(f"/arenden/{case}/checklista/")
    expect(lars.page.get_by_role("link", name=STEP)).to_be_visible()
    assert ylva.page.request.get(f"/arenden/{case}/").status == 404

    karin.page.goto(f"/arenden/{case}/aktorer/")
    karin.link("Lös oenigheten")
    for words in (NOT_OURS, NOR_OURS, f"{UPPSALA} håller i gång det akuta skyddet"):
        expect(karin.page.get_by_text(words)).to_be_visible()
    settle(karin)

    answer(ylva, reference)
    ylva.page.goto(f"/arenden/{case}/checklista/?visa=mina")
    expect(ylva.page.get_by_role("link", name=STEP)).to_be_visible()
    assert lars.page.request.get(f"/arenden/{case}/").status == 404
    karin.page.goto(f"/arenden/{case}/")
    expect(karin.page.get_by_text("Ingen har tagit uppdraget")).to_have_count(0)


def decline(hands: Hands, reference: str, reason: str) -> None:
    """From the notice to no, with the reason."""
    hands.page.goto("/arbete/")
    hands.link(f"inbjuden till {reference}")
    hands.choose("Deltar din verksamhet?", "Nej, vi avböjer")
    hands.write("Varför", reason)
    hands.button("Svara", exact=True)


def settle(hands: Hands) -> None:
    """Stockholm takes it on, on the person's consent."""
    hands.pick("Aktör", STOCKHOLM)
    hands.button("Fortsätt")
    hands.write("Vad kom ni överens om?", "Stockholm utreder, Uppsala lämnar över.")
    hands.page.get_by_role("radio", name="Samtycke den").check()
    hands.choose("Vad får aktören se?", "Vad har hänt")
    hands.write("Varför behöver aktören det?", "Utredning och skydd")
    hands.button("Lös oenigheten")
    hands.sees("Oenigheten är löst")


def answer(hands: Hands, reference: str) -> None:
    """The invitation that follows has no way to say no."""
    hands.page.goto("/arbete/")
    hands.link("Svara på inbjudan till ett ärende")
    hands.sees("kan inte avböja")
    expect(hands.page.get_by_label("Nej, vi avböjer")).to_have_count(0)
    hands.choose("Deltar din verksamhet?", "Ja, vi deltar")
    hands.button("Svara", exact=True)
    hands.sees("Ni deltar nu")

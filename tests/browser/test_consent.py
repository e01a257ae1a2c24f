"""S06 in Chromium: consent is taken back while the organisation has the case open; the authority reads on."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import tasks
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, Portal

NGO, MIGRATION = "cilla.plattform@demo.example", "sami.niemi@demo.example"
WORDS = "De ska inte veta mer om mig"


def test_consent_is_withdrawn_while_the_organisation_looks(
    portal: Portal, open_as: Callable[..., Page]
) -> None:
    reference = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    case = str(portal.value("SELECT case_id FROM cases_referral WHERE reference = %s", reference))
    desk = Hands(open_as(COORDINATOR))
    tasks.open_inbox(desk, reference)
    tasks.accept_by_keys(desk, reference)
    agree_to_the_organisation(desk, case)
    share(desk, case, "Plattformen Civila Sverige mot människohandel", "Samtycke")
    share(desk, case, "Migrationsverket, Region Mitt", "OSL 10:2")
    ngo, migration = Hands(open_as(NGO)), Hands(open_as(MIGRATION))
    for worker in (ngo, migration):
        tasks.take_part(worker, reference)
        worker.page.goto(f"/arenden/{case}/")
        worker.sees("Hänvisningen som den skickades")

    withdraw(desk, case)

    ngo.page.reload()
    expect(ngo.page.get_by_role("heading", level=1)).to_contain_text("finns inte")
    for page in ("checklista/", "meddelanden/", "delning/"):
        assert ngo.page.goto(f"/arenden/{case}/{page}").status == 404
    ngo.page.goto("/aviseringar/")
    ngo.sees("deltar inte längre")
    assert WORDS not in ngo.page.content() and "återkall" not in ngo.page.content().lower()
    migration.page.reload()
    migration.sees("Hänvisningen som den skickades")
    desk.page.goto(f"/arenden/{case}/delning/utlamnat/")
    desk.sees("samtycket återkallades")


def agree_to_the_organisation(desk: Hands, case: str) -> None:
    """The person agrees to one more kind, through an interpreter."""
    desk.page.goto(f"/arenden/{case}/delning/")
    desk.link("Anteckna ett samtycke")
    desk.choose("Vem får ha uppgifterna?", "Plattformen Civila Sverige")
    desk.choose("Hur lämnades samtycket?", "Muntligt, antecknat")
    desk.pick("På vilket språk?", "thailändska")
    desk.choose("Användes tolk?", "Ja")
    desk.tick("Jag har förklarat att samtycket kan återkallas")
    desk.button("Spara samtycket")
    desk.sees("Samtycket har antecknats")


def share(desk: Hands, case: str, agency: str, ground: str) -> None:
    """Invite, after a look at what the agency will see."""
    desk.page.goto(f"/arenden/{case}/aktorer/bjud-in/")
    desk.pick("Aktör", agency)
    desk.button("Fortsätt")
    desk.page.get_by_role("group", name="På vilken rättslig grund?").get_by_label(ground).first.check()
    desk.choose("Vad får aktören se?", "Vad har hänt")
    desk.write("Varför behöver aktören det?", "Samordnat stöd")
    desk.button("Se det som aktören kommer att se det")
    desk.sees(f"så som {agency} kommer att se det")
    desk.button("Skicka inbjudan")
    desk.sees("Inbjudan är skickad")


def withdraw(desk: Hands, case: str) -> None:
    """What was said, what it means, and then it is done."""
    desk.page.goto(f"/arenden/{case}/delning/")
    desk.link("Samtycket återkallas")
    desk.choose("Vem får inte ha uppgifterna längre?", "Plattformen Civila Sverige")
    desk.choose("Hur sades det?", "Muntligt, antecknat")
    desk.write("Vad sade personen, och till vem?", WORDS)
    desk.button("Se vad det innebär")
    desk.sees("Ingenting har hänt ännu")
    desk.sees("Det här står kvar, på en annan grund")
    desk.button("Återkalla nu")
    desk.sees("har förlorat sin insyn")

"""Takes the pictures of docs/img: the seven key screens, on a desk and on a phone, with the whole demo; the
statistics in the dark and on paper too.

    .venv/bin/python -m tests.browser.shoot

Takes some minutes: three years of the demo are lived first. Look at every picture before committing it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from tests import database
from tests.browser import checks
from tests.browser.pages import Things
from tests.browser.portal import CASEWORKER, COORDINATOR, NATIONAL, SEED, Portal, running

FOLDER = database.BASE / "docs" / "img"
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
KINDS = {"desktop": DESK, "phone": PHONE}
TALL: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 1180}},
    "dark": {"viewport": {"width": 1280, "height": 2300}, "color_scheme": "dark"},
    "phone": PHONE | {"viewport": {"width": 390, "height": 2100}, "device_scale_factor": 1},
}
"""A page of figures is long."""
PAPER: dict[str, dict[str, Any]] = {"print": {"viewport": {"width": 794, "height": 2 * 1123}}}
"""Two sheets A4, as wide as a browser prints them."""
LARGEST = 200 * 1024


@dataclass(frozen=True)
class Screen:
    name: str
    who: str
    show: Callable[[Portal, Page], None]
    kinds: Mapping[str, dict[str, Any]] = field(default_factory=lambda: KINDS)


def _go(path: str) -> Callable[[Portal, Page], None]:
    def show(portal: Portal, page: Page) -> None:
        page.goto(path)

    return show


def _referral(portal: Portal, page: Page) -> None:
    """The place page, with what is known so far beside it."""
    page.goto("/hanvisning/ny/")
    page.get_by_label("Nej", exact=True).check()
    page.get_by_role("button", name="Fortsätt").click()
    page.get_by_label("Nej, personen är vuxen").check()
    page.get_by_role("group", name="Har personen sagt ja").get_by_label("Ja", exact=True).check()
    for words in ("Socialtjänsten", "Polisen", "Muntligt", "Jag har förklarat"):
        page.get_by_label(words).first.check()
    page.get_by_role("button", name="Spara och fortsätt").click()
    page.get_by_role("heading", level=1, name="Personen").wait_for()
    page.goto(page.url.replace("personen", "plats"))
    page.get_by_role("combobox", name="I vilken kommun").fill("Uppsala")
    page.keyboard.press("Tab")
    page.get_by_role("group", name="Var träffades").get_by_label("På samma plats").check()
    page.locator(".routing").wait_for(timeout=20_000)  # the box beside the form has followed


def _inbox(portal: Portal, page: Page) -> None:
    page.goto("/inkorg/?vy=att-besvara")
    if page.locator("#preview").is_visible():
        page.locator("[data-nrm-rows] .row-title a").nth(1).focus()
        page.wait_for_timeout(800)


def _case(portal: Portal, page: Page) -> None:
    """An active adult case with two agencies at work in it."""
    case = portal.value(
        "SELECT c.id FROM cases_case c JOIN coordinators_desk d ON d.id = c.desk_id"
        " WHERE d.key = 'mitt' AND c.status = 'active' AND NOT c.is_consultation AND NOT c.is_protected"
        " AND NOT c.practice ORDER BY c.overdue_count, (SELECT count(*) FROM cases_participation p"
        " WHERE p.case_id = c.id AND p.status = 'accepted') DESC, c.received_at DESC"
    )
    page.goto(f"/arenden/{case}/")


def _year(portal: Portal, page: Page) -> None:
    """The last whole year."""
    page.goto(f"/statistik/?period={Things(portal)['year']}")


SCREENS = (
    Screen("sign-in", "", _go("/logga-in/")),
    Screen("work", CASEWORKER, _go("/arbete/")),
    Screen("referral", CASEWORKER, _referral),
    Screen("inbox", COORDINATOR, _inbox),
    Screen("case", COORDINATOR, _case),
    Screen("manual", COORDINATOR, _go("/manual/2/2-1/")),
    Screen("statistics", NATIONAL, _go("/statistik/"), TALL),
    Screen("statistics", NATIONAL, _year, PAPER),
)


def wait_for_mails(portal: Portal) -> None:
    """The mails of three years have left: until then each page says that mail is delayed."""
    end = time.monotonic() + 600
    while portal.value("SELECT count(*) FROM core_outboundemail WHERE state = 'queued'"):
        if time.monotonic() > end:
            raise TimeoutError("mails are still waiting")
        time.sleep(2)


def shoot(portal: Portal, browser: Browser) -> None:
    for screen in SCREENS:
        for kind, options in screen.kinds.items():
            page = portal.page(browser, screen.who, **options)
            screen.show(portal, page)
            page.emulate_media(media="print" if screen.kinds is PAPER else "screen")
            page.evaluate("scrollTo(0, 0)")
            target = FOLDER / f"{screen.name}-{kind}.png"
            page.screenshot(path=target)
            page.context.close()
            _slim(target)


def _slim(target: Path) -> None:
    """256 colours are enough for a screen."""
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    size = target.stat().st_size
    assert size <= LARGEST, f"{target.name}: {size} bytes"
    print(f"{target.name:28}{size // 1024:5} kB")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nrmb-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        seeds = (SEED, ("manage.py", "demo"))
        with running(Path(folder), "pictures", *seeds) as portal, checks.launch() as browser:
            wait_for_mails(portal)
            shoot(portal, browser)


if __name__ == "__main__":
    main()

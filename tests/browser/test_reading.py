"""The key screens by keyboard, with large text, in forced colours, and in the states script brings about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import checks
from tests.browser.pages import Things
from tests.browser.portal import CASEWORKER, COORDINATOR, NATIONAL, Portal

KEY_SCREENS = {
    "sign-in": ("", "/logga-in/"),
    "my work": (CASEWORKER, "/arbete/"),
    "consent": (CASEWORKER, "/hanvisning/{draft}/samtycke/"),
    "place": (CASEWORKER, "/hanvisning/{draft}/plats/"),
    "check": (CASEWORKER, "/hanvisning/{draft}/kontrollera/"),
    "inbox": (COORDINATOR, "/inkorg/?vy=alla"),
    "case": (COORDINATOR, "/arenden/{case}/"),
    "checklist": (COORDINATOR, "/arenden/{case}/checklista/"),
    "step": (COORDINATOR, "/arenden/{case}/checklista/{step}/"),
    "manual": (COORDINATOR, "/manual/1/1-2/"),
    "national": (NATIONAL, "/statistik/"),
}
MOST_STOPS = 250
screens = pytest.mark.parametrize("screen", KEY_SCREENS)
Opened = Callable[..., Page]

STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect();
  const label = [...(e.labels ?? [])].map(l => l.textContent).join(" ");
  const ids = (e.getAttribute("aria-labelledby") ?? "").split(" ");
  const by = ids.map(id => document.getElementById(id)?.textContent ?? "");
  const names = [e.getAttribute("aria-label"), ...by, label, e.textContent, e.title];
  const name = names.find(text => text?.trim()) ?? "";
  const ring = [e, e.nextElementSibling, e.closest(".choice, .top-search")].filter(Boolean)
    .some(x => { const s = getComputedStyle(x);
      return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; });
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 20), 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  e.dataset.stop ??= String(++window.stops);
  return {
    number: +e.dataset.stop, name: name.trim(), ring, what: e.outerHTML.slice(0, 110),
    inside: box.bottom > 0 && box.top < innerHeight,
    uncovered: !top || e.contains(top) || top.contains(e) || !!top.closest("label")?.contains(e)
      || [...(e.labels ?? [])].some(l => l.contains(top)),
  };
}"""


def show(portal: Portal, open_as: Opened, screen: str, **options: Any) -> Page:
    who, path = KEY_SCREENS[screen]
    page = open_as(who, **options)
    page.goto(path.format_map(Things(portal)))
    return page


@screens
def test_keyboard_reaches_everything_and_shows_where_it_is(
    portal: Portal, open_as: Opened, screen: str
) -> None:
    """Every stop has a name and a ring, is on the screen and covered by nothing; nothing holds the focus."""
    page = show(portal, open_as, screen)
    page.evaluate("window.stops = 0")
    seen: set[int] = set()
    problems = []
    for _press in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or (stop["number"] in seen and stop["number"] == 1):
            break
        if stop["number"] in seen:
            continue
        seen.add(stop["number"])
        wrong = [word for word in ("name", "ring", "inside", "uncovered") if not stop[word]]
        problems += [f"{', '.join(wrong)}: {stop['what']}"] if wrong else []
    else:
        problems.append(f"no end after {MOST_STOPS} stops")
    controls = page.locator("main").locator(
        "a[href], button, input:not([type=hidden]), select, textarea, summary"
    )
    reachable = sum(
        1 for n in range(controls.count()) if controls.nth(n).is_visible() and controls.nth(n).is_enabled()
    )
    radios = page.locator("main input[type=radio]").count()
    if len(seen) < reachable - radios:
        problems.append(f"{len(seen)} stops for {reachable} controls")
    assert not problems, "\n".join(problems)


@screens
def test_text_at_twice_its_size(portal: Portal, open_as: Opened, screen: str) -> None:
    page = show(portal, open_as, screen, bypass_csp=True)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not checks.overflow_problems(page, 1280)


@screens
def test_text_spacing_clips_nothing(portal: Portal, open_as: Opened, screen: str) -> None:
    """WCAG 1.4.12 at 320 px: words in buttons, tags and cells stay whole."""
    page = show(portal, open_as, screen, viewport={"width": 320, "height": 640}, bypass_csp=True)
    assert not checks.overflow_problems(page)  # also sets the spacing
    clipped = page.evaluate("""() => [...document.querySelectorAll("button,.btn,.tag,th,td,summary,legend")]
      .filter(e => e.getClientRects().length && !e.closest(".vh"))
      .filter(e => getComputedStyle(e).overflow !== "visible")
      .filter(e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
      .map(e => e.outerHTML.slice(0, 110))""")
    assert not clipped


@screens
def test_forced_colours(portal: Portal, open_as: Opened, screen: str, output: Path) -> None:
    """The current entry of the menu still differs from the others, and chosen answers from the rest."""
    page = show(portal, open_as, screen, forced_colors="active")
    page.screenshot(path=output / f"forced-{screen.replace(' ', '-')}.png", full_page=True)
    borders = page.evaluate("""() => [...document.querySelectorAll(".nav .wrap > ul a")].map(a => {
        const s = getComputedStyle(a);
        const border = [s.borderBottomWidth, s.borderBottomStyle, s.borderBottomColor, s.outlineWidth];
        const look = [...border, s.backgroundColor, s.fontWeight, s.textDecorationLine];
        return [a.hasAttribute("aria-current"), look.join(" ")];
      })""")
    current = {look for is_current, look in borders if is_current}
    others = {look for is_current, look in borders if not is_current}
    assert not current & others
    focused = page.locator("a[href], button").first
    focused.focus()
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") != "none"


def test_open_panel_of_the_inbox(portal: Portal, open_as: Opened) -> None:
    """Each decision opens beside the list; what script has put there is held to the same rules."""
    page = open_as(COORDINATOR, bypass_csp=True)
    for key in "12345":
        page.goto("/inkorg/?vy=att-besvara")
        expect(page.locator("#preview h2")).to_be_visible()
        page.keyboard.press(key)
        expect(page.locator("#panel-h")).to_be_visible()
        problems = checks.structure_problems(page) + checks.axe_problems(page)
        assert not problems, f"{key}: {problems}"


def test_open_parts(portal: Portal, open_as: Opened) -> None:
    """Menus, folded parts and dialogs, opened."""
    page = open_as(COORDINATOR, bypass_csp=True)
    found = Things(portal)
    for path in ("/arbete/", f"/arenden/{found['case']}/checklista/{found['step']}/", "/inkorg/?vy=alla"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details:not([data-nrm-menu])').forEach(d => d.open = true)")
        problems = (
            checks.structure_problems(page) + checks.axe_problems(page) + checks.overflow_problems(page)
        )
        assert not problems, f"{path}: {problems}"
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator(".nav-fold summary").click()
    assert not checks.axe_problems(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/arbete/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not checks.axe_problems(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_errors_say_where_they_are(portal: Portal, open_as: Opened) -> None:
    """An empty page sent in: title, summary with focus, the same words at the fields (ux A13)."""
    page = open_as(CASEWORKER, bypass_csp=True)
    page.goto("/hanvisning/ny/")
    page.get_by_role("button", name="Fortsätt").click()
    expect(page).to_have_title("Fel: Akut fara – Hänvisning – NRM-portalen")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    words = summary.get_by_role("link").first.inner_text()
    summary.get_by_role("link").first.click()
    assert page.locator(".field, fieldset").filter(has_text=words).count()
    assert page.evaluate("document.activeElement.name") == "immediate_danger"
    assert not checks.axe_problems(page) + checks.overflow_problems(page)

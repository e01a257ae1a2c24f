"""What every page has to pass in a real browser; other browser tests reuse it.

    problems = check_page(page, url)          # a Playwright page of `launch()`
    assert not problems, "\\n".join(problems)

Looks for: faults axe knows (WCAG 2.2 AA and best practice), contrast axe could not decide, sideways scroll at
320 px, breaches of the content security policy, console errors, and titles that break the rule.
Axe is injected from a vendored file, so the context must bypass the policy (`launch` does); the policy itself
is then checked by the server's header on the ordinary context of `policy_breaches`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TITLE = re.compile(r"^(Fel: |Error: )?\S.* – NRM-portalen$")
PERSONAL_NUMBER = re.compile(r"\b(?:19|20)?\d{6}[-+]?\d{4}\b")
UNDECIDED_ALLOWED = (".chart", ".demo-band")
"""Contrast axe cannot decide: text on a drawing, text over stripes. The token pairs have their own test."""


@contextmanager
def launch() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Browser, width: int = 1280, *, bypass_csp: bool = True, **context: Any) -> Page:
    """A fresh page; `bypass_csp` is needed for axe only."""
    made = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=bypass_csp, **context)
    return made.new_page()


def check_page(
    page: Page,
    url: str,
    *,
    status: int = 200,
    axe: bool = True,
    narrow: bool = True,
    names: Sequence[str] = (),
) -> list[str]:
    """Problems of one page, as sentences; empty when all is well. `names`: words no title may hold."""
    console: list[str] = []

    def hear(message: Any) -> None:
        failed_itself = status >= 400 and "the server responded with a status of" in message.text
        if message.type in ("error", "warning") and not failed_itself:
            console.append(message.text)

    def heard_error(error: Any) -> None:
        console.append(str(error))

    page.on("console", hear)
    page.on("pageerror", heard_error)
    try:
        answer = page.goto(url, wait_until="load")
        found = (
            [] if answer and answer.status == status else [f"status {answer.status if answer else 'none'}"]
        )
        found += title_problems(page, names)
        found += structure_problems(page)
        if axe:
            found += axe_problems(page)
        if narrow:
            found += overflow_problems(page)
    finally:
        page.remove_listener("console", hear)
        page.remove_listener("pageerror", heard_error)
    return [f"{url}: {problem}" for problem in [*found, *(f"console: {text}" for text in console)]]


def title_problems(page: Page, names: Sequence[str] = ()) -> list[str]:
    title = page.title()
    found = [] if TITLE.match(title) else [f"title {title!r} is not 'Page – NRM-portalen'"]
    if PERSONAL_NUMBER.search(title) or any(name in title for name in names):
        found.append("the title holds personal data")
    return found


def structure_problems(page: Page) -> list[str]:
    """One h1, a language, a skip link first, no ids twice."""
    return list(
        page.evaluate("""() => {
      const found = [], ids = [...document.querySelectorAll("[id]")].map(e => e.id);
      if (document.querySelectorAll("h1").length !== 1) found.push("not exactly one h1");
      if (!/^(sv|en)$/.test(document.documentElement.lang)) found.push("no language");
      const twice = ids.filter((id, n) => ids.indexOf(id) !== n);
      if (twice.length) found.push("ids twice: " + twice.join(" "));
      const inline = "[style],[onclick],script:not([src],[type='application/json'])";
      if (document.querySelector(inline)) found.push("inline style or script");
      const first = document.querySelector("a[href],button");
      if (first && !document.querySelector("#main") ) found.push("no main");
      return found;
    }""")
    )


def axe_problems(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    outcome = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations', 'incomplete']})", list(TAGS)
    )
    found = [
        f"axe {rule['id']}: {node['target'][0]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in outcome["violations"]
        for node in rule["nodes"][:4]
    ]
    for rule in outcome["incomplete"]:
        if rule["id"] != "color-contrast":
            continue
        for node in rule["nodes"]:
            inside = page.evaluate(
                "([at, allowed]) => !!document.querySelector(at)?.closest(allowed)",
                [node["target"][0], ",".join(UNDECIDED_ALLOWED)],
            )
            if not inside:
                found.append(f"axe cannot decide the contrast of {node['target'][0]}")
    return found


def overflow_problems(page: Page, width: int = 320) -> list[str]:
    """No sideways scroll at 320 px (= 400 % zoom of 1280), nor with the text spacing of WCAG 1.4.12."""
    before = page.viewport_size or {"width": 1280, "height": 900}
    page.set_viewport_size({"width": width, "height": 640})
    try:
        found = _overflow(page, f"{width} px")
        page.add_style_tag(
            content="*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}"
            "p{margin-bottom:2em!important}"
        )
        return found + _overflow(page, f"{width} px with text spacing")
    finally:
        page.set_viewport_size(before)


def _overflow(page: Page, where: str) -> list[str]:
    wide = page.evaluate("""() => {
      const limit = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= limit) return [];
      const clipped = e => e.closest("[role=region][tabindex]") || getComputedStyle(e).clipPath !== "none";
      return [...document.querySelectorAll("body *")]
        .filter(e => e.getBoundingClientRect().right > limit + 0.5 && !clipped(e))
        .slice(0, 4).map(e => [e.tagName.toLowerCase(), e.getAttribute("class"),
                               Math.round(e.getBoundingClientRect().right)].join(" "));
    }""")
    return [f"wider than {where}: {', '.join(wide)}"] if wide else []


def policy_breaches(browser: Browser, url: str) -> list[str]:
    """Loads the page under its real policy and reports what the policy stopped."""
    page = open_page(browser, bypass_csp=False)
    try:
        page.add_init_script(
            "window.breaches=[];addEventListener('securitypolicyviolation',"
            "e=>breaches.push(e.violatedDirective+' '+e.blockedURI))"
        )
        page.goto(url, wait_until="load")
        return [f"{url}: policy stopped {breach}" for breach in page.evaluate("window.breaches")]
    finally:
        page.context.close()


def small_targets(page: Page, least: int = 24) -> list[str]:
    """Controls under 24 px (WCAG 2.5.8), links in running text apart."""
    return list(
        page.evaluate(
            """least => [...document.querySelectorAll("button,input,select,summary,.btn,nav a")]
      .filter(e => {
        const b = e.getBoundingClientRect(), shown = b.width && b.height && !e.closest(".vh,.skip");
        return shown && (b.width < least || b.height < least);
      })
      .map(e => e.outerHTML.slice(0, 90))""",
            least,
        )
    )

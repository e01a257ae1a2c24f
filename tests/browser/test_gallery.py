"""The gallery and the open pages in Chromium: axe, narrow screens, policy, both languages.

The server here has no database: pages open to everyone must not need one. The page about the portal, which
names the helpline's hours, is looked at with the others (`pages.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import cast

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.test.testcases import QuietWSGIRequestHandler
from playwright.sync_api import Browser, Page

from tests.browser import checks

PAGES = ("/ar-du-utsatt/", "/dolj-besoket/", "/tillganglighet/", "/personuppgifter/")
THEMES = ("light", "dark", "contrast")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with checks.launch() as browser:
        yield browser


def opened(chromium: Browser, address: str, language: str, width: int = 1280, theme: str = "light") -> Page:
    page = checks.open_page(chromium, width, color_scheme="dark" if theme == "dark" else "light")
    page.context.add_cookies([{"name": "language", "value": language, "url": address}])
    return page


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_gallery(chromium: Browser, address: str, language: str, theme: str, width: int) -> None:
    page = opened(chromium, address, language, width)
    problems = checks.check_page(page, f"{address}/ui/?tema={theme}")
    small = checks.small_targets(page)
    page.context.close()
    assert not problems, "\n".join(problems)
    assert not small, "\n".join(small)


@pytest.mark.parametrize("theme", THEMES[:2])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_open_pages(chromium: Browser, address: str, language: str, theme: str) -> None:
    page = opened(chromium, address, language, theme=theme)
    problems = [problem for path in PAGES for problem in checks.check_page(page, address + path)]
    problems += checks.check_page(page, f"{address}/finns-inte/", status=404)
    page.context.close()
    assert not problems, "\n".join(problems)


def test_policy_stops_nothing(chromium: Browser, address: str) -> None:
    problems = [x for path in (*PAGES, "/ui/") for x in checks.policy_breaches(chromium, address + path)]
    assert not problems, "\n".join(problems)


def test_shift_three_times_leaves_and_the_way_back_is_closed(chromium: Browser, address: str) -> None:
    page = opened(chromium, address, "sv")
    page.route("**/lamna-sidan/", lambda route: route.fulfill(body="weather"))
    page.goto(f"{address}/tillganglighet/")
    page.goto(f"{address}/ar-du-utsatt/")
    for _press in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/lamna-sidan/")
    page.go_back()
    assert page.url.endswith("/tillganglighet/")
    page.context.close()


def test_combobox_filters_and_the_select_keeps_the_value(chromium: Browser, address: str) -> None:
    page = opened(chromium, address, "sv")
    page.goto(f"{address}/ui/")
    box = page.locator("#id_plain-place")
    box.fill("öst")
    assert page.get_by_role("option").all_inner_texts() == ["Östersund"]
    box.press("ArrowDown")
    box.press("Enter")
    assert box.input_value() == "Östersund"
    assert page.locator("select[name=plain-place]").input_value() == "Östersund"
    page.context.close()


def test_dependent_part_follows_the_answer(chromium: Browser, address: str) -> None:
    page = opened(chromium, address, "sv")
    page.goto(f"{address}/ui/")
    part = page.locator("#id_plain-called_q")
    assert not part.is_visible()
    page.locator("#id_plain-danger_0").check()
    assert part.is_visible()
    page.context.close()


def test_without_script_nothing_is_hidden_that_is_needed(chromium: Browser, address: str) -> None:
    page = opened(chromium, address, "sv")
    page.context.close()
    still = chromium.new_context(java_script_enabled=False).new_page()
    still.goto(f"{address}/ui/")
    assert still.locator("#id_plain-called_q").is_visible()
    assert still.locator("select[name=plain-place]").is_visible()
    assert not still.get_by_role("button", name="Kortkommandon").is_visible()
    still.context.close()


def test_focus_is_always_visible(chromium: Browser, address: str) -> None:
    """Tab through the gallery: every stop has a name, an outline, and is on the screen."""
    page = opened(chromium, address, "sv")
    page.goto(f"{address}/ui/")
    page.locator(".skip").focus()
    for _stop in range(60):
        page.keyboard.press("Tab")
        state = cast(
            "dict[str, bool]",
            page.evaluate("""() => {
              const e = document.activeElement, box = e.getBoundingClientRect(), s = getComputedStyle(e);
              return {outlined: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2,
                      inside: box.bottom > 0 && box.top < innerHeight,
                      what: e.outerHTML.slice(0, 120)};
            }"""),
        )
        assert state["outlined"], state["what"]
        assert state["inside"], state["what"]
    page.context.close()

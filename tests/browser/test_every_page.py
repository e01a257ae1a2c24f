"""Every page of every role in Chromium: axe, contrast, 320 px, text spacing, policy, console, titles.

Themes and languages rotate over the pages, so that each run sees all combinations; the gallery shows every
component in every one of them. `bin/test` looks at a third of the pages, the others in the
weeks to come; `bin/test browser` at all.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from django.urls import resolve
from playwright.sync_api import Browser, Page

from tests.access import asking
from tests.browser import checks
from tests.browser.pages import AGENCY, NOT_HERE, VISITS, Things, Visit
from tests.browser.portal import Portal

LOOKS = tuple(product(("light", "dark", "contrast"), ("sv", "en")))
PEOPLE = list(dict.fromkeys(visit.who for visit in VISITS))
ROUND = 30
"""Pages looked at in one test."""
ROUNDS = [
    (who, start) for who in PEOPLE for start in range(0, sum(visit.who == who for visit in VISITS), ROUND)
]
BREACHES = """window.breaches = []; addEventListener('securitypolicyviolation',
    e => breaches.push(e.violatedDirective + ' ' + e.blockedURI))"""


def test_the_list_holds_every_page() -> None:
    """Whatever somebody can open (tests/access/table.txt) is on the list, or the list says why not."""
    plain = defaultdict(lambda: "00000000-0000-4000-8000-000000000000", actor="7-1")
    seen = {
        resolve(visit.path.format_map(plain).partition("?")[0]).view_name
        for visit in VISITS
        if visit.status == 200
    }
    pages = {row.pattern for row in asking.table() if row.method == "GET" and "200" in row.words.values()}
    assert not pages - seen - set(NOT_HERE), f"pages nobody looks at: {sorted(pages - seen - set(NOT_HERE))}"


@pytest.mark.parametrize(
    ("who", "start"), ROUNDS, ids=[f"{who.split('@')[0] or 'nobody'} from {start}" for who, start in ROUNDS]
)
def test_pages_of(who: str, start: int, portal: Portal, chromium: Browser) -> None:
    found = Things(portal)
    email = found[AGENCY] if who == AGENCY else who
    with_axe, with_policy = portal.page(chromium, email, bypass_csp=True), portal.page(chromium, email)
    with_policy.add_init_script(BREACHES)
    problems = []
    mine = [visit for visit in VISITS if visit.who == who][start : start + ROUND]
    for number, visit in enumerate(asking.this_week(mine), start=start):
        theme, language = LOOKS[(number + PEOPLE.index(who)) % len(LOOKS)]
        _dress(portal, with_axe, email, theme, language)
        path = visit.path.format_map(found)
        problems += [
            f"[{theme}, {language}] {p}" for p in _look(with_axe, with_policy, visit, portal.url(path))
        ]
    _dress(portal, with_axe, email, "system", "sv")
    for page in (with_axe, with_policy):
        page.context.close()
    assert not problems, "\n".join(problems)


def _dress(portal: Portal, page: Page, email: str, theme: str, language: str) -> None:
    """The look is the account's; where nobody is signed in, the browser's and a cookie's."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    if email:
        portal.rows(
            "UPDATE accounts_user SET theme = %s, language = %s WHERE email = %s", theme, language, email
        )
    else:
        page.context.add_cookies([{"name": "language", "value": language, "url": portal.address}])


def _look(with_axe: Page, with_policy: Page, visit: Visit, url: str) -> list[str]:
    """`laget` is a part of a page, drawn alone: no title, no heading of its own."""
    if visit.path.endswith("/laget/"):
        return []
    problems = checks.check_page(with_axe, url, status=visit.status)
    problems += [f"{url}: target under 24 px: {target}" for target in checks.small_targets(with_axe)]
    with_policy.goto(url, wait_until="load")
    return problems + [
        f"{url}: policy stopped {breach}" for breach in with_policy.evaluate("window.breaches")
    ]

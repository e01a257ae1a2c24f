"""What holds for every page: safe methods, headers, addresses (S31, S34-S36, S40)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from core import clock
from tests.access import asking
from tests.access.world import World, rolled_back
from tests.security.report import examples
from tests.surface.walking import addresses, html_of, pages, some_who_may, writes, written

pytestmark = [pytest.mark.xdist_group("surface"), pytest.mark.timeout(300)]

QUIET: Final = {
    "core_auditevent", "django_session", "usersessions_usersession", "cases_notice", "cases_messagerecipient",
    "django_cache",
}  # fmt: skip
"""What looking may write: the audit, the session, that something has been read, how often one asks."""
MAY_WRITE: Final = {
    "cases:feed": {"cases_calendarfeed"},  # when it was last fetched: how a forgotten one is noticed
    "cases:pdf-download": {"cases_disclosure"},  # what left the portal on paper is in the ledger
}
POLICY: Final = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'",
    "frame-ancestors 'none'",
}  # fmt: skip
SEALED_OFF: Final = {
    "sandbox",
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}
"""Of a document from outside."""
EXACT: Final = {
    "X-Content-Type-Options": ("nosniff",),
    "Referrer-Policy": ("same-origin", "no-referrer"),
    "Cross-Origin-Opener-Policy": ("same-origin",),
    "Cross-Origin-Resource-Policy": ("same-origin",),
    "X-Frame-Options": ("DENY",),
}
CLOSED: Final = {"camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()", "display-capture=()"}
ODD: Final = {
    "_connector": "OR", "password__startswith": "a", "id__in": "1", "pk": "1", "case__person__isnull": "0",
    "sort": "person__name", "order_by": "-user__password", "ordering": "?", "fields": "password",
    "format": "json", "callback": "x", "debug": "1", "is_superuser": "1", "as": "Po", "role": "administrator",
    "user_id": "1", "agency_id": "1", "demo": "1", "__class__": "x", "next": "//evil.example", "lang": "..",
}  # fmt: skip
"""Names no page knows; pages that know one of them are not asked it."""
KNOWN: Final = {
    "coordinators:try_route": set(ODD),  # any query is a question to the map, and this one lacks a place
    "manual:edition-try": set(ODD),  # the facts of a case: drawn as they were asked
    "hotline:log": set(ODD),
    "account_reauthenticate": {"next"},  # checked when it is used: test_s38_nobody_is_sent_elsewhere
    "mfa_reauthenticate": {"next"},
}


def harmful(answer: Any, *, private: bool) -> list[str]:
    """What is wrong with the headers of an answer."""
    wrong = []
    if set(answer.get("Content-Security-Policy", "").split("; ")) not in (POLICY, SEALED_OFF):
        wrong.append(f"policy {answer.get('Content-Security-Policy')}")
    wrong += [
        f"{name} {answer.get(name)}" for name, values in EXACT.items() if answer.get(name) not in values
    ]
    if set(answer.get("Permissions-Policy", "").split(", ")) != CLOSED:
        wrong.append(f"Permissions-Policy {answer.get('Permissions-Policy')}")
    if private and not {"no-store", "private"} <= set(answer.get("Cache-Control", "").split(", ")):
        wrong.append(f"Cache-Control {answer.get('Cache-Control')}")
    wrong += [leak for leak in ("Server", "X-Powered-By", "Access-Control-Allow-Origin") if leak in answer]
    kind = answer.get("Content-Type", "")
    if kind.startswith("text/") and "charset=" not in kind.lower():
        wrong.append(f"Content-Type {kind}")
    for cookie in answer.cookies.values():
        bound = cookie["httponly"] and cookie["samesite"] in ("Lax", "Strict") and not cookie["domain"]
        if cookie.value and not bound:
            wrong.append(f"cookie {cookie.key}")
    return wrong


@pytest.mark.security("S31", "every page is opened; the tables written to are counted")
def test_s31_looking_changes_nothing(world: World, tried: Callable[..., None]) -> None:
    found = []
    for row in pages():
        with rolled_back():  # some objects are there only while they are asked for
            for url in addresses(world, row):
                for who in some_who_may(row)[: examples(1, 4)]:
                    if wrote := _looking_at(world, url, who) - MAY_WRITE.get(row.pattern, set()):
                        found.append(f"{row.name} as {who}: {sorted(wrote)}")
                    tried()
    assert not found, "\n".join(found)


def _looking_at(world: World, url: str, who: str) -> set[str]:
    with rolled_back():
        client, before = world.browser(who), writes()
        client.get(url)
        return written(before) - QUIET


@pytest.mark.security("S34", "every address, signed out, let in and refused, GET and POST: the exact policy")
@pytest.mark.security("S35", "the same answers: the exact headers, cookies out of reach of scripts")
@pytest.mark.security("S36", "the same answers: nothing of somebody signed in may be kept by a browser")
def test_s34_s35_s36_headers_of_every_answer(world: World, tried: Callable[..., None]) -> None:
    found = []
    for place, row in enumerate(asking.table()):
        people = list(dict.fromkeys(("An", row.admitted or "Rc", "Co")))
        for who in people if examples(0, 1) else people[place % len(people) :][:1]:
            with rolled_back():
                answer = asking.ask(world, row, who)
            tried()
            private = who != "An" and bool(row.words["An"] in ("in", "+") or row.method == "POST")
            wrong = harmful(answer, private=private)
            if wrong:
                found.append(f"{row} as {who}, {answer.status_code}: {wrong}")
    assert not found, "\n".join(found)


UNSTABLE: Final = re.compile(
    r'\?[^"\s<]*|"\w{64}"|name="(?:view|call|key)" value="[\w-]+"|(chart|map)-\d+|<img src="data:[^"]+"|'
    r'formaction="/samtal/[^"]+"|"challenge": "[^"]+"|<code[^>]*>[A-Z2-7 \xa0]+</code>'
)
"""What differs from one look to the next: the query itself, tokens, new ids, numbers of charts."""


@pytest.mark.security("S40", "every page is asked with names of columns, operators and rights")
def test_s40_names_from_outside_reach_no_query(world: World, tried: Callable[..., None]) -> None:
    found = []
    for row in asking.this_week(pages()):
        if not row.admitted or row.words[row.admitted] != "200":
            continue
        url = addresses(world, row)[0]
        odd = {name: value for name, value in ODD.items() if name not in KNOWN.get(row.pattern, set())}
        asked = url + ("&" if "?" in url else "?") + urlencode(odd)
        answers, moment = [], clock.now()
        for one in (url, asked):
            with rolled_back(), clock.frozen(moment):
                answer = world.browser(row.admitted).get(one)
                body = b"" if answer.streaming else answer.content
            answers.append((answer.status_code, UNSTABLE.sub("", body.decode("utf-8", "replace"))))
        tried(len(odd))
        if answers[0] != answers[1]:
            lines = zip(answers[0][1].splitlines(), answers[1][1].splitlines(), strict=False)
            differs = next(((a.strip(), b.strip()) for a, b in lines if a != b), answers[1][0])
            found.append(f"{row.name}: {differs}")
    assert not found, "\n".join(found)


def test_the_way_out_stands_on_every_page(world: World) -> None:
    without = []
    for row in pages():
        if not row.admitted or row.words[row.admitted] != "200" or row.words["An"] == "200":
            continue
        if row.pattern.startswith(("mfa_auth", "accounts:accept")):
            continue  # not signed in yet
        with rolled_back():
            html = html_of(world.browser(row.admitted).get(addresses(world, row)[0]))
        if html.startswith("<!doctype") and 'action="/logga-ut/"' not in html:
            without.append(row.name)
    assert not without


@pytest.mark.parametrize(
    "url", ["/static/", "/static/css/", "/media/", "/tests/", "/.git/config", "/admin/", "/static/%2e%2e/"]
)
def test_no_folder_is_listed_and_nothing_is_traced(url: str, world: World) -> None:
    for who in ("An", "Rc"):
        assert world.browser(who).get(url).status_code == 404
    assert world.browser("An").trace("/logga-in/").status_code == 405

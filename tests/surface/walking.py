"""Every page of the access table as somebody who may open it, and every form that stands on one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from cases.sections import BY_SLUG, incident
from cases.sections.fields import Section
from tests.access import asking
from tests.access.asking import Row
from tests.access.world import World, rolled_back
from tests.surface.reading import Form, forms

AWAY: Final = {"account_logout", "accounts:logout", "accounts:lock", "accounts:end-all-sessions"}
"""Forms after which there is nobody left to look."""
SHELL: Final = {"language", "accounts:choose", "cases:search"}
"""Forms of every page: tried once, on their own page."""
SLUGS: Final = {
    "cases:draft-section": tuple(BY_SLUG),
    "cases:incident-section": tuple(
        sorted({one.slug for one in vars(incident).values() if isinstance(one, Section)} - {"person"})
    ),
}
"""Addresses that are many pages."""
OFTEN: Final = ("Rc", "Fu", "Rf")
"""Whose pages are opened beside those of the first who may: together they see every part of a page."""


@dataclass(frozen=True)
class Found:
    """A form on a page, and who may send it."""

    page: str
    who: str
    url: str
    name: str
    form: Form

    def __str__(self) -> str:
        return f"{self.name} on {self.page} ({self.who})"


def pages() -> list[Row]:
    return [row for row in asking.table() if row.method == "GET"]


def who_may(row: Row) -> list[str]:
    return [who for who, said in row.words.items() if said == "200"]


def some_who_may(row: Row) -> list[str]:
    every = who_may(row)
    return [who for who in every if who in (every[0], *OFTEN)]


def addresses(world: World, row: Row) -> list[str]:
    query = asking.QUERIES.get(row.name, "")
    slugs = SLUGS.get(row.pattern)
    if slugs is None:
        return [asking.address(world, row.name) + query]
    return [asking.address(world, row.name, slug=slug) + query for slug in slugs]


def html_of(answer: Any) -> str:
    is_page = "html" in answer.get("Content-Type", "") and not answer.streaming
    return answer.content.decode() if is_page else ""


def every_form(world: World) -> Iterator[Found]:
    """Each different form once: the address it goes to, its fields, and somebody who is shown it."""
    known: set[tuple[Any, ...]] = set()
    for row in pages():
        with rolled_back():  # some objects are there only while they are asked for
            seen: list[Found] = []
            for url in addresses(world, row):
                for who in some_who_may(row):
                    with rolled_back():
                        seen += _on(world.browser(who), url, row, who)
        yield from _new(seen, known)


def _new(found: list[Found], known: set[tuple[Any, ...]]) -> Iterator[Found]:
    for one in found:
        key = (one.name, one.form.method, one.form.shape, one.page if not one.form.fields else "")
        if key not in known:
            known.add(key)
            yield one


def _on(client: Client, url: str, row: Row, who: str, *, deeper: bool = True) -> Iterator[Found]:
    for form in forms(html_of(client.get(url))):
        target = urljoin(url, form.action or url)
        try:
            name = resolve(urlsplit(target).path).view_name
        except Resolver404:
            continue
        if form.method == "dialog" or name in AWAY or (name in SHELL and name != row.pattern):
            continue
        yield Found(row.name, who, target, name, form)
        if form.method == "get" and form.chosen and deeper:  # the first of two pages
            for one in form.fields[form.chosen[0]].options[-2:]:
                asked = f"{urlsplit(target).path}?{urlencode(form.data | {form.chosen[0]: one}, doseq=True)}"
                yield from _on(client, asked, row, who, deeper=False)


def send(world: World, found: Found, data: Mapping[str, str | Sequence[str]]) -> Any:
    """What the portal answers to the form, filled in like that."""
    client = world.browser(found.who)
    client.raise_request_exception = False
    if found.form.method == "get":
        return client.get(urlsplit(found.url).path, data)
    return client.post(found.url, data)


def writes() -> dict[str, int]:
    """Rows written by this transaction so far, by table, rolled back or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())


def written(before: Mapping[str, int]) -> set[str]:
    """Tables written to since."""
    return {table for table, count in writes().items() if count != before.get(table, 0)}

"""Reading the table, asking for an address as one of the people, and naming the answer in one word."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.world import PEOPLE, World
from tests.security.report import THOROUGH

T = TypeVar("T")
TABLE: Final = Path(__file__).with_name("table.txt")
AWAY: Final = re.compile(r"^/(logga-in|valj-uppdrag|forsta-gangen|installningar/sakerhet)/")
REFUSED: Final = (403, 404, 405, 410)
BODIES: Final = {"language": {"language": "sv"}}
"""What is posted, where an empty form would be refused like a stranger's."""
QUERIES: Final = {"cases:inbox-news": "?sedan=2020-01-01T00:00:00Z"}
"""What an address asks with, where it is nothing without."""


@dataclass(frozen=True)
class Row:
    """One line: an address (`name` or `name@objects`), a method, and a word for each person."""

    name: str
    method: str
    words: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def pattern(self) -> str:
        return self.name.partition("@")[0]

    @property
    def admitted(self) -> str:
        """Somebody who is let in; "" when nobody is."""
        return next((who for who, said in self.words.items() if said in ("200", "+", "go", "409")), "")


def this_week(rows: list[T]) -> list[T]:
    """Every third row, the others in the weeks to come; all in `bin/test security` and `bin/test browser`."""
    return rows if os.environ.get(THOROUGH) else rows[date.today().isocalendar().week % 3 :: 3]


def table() -> list[Row]:
    rows = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            name, method, *words = line.split()
            assert len(words) == len(PEOPLE), f"{TABLE.name}: {name} has {len(words)} words"
            rows.append(Row(name, method, dict(zip(PEOPLE, words, strict=True))))
    return rows


def patterns(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The full name of every address of the portal; one without a name is written as its route."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from patterns(entry, inner)
        else:
            assert isinstance(entry, URLPattern)
            yield f"{space}{entry.name}" if entry.name else f"unnamed {entry.pattern}"


def address(world: World, row: str, **changes: Any) -> str:
    """The address of a row, its parts filled with the objects named after `@`."""
    return reverse(row.partition("@")[0], kwargs=parts(world, row) | changes)


def parts(world: World, row: str) -> dict[str, Any]:
    name, _at, objects = row.partition("@")
    values, wanted = world.objects[objects], parts_of(name)
    return {key: value() if callable(value) else value for key, value in values.items() if key in wanted}


def parts_of(name: str) -> set[str]:
    """The parts an address has, read from the resolver."""
    resolver: Any = get_resolver()
    *spaces, last = name.split(":")
    for space in spaces:
        resolver = resolver.namespace_dict[space][1]
    return {
        part
        for possibilities, *_rest in resolver.reverse_dict.getlist(last)
        for _text, names in possibilities
        for part in names
    }


def ask(world: World, row: Row, who: str, method: str = "", url: str = "") -> HttpResponse:
    """The answer somebody gets."""
    client, url = world.browser(who), url or address(world, row.name) + QUERIES.get(row.name, "")
    if (method or row.method) == "GET":
        return client.get(url)  # type: ignore[return-value]
    return client.post(url, BODIES.get(row.name, {}))  # type: ignore[return-value]


def word(response: HttpResponse, method: str) -> str:
    """`in` sent away to sign in or to what she owes, `go` onwards, `+` a form taken up, else the number."""
    status = response.status_code
    if status == 302 and AWAY.match(response["Location"]):
        return "in"
    if method == "POST" and status not in REFUSED and status < 500:
        return "+"
    return "go" if status == 302 else str(status)

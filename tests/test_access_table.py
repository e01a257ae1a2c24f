"""Who may ask for what: every address of the portal × everybody. The data: tests/access/table.txt."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from tests.access import asking
from tests.access.asking import Row
from tests.access.world import PEOPLE, World, built, rolled_back

ROWS = asking.table()
BOTH = {row.name for row in ROWS if row.method == "GET"} & {row.name for row in ROWS if row.method == "POST"}
HALVES = 2
"""Each half is one worker's: the world is made once in each."""


def parted(rows: list[Row]) -> list[object]:
    return [
        pytest.param(row, id=str(row), marks=pytest.mark.xdist_group(f"access-{place % HALVES}"))
        for place, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    logging.disable(logging.WARNING)  # a line for each refusal says nothing here
    with django_db_blocker.unblock(), built() as made:
        yield made
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    there, listed = set(asking.patterns()), {row.pattern for row in ROWS}
    assert not there - listed, f"addresses without a row in {asking.TABLE}: {sorted(there - listed)}"
    assert not listed - there, f"rows without an address: {sorted(listed - there)}"


def test_no_row_stands_twice() -> None:
    names = [str(row) for row in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", parted(ROWS))
def test_who_gets_what(row: Row, world: World) -> None:
    found = {}
    for who in PEOPLE:
        with rolled_back():
            found[who] = asking.word(asking.ask(world, row, who), row.method)
    wrong = [
        f"{PEOPLE[who]}: {found[who]}, the table says {row.words[who]}"
        for who in PEOPLE
        if found[who] != row.words[who]
    ]
    assert not wrong, "\n".join([str(row), *wrong])


@pytest.mark.parametrize("row", parted([row for row in ROWS if row.name not in BOTH and row.admitted]))
def test_the_other_method_is_not_allowed(row: Row, world: World) -> None:
    """A verb is POST only, a page GET only, also for whoever is let in."""
    method = "GET" if row.method == "POST" else "POST"
    with rolled_back():
        assert asking.ask(world, row, row.admitted, method).status_code == 405


@pytest.mark.parametrize("row", parted([row for row in ROWS if row.method == "POST"]))
def test_forms_need_their_token(row: Row, world: World) -> None:
    """Of everybody in turn, so that every role and every form is in it."""
    who = list(PEOPLE)[ROWS.index(row) % len(PEOPLE)]
    with rolled_back():
        client: Client = world.browser(who, enforce_csrf_checks=True)
        assert client.post(asking.address(world, row.name), {}).status_code == 403


UNSTABLE = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"\w{64}"')
STRANGER = "Ro"


@pytest.mark.parametrize("row", parted([row for row in ROWS if row.words[STRANGER] == "404"]))
def test_what_is_hidden_looks_like_what_is_not_there(row: Row, world: World) -> None:
    """A stranger gets the same page for a case of others and for an id that nobody has."""
    parts = asking.parts(world, row.name)
    guess = {name: uuid.uuid4() for name, value in parts.items() if isinstance(value, uuid.UUID)}
    if not guess:
        return
    pages = []
    for changes in ({}, guess):
        with rolled_back():
            answer = asking.ask(world, row, STRANGER, url=asking.address(world, row.name, **changes))
        body = answer.content.decode()
        for value in (parts | changes).values():
            body = body.replace(str(value), "ID")
        pages.append((answer.status_code, UNSTABLE.sub("", body)))
    assert pages[0] == pages[1]

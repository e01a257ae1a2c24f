"""Who may ask for what: every address of the portal × everybody. The data: tests/access/table.txt."""

from __future__ import annotations

import logging
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from tests.access import asking
from tests.access.asking import Row
from tests.access.world import PEOPLE, World, built, rolled_back
from tests.security.planting import planting
from tests.security.report import THOROUGH
from tests.security.sightings import Sightings

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
def planted(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[World, Sightings]]:
    """A word in every sealed text of the world: no answer may show one to whom the table of sightings does
    not name."""
    logging.disable(logging.WARNING)  # a line for each refusal says nothing here
    with django_db_blocker.unblock(), ExitStack() as stack:
        with planting() as words:
            made = stack.enter_context(built())
        yield made, Sightings(words, made.people)
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(planted: tuple[World, Sightings]) -> World:
    return planted[0]


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


@pytest.mark.parametrize("row", parted(asking.this_week(ROWS)))
@pytest.mark.security("S01", "every address, method and person")
@pytest.mark.security("S02", "every address without a sign-in, and with half of one")
@pytest.mark.security("S08", "every answer is searched for words its reader may not meet")
@pytest.mark.security("S39", "every address, title, file name and cookie is searched for words of a person")
def test_who_gets_what(row: Row, planted: tuple[World, Sightings], tried: Callable[..., None]) -> None:
    found, met, (world, sightings) = {}, set(), planted
    for who in PEOPLE:
        with rolled_back():
            answer = asking.ask(world, row, who)
            found[who] = asking.word(answer, row.method)
            met |= {f"{PEOPLE[who]} meets {word}" for word in sightings.look(answer, who)}
    tried(len(PEOPLE))
    wrong = [
        f"{PEOPLE[who]}: {found[who]}, the table says {row.words[who]}"
        for who in PEOPLE
        if found[who] != row.words[who]
    ]
    assert not wrong, "\n".join([str(row), *wrong])
    assert not met, "\n".join([str(row), *sorted(met)])


@pytest.mark.security("S31", "every verb asked for as a page, every page sent as a form")
@pytest.mark.parametrize("row", parted([row for row in ROWS if row.name not in BOTH and row.admitted]))
def test_the_other_method_is_not_allowed(row: Row, world: World) -> None:
    """A verb is POST only, a page GET only, also for whoever is let in."""
    method = "GET" if row.method == "POST" else "POST"
    with rolled_back():
        assert asking.ask(world, row, row.admitted, method).status_code == 405


@pytest.mark.security("S31", "every form without its token, somebody else each time")
@pytest.mark.parametrize("row", parted([row for row in ROWS if row.method == "POST"]))
def test_forms_need_their_token(row: Row, world: World) -> None:
    """Of everybody in turn, so that every role and every form is in it."""
    who = list(PEOPLE)[ROWS.index(row) % len(PEOPLE)]
    with rolled_back():
        client: Client = world.browser(who, enforce_csrf_checks=True)
        assert client.post(asking.address(world, row.name), {}).status_code == 403


UNSTABLE = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|"\w{64}"|\'(Expires|X-Request-ID)\', \'[^\']+\''
)
STRANGER = "Ro"


def _strangers(row: Row) -> list[str]:
    """The coordinator of another desk, and one more for whom it is not there; all when there is time."""
    hidden = [who for who, said in row.words.items() if said == "404" and who != STRANGER]
    if not os.environ.get(THOROUGH):
        hidden = [hidden[ROWS.index(row) % len(hidden)]] if hidden else []
    return ([STRANGER] if row.words[STRANGER] == "404" else []) + hidden


@pytest.mark.parametrize(
    "row", parted(asking.this_week([row for row in ROWS if "404" in row.words.values()]))
)
@pytest.mark.security("S03", "an id of others and one that nobody has: status, page and headers")
def test_what_is_hidden_looks_like_what_is_not_there(
    row: Row, world: World, tried: Callable[..., None]
) -> None:
    """A stranger gets the same answer for a case of others and for an id that nobody has."""
    parts = asking.parts(world, row.name)
    guess = {name: uuid.uuid4() for name, value in parts.items() if isinstance(value, uuid.UUID)}
    if not guess:
        return
    for who in _strangers(row):
        answers = []
        for changes in ({}, guess):
            with rolled_back():
                answer = asking.ask(world, row, who, url=asking.address(world, row.name, **changes))
            text = repr(sorted(answer.headers.items())) + answer.content.decode()
            for value in (parts | changes).values():
                text = text.replace(str(value), "ID")
            answers.append(
                (answer.status_code, UNSTABLE.sub("", re.sub(r"'Content-Length', '\d+'", "", text)))
            )
        assert answers[0] == answers[1], f"{row} as {PEOPLE[who]}"
        tried(2)


QUIET = ("core_auditevent", "django_session", "usersessions_usersession")
"""Tables that a refusal may write to."""
WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


@pytest.mark.parametrize("row", parted([row for row in ROWS if "@swapped" not in row.name]))
@pytest.mark.security("S04", "a part of one case asked for under another that the same person may see")
def test_a_part_of_another_case_is_not_there(row: Row, world: World, tried: Callable[..., None]) -> None:
    parts = asking.parts(world, row.name)
    inner = [name for name, value in parts.items() if name.endswith("_id") and name != "case_id"]
    if "case_id" not in parts or not inner or row.words["Rc"] not in ("200", "+"):
        return
    busy = world.objects["disputed"]["case_id"]  # accepted, so that every verb would be possible
    other = world.objects["asked"]["case_id"] if parts["case_id"] == busy else busy
    guess = {name: uuid.uuid4() for name in inner if isinstance(parts[name], uuid.UUID)}
    with rolled_back():
        nowhere = asking.ask(world, row, "Rc", url=asking.address(world, row.name, case_id=other, **guess))
    with rolled_back(), CaptureQueriesContext(connection) as asked:
        answer = asking.ask(world, row, "Rc", url=asking.address(world, row.name, case_id=other))
    assert answer.status_code in (302, 404) and answer.status_code == nowhere.status_code, str(row)
    assert answer.get("Location") == nowhere.get("Location"), f"{row}: like an id that nobody has"
    written = {found[1] for query in asked if (found := WRITES.match(query["sql"]))} - set(QUIET)
    assert not written, f"{row} wrote to {written}"
    tried()

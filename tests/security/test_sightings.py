"""Every sensitive field has its words and its line; a case in which everything has happened shows them to
those the table names, and to nobody else. tests/test_access_table.py asks the same of every address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from cases.models import Case
from tests.access import asking
from tests.access.world import World, built, rolled_back
from tests.security import sightings
from tests.security.filling import filled
from tests.security.planting import DERIVED, Canary, planting, sensitive
from tests.security.watched import watched

pytestmark = [pytest.mark.xdist_group("sightings"), pytest.mark.timeout(300)]

LOOKERS = ("Rf", "In", "St", "Fu", "Rc", "Ro")
"""Those with some relation to the case, and a stranger at another desk. What others get is the table's."""


class Garden:
    """The world, its full case, and what was planted in it."""

    def __init__(self, world: World, cases: dict[str, Case], planted: list[Canary]) -> None:
        self.world, self.cases, self.planted = world, cases, planted
        self.sightings = sightings.Sightings(planted, world.people)


@pytest.fixture(scope="module")
def garden(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Garden]:
    logging.disable(logging.WARNING)
    with django_db_blocker.unblock():
        with planting() as planted:
            making = built()
            world = making.__enter__()
            cases = {"full": filled(world, planted), "watched": watched(world)}
        yield Garden(world, cases, planted)
        making.__exit__(None, None, None)
    logging.disable(logging.NOTSET)


def _field(line: str) -> str:
    return line.partition(":")[0]


@pytest.mark.security("S08", "a word in every sensitive field, and its line in the table")
def test_every_sensitive_field_has_a_line_and_a_word(garden: Garden, tried: Callable[..., None]) -> None:
    lines, fields = sightings.table(), sensitive()
    without = set(fields) - {_field(line) for line in lines}
    assert not without, f"{sightings.TABLE.name} does not say who may meet {sorted(without)}"
    gone = {_field(line) for line in lines} - set(fields)
    assert not gone, f"{sightings.TABLE.name} names fields that are not sensitive any more: {sorted(gone)}"
    bare = (
        {name for name in fields if lines.get(name) != ("=",)} - DERIVED - {c.field for c in garden.planted}
    )
    assert not bare, f"nothing is planted in {sorted(bare)}: plant it in tests/security/filling.py"
    unlisted = {canary.line for canary in garden.planted} - set(lines)
    assert not unlisted, f"{sightings.TABLE.name} has no line for {sorted(unlisted)}"
    tried(len(garden.planted))


def _pages(case: Case) -> list[str]:
    """Every page of one case, from the table of addresses, and each of its steps."""
    rows = [row.name for row in asking.table() if row.method == "GET" and "@" not in row.name]
    pages = [reverse(name, args=[case.pk]) for name in rows if asking.parts_of(name) == {"case_id"}]
    return pages + [reverse("cases:step", args=[case.pk, step.pk]) for step in case.steps.all()]


@pytest.mark.parametrize(
    ("name", "who"), [*(("full", who) for who in LOOKERS), *(("watched", who) for who in ("Fu", "Rc", "Na"))]
)
@pytest.mark.security("S08", "a full case looked at by everybody around it")
def test_pages_of_a_full_case(name: str, who: str, garden: Garden, tried: Callable[..., None]) -> None:
    client, met = garden.world.browser(who), set[str]()
    for page in _pages(garden.cases[name]):
        with rolled_back():
            met |= {f"{word} at {page}" for word in garden.sightings.look(client.get(page), who)}
        tried()
    assert not met, "\n".join(sorted(met))

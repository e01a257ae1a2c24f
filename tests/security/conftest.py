"""One world for the folder, in a transaction that is rolled back; each test undoes what it does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.security.world import World, built, rolled_back


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    logging.disable(logging.WARNING)  # a line for each refusal says nothing here
    patch = pytest.MonkeyPatch()
    nudges: list[str] = []

    def nudge(task: str, row_id: object) -> bool:
        nudges.append(f"{task} {row_id}")
        return True

    patch.setattr("core.broker.nudge", nudge)
    with django_db_blocker.unblock(), built() as world:
        world.nudges = nudges
        yield world
    patch.undo()
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(made: World, request: Any) -> Iterator[World]:
    with rolled_back():
        yield made

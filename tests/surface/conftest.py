"""One world for the folder (tests/access/world.py), rolled back at the end; each test undoes what it does."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.access.world import World, built, rolled_back


@pytest.fixture(scope="package")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    logging.disable(logging.CRITICAL)  # refusals and broken input have a line each
    with django_db_blocker.unblock(), built() as world:
        yield world
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(made: World) -> Iterator[World]:
    with rolled_back():
        yield made

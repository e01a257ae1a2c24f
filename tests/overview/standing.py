"""A portal that stands for a whole module: map and manual are loaded once, each test is undone by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_django.plugin import DjangoDbBlocker

from coordinators.services import load_reference
from core import clock
from manual.services import sync_manual
from tests.access.world import rolled_back


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), rolled_back():
        with clock.frozen(datetime(2025, 12, 1, 9, tzinfo=clock.STOCKHOLM)):
            load_reference()
            sync_manual(by=None, publish=True)
        yield


@pytest.fixture
def portal(loaded: None) -> Iterator[None]:
    """In place of the one of tests/cases/conftest.py."""
    with rolled_back():
        yield

"""The manual, published from the files of the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from accounts.access import Assignment
from accounts.enums import Role
from core import clock
from manual.models import Edition
from manual.services import editing, sync_manual
from tests.access.world import rolled_back
from tests.factories import member


@pytest.fixture
def edition(db: None) -> Edition:
    return sync_manual(by=None, publish=True).edition


@pytest.fixture(scope="module")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Edition]:
    """The edition of the files, read once for a module; what a test does to it is undone."""
    with django_db_blocker.unblock(), rolled_back():
        yield sync_manual(by=None, publish=True).edition


@pytest.fixture(scope="module")
def begun(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Assignment]:
    """A draft that Saga began on 3 February 2027, a Wednesday; the edition before it is of the year before.

    Made once for a module, because it takes a while; what a test does to it is undone (`draft`).
    """
    with django_db_blocker.unblock(), rolled_back():
        with clock.frozen(datetime(2026, 5, 12, 8, 30, tzinfo=clock.STOCKHOLM)):
            sync_manual(by=None, publish=True)
            saga = member(Role.NATIONAL_COORDINATOR)
        with clock.frozen(datetime(2027, 2, 3, 10, 15, tzinfo=clock.STOCKHOLM)):
            editing.start_draft(title="Fem arbetsdagar", reason="Beslut i styrgruppen.", by=saga)
        yield saga


@pytest.fixture
def saga(begun: Assignment, freeze: Callable[[str], Any]) -> Iterator[Assignment]:
    """The national coordinator who writes, on the day when she began."""
    freeze("2027-02-03 10:15")
    with rolled_back():
        yield begun


@pytest.fixture
def draft(saga: Assignment) -> Edition:
    return Edition.objects.get(number=2)


@pytest.fixture
def ingrid(saga: Assignment) -> Assignment:
    """Another national coordinator, who has written nothing yet."""
    return member(Role.NATIONAL_COORDINATOR)


@pytest.fixture(scope="module")
def read_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Edition]:
    """The first edition, read from the files once for a module."""
    with django_db_blocker.unblock(), rolled_back():
        yield sync_manual(by=None, publish=True).edition


@pytest.fixture
def first(read_once: Edition) -> Iterator[Edition]:
    """The first edition, in force; what a test does is undone."""
    with rolled_back():
        yield read_once


@pytest.fixture
def copied(first: Edition) -> Edition:
    """A draft that begins as a copy of the first."""
    by = member(Role.NATIONAL_COORDINATOR)
    return editing.start_draft(title="Ny", reason="Prov", by=by)

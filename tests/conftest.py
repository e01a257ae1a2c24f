"""Guard rails and the fixtures every test may use.

How to run: `.venv/bin/python -m pytest tests/<folder>` (or `bin/test fast`); the database comes by itself.

* An ordinary test says `@pytest.mark.django_db` (or takes the fixture `db`): it runs as role `nrm_app` in a
  transaction that is rolled back. Refusals go over the connection `audit`, really commit, and are removed
  after the test, so they survive the rollback of a service as they do in production.
* A test that must commit (locks, threads, processes, `on_commit` for real, `durable=True`) takes
  `committed_db` instead: a database of its own, with the addresses for child processes in
  `committed_db.environment`. Do not combine it with `django_db`, and do not use `transaction=True`:
  emptying the tables afterwards is what `nrm_app` may not do.
* `portal` begins with map and manual in the database; they are loaded once and not in each test.
* `freeze("2026-03-02 09:00")` sets `core.clock` (Stockholm time) until the test ends or the next call.
* `on_commit_runs` makes on_commit callbacks run at once inside an ordinary test.

What fails by itself: a connection to another machine, an undefined variable in a template of ours,
`select_for_update` without `of` and `no_key`, `django_db(transaction=True)`.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.db.models import QuerySet
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from tests import database

BASE = Path(__file__).resolve().parent.parent
STOCKHOLM = ZoneInfo("Europe/Stockholm")
INSTALLED = datetime(2020, 1, 7, 9, tzinfo=STOCKHOLM)
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])):
            raise pytest.UsageError(
                f"{item.nodeid}: take the fixture committed_db instead of transaction=True."
            )


# --- the database -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing to create: tests/database.py has cloned the template for this process."""
    _refuse_a_broken_template()


def _refuse_a_broken_template() -> None:
    if failure := os.environ.get(database.BROKEN):
        pytest.fail(failure, pytrace=False)


def _without_audit(cls: type[TransactionTestCase], include_mirrors: bool = True) -> list[str]:
    return [alias for alias in connections if alias in (cls.databases or ()) and alias != "audit"]


# `audit` may be used by every test and stays outside its transaction.
TransactionTestCase.databases = {"default", "audit"}
TransactionTestCase._databases_names = classmethod(_without_audit)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _committed_refusals_vanish() -> Iterator[None]:
    yield
    wrapper = connections["audit"]
    if wrapper.connection is None:
        return
    wrapper.close()
    with psycopg.connect(_superuser(settings.DATABASES["default"]["NAME"]), autocommit=True) as link:
        link.execute("SET session_replication_role = replica")  # past the deny triggers
        if link.execute("SELECT to_regclass('core_auditevent')").fetchone() != (None,):
            link.execute("DELETE FROM core_auditevent")


def _superuser(name: str) -> str:
    folder = Path(os.environ[database.RUN_FOLDER])
    return f"host={folder / 's'} user=postgres dbname={name}"


@dataclass
class CommittedDatabase:
    """A database of one test's own."""

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    """DATABASE_URL and DATABASE_OWNER_URL, for child processes."""

    @property
    def superuser(self) -> str:
        """A libpq connection string that may do everything."""
        return _superuser(self.name)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Every connection of the portal leads to this database."""
    ordinary = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    connections.close_all()
    for alias in ordinary:
        connections[alias].settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        for alias, usual in ordinary.items():
            connections[alias].settings_dict["NAME"] = usual


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[CommittedDatabase]:
    """A clone of the template for a test that must commit; threads and processes may use it too."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        raise pytest.UsageError("A test takes either django_db or committed_db.")
    _refuse_a_broken_template()
    name = f"own_{database.worker()}_{next(_numbers)}"
    database.clone(name)
    try:
        with connected_to(name), django_db_blocker.unblock():
            yield CommittedDatabase(name, database.urls(name))
    finally:
        database.drop(name)


@pytest.fixture(autouse=True)
def _a_list_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test destroys is written down where no other test finds it."""
    folder = Path(os.environ[database.RUN_FOLDER]) / "disposals" / f"test-{os.getpid()}-{next(_numbers)}"
    monkeypatch.setattr(settings, "DISPOSAL_LIST", str(folder))


@pytest.fixture
def on_commit_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callbacks of `transaction.on_commit` run at once; the test's own transaction never commits."""

    def at_once(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
        func()

    monkeypatch.setattr("django.db.transaction.on_commit", at_once)


@pytest.fixture(scope="session")
def stocked(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database with map and manual in it, as on a new installation; made once."""
    from coordinators.services import load_reference
    from core import clock
    from manual.services import sync_manual

    name = f"stocked_{database.worker()}"
    database.clone(name)
    with django_db_blocker.unblock(), connected_to(name), clock.frozen(INSTALLED):
        load_reference()
        sync_manual(by=None, publish=True)
    yield name
    database.drop(name)


@pytest.fixture(scope="module")
def _in_the_stocked_database(stocked: str) -> Iterator[None]:
    with connected_to(stocked):
        yield


@pytest.fixture
def portal(_in_the_stocked_database: None, db: None) -> None:
    """Map and manual are there, from here to the end of the module."""


# --- time and language ------------------------------------------------------------------------------------


@pytest.fixture
def freeze() -> Iterator[Callable[[datetime | str], datetime]]:
    """Set the portal's clock: `freeze("2026-03-02 09:00")`; a naive value is Stockholm time."""
    from core import clock

    with ExitStack() as stack:

        def at(moment: datetime | str) -> datetime:
            value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
            if value.tzinfo is None:
                value = value.replace(tzinfo=STOCKHOLM)
            stack.close()
            stack.enter_context(clock.frozen(value))
            return value

        yield at


@pytest.fixture(autouse=True)
def _swedish() -> Iterator[None]:
    with translation.override("sv"):
        yield


# --- guard rails --------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Sockets of this machine only."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"A test wanted the network: {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked)
        yield


class UndefinedVariable(str):
    """What Django puts in place of a variable it cannot find; fails when the template is ours."""

    def __contains__(self, item: object) -> bool:
        return item == "%s"

    def __mod__(self, variable: object) -> str:
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            node = frame.f_locals.get("self")
            origin = getattr(node, "origin", None)
            if origin is not None and frame.f_code.co_name in ("render_annotated", "render", "_render"):
                path = Path(str(origin.name))
                if path.is_relative_to(BASE) and ".venv" not in path.parts:
                    raise AssertionError(f"Undefined variable {variable} in {path.relative_to(BASE)}")
                return ""
            frame = frame.f_back
        return ""


@pytest.fixture(autouse=True, scope="session")
def _undefined_variables_fail() -> None:
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = UndefinedVariable("undefined")


@pytest.fixture(autouse=True, scope="session")
def _locks_are_narrow() -> Iterator[None]:
    """Our locks name their table and let foreign keys through."""
    lock = QuerySet.select_for_update

    def checked(self: QuerySet[Any], *args: Any, **kwargs: Any) -> QuerySet[Any]:
        ours = self.model.__module__.split(".")[0] in {
            "accounts",
            "cases",
            "coordinators",
            "core",
            "hotline",
            "manual",
        }
        by_library = ".venv" in sys._getframe(1).f_code.co_filename
        if ours and not by_library and not (kwargs.get("of") and kwargs.get("no_key")):
            raise AssertionError('Lock with select_for_update(of=("self",), no_key=True).')
        return lock(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", checked)
        yield

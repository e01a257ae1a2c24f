"""Fixtures of the fault tests: a portal of the test's own, and what must hold afterwards.

Each fault has its number (F01 ...) in its name. Those marked `rare` run in `bin/test faults` only.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CommittedDatabase
from tests.faults.harness import invariants
from tests.faults.harness.mailserver import Mailserver
from tests.faults.harness.stack import Stack

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        # One after the other on one worker: they measure time and start many processes.
        item.add_marker(pytest.mark.xdist_group("faults"))
        item.add_marker(pytest.mark.timeout(180))
        if item.get_closest_marker("rare") and not os.environ.get("NRM_ALL_FAULTS"):
            item.add_marker(pytest.mark.skip(reason="runs in bin/test faults"))


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="nrmf-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack(committed_db: CommittedDatabase, short_folder: Path) -> Iterator[Stack]:
    """Processes on a database of the test's own; the broker runs, the rest is started by the test.

    When all have stopped the invariants must hold.
    """
    stack = Stack(short_folder, {k: v for k, v in committed_db.environment.items() if k == "DATABASE_URL"})
    stack.environment.pop("DATABASE_OWNER_URL", None)
    stack.start_broker()
    try:
        yield stack
    finally:
        stack.stop()
    assert invariants.broken(committed_db.superuser) == {}


@pytest.fixture
def mailserver() -> Iterator[Mailserver]:
    server = Mailserver()
    server.start()
    yield server
    server.stop()

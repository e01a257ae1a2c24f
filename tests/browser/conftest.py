"""One running portal for all browser tests of a session, and one Chromium for each module.

Everything here runs one after the other on one worker: the tests share the portal and measure nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import database
from tests.browser import checks
from tests.browser.portal import Portal, running

expect.set_options(timeout=15_000)  # a busy machine is not a fault
HERE = Path(__file__).parent
FIRST = ("test_every_page.py", "test_whole_path.py")
"""These look at what the seed left, and at an inbox of one page; whatever comes after fills it."""
WITHOUT_PORTAL = ("test_gallery.py",)
OUTPUT = Path(__file__).resolve().parents[2] / "test-output"


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.name not in WITHOUT_PORTAL:
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(240))


def _place(item: pytest.Item) -> int:
    if not item.path.is_relative_to(HERE):
        return 0
    return FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST)


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    folder = Path(tempfile.mkdtemp(prefix="nrmb-", dir="/var/tmp"))
    folder.chmod(0o711)
    try:
        with running(folder, f"browser_{database.worker()}") as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with checks.launch() as browser:
        yield browser


@pytest.fixture
def open_as(portal: Portal, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`open_as(email)`: a page of somebody signed in; "" for nobody. All are closed after the test."""
    pages: list[Page] = []

    def opened(email: str = "", **options: Any) -> Page:
        pages.append(portal.page(chromium, email, **options))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


@pytest.fixture(scope="session")
def output() -> Path:
    """Where tables and pictures for people go; not part of the repository."""
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT

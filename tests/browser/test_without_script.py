"""The whole path with JavaScript off: every task can be finished (ux A24)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import tasks
from tests.browser import test_whole_path as path
from tests.browser.hands import Hands
from tests.browser.portal import CASEWORKER, COORDINATOR, NATIONAL, Portal
from tests.faults.harness.stack import wait_until

BORDER_POLICE = "oskar.grans@demo.example"


@pytest.fixture
def open_as(open_as: Callable[..., Page]) -> Callable[..., Page]:
    """Nobody's browser runs scripts."""

    def opened(email: str = "", **options: Any) -> Page:
        return open_as(email, java_script_enabled=False, **options)

    return opened


def test_the_whole_path(portal: Portal, open_as: Callable[..., Page]) -> None:
    national = open_as(NATIONAL)
    before = path.referrals_of_the_month(national)
    reference = tasks.refer_adult(Hands(open_as(CASEWORKER)))
    case = path.case_of(portal, reference)

    coordinator = Hands(open_as(COORDINATOR))
    tasks.accept_by_clicks(coordinator, reference)
    tasks.invite(coordinator, case, "Polisen, gränspolisen Arlanda")

    worker = Hands(open_as(BORDER_POLICE))
    tasks.take_part(worker, reference)
    path.make_late(portal, case)
    assert portal.stack.command("chase").process.returncode == 0
    assert path.unread(portal, BORDER_POLICE, case) == 1
    wait_until(lambda: path.something_waits(portal, BORDER_POLICE), 40, every=0.5)
    path.assert_content_free(portal, BORDER_POLICE, reference)
    path.follow_the_notice(worker, reference)
    tasks.tick_step(worker, path.STEP)

    assert path.referrals_of_the_month(national) == before + 1


def test_the_other_kinds_of_referral(portal: Portal, open_as: Callable[..., Page]) -> None:
    hands = Hands(open_as(CASEWORKER))
    for task in (tasks.refer_child_in_danger, tasks.consult):
        assert path.case_of(portal, task(hands))


def test_paper_comes_without_script(portal: Portal, open_as: Callable[..., Page]) -> None:
    """The waiting page looks again by itself until the worker has drawn the receipt."""
    page = open_as(CASEWORKER)
    tasks.refer_adult(Hands(page))
    page.get_by_role("link", name="Kvitto för utskrift").click()
    page.get_by_role("button", name="Beställ PDF").click()
    link = page.get_by_role("link", name="Hämta")
    link.wait_for(timeout=60_000)
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.path().read_bytes().startswith(b"%PDF-")

"""The demo's example of July 2026: it goes the way of every edition, and claims nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from accounts.access import Assignment
from accounts.enums import Role
from manual.enums import Confidence, DeadlineKind, EditionStatus
from manual.library import agreement, checking, current_edition, intake, step, writing
from manual.models import Edition
from manual.services import sync_manual
from nrm_portal.demo import july
from nrm_portal.demo.situations import _living
from tests.access.world import rolled_back
from tests.factories import member


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The first edition, and the example, as the demo tells them."""
    with django_db_blocker.unblock(), rolled_back(), pytest.MonkeyPatch.context() as patch:
        july.begin()
        july.begin()
        people = {"helena.forsberg": member(Role.NATIONAL_COORDINATOR)}
        people["daniel.akesson"] = member(Role.NATIONAL_COORDINATOR)

        def acting(name: str) -> Assignment:
            return people[name]

        patch.setattr(_living, "acting", acting)
        assert july.change()
        assert not july.change()
        yield


@pytest.fixture(autouse=True)
def _undone(told: None) -> Iterator[None]:
    with rolled_back():
        yield


def test_older_cases_begin_with_the_first_edition_and_newer_with_the_example(
    freeze: Callable[[str], Any],
) -> None:
    for day, number in {"2025-03-04 09:00": 1, "2026-06-30 23:30": 1, "2026-07-01 00:30": 2}.items():
        freeze(day)
        assert Edition.objects.in_force(date.fromisoformat(day[:10])).number == number
        assert current_edition().number == number


def test_it_was_written_by_one_and_approved_by_another() -> None:
    first, second = Edition.objects.order_by("number")
    assert (first.status, second.status) == (EditionStatus.RETIRED, EditionStatus.PUBLISHED)
    assert second.valid_from == july.APPLIES
    assert second.reviewed_by_id is not None
    assert second.reviewed_by_id not in second.editors
    assert second.title.startswith("Exempel")


def test_everything_it_says_is_to_be_confirmed() -> None:
    first, second = Edition.objects.order_by("number")
    before, after = writing.as_read(first), writing.as_read(second)
    changed = agreement.differences(before, after)
    old = {row["key"]: row for row in before.steps}
    steps = [row for row in after.steps if old.get(row["key"]) != row]
    assert {row["key"] for row in steps} == {"acute.migr.removal_check", "ident.rc.cross_border"}
    for row in steps:
        assert row["confidence"] == row["deadline"]["confidence"] == Confidence.UNSURE
        assert row["deadline"]["kind"] == DeadlineKind.PORTAL_DEFAULT
    told = {anchor: piece.body for anchor, piece in before.pieces["sv"].items()}
    texts = [piece for anchor, piece in after.pieces["sv"].items() if told.get(anchor) != piece.body]
    assert len(texts) == 5
    for piece in texts:
        assert piece.marks["confidence"] == Confidence.UNSURE, piece.anchor
        assert "att bekräfta" in piece.body, piece.anchor
    assert len(changed) == 2 + 3 + 2 * 5


def test_it_adds_a_step_and_moves_a_deadline_of_the_portals_own() -> None:
    first, second = Edition.objects.order_by("number")
    assert step(first, "acute.migr.removal_check").amount == 24
    assert step(second, "acute.migr.removal_check").amount == 12
    assert step(second, "ident.rc.cross_border").paragraph == "1-5-4"
    with pytest.raises(KeyError):
        step(first, "ident.rc.cross_border")


def test_its_files_fit_together_and_nothing_stands_in_its_way() -> None:
    first, second = Edition.objects.order_by("number")
    assert writing.files(second) == july.changed(writing.files(first))
    intake.read(writing.files(second))
    assert not checking.blocking(second)


def test_it_is_told_once_and_a_start_of_the_portal_leaves_it() -> None:
    assert not july.change()
    assert not sync_manual(by=None, publish=True).changed
    assert current_edition().number == 2

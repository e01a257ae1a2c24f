"""A case that is closed, ripe, approved: what the tests of disposal begin with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from accounts.access import Assignment
from cases.enums import (
    BatchState,
    HoldReason,
    NoticeKind,
    Obstacle,
)
from cases.models import (
    DisposalBatch,
    DisposalItem,
    Hold,
    Notice,
)
from cases.services.disposal import batches, holds, looking
from core.models import Destruction
from tests.cases.services.conftest import World

Freeze = Callable[[str], Any]
DECISION = "Dnr 4711/2031"


def nights(freeze: Freeze, *days: str) -> list[tuple[int, int]]:
    found = []
    for day in days:
        freeze(f"{day} 02:15")
        found.append(looking.look())
    return found


def ripe(freeze: Freeze) -> None:
    nights(freeze, "2031-10-08", "2031-11-07")
    freeze("2031-12-08 09:00")


def notices(world: World) -> list[tuple[str, uuid.UUID]]:
    kinds = (NoticeKind.DISPOSAL_FIRST, NoticeKind.DISPOSAL_LAST)
    rows = Notice.objects.filter(case_id=world.case_id, kind__in=kinds).order_by("made_at")
    return list(rows.values_list("kind", "user_id"))


@contextmanager
def committing() -> Iterator[None]:
    """Files go after the commit; the test's own transaction never commits."""

    def at_once(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
        func()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", at_once)
        yield


def approved(closed: World, dora: Assignment, freeze: Freeze) -> DisposalBatch:
    """Ripe, proposed by the desk, approved; ready to be carried out."""
    ripe(freeze)
    batch = batches.propose(case_ids=[closed.case_id], decision=DECISION, by=closed.karin)
    batches.approve(batch_id=batch.pk, by=dora)
    freeze("2031-12-09 10:00")
    return batch


def left(why: Obstacle) -> None:
    assert batches.carry_out()[:2] == (1, 0)
    item = DisposalItem.objects.get()
    assert (item.state, item.obstacle) == ("skipped", why)
    assert DisposalBatch.objects.get().state == BatchState.DONE
    assert not Destruction.objects.filter(number__gt=0).exists()


def hold(world: World, by: Assignment, until: date = date(2032, 6, 1)) -> Hold:
    return holds.place(case_id=world.case_id, reason=HoldReason.INVESTIGATION, words="Åklagaren, AM-123.",
                       ends_on=until, by=by)  # fmt: skip

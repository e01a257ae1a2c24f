"""Merges and links between cases."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from cases.models import Case, CaseLink, Merge
from core import clock

Act = Callable[[Any], Any]


def _other(scene: Any) -> Case:
    """A second case, as the first. No service: the caller is inside a transaction."""
    row: Case = scene.case.get()
    row.pk, row.reference = uuid.uuid4(), f"H26-{uuid.uuid4().int % 10**7}-X"
    row._state.adding = True
    row.save(force_insert=True)
    return row


def _merged(scene: Any) -> Any:
    case = scene.world.case
    Merge.objects.create(
        survivor=case, absorbed=_other(scene), data_key_id=case.data_key_id, before={}, made_by=scene.user,
        made_at=clock.now(), undo_until=clock.now() + timedelta(days=30),
    )  # fmt: skip
    return Merge.objects.filter(survivor=case)


def _linked(scene: Any) -> Any:
    case = scene.world.case
    CaseLink.objects.create(case=case, other=_other(scene), kind="earlier", made_by=scene.user,
                            made_at=clock.now())  # fmt: skip
    return CaseLink.objects.filter(case=case)


def _update(rows: Act, **changes: Any) -> Act:
    def act(scene: Any) -> None:
        found = rows(scene)
        assert found.update(**{k: v(scene) if callable(v) else v for k, v in changes.items()})

    return act


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "merge_undone_by_whom": (
        _update(_merged, undone_at=lambda scene: clock.now()),
        _update(_merged, undone_by=lambda scene: scene.user),
    ),
    "merge_of_two": (_update(_merged, absorbed=lambda scene: scene.world.case),),
    "merge_absorbed_once": (lambda scene: scene.copy(_merged(scene)),),
    "case_link_kind_known": (_update(_linked, kind="cousin"),),
    "case_link_of_two": (_update(_linked, other=lambda scene: scene.world.case),),
    "case_link_once": (lambda scene: scene.copy(_linked(scene)),),
}

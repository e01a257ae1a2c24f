"""Disputes and the decisions of meetings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from accounts.enums import AgencyKind
from cases.models import Decision, Dispute, Meeting
from cases.services import acts
from core import clock

Act = Callable[[Any], Any]


def _dispute(scene: Any) -> Any:
    """An open dispute in the scene's case. No service: the caller is inside a transaction."""
    case = scene.world.case
    Dispute.objects.create(case=case, kind=AgencyKind.POLICE, data_key_id=case.data_key_id,
                           opened_at=clock.now(), escalate_at=clock.now())  # fmt: skip
    return Dispute.objects.filter(case=case)


def _decision(scene: Any) -> Any:
    case = scene.world.case
    meeting = Meeting.objects.create(case=case, held_on=clock.today(), data_key_id=case.data_key_id,
                                     recorded_by=scene.user, recorded_at=clock.now())  # fmt: skip
    step = acts.start(case, acts.AGREED, clock.now(), agency_id=scene.police.agency_id, wording="Ring")
    Decision.objects.create(meeting=meeting, agency=scene.police.agency, step=step,
                            data_key_id=case.data_key_id, text="Ring")  # fmt: skip
    return Decision.objects.filter(meeting=meeting)


def _update(rows: Act, **changes: Any) -> Act:
    def act(scene: Any) -> None:
        found = rows(scene)
        assert found.update(**{k: v(scene) if callable(v) else v for k, v in changes.items()})

    return act


def _twice(rows: Act) -> Act:
    return lambda scene: scene.copy(rows(scene))


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "dispute_kind_known": (_update(_dispute, kind="neighbours"),),
    "dispute_settled_by_whom": (
        _update(_dispute, settled_at=lambda scene: scene.now),
        _update(_dispute, settled_by=lambda scene: scene.user),
    ),
    "dispute_one_open": (_twice(_dispute),),
    "decision_one_owner": (
        _update(_decision, desk=lambda scene: scene.world.case.desk),
        _update(_decision, agency=None),
    ),
}

"""Schedules, holds, batches and tombstones: what the database refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from cases.enums import BatchState, HoldReason, ItemState, Obstacle
from cases.models import Case, DisposalBatch, DisposalItem, Hold, Retention, RetentionRule
from cases.services.disposal import erasing
from core import clock
from tests.factories import member

Act = Callable[[Any], Any]
DAY: Final = timedelta(days=1)


def _rule(**changes: Any) -> Act:
    given = {"record": "case", "agency_kind": "police", "amount": 5, "unit": "years"}
    return lambda scene: RetentionRule.objects.create(**(given | changes))


def _same_rule_twice(scene: Any) -> None:
    for _time in range(2):
        _rule()(scene)


def _retention(**days: int | None) -> Act:
    def act(scene: Any) -> None:
        rule = RetentionRule.objects.create(record="case", agency_kind="iom", amount=1, unit="years")
        given: dict[str, int | None] = {"counts_from": -9, "due_on": 9}
        dates = {
            name: clock.today() + number * DAY
            for name, number in (given | days).items()
            if number is not None
        }
        Retention.objects.create(case=scene.world.case, rule=rule, **dates)

    return act


def _hold(**changes: Any) -> Act:
    def act(scene: Any) -> None:
        given = {
            "case": scene.world.case, "reason": HoldReason.OTHER, "data_key": scene.world.case.data_key,
            "words": "x", "ends_on": clock.today(), "placed_by": scene.user, "placed_at": scene.now,
        }  # fmt: skip
        Hold.objects.create(**(given | _worked_out(changes, scene)))

    return act


def _worked_out(changes: dict[str, Any], scene: Any) -> dict[str, Any]:
    return {name: value(scene) if callable(value) else value for name, value in changes.items()}


def _batch(scene: Any, **changes: Any) -> DisposalBatch:
    given = {"decision": "Dnr 1/26", "proposed_by": scene.user, "proposed_at": scene.now}
    return DisposalBatch.objects.create(**(given | _worked_out(changes, scene)))


def _batches(*several: dict[str, Any]) -> tuple[Act, ...]:
    return tuple(lambda scene, changes=changes: _batch(scene, **changes) for changes in several)


def _item(**changes: Any) -> Act:
    def act(scene: Any) -> None:
        given = {"batch": _batch(scene), "case": scene.world.case, "due_on": clock.today()}
        DisposalItem.objects.create(**(given | _worked_out(changes, scene)))

    return act


def _in_two_batches(scene: Any) -> None:
    for _time in range(2):
        _item()(scene)


def _other(_scene: Any) -> Any:
    return member().user


def _now(scene: Any) -> Any:
    return scene.now


def _tomb(**changes: Any) -> Act:
    """A tombstone that still says something."""
    return lambda scene: Case.objects.filter(pk=scene.world.case_id).update(
        **(erasing.bare(clock.now()) | _worked_out(changes, scene))
    )


_DECIDED: Final = {"decided_by": _other, "decided_at": _now}
BREAKS: dict[str, tuple[Act, ...]] = {
    "retention_rule_record_known": (_rule(record="diary"),),
    "retention_rule_unit_known": (_rule(unit="moons"),),
    "retention_rule_lasts": (_rule(amount=0),),
    "retention_rule_once": (_same_rule_twice,),
    "retention_lasts": (_retention(due_on=-9),),
    "retention_warned_in_order": (
        _retention(warned_first_on=0, warned_last_on=0),
        _retention(warned_first_on=0, warned_last_on=-1),
    ),
    "hold_reason_known": (_hold(reason="whim"),),
    "hold_lifted_when": (_hold(lifted_by=lambda scene: scene.user),),
    "disposal_batch_state_known": _batches({"state": "maybe"}),
    "disposal_batch_decided_by_whom": _batches({"decided_at": _now}, {"decided_by": _other}),
    "disposal_batch_stopped_by_whom": _batches({"stopped_at": _now}, {"stopped_by": _other}),
    "disposal_batch_two_persons": _batches(
        {"state": BatchState.REFUSED, "decided_by": lambda scene: scene.user, "decided_at": _now}
    ),
    "disposal_batch_decided_when_over": _batches(
        {"state": BatchState.APPROVED},
        {"state": BatchState.APPROVED, **_DECIDED},
        {"state": BatchState.REFUSED},
        {"state": BatchState.STOPPED},
        _DECIDED,
    ),
    "disposal_batch_done_when": _batches(
        {"done_at": _now}, {"state": BatchState.DONE, "carried_out_from": _now, **_DECIDED}
    ),
    "disposal_item_state_known": (_item(state="lost", ended_at=_now),),
    "disposal_item_ended_when": (_item(ended_at=_now), _item(state=ItemState.DISPOSED)),
    "disposal_item_left_says_why": (
        _item(state=ItemState.SKIPPED, ended_at=_now),
        _item(obstacle=Obstacle.HELD),
    ),
    "disposal_item_one_waiting": (_in_two_batches,),
    "case_disposed_is_bare": (
        _tomb(disposed_at=None),
        _tomb(sex="woman"),
        _tomb(assignee=lambda scene: scene.user),
        _tomb(routing={"desk": "mitt"}),
        lambda scene: Case.objects.filter(pk=scene.world.case_id).update(disposed_at=scene.now),
    ),
}

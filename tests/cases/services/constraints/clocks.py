"""Periods, stopped clocks and returns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from cases.enums import ReturnStage
from cases.models import ClockStop, Period, ReturnPlan
from core import clock

Act = Callable[[Any], Any]


def _period(scene: Any) -> Any:
    case, today = scene.world.case, clock.today()
    Period.objects.create(case=case, kind="reflection", starts_on=today, ends_on=today + timedelta(days=30),
                          data_key_id=case.data_key_id, source="Beslut", recorded_by=scene.user,
                          recorded_at=clock.now())  # fmt: skip
    return Period.objects.filter(case=case)


def _stop(scene: Any) -> Any:
    step = scene.step.get()
    ClockStop.objects.create(step=step, reason="other", data_key_id=step.data_key_id, text="x",
                             stopped_at=clock.now(), stopped_by=scene.user)  # fmt: skip
    return ClockStop.objects.filter(step=step)


def _plan(scene: Any) -> Any:
    case = scene.world.case
    ReturnPlan.objects.create(case=case, for_child=False, informed_on=clock.today(), notes={},
                              data_key_id=case.data_key_id, opened_by=scene.user,
                              opened_at=clock.now())  # fmt: skip
    return ReturnPlan.objects.filter(case=case)


def _update(rows: Act, **changes: Any) -> Act:
    def act(scene: Any) -> None:
        found = rows(scene)
        assert found.update(**{k: v(scene) if callable(v) else v for k, v in changes.items()})

    return act


def _user(scene: Any) -> Any:
    return scene.user


def _now(scene: Any) -> Any:
    return scene.now


def _today(scene: Any) -> Any:
    return clock.today()


def _reached(stage: ReturnStage, *there: str) -> Act:
    """A plan said to have come to a stage, with only these days in it."""
    who = {"eligible_by": _user} if "eligible_on" in there else {}
    return _update(_plan, stage=stage, **dict.fromkeys(there, _today), **who)


CHOSEN: Final = ("chosen_on",)
ELIGIBLE: Final = (*CHOSEN, "eligible_on")
PREPARED: Final = (*ELIGIBLE, "risk_assessed_on", "documents_on")
BOOKED: Final = (*PREPARED, "travels_on", "reception_on")

BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "period_kind_known": (_update(_period, kind="holiday"),),
    "period_ends_after_start": (_update(_period, ends_on=lambda scene: clock.today() - timedelta(days=1)),),
    "period_ended_by_whom": (
        _update(_period, ended_on=_today, end_reason="left"),
        _update(_period, ended_by=_user),
    ),
    "period_ended_says_why": (
        _update(_period, ended_on=_today, ended_by=_user),
        _update(_period, ended_on=_today, ended_by=_user, end_reason="bored"),
        _update(_period, end_reason="left"),
    ),
    "period_one_first": (lambda scene: scene.copy(_period(scene)),),
    "clock_stop_reason_known": (_update(_stop, reason="rain"),),
    "clock_stop_resumed_by_whom": (_update(_stop, resumed_by=_user),),
    "clock_stop_resumed_after": (_update(_stop, resumed_at=lambda scene: scene.now - timedelta(hours=1)),),
    "clock_stop_one_open": (lambda scene: scene.copy(_stop(scene)),),
    "return_plan_stage_known": (_update(_plan, stage="flying"),),
    "return_plan_stopped_by_whom": (_update(_plan, stopped_at=_now), _update(_plan, stopped_by=_user)),
    "return_plan_eligible_by_whom": (_update(_plan, eligible_on=_today), _update(_plan, eligible_by=_user)),
    "return_plan_one_open": (lambda scene: scene.copy(_plan(scene)),),
    "return_plan_chosen": (_reached(ReturnStage.CHOSEN),),
    "return_plan_eligible": (_reached(ReturnStage.ELIGIBLE, *CHOSEN),),
    "return_plan_best_interest_of_child": (
        _update(
            _plan,
            stage=ReturnStage.ELIGIBLE,
            for_child=True,
            chosen_on=_today,
            eligible_on=_today,
            eligible_by=_user,
        ),
    ),  # fmt: skip
    "return_plan_prepared": (
        _reached(ReturnStage.PREPARED, *ELIGIBLE, "documents_on"),
        _reached(ReturnStage.PREPARED, *ELIGIBLE, "risk_assessed_on"),
    ),
    "return_plan_booked": (
        _reached(ReturnStage.BOOKED, *PREPARED, "travels_on"),
        _reached(ReturnStage.BOOKED, *PREPARED, "reception_on"),
    ),
    "return_plan_departed": (_reached(ReturnStage.DEPARTED, *BOOKED),),
    "return_plan_stopped": (_update(_plan, stage=ReturnStage.STOPPED),),
}

"""Handovers, recusals, and corrections of the routing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cases.enums import ForwardReason
from cases.models import Handover, Recusal, RouteCorrection
from coordinators.models import Desk
from core import clock

Act = Callable[[Any], Any]


def _asked(scene: Any) -> Any:
    """The open handover of the scene's case. No service: the caller is inside a transaction."""
    case = scene.world.case
    Handover.objects.create(
        case=case, from_desk=case.desk, to_desk=Desk.objects.get(key="syd"), reason=ForwardReason.MOVED,
        ground=case.grounds.filter(desk=case.desk).get(), data_key_id=case.data_key_id,
        moves_on=clock.today(), asked_by=scene.user, asked_at=clock.now(), answer_by=clock.now(),
    )  # fmt: skip
    return Handover.objects.filter(case=case)


def _recused(scene: Any) -> Any:
    case = scene.world.case
    Recusal.objects.create(case=case, user=scene.user, data_key_id=case.data_key_id, reason="Släkt.",
                           made_at=clock.now())  # fmt: skip
    return Recusal.objects.filter(case=case)


def _suggested(scene: Any) -> Any:
    desks = {key: Desk.objects.get(key=key) for key in ("mitt", "syd")}
    RouteCorrection.objects.create(municipality_id="0380", was=desks["mitt"], should_be=desks["syd"],
                                   suggested_by=scene.user, suggested_at=clock.now())  # fmt: skip
    return RouteCorrection.objects.all()


def _update(rows: Act, **changes: Any) -> Act:
    def act(scene: Any) -> None:
        found = rows(scene)
        assert found.update(**{k: v(scene) if callable(v) else v for k, v in changes.items()})

    return act


def _now(scene: Any) -> Any:
    return clock.now()


def _user(scene: Any) -> Any:
    return scene.user


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "handover_status_known": (_update(_asked, status="maybe"),),
    "handover_reason_known": (_update(_asked, reason="boredom"),),
    "handover_answered_by_whom": (
        _update(_asked, status="accepted", answered_at=_now),
        _update(_asked, answered_by=_user),
    ),
    "handover_to_another_desk": (_update(_asked, to_desk=lambda s: s.world.case.desk),),
    "handover_answered_when_over": (
        _update(_asked, status="withdrawn"),
        _update(_asked, answered_at=_now, answered_by=_user),
    ),
    "handover_rejected_has_reason": (
        _update(_asked, status="rejected", answered_at=_now, answered_by=_user),
    ),
    "handover_one_open": (lambda s: s.copy(_asked(s), to_desk=Desk.objects.get(key="nord")),),
    "recusal_lifted_by_whom": (_update(_recused, lifted_at=_now), _update(_recused, lifted_by=_user)),
    "recusal_once": (lambda s: s.copy(_recused(s)),),
    "correction_handled_by_whom": (
        _update(_suggested, handled_at=_now),
        _update(_suggested, handled_by=_user),
    ),
    "correction_to_another_desk": (_update(_suggested, should_be=lambda s: s.world.case.desk),),
    "correction_suggested_once": (lambda s: (_suggested(s), _suggested(s)),),
}

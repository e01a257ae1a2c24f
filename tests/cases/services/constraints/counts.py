"""How facts are counted, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cases.models import Counted
from core import clock

Act = Callable[[Any], Any]


def _opened(scene: Any) -> Any:
    return Counted.objects.filter(case=scene.world.case_id, unit="referral")


def _of_step(scene: Any) -> Any:
    Counted.objects.create(step=scene.step.get(), unit="done_step", at=clock.now(), codes={})
    return Counted.objects.filter(step=scene.step.get())


def _both(scene: Any) -> None:
    assert _opened(scene).update(step=scene.step.get()) == 1


def _neither(scene: Any) -> None:
    assert _opened(scene).update(case=None) == 1


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "counted_unit_known": (lambda s: _opened(s).update(unit="person"),),
    "counted_case_or_step": (_both, _neither),
    "counted_case_once": (lambda s: s.copy(_opened(s)),),
    "counted_step_once": (lambda s: s.copy(_of_step(s)),),
}

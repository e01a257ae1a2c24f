"""Wrong disclosures: what the database refuses, whatever code writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from cases.models import Breach, BreachRecipient, BreachStep, Recusal

Act = Callable[[Any], Any]
HOURS: Final = timedelta(hours=72)


def _breach(scene: Any, **changes: Any) -> Breach:
    """A sound one, noticed an hour ago."""
    noticed = scene.now - timedelta(hours=1)
    given = {
        "case": scene.world.case,
        "kind": "shared",
        "threat": "no",
        "data_key": scene.world.case.data_key,
        "what": "x",
        "noticed_at": noticed,
        "due_at": noticed + HOURS,
        "reported_by": scene.user,
        "reported_agency": scene.police.agency,
        "reported_at": scene.now,
    }
    return Breach.objects.create(**(given | changes))


def _bad(**changes: Any) -> Act:
    """Callable values are worked out from the scene."""

    def act(scene: Any) -> None:
        found = {name: value(scene) if callable(value) else value for name, value in changes.items()}
        _breach(scene, **found)

    return act


def _now(scene: Any) -> Any:
    return scene.now


def _user(scene: Any) -> Any:
    return scene.user


def _decided(**changes: Any) -> Act:
    sound: dict[str, Any] = {
        "risk": "risk", "decision": "notify", "decision_why": "x", "decided_at": _now, "decided_by": _user,
    }  # fmt: skip
    return _bad(**(sound | changes))


def _recipient(scene: Any, **changes: Any) -> None:
    BreachRecipient.objects.create(breach=_breach(scene), had_sight=True, **changes)


def _twice(**changes: Any) -> Act:
    def act(scene: Any) -> None:
        row = _breach(scene)
        for _ in range(2):
            found = {name: value(scene) for name, value in changes.items()}
            BreachRecipient.objects.create(breach=row, had_sight=True, **found)

    return act


def _barred_agency(scene: Any) -> None:
    bar = Recusal.objects.create(
        case=scene.world.case, user=scene.user, data_key=scene.world.case.data_key, reason="x",
        made_at=scene.now,
    )  # fmt: skip
    _recipient(scene, agency=scene.police.agency, bar=bar)


def _same_step(scene: Any) -> None:
    row, steps = _breach(scene), scene.world.case.steps.all()[:2]
    for step in steps:
        BreachStep.objects.create(breach=row, step=step, code="tell")


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "breach_kind_known": (_bad(kind="rumour"),),
    "breach_threat_known": (_bad(threat="maybe"),),
    "breach_risk_known": (_bad(risk="some"),),
    "breach_person_told_known": (_bad(person_told="soon"),),
    "breach_clock_starts_when_noticed": (
        _bad(noticed_at=lambda scene: scene.now + timedelta(hours=1)),
        _bad(due_at=lambda scene: scene.now - timedelta(hours=2)),
    ),
    "breach_decision_has_reason": (
        _decided(decision_why=None),
        _decided(risk=""),
        _decided(decision="later"),
        _bad(notified_at=_now),
    ),
    "breach_decided_by_whom": (_decided(decided_by=None),),
    "breach_notified_as_decided": (
        _decided(decision="not_notify", notified_at=_now),
        _decided(notified_at=lambda scene: scene.now - timedelta(hours=2)),
    ),
    "breach_late_says_why": (_decided(notified_at=lambda scene: scene.now + HOURS),),
    "breach_closed_by_whom": (_decided(decision="not_notify", person_told="yes", closed_at=_now),),
    "breach_closed_when_decided": (
        _bad(closed_at=_now, closed_by=_user, person_told="yes"),
        _decided(closed_at=_now, closed_by=_user, person_told="yes"),
        _decided(decision="not_notify", closed_at=_now, closed_by=_user),
        _decided(decision="not_notify", person_told="yes", closed_at=_now, closed_by=_user, chase_at=_now),
    ),
    "breach_recipient_one": (
        lambda scene: _recipient(scene),
        lambda scene: _recipient(scene, user=scene.user, agency=scene.police.agency),
    ),
    "breach_recipient_bar_is_a_persons": (_barred_agency,),
    "breach_recipient_user_once": (_twice(user=_user),),
    "breach_recipient_agency_once": (_twice(agency=lambda scene: scene.police.agency),),
    "breach_recipient_desk_once": (_twice(desk=lambda scene: scene.world.case.desk),),
    "breach_step_once": (_same_step,),
}

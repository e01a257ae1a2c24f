"""Events with several persons, decided ages, and who is held to be a victim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from accounts.enums import AgencyKind
from cases.models import AgeDecision, Case, Incident, Recognition
from core import clock, vault

Act = Callable[[Any], Any]


def _incident(scene: Any) -> Any:
    row = Incident(owner=scene.user, agency=scene.police.agency, started_at=clock.now(), saved_at=clock.now())
    row.data_key = vault.new_key("incident", row.pk)
    row.event, row.persons = {}, []
    row.save(force_insert=True)
    return Incident.objects.filter(pk=row.pk)


def _decision(scene: Any) -> Any:
    case = scene.world.case
    row = AgeDecision.objects.create(
        case=case, age_band="adult", before="unsure", decided_on=clock.today(), basis="Pass",
        decided_by=AgencyKind.POLICE, data_key_id=case.data_key_id, recorded_by=scene.user,
        recorded_at=clock.now(),
    )  # fmt: skip
    return AgeDecision.objects.filter(pk=row.pk)


def _recognition(scene: Any) -> Any:
    case = scene.world.case
    row = Recognition.objects.create(
        case=case, status="actual", decided_on=clock.today(), decided_by=AgencyKind.POLICE,
        data_key_id=case.data_key_id, recorded_by=scene.user, recorded_at=clock.now(),
    )  # fmt: skip
    return Recognition.objects.filter(pk=row.pk)


def _case(scene: Any) -> Any:
    return Case.objects.filter(pk=scene.world.case_id)


def _update(rows: Act, **changes: Any) -> Act:
    def act(scene: Any) -> None:
        found = rows(scene)
        assert found.update(**{k: v(scene) if callable(v) else v for k, v in changes.items()})

    return act


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "incident_status_known": (_update(_incident, status="lost"),),
    "incident_sent_has_date": (
        _update(_incident, status="sent"),
        _update(_incident, sent_at=lambda scene: scene.now),
    ),
    "age_decision_decided_by_known": (_update(_decision, decided_by="neighbours"),),
    "age_decision_decides": (_update(_decision, age_band="unsure"), _update(_decision, age_band="old")),
    "recognition_status_known": (_update(_recognition, status="proven"),),
    "recognition_decided_by_known": (_update(_recognition, decided_by="neighbours"),),
    "case_trafficking_status_known": (_update(_case, trafficking_status="proven"),),
}

"""Emergency access, named people, contact routes, and lifting by two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from cases.models import BreakGlass, CaseGrant, ContactRoute, NamedPerson, ProtectionLift
from core import clock
from tests.factories import UserFactory

Act = Callable[[Any], Any]
HOUR = timedelta(hours=1)


def _glass(scene: Any) -> Any:
    """Open. No service: the caller is inside a transaction."""
    case, now = scene.world.case, clock.now()
    row = BreakGlass.objects.create(
        case=case, user=scene.user, agency=scene.police.agency, data_key_id=case.data_key_id, reason="Fara.",
        opened_at=now, until=now + HOUR,
    )  # fmt: skip
    return BreakGlass.objects.filter(pk=row.pk)


def _grant(scene: Any) -> Any:
    case = scene.world.case
    row = case.grants.filter(desk__isnull=False).get()
    row.pk, row._state.adding = CaseGrant._meta.pk.get_default(), True
    row.desk, row.ground, row.user, row.break_glass = None, None, scene.user, _glass(scene).get()
    row.reason = "break_glass"
    row.save(force_insert=True)
    return CaseGrant.objects.filter(pk=row.pk)


def _named(scene: Any) -> Any:
    case, now = scene.world.case, clock.now()
    row = NamedPerson.objects.create(
        case=case, user=UserFactory.create(), named_by=scene.user, data_key_id=case.data_key_id,
        reason="Behov.", named_at=now, until=now + HOUR,
    )  # fmt: skip
    return NamedPerson.objects.filter(pk=row.pk)


def _route(scene: Any) -> Any:
    case = scene.world.case
    ContactRoute.objects.create(case=case, user=scene.user, data_key_id=case.data_key_id, set_by=scene.user,
                                set_at=clock.now())  # fmt: skip
    return ContactRoute.objects.filter(case=case)


def _lift(scene: Any) -> Any:
    case = scene.world.case
    row = ProtectionLift.objects.create(
        case=case, person=case.person, from_tier="secrecy_marking", to_tier="none", reason="Beslut.",
        data_key_id=case.data_key_id, asked_by=scene.user, asked_at=clock.now(),
    )  # fmt: skip
    return ProtectionLift.objects.filter(pk=row.pk)


def _update(rows: Act, **changes: Any) -> Act:
    def act(scene: Any) -> None:
        found = rows(scene)
        assert found.update(**{k: v(scene) if callable(v) else v for k, v in changes.items()})

    return act


def _now(scene: Any) -> Any:
    return clock.now()


def _later(scene: Any) -> Any:
    return clock.now() + 2 * HOUR


def _user(scene: Any) -> Any:
    return scene.user


def _other(scene: Any) -> Any:
    return UserFactory.create()


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "break_glass_an_hour_at_most": (_update(_glass, until=_later), _update(_glass, until=_now)),
    "break_glass_closed_in_time": (_update(_glass, closed_at=_later),),
    "break_glass_reviewed_has_verdict": (
        _update(_glass, reviewed_at=_now, reviewed_by=_other),
        _update(_glass, verdict="justified"),
        _update(_glass, reviewed_at=_now, reviewed_by=_other, verdict="perhaps"),
    ),
    "break_glass_reviewed_by_another": (
        _update(_glass, reviewed_at=_now, reviewed_by=_user, verdict="justified"),
    ),
    "break_glass_reviewed_by_whom": (_update(_glass, reviewed_by=_other),),
    "break_glass_once": (lambda s: s.copy(_glass(s)),),
    "grant_stands_on_one": (
        _update(_grant, ground=lambda s: s.world.case.grounds.first()),
        lambda s: s.world.case.grants.filter(desk__isnull=False).update(ground=None),
    ),
    "grant_person_in_emergency": (
        _update(_grant, break_glass=None, ground=lambda s: s.world.case.grounds.first()),
    ),
    "grant_person_once": (lambda s: s.copy(_grant(s)),),
    "named_by_another": (_update(_named, user=_user),),
    "named_a_year_at_most": (
        _update(_named, until=lambda s: clock.now() + timedelta(days=367)),
        _update(_named, until=lambda s: clock.now() - HOUR),
    ),
    "named_ended_has_date": (_update(_named, ended_by=_user),),
    "named_once": (lambda s: s.copy(_named(s)),),
    "contact_route_names_somebody": (_update(_route, user=None),),
    "protection_lift_from_tier_known": (_update(_lift, from_tier="hidden"),),
    "protection_lift_to_tier_known": (_update(_lift, to_tier="hidden"),),
    "protection_lift_decided_by_whom": (_update(_lift, decided_by=_other),),
    "protection_lift_decided_is_yes_or_no": (_update(_lift, approved=False),),
    "protection_lift_by_two": (_update(_lift, decided_by=_user, decided_at=_now, approved=True),),
    "protection_lift_applied_if_yes": (
        _update(_lift, applied_at=_now),
        _update(_lift, applied_at=_now, decided_by=_other, decided_at=_now, approved=False),
    ),
    "protection_lift_one_open": (lambda s: s.copy(_lift(s)),),
}

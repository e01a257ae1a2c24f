"""Duties and absences, and the rights that follow on exactly those days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from accounts.access import Assignment, assignment_for
from accounts.enums import Role
from coordinators import services
from coordinators.access import desks_of
from coordinators.models import Absence, Desk, DeskPermission, Duty
from coordinators.tasks import sync_rights
from core import clock
from core.errors import StaleVersion
from core.models import AuditEvent
from tests.coordinators.conftest import membership
from tests.factories import member

pytestmark = pytest.mark.django_db
OnDuty = Callable[..., Assignment]
Freeze = Callable[[str], datetime]
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 13)


@pytest.fixture(autouse=True)
def _october(freeze: Freeze) -> None:
    freeze("2026-10-20 10:00")


def away(who: Assignment, deputy: Assignment | None = None, by: Assignment | None = None) -> Absence:
    stands_in = membership(deputy) if deputy else None
    return services.register_absence(
        membership=membership(who), first=FIRST, last=LAST, deputy=stands_in, by=by
    )


def keys(who: Assignment) -> dict[str, set[str]]:
    names = dict(Desk.objects.values_list("pk", "key"))
    return {names[desk]: set(rights) for desk, rights in desks_of(who).items()}


def test_duty_carries_rights_at_the_desk(on_duty: OnDuty) -> None:
    assert keys(on_duty("mitt")) == {"mitt": {"view_inbox", "triage", "assign", "forward"}}
    assert keys(on_duty("national")) == {"national": {"view_inbox", "assign", "place"}}


def test_deputy_has_the_same_rights_on_exactly_those_days(on_duty: OnDuty, freeze: Freeze) -> None:
    karin, lena = on_duty("mitt"), on_duty("stockholm-adults")
    away(karin, lena)
    for at, deputy in [
        ("2026-11-01 23:59", False),
        ("2026-11-02 00:00", True),
        ("2026-11-13 23:59", True),
        ("2026-11-14 00:00", False),
    ]:
        freeze(at)
        assert ("mitt" in keys(lena)) is deputy
        if deputy:
            assert keys(lena)["mitt"] == {"view_inbox", "triage", "assign", "forward"}
        assert "mitt" in keys(karin)
        assert "stockholm-adults" in keys(lena)


def test_deputys_deputy_gets_the_rights_too(on_duty: OnDuty, freeze: Freeze) -> None:
    karin, lena, anna = on_duty("mitt"), on_duty("ost"), on_duty("syd")
    away(karin, lena)
    services.register_absence(
        membership=membership(lena), first=date(2026, 11, 9), last=LAST, deputy=None, by=None
    )
    lenas = Absence.objects.get(membership=lena.membership_id)
    services.change_absence(absence_id=lenas.pk, version=1, last=LAST, deputy=membership(anna), by=None)
    freeze("2026-11-06 10:00")
    assert "mitt" not in keys(anna)
    freeze("2026-11-10 10:00")
    assert {"mitt", "ost", "syd"} <= set(keys(anna))


def test_syncing_again_changes_nothing_and_forgets_what_is_over(on_duty: OnDuty, freeze: Freeze) -> None:
    karin, lena = on_duty("mitt"), on_duty("ost")
    away(karin, lena)
    assert services.sync_rights().added == services.sync_rights().removed == 0
    freeze("2026-11-20 10:00")
    synced = services.sync_rights()
    assert (synced.added, synced.removed) == (0, 4)
    sync_rights()


def test_rights_end_with_the_assignment(on_duty: OnDuty, freeze: Freeze) -> None:
    karin = membership(on_duty("mitt"))
    karin.valid_until = date(2026, 10, 31)
    karin.save(update_fields=["valid_until"])
    services.follow_membership(karin)
    freeze("2026-10-31 12:00")
    assert desks_of(assignment_for(karin))
    freeze("2026-11-01 12:00")
    assert not desks_of(assignment_for(karin))


def test_deactivated_person_has_no_rights(on_duty: OnDuty) -> None:
    karin = on_duty("mitt")
    karin.user.is_active, karin.user.deactivated_at = False, clock.now()
    karin.user.save(update_fields=["is_active", "deactivated_at"])
    assert not desks_of(karin)


def test_coordinator_registers_her_own_absence_and_nobody_elses(on_duty: OnDuty) -> None:
    karin, lena = on_duty("mitt"), on_duty("ost")
    away(karin, lena, by=karin)
    assert AuditEvent.objects.filter(verb="absence.add", user_id=karin.user_id).count() == 1
    with pytest.raises(PermissionDenied):
        away(lena, by=karin)
    assert AuditEvent.objects.using("audit").filter(verb="absence.add", outcome="refused").exists()


@pytest.mark.parametrize(
    "role", [Role.CASEWORKER, Role.HOTLINE_OPERATOR, Role.AUDITOR, Role.REGIONAL_COORDINATOR]
)
def test_others_cannot_change_duties(on_duty: OnDuty, role: Role) -> None:
    karin = on_duty("mitt")
    desk = Desk.objects.get(key="nord")
    with pytest.raises(PermissionDenied):
        services.put_on_duty(desk=desk, membership=membership(karin), first=clock.today(), by=member(role))


def test_administrator_and_national_coordinator_can(on_duty: OnDuty) -> None:
    karin, desk = on_duty("mitt"), Desk.objects.get(key="nord")
    for by in (member(Role.ADMINISTRATOR), on_duty("national")):
        duty = services.put_on_duty(desk=desk, membership=membership(karin), first=clock.today(), by=by)
        assert keys(karin)["nord"]
        services.change_duty(duty_id=duty.pk, version=1, last=clock.today(), is_primary=True, by=by)
        Duty.objects.filter(pk=duty.pk).delete()


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(ValidationError) as error:
        act()
    return set(error.value.message_dict)


def test_impossible_duties_are_refused_at_the_field(on_duty: OnDuty) -> None:
    karin, desk = membership(on_duty("mitt")), Desk.objects.get(key="nord")
    boss, today = member(Role.ADMINISTRATOR), clock.today()

    def put(**given: object) -> set[str]:
        given = {"membership": karin, "first": today, "last": None, **given}
        return refused(lambda: services.put_on_duty(desk=desk, by=boss, **given))  # type: ignore[arg-type]

    assert put(first=today - timedelta(days=1)) == {"first"}
    assert put(first=date(9999, 1, 1)) == {"first"}
    assert put(last=today - timedelta(days=1)) == {"last"}
    assert put(last=date(9999, 12, 31)) == {"last"}
    assert put(membership=membership(member(Role.CASEWORKER))) == {"membership"}
    services.put_on_duty(desk=desk, membership=karin, first=today, by=boss)
    assert put(first=today + timedelta(days=30)) == {"membership"}


def test_impossible_absences_are_refused_at_the_field(on_duty: OnDuty) -> None:
    karin, lena = on_duty("mitt"), on_duty("ost")
    leaving = member(Role.REGIONAL_COORDINATOR, valid_until=date(2026, 11, 5))
    assert refused(lambda: away(karin, karin)) == {"deputy"}
    assert refused(lambda: away(karin, member(Role.CASEWORKER))) == {"deputy"}
    assert refused(lambda: away(karin, leaving)) == {"deputy"}
    away(lena)
    assert refused(lambda: away(karin, lena)) == {"deputy"}
    assert refused(lambda: away(lena)) == {"last"}


def test_database_refuses_overlaps_too(on_duty: OnDuty) -> None:
    karin = on_duty("mitt")
    row = away(karin)
    duty = Duty.objects.get(membership=karin.membership_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(membership_id=karin.membership_id, valid_from=LAST, valid_until=LAST)
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.create(desk=duty.desk, membership_id=karin.membership_id, valid_from=FIRST)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.filter(pk=row.pk).update(deputy=karin.membership_id)


def test_new_deputy_takes_over_today_and_history_stays(on_duty: OnDuty, freeze: Freeze) -> None:
    karin, lena, anna = on_duty("mitt"), on_duty("ost"), on_duty("syd")
    absence = away(karin, lena)
    freeze("2026-11-06 10:00")
    services.change_absence(absence_id=absence.pk, version=1, last=LAST, deputy=membership(anna), by=None)
    rows = Absence.objects.filter(membership=karin.membership_id).order_by("valid_from")
    assert [(row.valid_from, row.valid_until, row.deputy_id) for row in rows] == [
        (FIRST, date(2026, 11, 5), lena.membership_id),
        (date(2026, 11, 6), LAST, anna.membership_id),
    ]
    assert "mitt" in keys(anna)
    assert "mitt" not in keys(lena)


def test_back_early_ends_the_deputys_rights_at_once(on_duty: OnDuty, freeze: Freeze) -> None:
    karin, lena = on_duty("mitt"), on_duty("ost")
    absence = away(karin, lena)
    freeze("2026-11-06 10:00")
    assert "mitt" in keys(lena)
    services.cancel_absence(absence_id=absence.pk, by=karin)
    assert "mitt" not in keys(lena)
    assert Absence.objects.get(pk=absence.pk).valid_until == date(2026, 11, 5)


def test_coming_absence_can_be_taken_back(on_duty: OnDuty) -> None:
    karin, lena = on_duty("mitt"), on_duty("ost")
    absence = away(karin, lena)
    services.cancel_absence(absence_id=absence.pk, by=None)
    assert not Absence.objects.exists()
    rows = DeskPermission.objects.filter(membership=lena.membership_id)
    assert not rows.filter(content_object__key="mitt").exists()


def test_stale_versions_are_refused(on_duty: OnDuty) -> None:
    duty = Duty.objects.get(membership=on_duty("mitt").membership_id)
    absence = away(on_duty("ost"))
    desk = duty.desk
    with pytest.raises(StaleVersion):
        services.change_duty(duty_id=duty.pk, version=7, last=None, is_primary=True, by=None)
    with pytest.raises(StaleVersion):
        services.change_absence(absence_id=absence.pk, version=7, last=LAST, deputy=None, by=None)
    with pytest.raises(StaleVersion):
        services.close_desk(desk_id=desk.pk, version=7, last=LAST, by=None)

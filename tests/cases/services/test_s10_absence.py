"""S10: a coordinator on leave. Deputies by date; a desk nobody covers is told of, and never to nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.access import Assignment, assignment_for
from accounts.enums import Role
from accounts.models import Agency, Membership
from cases.access import sight_of
from cases.enums import NoticeKind
from cases.models import Notice, Tally
from cases.services import chasing, triage
from cases.tasks import alarm_uncovered
from coordinators.models import Desk, Duty
from coordinators.services import cancel_absence, put_on_duty, register_absence
from core.models import OutboundEmail
from nrm_portal import settings as portal_settings
from tests.cases.services.conftest import World, membership_of, sent
from tests.factories import member

pytestmark = pytest.mark.django_db


def away(who: Assignment, first: str, last: str, deputy: Assignment | None = None) -> Any:
    return register_absence(
        membership=membership_of(who), first=date.fromisoformat(first), last=date.fromisoformat(last),
        deputy=membership_of(deputy) if deputy else None, by=None,
    )  # fmt: skip


def alone(world: World) -> Assignment:
    """Karin becomes Mitt's only coordinator; nobody but the national desk is elsewhere without people."""
    Duty.objects.filter(membership_id=world.per.membership_id).delete()
    return world.karin


def uncovered(who: Assignment) -> int:
    return Notice.objects.filter(user_id=who.user_id, kind=NoticeKind.UNCOVERED).count()


@pytest.mark.parametrize("key", ["syd", "vast"])
def test_the_deputy_is_told_and_acts_on_those_days_only(world: World, freeze: Any, key: str) -> None:
    karin = alone(world)
    deputy = member(Role.REGIONAL_COORDINATOR)
    put_on_duty(
        desk=Desk.objects.get(key=key), membership=membership_of(deputy), first=date(2020, 1, 1), by=None
    )
    away(karin, "2026-12-01", "2026-12-11", deputy)
    freeze("2026-12-02 10:00")
    case = sent(world.referrer).case
    assert case.desk.key == "mitt" and case.routing["region"] == "mitt", "the case still counts as Mitt"
    assert Tally.objects.filter(unit="case", codes__region="mitt").count() == 2
    assert Notice.objects.filter(user=deputy.user_id, kind=NoticeKind.NEW_REFERRAL, case=case).exists()
    assert not Notice.objects.filter(user=karin.user_id, case=case).exists()
    for moment, may in (("2026-11-30 23:59", False), ("2026-12-01 00:00", True), ("2026-12-11 23:59", True),
                        ("2026-12-12 00:00", False)):  # fmt: skip
        freeze(moment)
        by = assignment_for(membership_of(deputy))
        assert (sight_of(by, case) is not None) == may
        if not may:
            with pytest.raises(PermissionDenied):
                triage.accept(case_id=case.pk, by=by)
    freeze("2026-12-03 09:00")
    assert (
        triage.accept(case_id=case.pk, by=assignment_for(membership_of(deputy))).assignee_id == deputy.user_id
    )


def test_the_absent_one_keeps_her_rights_and_is_not_told(world: World, freeze: Any) -> None:
    """ADR 0823: a right is not a duty. She may still open a case; notices and steps go to who is there."""
    world.accept()
    away(world.karin, "2026-11-24", "2026-12-04", world.per)
    freeze("2026-11-27 09:00")
    assert sight_of(assignment_for(membership_of(world.karin)), world.case) is not None
    before = Notice.objects.filter(user=world.karin.user_id).count()
    chasing.sweep()
    assert Notice.objects.filter(user=world.karin.user_id).count() == before
    assert Notice.objects.filter(user=world.per.user_id, step__case=world.case_id).exists()


def test_nobody_covers_and_the_national_desk_knows_within_the_hour(world: World, freeze: Any) -> None:
    every = portal_settings.CELERY_BEAT_SCHEDULE["uncovered-desks"]
    assert every["task"] == "cases.tasks.alarm_uncovered" and float(str(every["schedule"])) <= 3600
    karin = alone(world)
    away(karin, "2026-11-23", "2026-12-04")
    freeze("2026-11-23 08:10")
    alarm_uncovered()
    others = uncovered(world.national)
    assert (
        others >= 1 and Notice.objects.filter(kind="uncovered", direct=True, mailed_at__isnull=False).exists()
    )
    mitt = Desk.objects.get(key="mitt")
    assert Notice.objects.filter(
        dedupe_key__startswith=f"uncovered:{mitt.pk}:", user=world.national.user_id
    ).exists()
    alarm_uncovered()
    assert uncovered(world.national) == others, "once a day"
    case = sent(world.referrer).case
    assert Notice.objects.filter(
        user=world.national.user_id, kind=NoticeKind.NEW_REFERRAL, case=case
    ).exists()
    assert case.desk.key == "mitt"


@pytest.mark.parametrize(
    ("now", "alarmed"),
    [
        ("2026-12-23 16:00", True),
        ("2026-12-24 10:00", False),
        ("2026-12-25 10:00", False),
        ("2026-12-26 10:00", False),
        ("2026-12-28 08:00", True),
        ("2026-12-28 07:59", False),
        ("2026-12-31 10:00", False),
        ("2027-01-01 10:00", False),
        ("2027-01-04 08:30", True),
        ("2026-06-19 10:00", False),
        ("2026-06-22 08:05", True),
    ],
)
def test_around_holidays_the_next_working_morning(world: World, freeze: Any, now: str, alarmed: bool) -> None:
    freeze("2026-06-01 09:00")
    karin = alone(world)
    away(karin, "2026-06-15", "2027-01-31")
    freeze(now)
    alarm_uncovered()
    assert (uncovered(world.national) > 0) == alarmed


def test_over_a_holiday_the_deputy_s_days_are_exact(world: World, freeze: Any) -> None:
    karin = alone(world)
    away(karin, "2026-12-23", "2026-12-28", world.syd)
    mitt = Desk.objects.get(key="mitt")
    key = f"uncovered:{mitt.pk}:"
    for now in ("2026-12-23 09:00", "2026-12-28 09:00", "2026-12-29 09:00"):
        freeze(now)
        alarm_uncovered()
    assert not Notice.objects.filter(dedupe_key__startswith=key).exists()


def test_nobody_at_the_national_desk_either_is_no_silence(world: World, freeze: Any) -> None:
    """Its managers, else its administrators, and its mailbox are told."""
    karin = alone(world)
    away(karin, "2026-11-23", "2026-11-27")
    away(world.national, "2026-11-23", "2026-11-27")
    Agency.objects.filter(kind="nspm").update(mailbox="samordning@nspm.example")
    boss = member(Role.NATIONAL_COORDINATOR, agency=world.national.agency, is_manager=True)
    freeze("2026-11-23 09:30")
    alarm_uncovered()
    assert uncovered(boss) >= 2 and uncovered(world.national) == 0
    assert OutboundEmail.objects.filter(to="samordning@nspm.example").count() == 1
    case = sent(world.referrer).case
    assert Notice.objects.filter(user=boss.user_id, case=case).exists()
    Membership.objects.filter(pk=boss.membership_id).update(is_manager=False)
    admin = member(Role.ADMINISTRATOR, agency=world.national.agency)
    freeze("2026-11-24 09:30")
    alarm_uncovered()
    assert uncovered(admin) >= 2


def test_back_early_ends_the_deputy_s_rights(world: World, freeze: Any) -> None:
    absence = away(world.karin, "2026-11-23", "2026-11-27", world.syd)
    assert sight_of(assignment_for(membership_of(world.syd)), world.case) is not None
    cancel_absence(absence_id=absence.pk, by=None)
    assert sight_of(assignment_for(membership_of(world.syd)), world.case) is None

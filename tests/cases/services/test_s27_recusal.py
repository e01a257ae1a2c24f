"""S27: whoever cannot handle a case loses sight of it at once; another handler is found."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client

from accounts.access import Assignment, assignment_for
from accounts.enums import MailChoice, Role
from accounts.models import User
from cases.access import sight_of, visible
from cases.enums import NoticeKind
from cases.models import Notice, Recusal
from cases.services import chasing, participation, recusals, triage
from coordinators.models import Desk
from coordinators.services import put_on_duty, register_absence
from core.errors import TransitionNotAllowed
from core.models import AuditEvent, OutboundEmail
from tests.cases.services.conftest import World, membership_of, sent
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db
WHY = "Restaurangen ägs av min svåger."


def recuse(world: World, by: Assignment, reason: str = WHY) -> Recusal:
    return recusals.recuse(case_id=world.case_id, reason=reason, by=by)


def told(who: Assignment, kind: str) -> int:
    return Notice.objects.filter(user_id=who.user_id, kind=kind).count()


def test_she_loses_every_sight_and_a_colleague_takes_over(world: World, freeze: Any) -> None:
    world.accept()
    assert world.case.assignee_id == world.karin.user_id
    User.objects.filter(pk=world.karin.user_id).update(mail=MailChoice.DIRECT)
    freeze("2026-11-27 09:00")
    chasing.sweep()
    assert Notice.objects.filter(user=world.karin.user_id, step__case=world.case_id).exists()
    recuse(world, world.karin)
    case = world.case
    assert sight_of(world.karin, case) is None and not visible(world.karin).filter(pk=case.pk).exists()
    assert case.assignee_id == world.per.user_id and case.desk.key == "mitt"
    hers = case.steps.filter(assignee=world.karin.user_id, status__in=("waiting", "open", "started"))
    assert not hers.exists(), "her open steps are his"
    assert not Notice.objects.filter(user=world.karin.user_id, case=case).exists()
    assert not Notice.objects.filter(user=world.karin.user_id, step__case=case).exists()
    queued = OutboundEmail.objects.filter(user_id=world.karin.user_id, state="queued")
    assert not queued.filter(dedupe_key__startswith="now:").exists()
    assert told(world.per, NoticeKind.ASSIGNED) == 1
    event = AuditEvent.objects.get(verb="case.recuse")
    assert event.user_id == world.karin.user_id and WHY not in str(event.facts) + event.reason
    with pytest.raises(PermissionDenied):
        recuse(world, world.karin)


def test_the_reason_is_encrypted_and_read_by_the_national_desk_alone(world: World) -> None:
    row = recuse(world, world.karin)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason::text FROM cases_recusal WHERE id = %s", [row.pk])
        assert "svåger" not in cursor.fetchone()[0]
    (read,) = recusals.recusals_for(world.national)
    assert str(read.reason) == WHY
    for by in (world.karin, world.per, world.syd, world.referrer, member(Role.ADMINISTRATOR)):
        with pytest.raises(PermissionDenied):
            recusals.recusals_for(by)
    with pytest.raises(ValidationError):
        recuse(world, world.per, "  ")


def test_nobody_left_means_the_national_desk_at_once_and_never_nobody(world: World) -> None:
    world.accept()
    first = recuse(world, world.karin)
    assert told(world.national, NoticeKind.UNHANDLED) == 0
    recuse(world, world.per)
    case = world.case
    assert (case.desk.key, case.assignee_id) == ("mitt", None), "the desk owns it all the while"
    assert Notice.objects.get(user=world.national.user_id, kind="unhandled").direct
    assert sight_of(world.national, case) is None
    rows = list(recusals.recusals_for(world.national))
    assert recusals.stranded(rows) == {case.pk}
    syd = Desk.objects.get(key="syd")
    with pytest.raises(PermissionDenied):
        recusals.redirect(recusal_id=first.pk, desk_id=syd.pk, by=world.syd)
    with pytest.raises(ValidationError):
        recusals.redirect(recusal_id=first.pk, desk_id=Desk.objects.get(key="nord").pk, by=world.national)
    recusals.redirect(recusal_id=first.pk, desk_id=syd.pk, by=world.national)
    assert world.case.desk.key == "syd" and sight_of(world.syd, world.case) is not None
    assert sight_of(world.national, world.case) is None
    assert recusals.stranded(list(recusals.recusals_for(world.national))) == set()
    with pytest.raises(ValidationError):
        recusals.redirect(recusal_id=first.pk, desk_id=Desk.objects.get(key="mitt").pk, by=world.national)


def test_a_deputy_handles_it_and_a_recused_deputy_does_not(world: World, freeze: Any) -> None:
    world.accept()
    register_absence(membership=membership_of(world.per), first=date(2026, 11, 23), last=date(2026, 11, 25),
                     deputy=membership_of(world.syd), by=None)  # fmt: skip
    recuse(world, world.karin)
    assert world.case.assignee_id == world.syd.user_id, "deputy rules"
    deputy = assignment_for(membership_of(world.syd))
    recuse(world, deputy)
    assert world.case.assignee_id is None and told(world.national, NoticeKind.UNHANDLED) == 1


def test_she_gets_no_part_in_the_case_again(world: World) -> None:
    world.accept()
    recuse(world, world.karin)
    with pytest.raises(ValidationError):
        triage.assign(case_id=world.case_id, assignee_id=world.karin.user_id, by=world.per)
    police = member(Role.CASEWORKER, user=world.karin.user)
    row = participation.invite(
        case_id=world.case_id, agency_id=police.agency_id, ground="consent", categories=[], purpose="",
        by=world.per,
    )  # fmt: skip
    assert told(world.karin, NoticeKind.INVITED) == 0, "in no role is she told of the case"
    assert sight_of(police, world.case) is None
    colleague = member(Role.CASEWORKER, agency=police.agency)
    with pytest.raises(ValidationError):
        participation.answer(
            participation_id=row.pk, accepts=True, contact_id=world.karin.user_id, by=colleague
        )


def test_late_steps_are_told_to_those_who_can(world: World, freeze: Any) -> None:
    world.accept()
    recuse(world, world.karin)
    recuse(world, world.per)
    freeze("2026-11-27 09:00")
    chasing.sweep()
    steps = Notice.objects.filter(step__case=world.case_id)
    assert steps.filter(user=world.national.user_id).exists()
    assert not steps.filter(user__in=[world.karin.user_id, world.per.user_id]).exists()


def test_lifting_is_the_national_desk_s(world: World) -> None:
    row = recuse(world, world.karin)
    with pytest.raises(PermissionDenied):
        recusals.lift(recusal_id=row.pk, by=world.karin)
    put_on_duty(desk=Desk.objects.get(key="national"), membership=membership_of(world.karin),
                first=date(2020, 1, 1), by=None)  # fmt: skip
    both = assignment_for(membership_of(world.karin))
    assert not recusals.recusals_for(both).exists(), "nobody reads or lifts what is about her own case"
    with pytest.raises(PermissionDenied):
        recusals.lift(recusal_id=row.pk, by=both)
    recusals.lift(recusal_id=row.pk, by=world.national)
    assert sight_of(world.karin, world.case) is not None
    recuse(world, world.karin)
    assert Recusal.objects.filter(user=world.karin.user_id).count() == 2


@pytest.mark.parametrize("status", ["closed", "not_taken", "merged"])
def test_not_when_the_case_is_over(world: World, status: Any) -> None:
    world.bring_to(status)
    with pytest.raises((TransitionNotAllowed, PermissionDenied)):
        recuse(world, world.karin)


def test_her_pages_forget_the_case(world: World, freeze: Any) -> None:
    world.accept()
    other = sent(world.referrer)
    freeze("2026-11-27 09:00")
    chasing.sweep()
    browser = sign_in(Client(), world.karin)
    reference = world.case.reference
    assert reference in browser.get("/arbete/").content.decode()
    recuse(world, world.karin)
    for url in ("/arbete/", "/inkorg/?vy=alla", "/aviseringar/", f"/sok/?q={reference}"):
        page = browser.get(url)
        assert page.status_code == 200 and reference not in page.content.decode(), url
    assert other.reference in browser.get("/inkorg/?vy=alla").content.decode()
    assert browser.get(f"/arenden/{world.case_id}/").status_code == 404

"""The whole path in services: referral, right desk, accept, agency, step, late, closed, counted."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.enums import AgencyKind, Role
from cases.access import sight_of
from cases.enums import Level, Outcome, Stage, Status, StepStatus
from cases.models import CaseGrant, Notice, Reminder, Tally
from cases.services import casework, chasing, participation, referrals, steps, triage
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db


def test_the_whole_path(on_duty: Any, referrer: Any, send: Any, freeze: Any) -> None:
    freeze("2026-11-23 09:00")
    karin = on_duty("mitt", "Karin Holm")
    stranger = on_duty("syd")
    referral = send(referrer)
    case = referral.case
    assert case.desk.key == "mitt"
    assert case.status == Status.RECEIVED
    assert sight_of(karin, case).level == Level.FULL
    assert sight_of(stranger, case) is None
    assert sight_of(referrer, case) is None
    assert case.steps.filter(key="ident.rc.acknowledge", status=StepStatus.OPEN).exists()

    triage.accept(case_id=case.id, by=karin)
    case.refresh_from_db()
    assert case.status == Status.ACTIVE and case.assignee_id == karin.user_id
    assert case.steps.get(key="ident.rc.acknowledge").status == StepStatus.DONE

    police = AgencyFactory.create(kind=AgencyKind.POLICE, name="Polisen Mitt")
    worker = member(Role.CASEWORKER, agency=police)
    invited = participation.invite(case_id=case.id, agency_id=police.pk, ground="consent",
                                   categories=["situation"], purpose="Utredning", by=karin)  # fmt: skip
    assert sight_of(worker, case).level == Level.HEADER
    participation.answer(participation_id=invited.id, accepts=True, by=worker)
    assert sight_of(worker, case).level == Level.FULL
    own = case.steps.filter(agency=police)
    assert own.exists()

    step = own.filter(status=StepStatus.OPEN).order_by("due_at").first() or own.first()
    freeze("2027-01-20 10:00")
    chasing.sweep()
    case.refresh_from_db()
    assert Reminder.objects.exists() and Notice.objects.filter(user=worker.user).exists()
    again = Reminder.objects.count()
    chasing.sweep()
    assert case.overdue_count >= 0
    assert Reminder.objects.filter(stage__gt=Stage.DUE).count() >= 0 and Reminder.objects.count() >= again

    steps.done(step_id=step.id, by=worker)
    casework.close(case_id=case.id, outcome=Outcome.SUPPORT_COMPLETED, by=karin)
    case.refresh_from_db()
    assert case.status == Status.CLOSED
    assert not case.steps.filter(status__in=("open", "started", "blocked", "waiting")).exists()
    assert CaseGrant.objects.filter(case=case, is_open=True).count() == 0
    units = set(Tally.objects.values_list("unit", flat=True))
    assert {"referral", "case", "answer", "closed", "done_step"} <= units


def test_a_repeated_submit_is_the_same_referral(on_duty: Any, referrer: Any, send: Any) -> None:
    on_duty("mitt")
    referral = send(referrer)
    assert referrals.submit(draft_id=referral.draft_id, by=referrer) == referral

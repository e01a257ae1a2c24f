"""A date recorded in a case says that something holds; the steps that ask for it open."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.enums import AgencyKind
from cases.services import dates
from cases.services.editions import RUNNING
from core import clock
from manual.enums import Condition, Milestone
from tests.cases.services.conftest import World, sent

pytestmark = pytest.mark.django_db


def test_a_recorded_date_opens_what_depends_on_it_and_its_withdrawal_ends_it(world: World) -> None:
    world.accept()
    police = world.join(AgencyKind.POLICE)
    asks = Condition.INVESTIGATION_OPEN.value
    theirs = {s.key for s in world.case.edition.steps.filter(agency_role="police", conditions=[asks])}
    assert theirs
    mine = world.case.steps.filter(agency=police.agency_id, key__in=theirs)
    assert not mine.exists()
    day = clock.aware(datetime(2026, 11, 20))
    kind = Milestone.INVESTIGATION_OPENED
    dates.record(case_id=world.case_id, kind=kind, happened_at=day, date_only=True, by=world.karin)
    assert {step.key for step in mine.filter(status__in=RUNNING)} == theirs
    assert asks in world.case.conditions
    dates.withdraw(case_id=world.case_id, kind=kind, by=world.karin)
    assert asks not in world.case.conditions
    assert not mine.filter(status__in=RUNNING).exists()


def test_what_the_referrer_answered_outlives_a_date_that_was_wrong(world: World) -> None:
    other = world.about(sent(world.referrer, police_report="yes", police_report_date="2026-11-20"))
    other.accept()
    dates.withdraw(case_id=other.case_id, kind=Milestone.POLICE_REPORT_MADE, by=other.karin)
    assert Condition.POLICE_REPORT_MADE.value in other.case.conditions

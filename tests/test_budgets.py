"""How many queries pages take: within their budget, and as many for thirty rows as for one."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.models import Case, RecordedMilestone
from cases.services import messages, participation, referrals, triage
from coordinators.models import Desk
from coordinators.services import put_on_duty
from core import clock
from core.models import JobRun
from tests.access import asking, world
from tests.access.world import PEOPLE, World, rolled_back
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.timeout(600)
BUDGETS = {"cases:inbox": 12, "cases:case": 20, "cases:cases": 12, "cases:work": 23, "cases:breach": 34}
"""Queries of one look, whoever looks; three of work are the alarms that everybody is shown there. A case with
what few have (a dispute, an open handover, a merge, a match ...) may ask once more for each. A wrong
disclosure reads every part of its case once."""
USUAL = 24
LOOKING = ("Rc", "Rf", "Fu", "Po", "Na")
"""Of those who may, the first two look."""
SEEN = [row for row in asking.table() if row.method == "GET" and "200" in row.words.values()]
ROWS = asking.this_week([row for row in SEEN if row.name not in BUDGETS])
ROWS += [row for row in SEEN if row.name in BUDGETS]
Counts = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def portal(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    logging.disable(logging.WARNING)
    with django_db_blocker.unblock(), world.built() as made:
        yield made
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def counted(portal: World) -> Counts:
    """The queries of every page that can be seen, by address and by who looks."""
    found: Counts = {}
    Case.objects.update(matched_at=clock.now(), has_match=False)  # here everybody has the same name
    for row in ROWS:
        for who in [who for who in LOOKING if row.words[who] == "200"][:2]:
            with rolled_back():
                found[row.name, who] = queries(portal, row, who)
    return found


def queries(portal: World, row: asking.Row, who: str) -> int:
    """Of a second look: the first fills what a process keeps."""
    with rolled_back():
        asking.ask(portal, row, who)
    with CaptureQueriesContext(connection) as seen:
        assert asking.ask(portal, row, who).status_code == 200, (row.name, who)
    return len(seen)


def fill(portal: World, times: int) -> None:
    """So many more of everything that stands in a list."""
    people, case = portal.people, portal.case
    for number in range(times):
        world._draft(people["Rf"])
        sent = referrals.submit(draft_id=world._draft(people["Rf"]).pk, by=people["Rf"])
        if number % 2 == 0:
            _take_up(portal, sent.case_id)
        messages.add_note(case_id=case.pk, text="Anteckning", by=people["Rc"])
        messages.add_note(case_id=case.pk, text="Anteckning", by=people["Fu"])
        message_between(portal)
        agency = AgencyFactory.create(kind=AgencyKind.POLICE)
        participation.invite(
            case_id=case.pk,
            agency_id=agency.pk,
            ground=world._ground(case, agency),
            categories=["situation"],
            purpose="Samordnat stöd",
            by=people["Rc"],
        )
        member(Role.CASEWORKER, agency=people["Rf"].agency)
        JobRun.objects.create(name="chase", started_at=clock.now())
        session = SessionStore()
        session.create()
        UserSession.objects.create(
            user=people["Rf"].user, ip="127.0.0.1", user_agent="test", session_key=session.session_key
        )
        RecordedMilestone.objects.create(
            case=case, kind="identified", happened_at=clock.now(), recorded_at=clock.now(),
            replaced_at=clock.now(), date_only=False,
        )  # fmt: skip
    more_people_at_the_desk(portal, times)


def _take_up(portal: World, case_id: uuid.UUID) -> None:
    case = triage.accept(case_id=case_id, by=portal.people["Rc"])
    for column in ("In", "St", "Fu"):
        by = portal.people[column]
        row = participation.invite(
            case_id=case_id, agency_id=by.agency_id, ground=world._ground(case, by.agency),
            categories=["situation"], purpose="Stöd", by=portal.people["Rc"],
        )  # fmt: skip
        if column != "In":
            participation.answer(participation_id=row.pk, accepts=True, by=by)


def message_between(portal: World) -> None:
    case = portal.case
    referral = portal.objects[""]["referral_id"]
    messages.send(case_id=case.pk, to=[f"referral:{referral}"], text="Till dig", by=portal.people["Rc"])
    messages.send(case_id=case.pk, to=[f"desk:{case.desk_id}"], text="Från oss", by=portal.people["Fu"])
    referrals.supplement(referral_id=referral, text="Ett till", by=portal.people["Rf"])


def more_people_at_the_desk(portal: World, times: int) -> None:
    desk = Desk.objects.select_related("agency").get(pk=portal.case.desk_id)
    for _number in range(times):
        who = member(Role.REGIONAL_COORDINATOR, agency=desk.agency)
        membership = Membership.objects.select_related("user", "agency").get(pk=who.membership_id)
        put_on_duty(desk=desk, membership=membership, first=clock.today() - timedelta(days=9), by=None)


def test_as_many_queries_for_thirty_rows_as_for_one_and_within_budget(portal: World) -> None:
    with rolled_back(), clock.frozen(clock.now()):
        fill(portal, 1)
        before = counted(portal)
        fill(portal, 29)
        after = counted(portal)
    grown = {at: (before[at], after[at]) for at in before if after[at] > before[at]}
    assert not grown, "\n".join(f"{name} seen by {PEOPLE[who]}: {n}" for (name, who), n in grown.items())
    over = {at: n for at, n in after.items() if n > BUDGETS.get(at[0].partition("@")[0], USUAL)}
    assert not over, "\n".join(f"{name} seen by {PEOPLE[who]}: {n}" for (name, who), n in over.items())

"""S25: a person leaves. Open work has a new home first; then sessions end and she can be picked nowhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership, User
from accounts.services import leaving, memberships, people
from accounts.services.leaving import NOBODY
from cases.enums import LIVE_STEPS
from cases.models import Draft, Notice, Participation, Step
from cases.services import recusals, steps, triage
from coordinators.models import Absence, Desk, Duty
from coordinators.routing import people_on
from coordinators.services import register_absence
from core import clock
from core.models import AuditEvent
from tests.cases.services.conftest import World, drafted, membership_of, sent
from tests.factories import AgencyFactory, member, sign_in

pytestmark = pytest.mark.django_db


class Unit:
    """Police: Anna with open steps in several cases, Bo beside her, and their own administrator."""

    def __init__(self, world: World, cases: int = 3) -> None:
        world.accept()
        self.world = world
        self.anna = world.join(AgencyKind.POLICE)
        self.bo = member(Role.CASEWORKER, agency=self.anna.agency)
        self.admin = member(Role.ADMINISTRATOR, agency=self.anna.agency)
        self.portal = member(Role.ADMINISTRATOR)
        for _ in range(cases - 1):
            other = world.about(sent(world.referrer))
            other.accept()
            row = other.invite(self.anna.agency)
            from cases.services import participation

            participation.answer(participation_id=row.pk, accepts=True, by=self.anna)
        for step in Step.objects.filter(agency=self.anna.agency):
            steps.assign(step_id=step.pk, assignee_id=self.anna.user_id, by=self.anna)
        self.draft = drafted(self.anna)

    def open(self) -> int:
        return Step.objects.filter(assignee=self.anna.user_id, status__in=("waiting", *LIVE_STEPS)).count()

    def homes(self, to: Assignment | None) -> dict[str, str]:
        found = leaving.open_work(self.anna.user, by=None)
        return {work.key: str(to.user_id) if to else NOBODY for work in found}


@pytest.fixture
def unit(world: World) -> Unit:
    return Unit(world)


def test_the_list_tells_counts_and_only_her_own_references(unit: Unit) -> None:
    mine = {work.code: work for work in leaving.open_work(unit.anna.user, by=unit.admin)}
    assert mine["steps"].count == unit.open() > 3 and mine["contact"].count == 3 and mine["drafts"].count == 1
    references = set(
        Participation.objects.filter(agency=unit.anna.agency).values_list("case__reference", flat=True)
    )
    assert set(mine["steps"].references) == references and mine["drafts"].references == ()
    others = leaving.open_work(unit.anna.user, by=unit.portal)
    assert [work.count for work in others] == [work.count for work in mine.values()]
    assert all(work.references == () for work in others), "another agency's work is counted, not named"


def test_nothing_happens_until_everything_has_a_home(unit: Unit) -> None:
    sign_in(Client(), unit.anna)
    with pytest.raises(ValidationError) as refusal:
        people.deactivate(unit.anna.user, by=unit.admin)
    assert len(refusal.value.message_dict) == 3
    part = unit.homes(unit.bo)
    part.popitem()
    with pytest.raises(ValidationError):
        people.deactivate(unit.anna.user, by=unit.admin, homes=part)
    stranger = member(Role.CASEWORKER)
    with pytest.raises(ValidationError):
        people.deactivate(unit.anna.user, by=unit.admin, homes=unit.homes(stranger))
    with pytest.raises(PermissionDenied):
        people.deactivate(unit.anna.user, by=member(Role.ADMINISTRATOR, agency=AgencyFactory.create()),
                          homes=unit.homes(unit.bo))  # fmt: skip
    assert User.objects.get(pk=unit.anna.user_id).is_active and unit.open() > 3
    assert UserSession.objects.filter(user=unit.anna.user).exists()
    assert AuditEvent.objects.filter(verb="person.deactivate", outcome="refused").exists()


def test_all_at_once_and_history_keeps_the_name(unit: Unit) -> None:
    browser = sign_in(Client(), unit.anna)
    number = unit.open()
    people.deactivate(unit.anna.user, by=unit.admin, homes=unit.homes(unit.bo))
    assert unit.open() == 0
    assert (
        Step.objects.filter(assignee=unit.bo.user_id, status__in=("waiting", *LIVE_STEPS)).count() == number
    )
    assert set(Participation.objects.filter(agency=unit.anna.agency).values_list("contact", flat=True)) == {
        unit.bo.user_id
    }
    assert Draft.objects.get(pk=unit.draft.pk).owner_id == unit.bo.user_id
    assert Draft.objects.get(pk=unit.draft.pk).answers["name"] == "Björk-27"
    assert not UserSession.objects.filter(user=unit.anna.user).exists()
    assert browser.get("/arbete/").status_code == 302
    assert Notice.objects.filter(user=unit.bo.user_id, kind="assigned").count() == 3, "one a case"
    step = Step.objects.filter(agency=unit.anna.agency, status__in=LIVE_STEPS).first()
    assert step is not None
    with pytest.raises(ValidationError):
        steps.assign(step_id=step.pk, assignee_id=unit.anna.user_id, by=unit.bo)
    assert AuditEvent.objects.filter(verb="step.assign", user_id=unit.anna.user_id).exists()
    page = sign_in(Client(), unit.world.karin).get(f"/arenden/{unit.world.case_id}/historik/")
    assert unit.anna.user.name in page.content.decode()


def test_to_the_unit_means_nobody_and_drafts_are_deleted(unit: Unit) -> None:
    people.deactivate(unit.anna.user, by=unit.portal, homes=unit.homes(None))
    live = Step.objects.filter(agency=unit.anna.agency, status__in=LIVE_STEPS)
    assert live.exists() and set(live.values_list("assignee", flat=True)) == {None}
    assert not Draft.objects.filter(pk=unit.draft.pk).exists()
    assert set(Participation.objects.filter(agency=unit.anna.agency).values_list("contact", flat=True)) == {
        None
    }


def test_a_colleague_who_cannot_handle_a_case_does_not_inherit_it(world: World) -> None:
    world.accept()
    triage.assign(case_id=world.case_id, assignee_id=world.per.user_id, by=world.karin)
    recusals.recuse(case_id=world.case_id, reason="Släkt.", by=world.karin)
    (work,) = [w for w in leaving.open_work(world.per.user, by=None) if w.code == "desk"]
    homes = {w.key: NOBODY for w in leaving.open_work(world.per.user, by=None)} | {
        work.key: str(world.karin.user_id)
    }
    people.deactivate(world.per.user, by=None, homes=homes)
    assert world.case.assignee_id is None


def test_a_coordinator_leaves_duties_deputyships_and_cases(world: World) -> None:
    world.accept()
    register_absence(membership=membership_of(world.syd), first=date(2026, 12, 1), last=date(2026, 12, 4),
                     deputy=membership_of(world.karin), by=None)  # fmt: skip
    found = {w.code: w for w in leaving.open_work(world.karin.user, by=world.national)}
    assert set(found) == {"duties", "deputy", "desk"} and found["desk"].count == 1
    local = member(Role.ADMINISTRATOR, agency=world.karin.agency)
    seen = {w.code: w for w in leaving.open_work(world.karin.user, by=local)}
    assert seen["duties"].people == (), "who covers a desk is not the unit's to decide"
    admin = member(Role.ADMINISTRATOR)
    homes = {found["duties"].key: str(world.per.user_id), found["deputy"].key: str(world.per.user_id),
             found["desk"].key: str(world.per.user_id)}  # fmt: skip
    people.deactivate(world.karin.user, by=admin, homes=homes)
    mitt = Desk.objects.get(key="mitt")
    assert [p.user_id for p in people_on([mitt], clock.today())[mitt.pk]] == [world.per.user_id]
    assert world.case.assignee_id == world.per.user_id
    assert Absence.objects.get(membership=world.syd.membership_id).deputy_id == world.per.membership_id
    assert not Duty.objects.within(clock.today(), None).filter(membership=world.karin.membership_id).exists()


def test_ending_one_assignment_moves_the_work_of_that_agency_alone(unit: Unit) -> None:
    second = Membership.objects.get(pk=member(Role.CASEWORKER, user=unit.anna.user).membership_id)
    elsewhere = drafted(Assignment_of(second))
    with pytest.raises(ValidationError):
        memberships.end_membership(unit.anna.membership_id, by=unit.admin)
    homes = {key: home for key, home in unit.homes(unit.bo).items() if str(unit.anna.agency_id) in key}
    memberships.end_membership(unit.anna.membership_id, by=unit.admin, homes=homes)
    assert unit.open() == 0 and Draft.objects.get(pk=elsewhere.pk).owner_id == unit.anna.user_id
    with pytest.raises(ValidationError):
        memberships.change_membership(
            second.pk, version=second.version, role=Role.CASEWORKER, is_manager=False,
            valid_from=date(2020, 1, 1), valid_until=date(2026, 11, 1), by=unit.portal,
        )  # fmt: skip


def Assignment_of(membership: Membership) -> Assignment:
    from accounts.access import assignment_for

    return assignment_for(membership)


def test_on_screen(unit: Unit) -> None:
    browser = sign_in(Client(), unit.admin)
    url = f"/admin-sidor/anvandare/{unit.anna.user_id}/lamnar/"
    page = browser.get(url)
    text = page.content.decode()
    assert page.status_code == 200 and unit.world.case.reference in text and "Björk" not in text
    assert "Arbetar sju dagar" not in text
    wrong = browser.post(url, {})
    assert wrong.status_code == 200 and len(wrong.context["form"].errors) == 3
    done = browser.post(url, unit.homes(unit.bo))
    assert done.status_code == 302 and not User.objects.get(pk=unit.anna.user_id).is_active
    other = sign_in(Client(), member(Role.ADMINISTRATOR, agency=AgencyFactory.create()))
    assert other.get(url).status_code == 404
    portal = sign_in(Client(), unit.portal)
    local = f"/admin-sidor/uppdrag/{unit.bo.membership_id}/lamnar/"
    shown = portal.get(local)
    assert shown.status_code == 200 and unit.world.case.reference not in shown.content.decode()
    assert portal.post(local, _homes_of(unit.bo, unit.bo.agency_id)).status_code == 302
    assert Membership.objects.get(pk=unit.bo.membership_id).ended_at is not None


def _homes_of(who: Assignment, agency_id: Any) -> dict[str, str]:
    return {work.key: NOBODY for work in leaving.open_work(who.user, by=None, agency_id=agency_id)}

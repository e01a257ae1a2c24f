"""Dated rights: what a role carries, when, and that nothing else gives any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from pytest_django import DjangoAssertNumQueries

from accounts.access import assignment_for, memberships_of
from accounts.enums import PORTAL_RIGHTS, ROLE_RIGHTS, AgencyKind, Role
from accounts.models import Agency, AgencyPermission, Membership, User
from accounts.services import agencies, memberships
from core import clock
from core.access import Synced, Wanted, members_with, rights_on, sync
from core.errors import StaleVersion
from core.models import AuditEvent
from tests.factories import AgencyFactory, MembershipFactory, UserFactory, member

pytestmark = pytest.mark.django_db
Freeze = Callable[..., Any]


@pytest.mark.parametrize("role", Role.values)
def test_role_carries_exactly_its_rights(role: str) -> None:
    assert member(role).rights == ROLE_RIGHTS[Role(role)]


@pytest.mark.parametrize("role", Role.values)
def test_portal_rights_exist_at_the_national_agency_only(role: str) -> None:
    who = member(role, agency=AgencyFactory.create(kind=AgencyKind.POLICE))
    assert not who.rights & PORTAL_RIGHTS


def test_every_right_is_declared_and_every_declared_right_is_used() -> None:
    declared = {codename for codename, _name in Agency._meta.permissions}
    assert declared == set().union(*ROLE_RIGHTS.values())


def test_rights_are_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    membership = MembershipFactory.create(role=Role.REGIONAL_COORDINATOR)
    with django_assert_num_queries(1):
        assert assignment_for(membership).has("work_cases")


def test_last_day_counts_and_the_day_after_does_not(freeze: Freeze) -> None:
    membership = MembershipFactory.create(valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 29))
    for moment, has in [
        ("2026-02-28 23:59:59", False),
        ("2026-03-01 00:00:00", True),
        ("2026-03-29 23:59:59", True),
        ("2026-03-30 00:00:00", False),
    ]:
        freeze(moment)
        assert assignment_for(membership).has("work_cases") is has, moment
        assert bool(memberships_of(membership.user)) is has, moment


def test_inactive_person_has_no_rights_whatever_the_rows_say() -> None:
    who = member()
    User.objects.filter(pk=who.user_id).update(is_active=False, deactivated_at=clock.now())
    assert rights_on(AgencyPermission, who.membership_id) == {}
    assert members_with(AgencyPermission, who.agency_id, "work_cases") == []


def test_a_superuser_mark_means_nothing() -> None:
    who = member()
    who.user.is_superuser = True  # type: ignore[attr-defined]
    assert not who.has("manage_portal")
    assert not hasattr(User, "has_perm")


def test_rows_of_one_membership_give_nothing_to_another_of_the_same_person() -> None:
    who = member("administrator")
    other = MembershipFactory.create(user=who.user, role=Role.CASEWORKER)
    assert not assignment_for(other).has("manage_people")


def test_sync_is_idempotent_and_removes_what_is_no_longer_wanted() -> None:
    membership = MembershipFactory.create()
    assert memberships.sync_permissions(membership) == Synced(0, 0)
    AgencyPermission.objects.filter(membership=membership).first().delete()
    assert memberships.sync_permissions(membership).added == 1
    membership.ended_at = clock.now()
    assert memberships.sync_permissions(membership).removed == 3


def test_sync_refuses_a_right_the_container_does_not_declare() -> None:
    membership = MembershipFactory.create()
    wanted = Wanted(
        membership.pk, membership.user_id, membership.agency_id, "add_permission", date(2026, 1, 1)
    )
    with pytest.raises(KeyError):
        sync(AgencyPermission, [wanted], within=Q(membership=membership))


def test_resync_mends_every_membership() -> None:
    MembershipFactory.create(rights=False)
    assert memberships.resync_permissions() == 3
    assert memberships.resync_permissions() == 0


def test_members_with_a_right() -> None:
    who = member("administrator")
    assert members_with(AgencyPermission, who.agency_id, "manage_portal") == [who.membership_id]


@pytest.mark.parametrize(
    "broken",
    [
        {"role": "superuser"},
        {"valid_from": date(2026, 1, 2), "valid_until": date(2026, 1, 1)},
    ],
)
def test_database_refuses_broken_memberships(broken: dict[str, Any]) -> None:
    facts = {"user": UserFactory.create(), "agency": AgencyFactory.create(), "role": "caseworker"}
    facts |= {"valid_from": date(2026, 1, 1)} | broken
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(**facts)


def test_database_refuses_an_address_twice_whatever_its_case() -> None:
    UserFactory.create(email="a@b.example")
    for email in ("a@b.example", "A@b.example"):
        with pytest.raises(IntegrityError), transaction.atomic():
            UserFactory.create(email=email)


def test_there_is_one_national_coordination() -> None:
    Agency.objects.create(name="NSPM", kind="nspm")
    with pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.create(name="NSPM 2", kind="nspm")


def change(membership: Membership, **new: Any) -> Membership:
    facts: dict[str, Any] = {
        "version": membership.version,
        "role": membership.role,
        "is_manager": membership.is_manager,
        "valid_from": membership.valid_from,
        "valid_until": membership.valid_until,
        "by": member("administrator"),
    }
    return memberships.change_membership(membership.pk, **(facts | new))


def test_change_of_dates_moves_the_rights() -> None:
    membership = MembershipFactory.create()
    change(membership, valid_until=clock.today() - timedelta(days=1))
    assert rights_on(AgencyPermission, membership.pk) == {}


def test_change_of_role_ends_one_membership_and_starts_another() -> None:
    membership = MembershipFactory.create()
    new = change(membership, role=Role.ADMINISTRATOR)
    membership.refresh_from_db()
    assert new.pk != membership.pk and membership.ended_at is not None
    assert rights_on(AgencyPermission, membership.pk) == {}
    assert rights_on(AgencyPermission, new.pk)[new.agency_id] == {"manage_people"}


def test_stale_change_is_refused() -> None:
    membership = MembershipFactory.create()
    change(membership, is_manager=True)
    with pytest.raises(StaleVersion):
        change(membership, is_manager=False)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.NATIONAL_COORDINATOR, Role.DATA_PROTECTION_OFFICER])
def test_national_roles_are_refused_elsewhere(role: str) -> None:
    membership = MembershipFactory.create()
    with pytest.raises(ValidationError):
        change(membership, role=role)


def test_same_role_twice_in_one_period_is_refused() -> None:
    membership = MembershipFactory.create()
    with pytest.raises(ValidationError):
        memberships.add_membership(
            membership.user,
            agency=membership.agency,
            role=membership.role,
            is_manager=False,
            valid_from=clock.today(),
            valid_until=None,
            by=None,
        )


def test_membership_that_began_today_can_end_today() -> None:
    membership = MembershipFactory.create(valid_from=clock.today())
    memberships.end_membership(membership.pk, by=member("administrator"))
    assert rights_on(AgencyPermission, membership.pk) == {}
    assert memberships_of(membership.user) == []


def test_last_administrator_of_the_portal_stays() -> None:
    admin = member("administrator")
    with pytest.raises(ValidationError):
        memberships.end_membership(admin.membership_id, by=admin)
    member("administrator")
    memberships.end_membership(admin.membership_id, by=admin)


@pytest.mark.parametrize("role", [r for r in Role.values if r != "administrator"])
def test_only_administrators_change_memberships_and_the_refusal_is_recorded(role: str) -> None:
    target, by = MembershipFactory.create(), member(role)
    with pytest.raises(PermissionDenied):
        memberships.end_membership(target.pk, by=by)
    event = AuditEvent.objects.get(verb="membership.end", outcome="refused")
    assert (event.user_id, event.target_id) == (by.user_id, target.pk)


def test_administrator_of_another_agency_is_refused() -> None:
    target = MembershipFactory.create()
    with pytest.raises(PermissionDenied):
        memberships.end_membership(target.pk, by=member("administrator", agency=AgencyFactory.create()))


def facts_of(agency: Agency, **new: Any) -> dict[str, Any]:
    names = ("name", "kind", "municipality_code", "mailbox", "phone", "active", "is_placeholder")
    return {name: getattr(agency, name) for name in names} | new


def test_closing_an_agency_takes_the_rights_of_its_people() -> None:
    who, admin = member(), member("administrator")
    agencies.update_agency(who.agency_id, version=1, by=admin, **facts_of(who.agency, active=False))
    assert rights_on(AgencyPermission, who.membership_id) == {}
    agencies.update_agency(who.agency_id, version=2, by=admin, **facts_of(who.agency, active=True))
    assert rights_on(AgencyPermission, who.membership_id)
    with pytest.raises(StaleVersion):
        agencies.update_agency(who.agency_id, version=2, by=admin, **facts_of(who.agency))


def test_agencies_are_the_portal_administrators_business() -> None:
    local = member("administrator", agency=AgencyFactory.create())
    with pytest.raises(PermissionDenied):
        agencies.create_agency(by=local, **facts_of(AgencyFactory.build()))


def test_national_agency_can_be_neither_closed_nor_doubled() -> None:
    admin = member("administrator")
    with pytest.raises(ValidationError):
        agencies.update_agency(admin.agency_id, version=1, by=admin, **facts_of(admin.agency, active=False))
    with pytest.raises(ValidationError):
        agencies.create_agency(by=admin, **facts_of(admin.agency, name="Another"))

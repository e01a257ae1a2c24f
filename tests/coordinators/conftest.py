"""The map as it is loaded, and coordinators on duty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from accounts.access import Assignment
from accounts.enums import Role
from accounts.models import Membership
from coordinators import services
from coordinators.models import Desk
from tests.factories import member

START = date(2020, 1, 1)


@pytest.fixture
def the_map(db: None) -> None:
    services.load_reference()


@pytest.fixture
def on_duty(the_map: None) -> Callable[..., Assignment]:
    """`on_duty("mitt")`: a new coordinator at the desk, until further notice."""

    def put(key: str, name: str = "") -> Assignment:
        desk = Desk.objects.get(key=key)
        role = Role.NATIONAL_COORDINATOR if desk.is_national else Role.REGIONAL_COORDINATOR
        who = member(role, agency=desk.agency)
        if name:
            who.user.name = name
            who.user.save(update_fields=["name"])
        services.put_on_duty(desk=desk, membership=membership(who), first=START, by=None)
        return who

    return put


def membership(who: Assignment) -> Membership:
    return Membership.objects.select_related("user", "agency").get(pk=who.membership_id)

"""A portal of few people in the test's own database: one who refers, two who coordinate, ready drafts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.models import Draft
from coordinators.models import Desk
from coordinators.services import load_reference, put_on_duty
from core import clock, vault
from manual.services import sync_manual
from tests.cases.conftest import ADULT
from tests.factories import AgencyFactory, member, sign_in

DANGER = {"immediate_danger": "yes", "emergency_contacted": ["police"]}


@dataclass
class SmallPortal:
    """Made in the database the test has now."""

    referrer: Assignment = field(init=False)
    coordinators: list[Assignment] = field(init=False)

    def __post_init__(self) -> None:
        load_reference()
        sync_manual(by=None, publish=True)
        self.referrer = member(
            Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT)
        )
        self.coordinators = [_on_duty("mitt"), _on_duty("mitt")]

    def draft(self, **changes: Any) -> Draft:
        """Complete, about an adult in Uppsala."""
        now, key = clock.now(), uuid.uuid4()
        return Draft.objects.create(
            id=key,
            owner=self.referrer.user,
            agency=self.referrer.agency,
            data_key=vault.new_key("draft", key),
            answers=ADULT | changes,
            started_at=now,
            saved_at=now,
            expires_at=now + timedelta(days=1),
        )


def cookies(who: Assignment) -> dict[str, str]:
    """Of a browser that is signed in."""
    return {settings.SESSION_COOKIE_NAME: sign_in(Client(), who).session.session_key or ""}


def _on_duty(key: str) -> Assignment:
    desk = Desk.objects.select_related("agency").get(key=key)
    who = member(Role.REGIONAL_COORDINATOR, agency=desk.agency)
    membership = Membership.objects.select_related("user", "agency").get(pk=who.membership_id)
    put_on_duty(desk=desk, membership=membership, first=date(2020, 1, 1), by=None)
    return who

"""A running portal for the heart: map, manual, people on duty, and ready answers to send."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from cases.models import Draft, Referral
from cases.services import referrals
from coordinators.models import Desk
from coordinators.services import put_on_duty
from core import clock, vault
from tests.factories import AgencyFactory, member

ADULT: dict[str, Any] = {
    "immediate_danger": "no",
    "age_group": "adult",
    "consent_status": "given",
    "consent_scope": ["social_services_adult", "police"],
    "consent_form": "oral",
    "consent_date": "2026-11-20",
    "consent_withdrawable_explained": "yes",
    "interpreter_used": "no",
    "name": "Björk-27",
    "sex": "man",
    "citizenship": ["TH"],
    "languages": ["th"],
    "interpreter_needed": "yes",
    "protected_identity": "none",
    "place_now": "municipality",
    "municipality_of_presence": "0380",
    "place_found": "same",
    "responsible": "same",
    "places": ["same"],
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
    "narrative": "Arbetar sju dagar i veckan utan lön.",
    "needs": ["safe_housing"],
    "confirm_necessary": "yes",
}
CHILD: dict[str, Any] = {
    "immediate_danger": "no",
    "age_group": "child",
    "report_made": "done",
    "report_municipality": "0181",
    "report_date": "2026-11-20",
    "report_contact": "Mottagningen",
    "name": "Ek-11",
    "sex": "woman",
    "citizenship": ["SE"],
    "languages": ["sv"],
    "protected_identity": "none",
    "place_now": "municipality",
    "municipality_of_presence": "0181",
    "place_found": "same",
    "responsible": "same",
    "places": ["same"],
    "forms": ["sexual"],
    "indicators": ["recruit.relationship_lure"],
    "narrative": "En äldre man säljer henne på nätet.",
    "needs": ["counselling"],
    "confirm_necessary": "yes",
}


@pytest.fixture
def on_duty(portal: None) -> Callable[..., Assignment]:
    """`on_duty("mitt")`: a coordinator at the desk, until further notice."""

    def put(key: str, name: str = "", **more: Any) -> Assignment:
        desk = Desk.objects.select_related("agency").get(key=key)
        role = Role.NATIONAL_COORDINATOR if desk.is_national else Role.REGIONAL_COORDINATOR
        who = member(role, agency=desk.agency, **more)
        if name:
            who.user.name = name
            who.user.save(update_fields=["name"])
        membership = Membership.objects.select_related("user", "agency").get(pk=who.membership_id)
        put_on_duty(desk=desk, membership=membership, first=date(2020, 1, 1), by=None)
        return who

    return put


@pytest.fixture
def referrer(portal: None) -> Assignment:
    return member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_ADULT))


@pytest.fixture
def send(portal: None) -> Callable[..., Referral]:
    """`send(by, **changes)`: a sent referral about an adult with consent in Uppsala, unless changed."""

    def sent(by: Assignment, base: dict[str, Any] = ADULT, **changes: Any) -> Referral:
        answers = {key: value for key, value in (base | changes).items() if value is not None}
        now, key = clock.now(), uuid.uuid4()
        draft = Draft.objects.create(
            id=key,
            owner=by.user,
            agency=by.agency,
            data_key=vault.new_key("draft", key),
            answers=answers,
            started_at=now,
            saved_at=now,
            expires_at=now,
        )
        return referrals.submit(draft_id=draft.id, by=by)

    return sent

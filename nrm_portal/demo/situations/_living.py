"""How a situation is lived through: who acts, when it was, and a referral sent at that time."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment, assignment_for
from accounts.models import Membership
from cases.models import Case, Draft, Referral
from cases.services import referrals, triage
from core import clock, vault, workdays
from nrm_portal.demo.fill import NAMESPACE

ANSWERS: Final[dict[str, Any]] = {
    "immediate_danger": "no",
    "age_group": "adult",
    "consent_status": "given",
    "consent_scope": ["social_services_adult", "police"],
    "consent_form": "oral",
    "consent_withdrawable_explained": "yes",
    "interpreter_used": "yes",
    "sex": "woman",
    "citizenship": ["RO"],
    "languages": ["ro"],
    "interpreter_needed": "yes",
    "protected_identity": "none",
    "place_now": "municipality",
    "municipality_of_presence": "0380",
    "place_found": "same",
    "responsible": "same",
    "places": ["same"],
    "indicators": ["docs_debt.docs_held"],
    "needs": ["safe_housing"],
    "confirm_necessary": "yes",
}
"""An adult in Uppsala who agrees. A situation says what is different."""


def acting(email: str) -> Assignment:
    """Somebody of the demo, by what stands before the @; in her last agency by name."""
    rows = Membership.objects.select_related("user", "agency").filter(user__email=f"{email}@demo.example")
    return assignment_for(rows.order_by("-agency__name")[0])


def morning(today: datetime, working_days: int) -> datetime:
    """Nine o'clock so many working days ago."""
    day = workdays.add_working_days(clock.local(today).date(), -working_days)
    return datetime(day.year, day.month, day.day, 9, tzinfo=clock.STOCKHOLM)


def sent(key: uuid.UUID, at: datetime, by: Assignment, answers: dict[str, Any]) -> Referral | None:
    """A referral of that moment with these answers and no others; None when it is there already."""
    if Referral.objects.filter(draft_id=key).exists():
        return None
    with clock.frozen(at):
        Draft.objects.create(
            id=key,
            owner=by.user,
            agency=by.agency,
            data_key=vault.new_key("draft", key),
            answers=answers,
            started_at=at,
            saved_at=at,
            expires_at=at + timedelta(days=28),
        )
        return referrals.submit(draft_id=key, by=by)


def referred(area: str, name: str, at: datetime, by: Assignment | None = None, **answers: Any) -> Case | None:
    """The case of a referral of that day, by Fatima Berg if nobody is named; None the second time."""
    key = uuid.uuid5(NAMESPACE, f"situation-{area}-{name}")
    told = ANSWERS | {"consent_date": str(clock.local(at).date()), "name": name} | answers
    referral = sent(key, at, by or acting("fatima.berg"), told)
    return referral.case if referral else None


def accepted(case: Case, at: datetime, by: Assignment | None = None) -> Case:
    """Taken up by Karin Holm, if nobody else is named."""
    with clock.frozen(at):
        return triage.accept(case_id=case.pk, by=by or acting("karin.holm"))

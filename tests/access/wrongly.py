"""A wrong disclosure in the world's case: a person of an agency in it opened what she had no need of."""

from __future__ import annotations

from typing import Any

from accounts.access import Assignment
from accounts.enums import Role
from cases.enums import BreachKind, Threat
from cases.models import Case
from cases.services.breaches.reporting import Told, report
from core import audit, clock
from tests.factories import member


def disclosed(case: Case, colleague_of: Assignment, by: Assignment, base: dict[str, Any]) -> dict[str, Any]:
    """The parts of its addresses."""
    curious = member(Role.CASEWORKER, agency=colleague_of.agency)
    audit.record("case.read", case, by=curious, level=4)
    told = Told(
        BreachKind.OPENED, Threat.NO, "Läste utan uppdrag", clock.now(), to=[f"user:{curious.user_id}"]
    )
    row = report(case_id=case.pk, told=told, by=by)
    return {"wrong": base | {"breach_id": row.pk, "recipient_id": row.recipients.get().pk}}

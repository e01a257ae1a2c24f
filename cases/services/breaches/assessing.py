"""The data protection officer's part: risk, who is told, whether the authority is notified, and the end."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from cases.enums import BreachDecision, BreachRisk, Category, PersonTold
from cases.models import Breach
from cases.notifications import breaches as telling
from cases.services import casework
from cases.services.breaches import sight as clearing
from cases.services.breaches import timing
from core import audit, clock
from core.errors import StaleVersion, TransitionNotAllowed


@dataclass(frozen=True)
class Assessment:
    """What is known and decided so far; everything may be left out until it is known."""

    risk: str = ""
    categories: Collection[str] = ()
    consequences: str = ""
    measures: str = ""
    told: str = ""
    person_told: str = ""
    person_told_why: str = ""
    decision: str = ""
    decision_why: str = ""
    notified_at: datetime | None = None
    notified_as: str = ""
    late_why: str = ""


PLAIN: Final = ("risk", "person_told", "decision", "notified_at")
WRITTEN: Final = (
    "consequences", "measures", "told", "person_told_why", "decision_why", "notified_as", "late_why",
)  # fmt: skip


@transaction.atomic(durable=True)
def assess(*, breach_id: uuid.UUID, version: int, told: Assessment, by: Assignment) -> Breach:
    """Save the assessment; a decision stops the clock, or a notification does where one is to be made.

    Raises StaleVersion, TransitionNotAllowed once it is closed, ValidationError at the field.
    """
    breach = _locked(breach_id, by, "breach.assess")
    if breach.closed_at is not None:
        raise TransitionNotAllowed(_("It is closed. It can be read, not changed."))
    if breach.version != version:
        raise StaleVersion(breach)
    _must_hold(told, breach)
    before = {name: getattr(breach, name) for name in PLAIN}
    for name in PLAIN:
        setattr(breach, name, getattr(told, name))
    for name in WRITTEN:
        setattr(breach, name, getattr(told, name).strip() or None)
    breach.categories = [code for code in Category.values if code in set(told.categories)]
    if breach.decision != before["decision"]:
        breach.decided_at = clock.now() if breach.decision else None
        breach.decided_by_id = by.user_id if breach.decision else None
    timing.set_clock(breach)
    breach.version += 1
    breach.save()
    if timing.is_settled(breach):
        telling.settled(breach)
    audit.record(
        "breach.assess",
        breach,
        by=by,
        case=breach.case_id,
        risk=told.risk,
        decision=told.decision,
        before=str(before["decision"]),
        notified=told.notified_at is not None,
        person=told.person_told,
    )
    return breach


def _locked(breach_id: uuid.UUID, by: Assignment, verb: str) -> Breach:
    """The case first, as everywhere; then the row."""
    require_right(by, clearing.OFFICER, verb, breach_id)
    found = clearing.for_officer(breach_id, by)
    casework.lock(found.case_id)
    rows = Breach.objects.select_for_update(of=("self",), no_key=True).select_related(
        "data_key", "case__desk"
    )
    return rows.get(pk=breach_id)


def _must_hold(told: Assessment, breach: Breach) -> None:
    """What the regulation asks of the answers together."""
    if told.person_told == PersonTold.NO and not told.person_told_why.strip():
        raise ValidationError({"person_told_why": _("Write why the person is not told")})
    if not told.decision:
        if told.notified_at:
            raise ValidationError({"decision": _("Choose first that the authority is notified")})
        return
    if not told.risk:
        raise ValidationError({"risk": _("Assess the risk before you decide")})
    if not told.decision_why.strip():
        raise ValidationError({"decision_why": _("Write the reason for the decision")})
    if told.decision == BreachDecision.NOT_NOTIFY and told.risk != BreachRisk.UNLIKELY:
        words = _("A notification may be left out only when a risk is unlikely (GDPR art. 33.1)")
        raise ValidationError({"decision": words})
    _must_be_notified_soundly(told, breach)


def _must_be_notified_soundly(told: Assessment, breach: Breach) -> None:
    at = told.notified_at
    if at is None:
        return
    if told.decision != BreachDecision.NOTIFY:
        raise ValidationError({"notified_at": _("Leave it empty when nothing is notified")})
    if at > clock.now():
        raise ValidationError({"notified_at": _("The time cannot be in the future.")})
    if at < breach.noticed_at:
        raise ValidationError({"notified_at": _("It cannot be before it was noticed")})
    if at > breach.due_at and not told.late_why.strip():
        words = _("Write why it came later than 72 hours (GDPR art. 33.1)")
        raise ValidationError({"late_why": words})


@transaction.atomic(durable=True)
def close(*, breach_id: uuid.UUID, by: Assignment) -> Breach:
    """Nothing is left to do. Raises ValidationError while something is undecided."""
    breach = _locked(breach_id, by, "breach.close")
    if breach.closed_at is not None:
        return breach
    if missing := open_questions(breach):
        raise ValidationError([ValidationError(words) for words in missing])
    breach.closed_at, breach.closed_by_id = clock.now(), by.user_id
    breach.version += 1
    breach.save(update_fields=["closed_at", "closed_by", "version"])
    audit.record("breach.close", breach, by=by, case=breach.case_id)
    return breach


def open_questions(breach: Breach) -> list[str]:
    """What has to be answered before it can be closed, in words."""
    found = []
    if not breach.decision:
        found.append(_("Decide whether the authority is notified"))
    elif not timing.is_settled(breach):
        found.append(_("Record when the authority was notified"))
    if breach.person_told not in (PersonTold.YES, PersonTold.NO):
        found.append(_("Record whether the person has been told"))
    if not breach.measures:
        found.append(_("Write what has been done"))
    return found

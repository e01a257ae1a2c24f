"""A closed case whose time has come, with a hold and a batch, for the table of who gets what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.access import Assignment
from cases.enums import HoldReason, Outcome
from cases.models import Case, DisposalBatch, DisposalItem, Retention
from cases.services import casework, triage
from cases.services.disposal import holds, schedules
from core import clock


def over(case: Case, by: Assignment, base: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Proposed by the coordinator; the approval waits."""
    triage.accept(case_id=case.pk, by=by)
    casework.close(case_id=case.pk, outcome=Outcome.SUPPORT_COMPLETED, by=by)
    schedules.sync()
    today = clock.today()
    rule = schedules.rules()["case", ""]
    Retention.objects.create(case=case, rule=rule, counts_from=today - timedelta(days=9), due_on=today)
    hold = holds.place(case_id=case.pk, reason=HoldReason.CLAIM, words="T 1-27", ends_on=today, by=by)
    batch = DisposalBatch.objects.create(decision="Dnr 1/26", proposed_by=by.user, proposed_at=clock.now())
    DisposalItem.objects.create(batch=batch, case=case, due_on=today)
    return {"held": base | {"case_id": case.pk, "hold_id": hold.pk, "batch_id": batch.pk}}

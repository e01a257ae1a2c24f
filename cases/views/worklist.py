"""A list of cases on paper: what a row shows and what is to be done, never who the person is."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import held_by
from cases.enums import LIVE_STEPS, Level
from cases.models import Case, CaseGrant, Step
from core import clock, looks

TEMPLATE: Final = "pdf/case_list.html"


def context_of(grants: Sequence[CaseGrant], by: Assignment) -> dict[str, Any]:
    """Plain text only. Two queries, however many cases."""
    now = clock.now()
    steps = _steps([grant.case_id for grant in grants if grant.level >= Level.FULL])
    return {
        "printed_by": f"{by.user.name}, {by.agency.name}",
        "printed_at": f"{looks.date_text(now)} {looks.time_text(now)}",
        "cases": [_case(grant, steps.get(grant.case_id, [])) for grant in grants],
        "needs": {
            "membership": str(by.membership_id),
            "cases": {str(grant.case_id): int(grant.level) for grant in grants},
            "protected": [str(grant.case_id) for grant in grants if grant.case.is_protected],
        },
    }


def _case(grant: CaseGrant, steps: Sequence[Step]) -> dict[str, Any]:
    case = grant.case
    if case.is_protected:
        return _protected(grant)
    marks = (
        (case.danger, _("Immediate danger")),
        (grant.is_child, str(case.get_age_band_display())),
        (case.is_protected, _("Protected identity")),
        (case.is_consultation, _("Without personal data")),
        (case.practice, _("Practice case")),
    )
    return {
        "reference": case.reference,
        "title": case.title,
        "status": str(case.get_status_display()),
        "marks": ", ".join(str(word) for holds, word in marks if holds),
        "due": looks.deadline_on_paper(grant.due_at) if grant.due_at else "",
        "officer": case.assignee.name if case.assignee else "",
        "sender": getattr(grant, "sender", None) or "",
        "steps": [_step(step) for step in steps],
    }


def _protected(grant: CaseGrant) -> dict[str, Any]:
    """Of a protected person the number of the case alone, and when something is due."""
    return {
        "reference": grant.case.reference,
        "title": str(_("Protected identity")),
        "status": str(grant.case.get_status_display()),
        "marks": "",
        "due": looks.deadline_on_paper(grant.due_at) if grant.due_at else "",
        "officer": "",
        "sender": "",
        "steps": [],
    }


def _step(step: Step) -> dict[str, str]:
    owner = step.desk.name if step.desk else step.agency.name if step.agency else ""
    return {
        "title": step.template.title,
        "owner": str(owner),
        "due": looks.deadline_on_paper(step.due_at) if step.due_at else "",
    }


def _steps(cases: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Step]]:
    """What is to be done in each, by time left."""
    found: dict[uuid.UUID, list[Step]] = defaultdict(list)
    live = Step.objects.filter(case__in=cases, status__in=LIVE_STEPS, paused_at__isnull=True)
    for step in live.select_related("template", "agency", "desk").order_by("due_at", "pk"):
        found[step.case_id].append(step)
    return found


def still_seen(needs: Mapping[str, Any], by: Assignment) -> bool:
    """Whether every case on the paper could be printed again, by the same assignment."""
    levels: dict[str, int] = needs.get("cases", {})
    grants = held_by(by).filter(case_id__in=list(levels), desk_id__isnull=False)
    now: dict[str, int] = {}
    for case_id, level in grants.values_list("case_id", "level"):
        now[str(case_id)] = max(level, now.get(str(case_id), 0))
    protected = Case.objects.filter(pk__in=list(levels), is_protected=True).values_list("pk", flat=True)
    if {str(pk) for pk in protected} - set(needs.get("protected", ())):
        return False  # printed before the person was protected
    same = str(by.membership_id) == str(needs.get("membership"))
    return same and all(now.get(case_id, 0) >= level for case_id, level in levels.items())

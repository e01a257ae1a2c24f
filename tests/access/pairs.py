"""Cases that belong together: one merged into another, and one linked to an earlier one."""

from __future__ import annotations

from typing import Any

from accounts.access import Assignment
from cases.models import Case
from cases.services import links, merge_choices, merging


def merged(survivor: Case, absorbed: Case, by: Assignment) -> dict[str, Any]:
    choices = {row.key: "survivor" for row in merge_choices.differences(survivor, absorbed)}
    row = merging.merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, choices=choices, by=by)
    return {"case_id": survivor.pk, "merge_id": row.pk}


def linked(case: Case, earlier: Case, by: Assignment) -> dict[str, Any]:
    row = links.link_earlier(case_id=case.pk, reference=earlier.reference, exploited_again=False, by=by)
    return {"case_id": case.pk, "link_id": row.pk}

"""What a merge of two cases would do, for the coordinator who considers it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases.access import Sight, sight_of
from cases.enums import OPEN_STATUSES, HandoverStatus, ReturnStage, Status
from cases.models import Case, Dispute, Handover, ReturnPlan
from cases.services import casework
from cases.services import merge_choices as choosing
from cases.services.merge_choices import Difference
from core import audit

_OVER: Final = (ReturnStage.STOPPED, ReturnStage.FOLLOWED_UP)


@dataclass(frozen=True)
class Preview:
    """What a merge would do, for the coordinator who considers it."""

    survivor: Case
    absorbed: Case
    differences: list[Difference]
    obstacles: list[str]
    agencies: list[str]
    """Those that take part in one of them and see both afterwards."""


def find(reference: str, sight: Sight) -> Case | None:
    """Another case that the same desk holds, by any number that leads to it; None for all else alike."""
    rows = Case.objects.filter(desk_id=sight.case.desk_id, referrals__reference=reference)
    found = rows.exclude(pk=sight.case.pk).first()
    return found if found is not None and _decides(sight.by, found) else None


def _decides(by: Assignment, case: Case) -> bool:
    sight = sight_of(by, case)
    return sight is not None and "triage" in sight.desk_rights


def preview(*, survivor: Case, absorbed: Case, reason: str, by: Assignment) -> Preview:
    """What would happen, and what has to be chosen. Opens both identities for one look, recorded.

    Raises PermissionDenied when she may not decide in both. With an obstacle no identity is opened.
    """
    sights = [sight_of(by, case) for case in (survivor, absorbed)]
    if not all(sight is not None and "triage" in sight.desk_rights for sight in sights):
        audit.refuse("case.triage", survivor, by=by)
        raise PermissionDenied
    found = obstacles(survivor, absorbed, [sight for sight in sights if sight])
    rows: list[Difference] = []
    if not found:
        for case in (survivor, absorbed):
            casework.open_identity(case=case, reason=reason, by=by)
        rows = choosing.differences(survivor, absorbed)
    return Preview(survivor, absorbed, rows, found, agencies_of(survivor, absorbed))


def agencies_of(*cases: Case) -> list[str]:
    """Names of agencies that take part, once each."""
    parts = [row for case in cases for row in choosing.parts_of(case).values()]
    return sorted({row.agency.name for row in parts})


def obstacles(survivor: Case, absorbed: Case, sights: Iterable[Sight]) -> list[str]:
    """Why the two cannot be merged now, in words for people."""
    ids = [survivor.pk, absorbed.pk]
    pending = Handover.objects.filter(case__in=ids, status=HandoverStatus.OPEN).values_list("case", flat=True)
    found = []
    for case in (survivor, absorbed):
        if case.pk in set(pending):
            words = _("A handover of %(reference)s is pending. It must be answered or taken back first.")
            found.append(words % {"reference": case.reference})
    if survivor.is_consultation or absorbed.is_consultation:
        found.append(_("A consultation has no person and cannot be merged. It stays beside the case."))
    if survivor.practice != absorbed.practice:
        found.append(_("A practice case cannot be merged with a real one."))
    if survivor.desk_id != absorbed.desk_id:
        found.append(_("The cases are at different desks. Hand one over first."))
    if absorbed.status not in OPEN_STATUSES:
        found.append(_("Only open cases can be merged. Link a closed one as an earlier case instead."))
    if absorbed.status == Status.ACTIVE and survivor.status != Status.ACTIVE:
        words = _("%(other)s has been accepted, this case has not. Accept it first, or merge from %(other)s.")
        found.append(words % {"other": absorbed.reference})
    disputes = Dispute.objects.filter(case__in=ids, settled_at__isnull=True)
    if len(set(disputes.values_list("case", flat=True))) == 2:
        found.append(_("Agencies disagree in both cases. One of the disputes must be settled first."))
    plans = ReturnPlan.objects.filter(case__in=ids).exclude(stage__in=_OVER)
    if len(set(plans.values_list("case", flat=True))) == 2:
        found.append(_("Both cases have a return under way. One of them must be ended first."))
    if not found and not all(sight.may_open_identity for sight in sights):
        found.append(
            _("A person has protected identity. Only the case officer named for both cases can merge them.")
        )
    return found

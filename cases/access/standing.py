"""Writing the grants down, in the same transaction as the facts they follow from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q

from cases.access.rule import GrantSpec, grants_for
from cases.enums import HandoverStatus, Status
from cases.models import BreakGlass, Case, CaseGrant, Consent, Handover, LegalGround, Participation
from coordinators.enums import AgeBand
from core import clock


@dataclass
class Standing:
    """What a case stands on: each part is read when first asked for, and kept for one service call.

    Whoever has just written a part sets it (`standing.grounds = ...`) instead of having it read again.
    """

    case: Case

    @cached_property
    def consents(self) -> Sequence[Consent]:
        """Those not withdrawn."""
        return list(self.case.consents.filter(withdrawn_on__isnull=True))

    @cached_property
    def grounds(self) -> Sequence[LegalGround]:
        """Those in force, with their agencies."""
        return list(self.case.grounds.filter(ended_at__isnull=True).select_related("agency"))

    @cached_property
    def participations(self) -> Sequence[Participation]:
        """All, with their agencies."""
        return list(self.case.participations.select_related("agency"))

    @cached_property
    def responsible(self) -> frozenset[uuid.UUID]:
        """Agencies that the settling of a dispute named: they cannot decline (S12)."""
        return responsible_in(self.case)

    @cached_property
    def handovers(self) -> Sequence[Handover]:
        """Those that still give sight: open, or taken over and not yet past their day."""
        current = Q(status=HandoverStatus.OPEN) | Q(
            status=HandoverStatus.ACCEPTED, moves_on__gte=clock.today()
        )
        return list(self.case.handovers.filter(current).order_by("asked_at"))

    @cached_property
    def glasses(self) -> Sequence[BreakGlass]:
        """Emergency access that has not been closed; past its hour it gives no sight any more."""
        return list(self.case.glasses.filter(closed_at__isnull=True))

    @property
    def facts(self) -> tuple[Any, ...]:
        """What the rule asks for besides the case."""
        return self.grounds, self.participations, self.handovers, self.glasses


def responsible_in(case: Case) -> frozenset[uuid.UUID]:
    """Whom the latest settlement of each kind of agency named. One query."""
    settled = case.disputes.filter(settled_at__isnull=False).order_by("settled_at")
    latest = dict(settled.values_list("kind", "responsible_id"))
    return frozenset(agency for agency in latest.values() if agency)


def sync_grants(case: Case, standing: Standing | None = None) -> None:
    """Make the rows equal the rule, and copy the columns lists sort by. May run any number of times.

    For changes of desk, ground or participation. Where only status or due times change, the sight stays and
    `chasing.settle` copies the columns.
    """
    standing = standing or Standing(case)
    wanted = {spec.container: spec for spec in grants_for(case, *standing.facts)}
    rows = {container_of(row): row for row in case.grants.all()}
    gone = [row.pk for container, row in rows.items() if container not in wanted]
    if gone:
        CaseGrant.objects.filter(pk__in=gone).delete()
    new = []
    for container, spec in wanted.items():
        columns = _columns(case, spec)
        row = rows.get(container)
        if row is None:
            new.append(CaseGrant(case=case, **columns))
        elif changed := [name for name, value in columns.items() if getattr(row, name) != value]:
            for name in changed:
                setattr(row, name, columns[name])
            row.save(update_fields=changed)
    CaseGrant.objects.bulk_create(new)


def container_of(row: CaseGrant) -> tuple[str, uuid.UUID]:
    """Whose grant it is, as the rule names it."""
    found = (("desk", row.desk_id), ("agency", row.agency_id), ("user", row.user_id))
    return next((kind, pk) for kind, pk in found if pk is not None)


def _columns(case: Case, spec: GrantSpec) -> dict[str, object]:
    kind, container_id = spec.container
    return {
        f"{kind}_id": container_id,
        "level": spec.level,
        "categories": list(spec.categories),
        "ground_id": spec.ground_id,
        "break_glass_id": spec.break_glass_id,
        "reason": spec.reason,
        "valid_until": spec.valid_until,
    } | sort_columns(case)


def sort_columns(case: Case) -> dict[str, object]:
    """What a grant copies from its case so that a list is one index read."""
    unanswered = case.status == Status.RECEIVED
    return {
        "is_open": case.is_open,
        "status": case.status,
        "urgency": case.urgency,
        "due_at": case.answer_by if unanswered else case.next_due_at,
        "received_at": case.received_at,
        "snoozed_until": case.snoozed_until,
        "assignee_id": case.assignee_id,
        "is_child": case.age_band != AgeBand.ADULT,
    }

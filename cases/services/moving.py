"""A case leaves one desk for another: what goes with it, what stays, and what the move leaves behind."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases.enums import LIVE_STEPS, ForwardReason, GroundEnd, PlaceSource, StepStatus
from cases.models import Case, LegalGround
from coordinators.models import Desk, Municipality
from core import clock

UNENDED = (StepStatus.WAITING, *LIVE_STEPS)
FORWARDED_FROM = "forwarded_from"
"""In the stored route while the desk that got a case at once may still send it back: whence it came."""


def ground_of(case: Case, desk_id: uuid.UUID) -> LegalGround | None:
    """The live ground a desk's sight of the case stands on."""
    return case.grounds.filter(desk_id=desk_id, ended_at__isnull=True).order_by("made_at").first()


def carried(case: Case, desk: Desk, *, by_id: uuid.UUID | None) -> LegalGround:
    """The new desk's ground: the one it has, else the holding desk's own, made out to the new one."""
    if found := ground_of(case, desk.pk):
        return found
    held = ground_of(case, case.desk_id)
    assert held is not None, "the desk that holds a case stands on a ground"
    return LegalGround.objects.create(
        case=case,
        desk=desk,
        kind=held.kind,
        consent_id=held.consent_id,
        provision=held.provision,
        categories=list(held.categories),
        data_key_id=held.data_key_id,
        purpose=held.purpose,
        made_by_id=by_id,
        made_at=clock.now(),
    )


def end_ground(ground: LegalGround | None, at: datetime | None = None) -> None:
    """Another desk took over, or was not to."""
    if ground is not None and ground.ended_at is None:
        rows = LegalGround.objects.filter(pk=ground.pk, ended_at__isnull=True)
        rows.update(ended_at=at or clock.now(), end_reason=GroundEnd.MOVED)


def carry_steps(case: Case, old: Desk, new: Desk, assignee_id: uuid.UUID | None) -> None:
    """What the old desk still owes is the new one's, each with its due time and how far it was chased.

    Where the new desk has had the same step before, it is another occurrence.
    """
    rows = case.steps.filter(desk_id=old.pk, status__in=UNENDED)
    had = set(case.steps.filter(desk_id=new.pk).values_list("key", "occurrence"))
    for step in rows if had else ():
        if (step.key, step.occurrence) in had:
            last = case.steps.filter(key=step.key).aggregate(last=Max("occurrence"))["last"]
            case.steps.filter(pk=step.pk).update(occurrence=last + 1)
    rows.update(desk_id=new.pk, assignee_id=assignee_id)


def moved_route(case: Case, new: Desk, reason: ForwardReason, **more: Any) -> dict[str, Any]:
    """The stored route after a move: the rule that was followed and the move, in both languages."""
    told = dict(case.routing.get("explanation") or {})
    for language in told:
        with override(language):
            words = _("handed to %(desk)s: %(reason)s")
            told[language] += "; " + words % {"desk": new.name, "reason": str(reason.label).lower()}
    region = new.region
    route: dict[str, Any] = case.routing | {
        "desk": new.key,
        "region": region.key if region else None,
        "unplaced": False,
        "explanation": told,
    }
    route.pop(FORWARDED_FROM, None)
    return route | more


def settle_in(case: Case, municipality: Municipality | None) -> None:
    """The person is there from now on: what is counted from today counts there."""
    if municipality is not None:
        case.municipality, case.county_id = municipality, municipality.county_id
        case.place_source = PlaceSource.NOW

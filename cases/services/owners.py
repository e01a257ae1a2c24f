"""Who owes the steps of a case: the desk, agencies taking part, the referrer's agency, each in one role."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from cases.access import Standing
from cases.enums import GroundKind, ParticipationStatus
from cases.models import Case, LegalGround, Participation, Step
from manual import library
from manual.enums import Phase, Priority
from manual.models import StepTemplate

DESK_ROLE = "regional_coordinator"
REFERRER_ROLE = "referrer"


@dataclass(frozen=True)
class Owner:
    """Who owes the steps: an agency or a desk, in one role of the manual, on one ground."""

    role: str
    ground: LegalGround
    agency_id: uuid.UUID | None = None
    desk_id: uuid.UUID | None = None
    acute_only: bool = False
    """Owes nothing but the acute protection that may not stop (S12)."""

    def owes(self, template: StepTemplate) -> bool:
        """Whether the step is among those this owner has to carry out."""
        return not self.acute_only or (
            template.phase == Phase.ACUTE and template.priority == Priority.CRITICAL
        )

    def owns(self, step: Step) -> bool:
        """What one desk has done is done for the desk that took over."""
        if self.desk_id:
            return step.desk_id is not None
        return step.agency_id == self.agency_id


def facts_of(case: Case, standing: Standing) -> library.Facts:
    """What decides which steps apply: the case's own columns, and the agency kinds that a ground lets in."""
    kinds = {kind for consent in standing.consents for kind in consent.scope}
    kinds |= {g.agency.kind for g in standing.grounds if g.agency and g.kind != GroundKind.OWN_REPORT}
    if not case.is_consultation:
        kinds |= {DESK_ROLE, REFERRER_ROLE}  # the desk's ground is made at submit, the referrer has asked her
    return library.Facts(
        age=case.age_band,
        exploitation=frozenset(case.forms),
        conditions=frozenset(case.conditions),
        danger=case.danger,
        consented_kinds=frozenset(kinds),
    )


def owners_of(case: Case, standing: Standing) -> list[Owner]:
    """Everybody who owes something in the case now: the desk, agencies taking part, the referrer's agency.

    Each once in a role: in a merged case a desk or agency can stand on two grounds.
    """
    grounds = {ground.id: ground for ground in standing.grounds}
    owners = [Owner(DESK_ROLE, g, desk_id=g.desk_id) for g in grounds.values() if g.desk_id == case.desk_id]
    owing = [p for p in standing.participations if p.ground_id in grounds and _owes(p, standing)]
    owners += [_owner(p, grounds[p.ground_id]) for p in owing]
    return list({(o.role, o.agency_id, o.desk_id): o for o in reversed(owners)}.values())[::-1]


def _owes(participation: Participation, standing: Standing) -> bool:
    """Takes part; keeps acute protection going in a dispute; or was made responsible and has to answer."""
    if participation.status == ParticipationStatus.INVITED:
        return participation.agency_id in standing.responsible
    return participation.status in (ParticipationStatus.ACCEPTED, ParticipationStatus.PROVISIONAL)


def _owner(participation: Participation, ground: LegalGround) -> Owner:
    role = REFERRER_ROLE if participation.is_referrer else participation.agency.kind
    acute_only = participation.status != ParticipationStatus.ACCEPTED
    return Owner(role, ground, agency_id=participation.agency_id, acute_only=acute_only)

"""Which grants follow from the facts of one case: a pure function."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cases.enums import Category, GrantReason, HandoverStatus, Level, ParticipationStatus, Status
from cases.models import Case, Handover, LegalGround, Participation
from core import clock

EVERYTHING = tuple(Category.values)
WITHOUT_PERSON = tuple(code for code in Category.values if code not in (Category.IDENTITY, Category.CONTACT))


@dataclass(frozen=True)
class GrantSpec:
    """One grant as the rule wants it."""

    container: tuple[str, uuid.UUID]
    """("desk" or "agency", id)."""
    level: Level
    categories: tuple[str, ...]
    ground_id: uuid.UUID
    reason: GrantReason
    valid_until: datetime | None = None


def grants_for(
    case: Case,
    grounds: Iterable[LegalGround],
    participations: Iterable[Participation],
    handovers: Iterable[Handover] = (),
) -> list[GrantSpec]:
    """Every grant that follows from the facts of one case. Design 5 and 15; nothing else gives sight."""
    if case.status in (Status.MERGED, Status.DISPOSED):
        return []
    live = {ground.id: ground for ground in grounds if ground.ended_at is None}
    specs = [spec for spec in (_for_agency(p, live) for p in participations) if spec]
    desk_ground = next((g for g in live.values() if g.desk_id == case.desk_id), None)
    if desk_ground:
        unplaced = bool(case.routing.get("unplaced"))
        specs.append(
            GrantSpec(
                ("desk", case.desk_id),
                Level.HEADER if unplaced else Level.FULL,
                () if unplaced else (WITHOUT_PERSON if case.is_consultation else EVERYTHING),
                desk_ground.id,
                GrantReason.UNPLACED if unplaced else GrantReason.DESK,
                _end_of(desk_ground),
            )
        )
    specs += [spec for spec in (_for_desk(case, h, live) for h in handovers) if spec]
    return specs


def _for_agency(participation: Participation, live: dict[uuid.UUID, LegalGround]) -> GrantSpec | None:
    ground = live.get(participation.ground_id)
    if ground is None or participation.is_referrer:
        return None
    container, until = ("agency", participation.agency_id), _end_of(ground)
    match participation.status:
        case ParticipationStatus.INVITED:
            return GrantSpec(container, Level.HEADER, (), ground.id, GrantReason.INVITATION, until)
        case ParticipationStatus.PROVISIONAL:
            return GrantSpec(container, Level.STEPS, (), ground.id, GrantReason.PROVISIONAL, until)
        case ParticipationStatus.ACCEPTED:
            level, categories = Level.FULL if ground.categories else Level.STEPS, tuple(ground.categories)
            return GrantSpec(container, level, categories, ground.id, GrantReason.PARTICIPATION, until)
    return None


def _for_desk(case: Case, handover: Handover, live: dict[uuid.UUID, LegalGround]) -> GrantSpec | None:
    """The asked desk sees the header; the one that handed over reads on until the day it named (S07)."""
    ground = live.get(handover.ground_id)
    if ground is None or ground.desk_id == case.desk_id:
        return None
    if handover.status == HandoverStatus.OPEN and ground.desk_id == handover.to_desk_id:
        return GrantSpec(("desk", handover.to_desk_id), Level.HEADER, (), ground.id, GrantReason.OFFERED)
    if handover.status == HandoverStatus.ACCEPTED and ground.desk_id == handover.from_desk_id:
        categories = WITHOUT_PERSON if case.is_consultation else EVERYTHING
        container, until = ("desk", handover.from_desk_id), end_of_day(handover.moves_on)
        return GrantSpec(container, Level.FULL, categories, ground.id, GrantReason.HANDED_OVER, until)
    return None


def _end_of(ground: LegalGround) -> datetime | None:
    return end_of_day(ground.valid_until) if ground.valid_until else None


def end_of_day(day: date) -> datetime:
    """24.00 of that day in Stockholm."""
    return datetime.combine(day + timedelta(days=1), time(0), clock.STOCKHOLM)

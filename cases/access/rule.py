"""Which grants follow from the facts of one case: a pure function."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cases.enums import Category, GrantReason, GroundKind, HandoverStatus, Level, ParticipationStatus, Status
from cases.models import BreakGlass, Case, Handover, LegalGround, Participation
from core import clock

EVERYTHING = tuple(Category.values)
_REPORT = GroundKind.OWN_REPORT
WITHOUT_PERSON = tuple(code for code in Category.values if code not in (Category.IDENTITY, Category.CONTACT))


@dataclass(frozen=True)
class GrantSpec:
    """One grant as the rule wants it."""

    container: tuple[str, uuid.UUID]
    """("desk", "agency" or, in an emergency alone, "user"; id)."""
    level: Level
    categories: tuple[str, ...]
    ground_id: uuid.UUID | None
    reason: GrantReason
    valid_until: datetime | None = None
    break_glass_id: uuid.UUID | None = None


def grants_for(
    case: Case,
    grounds: Iterable[LegalGround],
    participations: Iterable[Participation],
    handovers: Iterable[Handover] = (),
    glasses: Iterable[BreakGlass] = (),
) -> list[GrantSpec]:
    """Every grant that follows from the facts of one case. Design 5 and 15; nothing else gives sight.

    An agency sees what all its grounds in force carry, while the one its part stands on is among them, and
    until the first of them runs out. A desk whose consent was withdrawn keeps the header (ADR 0801).
    """
    if case.status in (Status.MERGED, Status.DISPOSED):
        return []
    live = {ground.id: ground for ground in grounds if ground.ended_at is None}
    specs = [spec for spec in (_for_agency(p, live) for p in participations) if spec]
    held = (g for g in live.values() if g.desk_id == case.desk_id)
    desk_ground = min(held, key=lambda g: (g.made_at, g.id.int), default=None)  # a merged case has two
    if desk_ground:
        unplaced = bool(case.routing.get("unplaced"))
        headed = unplaced or not desk_ground.categories
        specs.append(
            GrantSpec(
                ("desk", case.desk_id),
                Level.HEADER if headed else Level.FULL,
                () if headed else (WITHOUT_PERSON if case.is_consultation else EVERYTHING),
                desk_ground.id,
                GrantReason.UNPLACED if unplaced else GrantReason.DESK,
                _end_of(desk_ground),
            )
        )
    specs += [spec for spec in (_for_desk(case, h, live) for h in handovers) if spec]
    specs += [_for_person(case, glass) for glass in glasses if glass.closed_at is None]
    return list(_widest(specs).values())


def _widest(specs: Iterable[GrantSpec]) -> dict[tuple[str, uuid.UUID], GrantSpec]:
    """One for each container: a desk that still reads may be asked to take the case back."""
    best: dict[tuple[str, uuid.UUID], GrantSpec] = {}
    for spec in specs:
        if spec.container not in best or spec.level > best[spec.container].level:
            best[spec.container] = spec
    return best


def _for_agency(participation: Participation, live: dict[uuid.UUID, LegalGround]) -> GrantSpec | None:
    ground = live.get(participation.ground_id)
    if ground is None or participation.is_referrer:
        return None
    own = [g for g in live.values() if g.agency_id == participation.agency_id and g.kind != _REPORT]
    container, until = ("agency", participation.agency_id), min(filter(None, map(_end_of, own)), default=None)
    match participation.status:
        case ParticipationStatus.INVITED:
            return GrantSpec(container, Level.HEADER, (), ground.id, GrantReason.INVITATION, until)
        case ParticipationStatus.PROVISIONAL:
            return GrantSpec(container, Level.STEPS, (), ground.id, GrantReason.PROVISIONAL, until)
        case ParticipationStatus.ACCEPTED:
            given = {code for one in own for code in one.categories}
            categories = tuple(code for code in EVERYTHING if code in given)
            level = Level.FULL if categories else Level.STEPS
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
        all_of_it = WITHOUT_PERSON if case.is_consultation else EVERYTHING
        level, categories = (Level.FULL, all_of_it) if ground.categories else (Level.HEADER, ())
        container, until = ("desk", handover.from_desk_id), end_of_day(handover.moves_on)
        return GrantSpec(container, level, categories, ground.id, GrantReason.HANDED_OVER, until)
    return None


def _for_person(case: Case, glass: BreakGlass) -> GrantSpec:
    """Emergency access: the whole case for one person until its hour is over (ADR 0902)."""
    categories = WITHOUT_PERSON if case.is_consultation else EVERYTHING
    return GrantSpec(
        ("user", glass.user_id),
        Level.FULL,
        categories,
        None,
        GrantReason.BREAK_GLASS,
        glass.until,
        glass.pk,
    )


def _end_of(ground: LegalGround) -> datetime | None:
    return end_of_day(ground.valid_until) if ground.valid_until else None


def end_of_day(day: date) -> datetime:
    """24.00 of that day in Stockholm."""
    return datetime.combine(day + timedelta(days=1), time(0), clock.STOCKHOLM)

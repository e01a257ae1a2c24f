"""Handing a case from desk to desk: previewed, asked, answered. The old desk owns it until then.

A referral that nobody has accepted goes at once (`triage.forward`); the desk that gets it may send it back.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, workflow
from cases.access import end_of_day, require, sight_of, sync_grants
from cases.enums import CancelReason, ForwardReason, HandoverStatus, Status, Verb
from cases.models import Case, Handover, Participation, Step
from cases.services import acts, casework, chasing, checklists, moving
from coordinators import routing
from coordinators.access import desks_of
from coordinators.enums import AgeBand
from coordinators.models import Desk, Municipality
from core import audit, clock
from core.errors import TransitionNotAllowed
from manual import deadlines
from manual.deadlines import Rule
from manual.enums import Direction, Unit

ANSWER_STEP: Final = "act.answer_handover"
ANSWER_WITHIN: Final = Rule(2, Unit.WORKING_DAYS, Direction.AFTER)
"""How long the asked desk has. Portal default, to be confirmed."""
FURTHEST: Final = timedelta(days=90)
"""The old desk reads no longer than this."""


@dataclass(frozen=True)
class Target:
    """Where a case would go: a desk, and the municipality that decided it."""

    desk: Desk
    municipality: Municipality | None = None
    explanation: str = ""


@dataclass(frozen=True)
class Plan:
    """What a handover would do, to be read before it is asked for."""

    target: Target
    moving: tuple[Step, ...]
    """Unended steps of the desk, each with the due time it keeps."""
    staying: tuple[tuple[Participation, int], ...]
    """Agencies taking part, with how many open steps each keeps."""
    people: tuple[str, ...]
    """Who answers at the asked desk today; nobody: the national desk is told instead."""
    referrers: int


def target(case: Case, *, desk_id: uuid.UUID | None = None, municipality_code: str = "") -> Target:
    """The desk of a municipality by the routing and the age band, or the desk chosen. ValidationError."""
    if municipality_code:
        return _by_place(case, municipality_code)
    open_now = Desk.objects.on(clock.today()).select_related("region")
    desk = open_now.filter(pk=desk_id).first() if desk_id else None
    if desk is None or desk.is_national or desk.pk == case.desk_id:
        raise ValidationError({"desk": _("Choose another desk that is open today.")})
    return Target(desk)


def _by_place(case: Case, code: str) -> Target:
    where = Municipality.objects.filter(pk=code).first()
    if where is None:
        raise ValidationError({"municipality": _("Choose a municipality from the list.")})
    route = routing.route(routing.Place(municipality_code=where.pk), AgeBand(case.age_band), clock.today())
    if route.unplaced:
        raise ValidationError({"municipality": _("No desk answers for this place today.")})
    if route.desk.pk == case.desk_id:
        raise ValidationError({"municipality": _("Your own desk answers for this municipality.")})
    return Target(route.desk, where, route.words)


def plan(case: Case, aim: Target) -> Plan:
    """Reads only."""
    steps = case.steps.filter(desk_id=case.desk_id, status__in=moving.UNENDED).select_related("template")
    parts = case.participations.filter(is_referrer=False, status__in=("invited", "accepted", "provisional"))
    live = case.steps.filter(agency__isnull=False, status__in=moving.UNENDED)
    owed: dict[uuid.UUID | None, int] = {}
    for agency_id in live.values_list("agency_id", flat=True):
        owed[agency_id] = owed.get(agency_id, 0) + 1
    people = routing.people_on([aim.desk], clock.today())[aim.desk.pk]
    return Plan(
        target=aim,
        moving=tuple(sorted(steps, key=lambda s: (s.due_at is None, s.due_at or clock.now()))),
        staying=tuple((p, owed.get(p.agency_id, 0)) for p in parts.select_related("agency", "contact")),
        people=tuple(person.name for person in people),
        referrers=case.referrals.count(),
    )


def open_in(case: Case) -> Handover | None:
    """The handover that waits for an answer, with its people and desks."""
    rows = case.handovers.filter(status=HandoverStatus.OPEN)
    return rows.select_related("from_desk__region", "to_desk__region", "asked_by", "municipality").first()


@transaction.atomic(durable=True)
def ask(
    *,
    case_id: uuid.UUID,
    desk_id: uuid.UUID | None = None,
    municipality_code: str = "",
    reason: ForwardReason,
    moves_on: date,
    text: str = "",
    by: Assignment,
) -> Handover:
    """Ask another desk to take the case over. Nothing moves until it accepts; one question at a time.

    Raises ValidationError by field, TransitionNotAllowed with the name of whoever asked first.
    """
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.HAND_OVER].right)
    workflow.check(Verb.HAND_OVER, case)
    aim = target(case, desk_id=desk_id, municipality_code=municipality_code)
    today = clock.today()
    if not today <= moves_on <= today + FURTHEST:
        raise ValidationError({"moves_on": _("Choose a day from today and at most 90 days ahead.")})
    handover = Handover.objects.create(
        case=case,
        from_desk=case.desk,
        to_desk=aim.desk,
        municipality=aim.municipality,
        ground=moving.carried(case, aim.desk, by_id=by.user_id),
        reason=reason,
        data_key_id=case.data_key_id,
        text=text or None,
        moves_on=moves_on,
        asked_by_id=by.user_id,
        asked_at=clock.now(),
        answer_by=deadlines.due_at(ANSWER_WITHIN, clock.now()),
    )
    acts.start(case, ANSWER_STEP, handover.answer_by, desk_id=aim.desk.pk)
    _bump(case)
    facts: dict[str, Any] = {"from_desk": case.desk_id, "to_desk": aim.desk.pk, "reason_code": reason}
    audit.record("case.hand_over", case, by=by, handover=handover.pk, **facts)
    notifications.handover_asked(handover)
    return handover


def _bump(case: Case, *fields: str) -> None:
    case.version += 1
    case.save(update_fields=["version", *fields])
    sync_grants(case)
    chasing.settle(case)


def _answering(case_id: uuid.UUID, by: Assignment, verb: str) -> tuple[Case, Handover]:
    """The locked case and its open handover, for somebody at the asked desk who is not recused."""
    case = casework.lock(case_id)
    handover = open_in(case)
    asked = (handover or case.handovers.order_by("-asked_at").first()) if case else None
    rights = desks_of(by).get(asked.to_desk_id, frozenset()) if asked else frozenset()
    if asked is None or "triage" not in rights or sight_of(by, case) is None:
        audit.refuse(verb, case, by=by)
        raise PermissionDenied
    if handover is None:
        raise TransitionNotAllowed(_("The handover has already been answered or taken back."))
    return case, handover


@transaction.atomic(durable=True)
def accept(*, case_id: uuid.UUID, by: Assignment) -> Case:
    """The asked desk takes the case over: ownership, open steps and what is counted from now on.

    Due times stand as they were. The old desk reads until the end of the day of the handover.
    """
    case, handover = _answering(case_id, by, "case.take_over")
    if case.status != Status.ACTIVE:
        raise TransitionNotAllowed(_("The case is no longer open."))
    old, new = case.desk, handover.to_desk
    kept = moving.ground_of(case, old.pk)
    _answer(handover, HandoverStatus.ACCEPTED, by)
    handover.moves_on = max(handover.moves_on, clock.today())
    handover.ground = kept or handover.ground
    handover.save(update_fields=["moves_on", "ground"])
    acts.end(case.steps.filter(key=ANSWER_STEP, desk_id=new.pk), by_id=by.user_id, case=case)
    case.routing = moving.moved_route(case, new, ForwardReason(handover.reason))
    moving.settle_in(case, handover.municipality)
    moving.carry_steps(case, old, new, by.user_id)
    case.desk, case.assignee_id, case.snoozed_until = new, by.user_id, None
    _bump(
        case,
        "desk", "assignee", "snoozed_until", "routing", "municipality", "county", "place_source",
    )  # fmt: skip
    audit.record("case.take_over", case, by=by, from_desk=old.pk, to_desk=new.pk, handover=handover.pk)
    notifications.handover_taken(handover, case, by=by)
    return case


def _answer(handover: Handover, status: HandoverStatus, by: Assignment, words: str = "") -> None:
    handover.status, handover.answer = status, words or None
    handover.answered_by_id, handover.answered_at = by.user_id, clock.now()
    handover.save(update_fields=["status", "answer", "answered_by", "answered_at"])


@transaction.atomic(durable=True)
def reject(*, case_id: uuid.UUID, answer: str, by: Assignment) -> Case:
    """The asked desk does not take the case. Nothing has changed; whoever asked is told why."""
    case, handover = _answering(case_id, by, "case.hand_back")
    if not answer.strip():
        raise ValidationError({"answer": _("Write why the case is sent back.")})
    _answer(handover, HandoverStatus.REJECTED, by, answer)
    acts.end(case.steps.filter(key=ANSWER_STEP, desk_id=handover.to_desk_id), by_id=by.user_id, case=case)
    _let_go(case, handover)
    audit.record("case.hand_back", case, by=by, to_desk=handover.from_desk_id, handover=handover.pk)
    notifications.handover_back(handover, case)
    return case


@transaction.atomic(durable=True)
def withdraw(*, case_id: uuid.UUID, by: Assignment) -> Case:
    """The desk that holds the case takes its question back; the asked desk no longer sees anything."""
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.HAND_OVER].right)
    handover = open_in(case)
    if handover is None:
        raise TransitionNotAllowed(_("The handover has already been answered or taken back."))
    set_aside(case, handover, by)
    return case


def set_aside(case: Case, handover: Handover, by: Assignment) -> None:
    """The question is no more. Part of `withdraw`, and of what moves the case past the asked desk."""
    _answer(handover, HandoverStatus.WITHDRAWN, by)
    steps = case.steps.filter(key=ANSWER_STEP, desk_id=handover.to_desk_id, status__in=moving.UNENDED)
    checklists.cancel(steps, CancelReason.SETTLED)
    _let_go(case, handover)
    audit.record("case.hand_withdraw", case, by=by, to_desk=handover.to_desk_id, handover=handover.pk)
    notifications.handover_withdrawn(handover)


def _let_go(case: Case, handover: Handover) -> None:
    """The asked desk's sight ends, unless it still reads after an earlier handover of its own."""
    reading = case.handovers.filter(
        status=HandoverStatus.ACCEPTED, ground_id=handover.ground_id, moves_on__gte=clock.today()
    )
    if not reading.exists():
        moving.end_ground(handover.ground)
    _bump(case)


@transaction.atomic(durable=True)
def send_back(*, case_id: uuid.UUID, answer: str, by: Assignment) -> Case:
    """A referral that was sent on at once goes back with a reason, in one act. The clock never stopped."""
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.FORWARD].right)
    forwarded = forwarded_to(case)
    if forwarded is None:
        raise TransitionNotAllowed(_("The case can no longer be sent back. Hand it over instead."))
    if not answer.strip():
        raise ValidationError({"answer": _("Write why the case is sent back.")})
    old, new = case.desk, forwarded.from_desk
    _answer(forwarded, HandoverStatus.REJECTED, by, answer)
    held = moving.ground_of(case, old.pk)
    moving.carried(case, new, by_id=by.user_id)
    moving.end_ground(held)
    moving.carry_steps(case, old, new, None)
    case.routing = moving.moved_route(case, new, ForwardReason(forwarded.reason))
    case.desk, case.assignee, case.snoozed_until = new, None, None
    _bump(case, "desk", "assignee", "snoozed_until", "routing")
    audit.record("case.send_back", case, by=by, from_desk=old.pk, to_desk=new.pk, handover=forwarded.pk)
    notifications.sent_back(forwarded, case)
    return case


def forwarded_to(case: Case) -> Handover | None:
    """The forwarding that the desk holding the case may still undo: nobody has accepted the case since."""
    number = case.routing.get(moving.FORWARDED_FROM)
    if not number or case.status not in (Status.RECEIVED, Status.WAITING):
        return None
    rows = case.handovers.filter(pk=number, to_desk_id=case.desk_id, status=HandoverStatus.ACCEPTED)
    return rows.select_related("from_desk__region", "to_desk__region", "asked_by", "data_key").first()


def record_forward(case: Case, old: Desk, new: Desk, reason: ForwardReason, by: Assignment) -> Handover:
    """A forwarding leaves a row too: done at once, and the desk that got it may send it back. Joins the
    caller's transaction; the new desk's ground is there."""
    ground = moving.ground_of(case, new.pk)
    assert ground is not None, "the desk that got the case stands on a ground"
    now = clock.now()
    return Handover.objects.create(
        case=case,
        from_desk=old,
        to_desk=new,
        ground=ground,
        reason=reason,
        data_key_id=case.data_key_id,
        moves_on=clock.today(),
        status=HandoverStatus.ACCEPTED,
        asked_by_id=by.user_id,
        asked_at=now,
        answer_by=now,
        answered_by_id=by.user_id,
        answered_at=now,
    )


def conclude(limit: int = 500) -> int:
    """The night after: desks that handed over read no more. May run twice; returns how many cases."""
    over = Handover.objects.filter(
        status=HandoverStatus.ACCEPTED, moves_on__lt=clock.today(), ground__ended_at__isnull=True
    )
    over = over.exclude(ground__desk_id=F("case__desk_id"))
    ids = list(over.order_by("case_id").values_list("case_id", flat=True).distinct()[:limit])
    for case_id in ids:
        _conclude(case_id)
    return len(ids)


@transaction.atomic(durable=True)
def _conclude(case_id: uuid.UUID) -> None:
    """A desk that was asked to take the case back keeps its ground, and from now on the header alone."""
    case = casework.lock(case_id)
    rows = case.handovers.filter(status=HandoverStatus.ACCEPTED, moves_on__lt=clock.today())
    asked = case.handovers.filter(status=HandoverStatus.OPEN)
    over = rows.exclude(ground__desk_id=case.desk_id).exclude(ground__in=asked.values("ground"))
    for handover in over.select_related("ground"):
        moving.end_ground(handover.ground, end_of_day(handover.moves_on))
    sync_grants(case)
    if over:
        audit.record("case.hand_over_end", case, by=None)

"""The coordinator's decisions in the inbox. Two at once: one wins, the other is told who."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import User
from cases import notifications, workflow
from cases.access import Sight, barred_from, require, sync_grants
from cases.enums import (
    CancelReason,
    ForwardReason,
    NotTakenReason,
    PlaceSource,
    Status,
    Verb,
)
from cases.models import Case, Referral
from cases.services import casework, chasing, checklists, clocks, corrections, handovers, moving, tallies
from coordinators import routing
from coordinators.enums import AgeBand
from coordinators.models import Desk, Municipality
from core import audit, clock
from core.errors import StaleVersion, TransitionNotAllowed

FIRST_ANSWER = "ident.rc.acknowledge"


def _begin(case_id: uuid.UUID, verb: Verb, by: Assignment, version: int | None = None) -> tuple[Case, Sight]:
    """Lock, right, version (where one was shown), status: the same for every decision."""
    case = casework.lock(case_id)
    sight = require(by, case, workflow.TRANSITIONS[verb].right)
    if version is not None and case.version != version:
        raise StaleVersion(case)
    try:
        workflow.check(verb, case)
    except TransitionNotAllowed as refusal:
        raise TransitionNotAllowed(f"{refusal} {who_decided(case)}".strip()) from refusal
    return case, sight


def who_decided(case: Case) -> str:
    """Who made the latest decision and when, for the one who came second."""
    event = audit.latest(case, "case.accept", "case.ask", "case.not_take", "case.forward", "case.close")
    person = User.objects.filter(pk=event.user_id).first() if event and event.user_id else None
    if event is None or person is None:
        return ""
    at = clock.local(event.at)
    return _("%(name)s decided at %(time)s.") % {"name": person.name, "time": f"{at:%H.%M}"}


def _answer(case: Case, verb: Verb, by: Assignment) -> None:
    """The first decision that counts as an answer ends the desk's first step; later ones change nothing."""
    if not workflow.TRANSITIONS[verb].answers or case.answered_at is not None:
        return
    case.answered_at = clock.now()
    tallies.answered(case)
    steps = case.steps.filter(key=FIRST_ANSWER, status__in=("open", "started", "blocked"))
    step = steps.select_related("template").first()
    if step:
        step.case = case
        checklists.mark_done(step, by_id=by.user_id)


def _finish(case: Case, verb: Verb, by: Assignment, *fields: str, **facts: Any) -> None:
    """First answer, version, grants and the audit row: the same end for every decision."""
    _answer(case, verb, by)
    case.version += 1
    case.save(update_fields=[*fields, "answered_at", "version"])
    chasing.settle(case)
    audit.record(f"case.{verb}", case, by=by, **facts)


@transaction.atomic(durable=True)
def accept(
    *, case_id: uuid.UUID, by: Assignment, assignee_id: uuid.UUID | None = None, reply: str = ""
) -> Case:
    """Take the case on. Assigned to the one who accepts unless another is chosen."""
    case, _sight = _begin(case_id, Verb.ACCEPT, by)
    was_waiting = case.status == Status.WAITING
    case.status, case.waiting_since, case.snoozed_until = Status.ACTIVE, None, None
    case.assignee_id = _colleague(case, assignee_id or by.user_id)
    if was_waiting:
        clocks.resume(case)
    case.steps.filter(desk_id=case.desk_id).update(assignee_id=case.assignee_id)
    _finish(
        case,
        Verb.ACCEPT,
        by,
        "status",
        "waiting_since",
        "snoozed_until",
        "assignee",
        assignee=case.assignee_id,
    )
    notifications.accepted(case, by=by)
    return case


def _refuse_letting_in(sight: Sight, user_id: uuid.UUID) -> None:
    """Whoever handles a protected case opens the identity: while its handler is on duty, nobody who is not
    named takes it by herself (ADR 0901). A colleague may give it to her."""
    case = sight.case
    if not case.is_protected or case.assignee_id is None or user_id != sight.by.user_id or sight.is_named:
        return
    people = routing.people_on([case.desk], clock.today())[case.desk_id]
    if case.assignee_id in {person.user_id for person in people}:
        audit.refuse("case.assign", case, by=sight.by, named=False)
        words = _("Protected identity: you cannot give the case to yourself. A colleague must do it.")
        raise ValidationError({"assignee": words})


def _colleague(case: Case, user_id: uuid.UUID) -> uuid.UUID:
    """Somebody who answers at the case's desk today. Raises ValidationError for anybody else."""
    people = routing.people_on([case.desk], clock.today())[case.desk_id]
    if user_id not in {person.user_id for person in people} - barred_from(case):
        raise ValidationError({"assignee": _("Choose somebody who is on duty at the desk.")})
    return user_id


@transaction.atomic(durable=True)
def ask(*, case_id: uuid.UUID, referral_id: uuid.UUID | None = None, text: str, by: Assignment) -> Case:
    """Ask the referrer for more. The clock stops until she answers."""
    case, _sight = _begin(case_id, Verb.ASK, by)
    referral = _asked(case, referral_id)
    referral.wanted = text
    referral.save(update_fields=["wanted"])
    case.status, case.waiting_since = Status.WAITING, clock.now()
    _finish(case, Verb.ASK, by, "status", "waiting_since", referral=referral.id)
    clocks.pause(case)
    notifications.more_wanted(referral, case)
    return case


def _asked(case: Case, referral_id: uuid.UUID | None) -> Referral:
    referrals = case.referrals.select_related("data_key")
    return referrals.get(pk=referral_id) if referral_id else referrals.get(reference=case.reference)


@transaction.atomic(durable=True)
def take_back(*, case_id: uuid.UUID, by: Assignment) -> Case:
    """Take the question back: the case is to be answered again, the clocks run."""
    case, _sight = _begin(case_id, Verb.TAKE_BACK, by)
    casework.stop_waiting(case)
    audit.record("case.take_back", case, by=by)
    return case


@transaction.atomic(durable=True)
def forward(*, case_id: uuid.UUID, desk_id: uuid.UUID, reason: ForwardReason, by: Assignment) -> Case:
    """Give a referral to another desk with a reason. The clock does not start again (S11).

    What has been accepted is asked for instead (`handovers`): it is never without somebody who knows it.
    """
    case, _sight = _begin(case_id, Verb.FORWARD, by)
    desk = Desk.objects.on(clock.today()).select_related("region").filter(pk=desk_id).first()
    if desk is None or desk.is_national or desk.pk == case.desk_id:
        raise ValidationError({"desk": _("Choose another desk that is open today.")})
    route = moving.moved_route(case, desk, reason)
    old = _move(case, desk, route, reason, by)
    _may_come_back(case, old, reason, by)
    corrections.suggest(case, old, desk, reason, by)
    return case


def _may_come_back(case: Case, old: Desk, reason: ForwardReason, by: Assignment) -> None:
    """Until somebody accepts the case, the desk that got it may send it back (S11)."""
    if not old.is_national:
        row = handovers.record_forward(case, old, case.desk, reason, by)
        case.routing[moving.FORWARDED_FROM] = str(row.pk)
        case.save(update_fields=["routing"])


def _move(
    case: Case, desk: Desk, route: dict[str, Any], reason: ForwardReason, by: Assignment,
    verb: Verb = Verb.FORWARD,
) -> Desk:  # fmt: skip
    """At once to another desk, with what the old one owed. Returns the old desk."""
    old = case.desk
    _answer(case, verb, by)  # by the desk that forwards, and counted there
    held = moving.ground_of(case, old.pk)
    moving.carried(case, desk, by_id=by.user_id)
    moving.end_ground(held)
    moving.carry_steps(case, old, desk, None)
    case.desk, case.assignee, case.snoozed_until, case.routing = desk, None, None, route
    moved = ("desk", "assignee", "snoozed_until", "routing", "municipality", "county", "place_source")
    facts = {"from_desk": old.pk, "to_desk": desk.pk, "reason_code": reason}
    _finish(case, verb, by, *moved, **facts)
    sync_grants(case)
    notifications.forwarded(case, old, desk)
    return old


def redirect(case: Case, desk: Desk, reason: ForwardReason, *, by: Assignment) -> None:
    """The national desk gives the case to another desk, unread. Part of `recusals.redirect`."""
    _move(case, desk, moving.moved_route(case, desk, reason), reason, by, Verb.PLACE)


@transaction.atomic(durable=True)
def place(*, case_id: uuid.UUID, municipality_code: str, by: Assignment) -> Case:
    """The national desk places a case that no desk was found for: by a municipality, through the routing."""
    case, _sight = _begin(case_id, Verb.PLACE, by)
    where = Municipality.objects.filter(pk=municipality_code).first()
    if where is None:
        raise ValidationError({"municipality": _("Choose a municipality from the list.")})
    route = routing.route(routing.Place(municipality_code=where.pk), AgeBand(case.age_band), clock.today())
    if route.unplaced:
        raise ValidationError({"municipality": _("No desk answers for this place today.")})
    case.municipality, case.county_id, case.place_source = where, where.county_id, PlaceSource.NOW
    _move(case, route.desk, casework.stored_route(route), ForwardReason.PLACED, by, Verb.PLACE)
    return case


@transaction.atomic(durable=True)
def not_take(*, case_id: uuid.UUID, reason: NotTakenReason, text: str, by: Assignment) -> Case:
    """Do not take the case forward; the referrer is told why."""
    case, _sight = _begin(case_id, Verb.NOT_TAKE, by)
    lay_down(case, reason, text, by)
    return case


def lay_down(case: Case, reason: NotTakenReason, text: str, by: Assignment) -> None:
    """Not taken forward, and why. Part of `not_take`, and of a consent withdrawn before the answer."""
    case.status, case.not_taken_reason, case.waiting_since = Status.NOT_TAKEN, reason, None
    case.snoozed_until = None
    _finish(
        case,
        Verb.NOT_TAKE,
        by,
        "status",
        "not_taken_reason",
        "waiting_since",
        "snoozed_until",
        reason_code=reason,
    )
    case.referrals.filter(reference=case.reference).update(wanted=None)
    referral = case.opening_referral()
    referral.wanted = text or None
    referral.save(update_fields=["wanted"])
    checklists.cancel_open(case, CancelReason.NOT_TAKEN)
    tallies.not_taken(case)
    notifications.not_taken(case)


@transaction.atomic(durable=True)
def snooze(*, case_id: uuid.UUID, until: datetime, by: Assignment, version: int | None = None) -> Case:
    """Park the case until a time. It wakes by itself and says so; no clock stops."""
    case, _sight = _begin(case_id, Verb.SNOOZE, by, version)
    if until <= clock.now():
        raise ValidationError({"until": _("Choose a time that lies ahead.")})
    case.snoozed_until = until
    _finish(case, Verb.SNOOZE, by, "snoozed_until")
    return case


@transaction.atomic(durable=True)
def wake(*, case_id: uuid.UUID, by: Assignment) -> Case:
    case, _sight = _begin(case_id, Verb.WAKE, by)
    case.snoozed_until = None
    _finish(case, Verb.WAKE, by, "snoozed_until")
    return case


@transaction.atomic(durable=True)
def assign(
    *, case_id: uuid.UUID, assignee_id: uuid.UUID, by: Assignment, version: int | None = None, batch: str = ""
) -> Case:
    """Give the case to a colleague at the desk. Old and new owner are told, and by whom.

    `batch`: one of several in one act (`bulk`), told by one mail.
    """
    case, sight = _begin(case_id, Verb.ASSIGN, by, version)
    before = case.assignee_id
    _refuse_letting_in(sight, assignee_id)
    case.assignee_id = _colleague(case, assignee_id)
    case.steps.filter(desk_id=case.desk_id, status__in=("waiting", "open", "started", "blocked")).update(
        assignee_id=case.assignee_id
    )
    _finish(case, Verb.ASSIGN, by, "assignee", assignee=case.assignee_id, before=before)
    notifications.assigned(case, before=before, by=by, batch=batch)
    return case


@transaction.atomic
def wake_due(limit: int = 500) -> int:
    """Wake what has slept long enough, with a notice. May run twice: a woken case is not found again."""
    now = clock.now()
    cases = list(
        Case.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(snoozed_until__lte=now)
        .order_by("snoozed_until")[:limit]
    )
    for case in cases:
        case.snoozed_until = None
        case.version += 1
        case.save(update_fields=["snoozed_until", "version"])
        chasing.settle(case)
        audit.record("case.wake", case, by=None)
        notifications.woken(case)
    return len(cases)

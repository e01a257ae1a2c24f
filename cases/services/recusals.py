"""Somebody cannot handle a case: her sight ends at once, and the case finds another handler (S27).

Why is written encrypted and read by the national desk alone, who may lift it.
"""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, workflow
from cases.access import barred_from, require
from cases.enums import ForwardReason, Verb
from cases.models import BreachRecipient, Case, Recusal
from cases.services import casework, chasing, handovers, moving, triage
from coordinators import routing
from coordinators.access import desks_of
from coordinators.enums import DeskRight
from coordinators.models import Desk
from core import audit, clock


@transaction.atomic(durable=True)
def recuse(*, case_id: uuid.UUID, reason: str, by: Assignment) -> Recusal:
    """She cannot handle the case. Deputy rules say who does; nobody left: the national desk is told at once.

    Raises ValidationError without a reason. Her name stays in everything she has done.
    """
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.RECUSE].right)
    workflow.check(Verb.RECUSE, case)
    if not reason.strip():
        raise ValidationError({"reason": _("Write why you cannot handle the case.")})
    row = Recusal.objects.create(
        case=case, user_id=by.user_id, data_key_id=case.data_key_id, reason=reason, made_at=clock.now()
    )
    audit.record("case.recuse", case, by=by, recusal=row.pk)
    release(case, by.user_id, by)
    notifications.forget(by.user_id, case)
    return row


def release(case: Case, user_id: uuid.UUID, by: Assignment) -> None:
    """Everything she held in the case goes to somebody who can: the desk's others, else nobody yet."""
    able = able_at(case, case.desk)
    was_hers = case.assignee_id == user_id
    heir = able[0] if able else None
    if was_hers:
        case.assignee_id = heir
    case.version += 1
    case.save(update_fields=["assignee", "version"])
    hers = case.steps.filter(assignee_id=user_id, status__in=moving.UNENDED)
    hers.filter(desk__isnull=False).update(assignee_id=case.assignee_id)
    hers.filter(agency__isnull=False).update(assignee_id=None)
    case.participations.filter(contact_id=user_id).update(contact=None)
    chasing.settle(case)
    if not able:
        notifications.unhandled(case, f"unhandled:{case.pk}:{case.version}")
    elif was_hers:
        notifications.assigned(case, before=None, by=by)


def able_at(case: Case, desk: Desk) -> list[uuid.UUID]:
    """Who is on duty at a desk today, deputies among them, and may handle the case."""
    people = routing.people_on([desk], clock.today())[desk.pk]
    barred = barred_from(case)
    return [person.user_id for person in people if person.user_id not in barred]


def is_national(by: Assignment) -> bool:
    """The people of the national desk, on duty today."""
    return any(DeskRight.PLACE in rights for rights in desks_of(by).values())


def recusals_for(by: Assignment) -> QuerySet[Recusal]:
    """What the national desk reads, those in force first; not of cases that the reader cannot handle herself.

    Raises PermissionDenied, recorded, for anybody else.
    """
    if not is_national(by):
        audit.refuse("recusal.list", by=by)
        raise PermissionDenied
    own = Recusal.objects.filter(user_id=by.user_id, lifted_at__isnull=True)
    rows = Recusal.objects.exclude(case_id__in=own.values("case_id"))
    rows = rows.exclude(bars())  # those who were shut out are not the national desk's
    found = rows.select_related("case__desk__region", "user", "lifted_by", "data_key")
    return found.order_by("-lifted_at", "-made_at")  # NULLS FIRST comes with DESC


@transaction.atomic(durable=True)
def lift(*, recusal_id: uuid.UUID, by: Assignment) -> Recusal:
    """The national desk finds that she may handle the case after all. Never one's own."""
    row = _hers_to_judge(recusal_id, by, "recusal.lift")
    if is_shut_out(row):  # lifted where the wrong disclosure is handled
        audit.refuse("recusal.lift", recusal_id, by=by)
        raise PermissionDenied
    case = casework.lock(row.case_id)
    if row.lifted_at is None:
        row.lifted_at, row.lifted_by_id = clock.now(), by.user_id
        row.save(update_fields=["lifted_at", "lifted_by"])
        audit.record("recusal.lift", case, by=by, recusal=row.pk)
    return row


def is_shut_out(row: Recusal) -> bool:
    """Not the person's own word: her sight was ended after a wrong disclosure. One query."""
    return row.pk in shut_out([row])


def bars() -> Q:
    """Recusals by which somebody is shut out, with those that came beside them when cases were parted."""
    rows = BreachRecipient.objects.filter(bar__user=OuterRef("user"), bar__made_at=OuterRef("made_at"))
    return Q(Exists(rows))


def take_along(survivor: Case, absorbed: Case, by: Assignment) -> None:
    """Two cases are parted again: whoever cannot handle the one, or was shut out of it, is kept from both."""
    there = barred_from(absorbed)
    rows = survivor.recusals.filter(lifted_at__isnull=True).exclude(user_id__in=there)
    for row in rows.select_related("data_key"):
        Recusal.objects.create(
            case=absorbed, user_id=row.user_id, data_key_id=absorbed.data_key_id, reason=row.reason,
            made_at=row.made_at,
        )  # fmt: skip
        release(absorbed, row.user_id, by)


def _hers_to_judge(recusal_id: uuid.UUID, by: Assignment, verb: str) -> Recusal:
    row = Recusal.objects.select_related("case").filter(pk=recusal_id).first()
    if row is None or not is_national(by) or by.user_id in barred_from(row.case):
        audit.refuse(verb, recusal_id, by=by)
        raise PermissionDenied
    return row


@transaction.atomic(durable=True)
def redirect(*, recusal_id: uuid.UUID, desk_id: uuid.UUID, by: Assignment) -> Case:
    """A case that nobody at its desk can handle goes to another desk, by the national desk, unread.

    Raises ValidationError at `desk` while somebody can, or when nobody there could either.
    """
    row = _hers_to_judge(recusal_id, by, "recusal.redirect")
    case = casework.lock(row.case_id)
    desk = Desk.objects.on(clock.today()).select_related("region").filter(pk=desk_id).first()
    if able_at(case, case.desk) or not case.is_open:
        raise ValidationError({"desk": _("Somebody at the desk handles the case.")})
    if desk is None or desk.is_national or desk.pk == case.desk_id or not able_at(case, desk):
        raise ValidationError({"desk": _("Choose another desk where somebody is on duty today.")})
    if asked := handovers.open_in(case):
        handovers.set_aside(case, asked, by)
    triage.redirect(case, desk, ForwardReason.PLACED, by=by)
    return case


def shut_out(rows: list[Recusal]) -> set[uuid.UUID]:
    """Of these, those whose sight others have ended: no business of the national desk, unless the case has
    nobody left."""
    return set(Recusal.objects.filter(bars(), pk__in=[row.pk for row in rows]).values_list("pk", flat=True))


def stranded(rows: list[Recusal]) -> set[uuid.UUID]:
    """Of these recusals' cases, those that are open and that nobody at their desk can handle. Two queries."""
    open_cases = {row.case_id: row.case for row in rows if row.lifted_at is None and row.case.is_open}
    barred = notifications.recused_in(open_cases)
    people = routing.people_on({case.desk for case in open_cases.values()}, clock.today())
    return {
        pk
        for pk, case in open_cases.items()
        if not {p.user_id for p in people[case.desk_id]} - barred.get(pk, frozenset())
    }

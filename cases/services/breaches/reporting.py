"""Reporting a wrong disclosure: sight is cut in the same transaction, and the clock starts."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications
from cases.access import barred_from, require_level, sync_grants
from cases.enums import BreachKind, CancelReason, GroundEnd, GroundKind, Level, Threat
from cases.models import Breach, BreachRecipient, Case, LegalGround, Participation, Recusal
from cases.notifications import breaches as telling
from cases.services import casework, checklists, granting, handovers, recusals, sharing
from cases.services.breaches import safeguards, timing
from cases.services.breaches import sight as clearing
from core import audit, clock, pdf

IN_DANGER: Final = timedelta(hours=4)
OTHERWISE: Final = timedelta(hours=24)
"""How soon the desk decides about protection: portal defaults, to be confirmed."""


@dataclass(frozen=True)
class Told:
    """What a report says."""

    kind: BreachKind
    threat: Threat
    what: str
    noticed_at: datetime
    since: datetime | None = None
    to: Collection[str] = ()
    """Codes of `sight.whom`."""
    outside: str = ""


@transaction.atomic(durable=True)
def report(*, case_id: uuid.UUID, told: Told, by: Assignment) -> Breach:
    """Somebody was given or opened what they should not have.

    Everybody named loses sight at once, with open pages, links, ordered papers and waiting mail. The officer
    and the desk are told. Raises PermissionDenied without sight of steps, ValidationError at `what`, `to`,
    `noticed_at` or `since`.
    """
    case = casework.lock(case_id)
    sight = require_level(by, case, Level.STEPS)
    known = {one.code for one in clearing.whom(sight)}
    _must_be_sound(told, known)
    now = clock.now()
    breach = Breach.objects.create(
        case=case,
        kind=told.kind,
        threat=told.threat,
        data_key_id=case.data_key_id,
        what=told.what.strip(),
        outside=told.outside.strip() or None,
        since=told.since,
        noticed_at=told.noticed_at.astimezone(UTC),
        due_at=timing.due(told.noticed_at),
        reported_by_id=by.user_id,
        reported_agency_id=by.agency_id,
        reported_at=now,
    )
    breach.stage, breach.chase_at = timing.following(breach, now)
    breach.save(update_fields=["stage", "chase_at"])
    rows = [_recipient(breach, code) for code in dict.fromkeys(told.to)]
    cut = _cut(case, rows, by)
    _open_step(breach, case)
    audit.record("breach.report", breach, by=by, case=case.pk, kind=told.kind, recipients=len(rows), cut=cut)
    telling.reported(breach, by=by)
    return breach


def _must_be_sound(told: Told, known: Collection[str]) -> None:
    if not told.what.strip():
        raise ValidationError({"what": _("Write what has happened")})
    if not set(told.to) <= set(known):
        raise ValidationError({"to": _("Choose among those in the list")})
    if not told.to and not told.outside.strip():
        raise ValidationError({"to": _("Choose who was given it, or write who it was")})
    if told.noticed_at > clock.now():
        raise ValidationError({"noticed_at": _("The time cannot be in the future.")})
    if told.since is not None and told.since > told.noticed_at:
        raise ValidationError({"since": _("It cannot have begun after it was noticed")})


def _recipient(breach: Breach, code: str) -> BreachRecipient:
    kind, _sep, pk = code.partition(":")
    return BreachRecipient(breach=breach, **{f"{kind}_id": uuid.UUID(pk)})


# --- sight is cut ----------------------------------------------------------------------------------


def _cut(case: Case, rows: Iterable[BreachRecipient], by: Assignment) -> int:
    """End every way in of those named. Returns how many still had one."""
    named = list(rows)
    agencies = [row for row in named if row.agency_id]
    desks = [row for row in named if row.desk_id]
    open_to = list(case.grants.values_list("agency_id", "desk_id"))
    for row in agencies:
        row.had_sight = any(agency == row.agency_id for agency, _desk in open_to)
    for row in desks:
        row.had_sight = row.desk_id != case.desk_id and any(desk == row.desk_id for _a, desk in open_to)
    left = _end_agencies(case, [row.agency_id for row in agencies if row.agency_id])
    _end_desks(case, [row.desk_id for row in desks if row.desk_id], by)
    if case.is_open:
        checklists.refresh(case)
    case.version += 1
    case.save(update_fields=["version"])
    sync_grants(case)
    granting.let_go(case, left, by)
    for part in left:
        audit.record("participation.end", part, by=by, case=case.pk)
    for row in named:
        if row.user_id:
            _shut_out(case, row, by)
        row.save(force_insert=True)
    return sum(row.had_sight for row in named)


def _end_agencies(case: Case, ids: list[uuid.UUID]) -> list[Participation]:
    live = case.grounds.filter(agency_id__in=ids, ended_at__isnull=True).exclude(kind=GroundKind.OWN_REPORT)
    sharing.end_grounds(list(live), GroundEnd.MISTAKE)
    return granting.follow(case, CancelReason.AGENCY_LEFT)


def _end_desks(case: Case, ids: list[uuid.UUID], by: Assignment) -> None:
    """Desks that still read after a handover, or were asked to take the case; never the one that holds it."""
    others = [pk for pk in ids if pk != case.desk_id]
    if (asked := handovers.open_in(case)) and asked.to_desk_id in others:
        handovers.set_aside(case, asked, by)
    live: Iterable[LegalGround] = case.grounds.filter(desk_id__in=others, ended_at__isnull=True)
    sharing.end_grounds(list(live), GroundEnd.MISTAKE)
    people = telling.only_there(case, others)
    pdf.withdraw(case.pk, people, by=by)
    for user in people:
        notifications.forget(user, case)


def _shut_out(case: Case, row: BreachRecipient, by: Assignment) -> None:
    """One person, through whatever house; her colleagues go on. What she held goes to somebody who can."""
    assert row.user_id is not None
    row.had_sight = row.user_id not in barred_from(case)
    if not row.had_sight:  # by her own word, until now: from here on the national desk does not lift it
        own = case.recusals.filter(user_id=row.user_id, lifted_at__isnull=True).get()
        row.bar = None if recusals.is_shut_out(own) else own
        return
    row.bar = Recusal.objects.create(
        case=case,
        user_id=row.user_id,
        data_key_id=case.data_key_id,
        reason=_("Sight was ended by others."),
        made_at=clock.now(),
    )
    audit.record("breach.shut_out", case, by=by, user=row.user_id, recusal=row.bar.pk)
    recusals.release(case, row.user_id, by)
    pdf.withdraw(case.pk, [row.user_id], by=by)
    notifications.forget(row.user_id, case)


def _open_step(breach: Breach, case: Case) -> None:
    """The desk decides how the person is protected now. Its words tell nothing of the breach."""
    if case.is_open and not case.is_consultation:
        length = IN_DANGER if breach.threat == Threat.YES else OTHERWISE
        safeguards.start(breach, case, safeguards.FIRST, due_at=clock.now() + length)


@transaction.atomic(durable=True)
def restore(*, breach_id: uuid.UUID, recipient_id: uuid.UUID, by: Assignment) -> Recusal:
    """A single person may see the case again, if it is at a house of hers. Never by herself.

    An agency is invited again like any other, on a ground.
    """
    found = Breach.objects.get(pk=breach_id)
    case = casework.lock(found.case_id)
    breach = clearing.acting(found, case, by, "breach.restore")
    row = breach.recipients.filter(pk=recipient_id, bar__isnull=False).select_related("bar").first()
    if row is None or row.bar is None or row.user_id == by.user_id:
        audit.refuse("breach.restore", breach, by=by)
        raise PermissionDenied
    if row.bar.lifted_at is None:
        row.bar.lifted_at, row.bar.lifted_by_id = clock.now(), by.user_id
        row.bar.save(update_fields=["lifted_at", "lifted_by"])
        beside = Recusal.objects.filter(
            user_id=row.bar.user_id, made_at=row.bar.made_at, lifted_at__isnull=True
        )
        beside.update(lifted_at=row.bar.lifted_at, lifted_by_id=by.user_id)  # of a case parted from this one
        audit.record("breach.restore", breach, by=by, case=case.pk, user=row.user_id, recusal=row.bar.pk)
    return row.bar

"""Who is on duty, who is away, and who stands in. Every change moves the rights in the same transaction.

Dates given here are days people say: `first` and `last` both belong to the period.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Membership
from coordinators import access
from coordinators.enums import COORDINATORS
from coordinators.models import Absence, Desk, Duty
from coordinators.services.rights import sync_desk_permissions
from core import audit, clock
from core.errors import StaleVersion

_DAY: Final = timedelta(days=1)
FURTHEST: Final = timedelta(days=3660)
"""Later dates are taken for slips of the pen."""


def eligible() -> list[Membership]:
    """Those who can be on duty or stand in: coordinators with an assignment today or later, by name."""
    return list(
        Membership.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=clock.today()),
            ended_at__isnull=True,
            role__in=COORDINATORS,
            user__is_active=True,
            agency__active=True,
        )
        .select_related("user", "agency")
        .order_by("user__name", "id")
    )


@transaction.atomic(durable=True)
def put_on_duty(
    *,
    desk: Desk,
    membership: Membership,
    first: date,
    last: date | None = None,
    is_primary: bool = True,
    by: Assignment | None,
) -> Duty:
    """Let somebody cover a desk; the rights follow. Raises ValidationError by field, PermissionDenied."""
    access.require_manager(by, "duty.add")
    _must_be_possible(first, last, by)
    member = _lock(membership.pk)
    _must_be_somebody_else(member, by, "membership")
    _must_be_coordinator(member, first, last, "membership")
    if Duty.objects.within(first, last).filter(desk=desk, membership=member).exists():
        raise ValidationError({"membership": _("The person is already on duty here on some of these days")})
    duty = Duty.objects.create(
        desk=desk, membership=member, valid_from=first, valid_until=last, is_primary=is_primary
    )
    sync_desk_permissions([desk])
    facts = {"desk": desk.key, "membership": member.pk, **_dates(first, last)}
    audit.record("duty.add", duty, by=by, **facts)
    return duty


@transaction.atomic(durable=True)
def change_duty(
    *, duty_id: uuid.UUID, version: int, last: date | None, is_primary: bool, by: Assignment | None
) -> Duty:
    """End or prolong a duty. What has been stays. Raises StaleVersion, ValidationError, PermissionDenied."""
    access.require_manager(by, "duty.change")
    duty = Duty.objects.select_for_update(of=("self",), no_key=True).select_related("desk").get(pk=duty_id)
    _must_be_fresh(duty, version)
    member = _lock(duty.membership_id)
    if duty.valid_until is not None and (last is None or last > duty.valid_until):
        _must_be_somebody_else(member, by, "last")
    if by is not None and last is not None and last < clock.today() - _DAY:
        raise ValidationError({"last": _("The last day cannot be earlier than yesterday")})
    _must_be_possible(duty.valid_from, last, None)
    others = Duty.objects.within(duty.valid_from, last).filter(desk=duty.desk, membership=member)
    if others.exclude(pk=duty.pk).exists():
        raise ValidationError({"last": _("The person is already on duty here on some of these days")})
    duty.valid_until, duty.is_primary, duty.version = last, is_primary, version + 1
    duty.save(update_fields=["valid_until", "is_primary", "version"])
    sync_desk_permissions([duty.desk])
    facts = {"desk": duty.desk.key, **_dates(duty.valid_from, last)}
    audit.record("duty.change", duty, by=by, **facts)
    return duty


@transaction.atomic(durable=True)
def register_absence(
    *, membership: Membership, first: date, last: date, deputy: Membership | None, by: Assignment | None
) -> Absence:
    """Somebody is away from `first` to `last`; the deputy has the same desk rights on exactly those days.

    Without a deputy the absence stands, and desks that nobody covers show up in `uncovered_desks`."""
    access.require_absence_of(by, membership.pk, "absence.add")
    _must_be_possible(first, last, by)
    member = _lock(membership.pk)
    _must_be_somebody_else(deputy, by, "deputy")
    _must_be_coordinator(member, first, first, "membership")
    _must_be_present(member, first, last)
    _must_stand_in(member, first, last, deputy)
    absence = Absence.objects.create(membership=member, deputy=deputy, valid_from=first, valid_until=last)
    _follow(absence, "absence.add", by)
    return absence


@transaction.atomic(durable=True)
def change_absence(
    *, absence_id: uuid.UUID, version: int, last: date, deputy: Membership | None, by: Assignment | None
) -> Absence:
    """Prolong, shorten or change the deputy. A deputy's days that have been stay that deputy's: the running
    absence is then split today. Raises StaleVersion, ValidationError, PermissionDenied."""
    absence = _locked_absence(absence_id)
    access.require_absence_of(by, absence.membership_id, "absence.change")
    _must_be_fresh(absence, version)
    member = _lock(absence.membership_id)
    today = clock.today()
    if by is not None and last < today - _DAY:
        raise ValidationError({"last": _("The last day cannot be earlier than yesterday")})
    _must_be_possible(absence.valid_from, last, None)
    if last < today:
        deputy = absence.deputy  # those days have been
    changed = deputy != absence.deputy
    if changed or last > absence.valid_until:
        _must_be_somebody_else(deputy, by, "deputy")
    unchecked = max(absence.valid_from, today) if changed else absence.valid_until + _DAY
    _must_be_present(member, max(absence.valid_from, today), last, absence.pk)
    _must_stand_in(member, unchecked, last, deputy)
    if changed and absence.valid_from < today:
        absence.valid_until, absence.version = today - _DAY, version + 1
        absence.save(update_fields=["valid_until", "version"])
        absence = Absence.objects.create(membership=member, deputy=deputy, valid_from=today, valid_until=last)
    else:
        absence.valid_until, absence.deputy, absence.version = last, deputy, version + 1
        absence.save(update_fields=["valid_until", "deputy", "version"])
    _follow(absence, "absence.change", by)
    return absence


@transaction.atomic(durable=True)
def cancel_absence(*, absence_id: uuid.UUID, by: Assignment | None) -> None:
    """Back again: a coming absence goes away, a running one ends yesterday, one that is over stays."""
    absence = _locked_absence(absence_id)
    access.require_absence_of(by, absence.membership_id, "absence.cancel")
    today = clock.today()
    if absence.valid_until < today:
        return
    if absence.valid_from < today:
        absence.valid_until, absence.version = today - _DAY, absence.version + 1
        absence.save(update_fields=["valid_until", "version"])
        _follow(absence, "absence.cancel", by)
        return
    _follow(absence, "absence.cancel", by, delete=True)


def _locked_absence(absence_id: uuid.UUID) -> Absence:
    rows = Absence.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("deputy").get(pk=absence_id)


def _follow(absence: Absence, verb: str, by: Assignment | None, *, delete: bool = False) -> None:
    """Rights move wherever the absent person, directly or as a deputy, may have been on duty."""
    people: dict[str, Any] = {"membership": absence.membership_id, "deputy": absence.deputy_id}
    audit.record(verb, absence, by=by, **people, **_dates(absence.valid_from, absence.valid_until))
    if delete:
        absence.delete()
    sync_desk_permissions(Desk.objects.all())


def _lock(membership_id: uuid.UUID) -> Membership:
    """Duties and absences of one person are changed by one request at a time."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("user", "agency").get(pk=membership_id)


def _must_be_possible(first: date, last: date | None, by: Assignment | None) -> None:
    today = clock.today()
    if by is not None and first < today:
        raise ValidationError({"first": _("The first day cannot be in the past")})
    if first > today + FURTHEST:
        raise ValidationError({"first": _("The date is more than ten years ahead")})
    if last is not None and last < first:
        raise ValidationError({"last": _("The last day cannot be before the first day")})
    if last is not None and last > today + FURTHEST:
        raise ValidationError({"last": _("The date is more than ten years ahead")})


def _must_be_somebody_else(member: Membership | None, by: Assignment | None, field: str) -> None:
    """Nobody gives herself a desk and with it the content of its cases: that takes a second person."""
    if by is not None and member is not None and member.user_id == by.user_id:
        audit.refuse("duty.own", member, by=by)
        raise ValidationError({field: _("You cannot give a desk to yourself. Ask somebody else who may")})


def _must_be_coordinator(member: Membership, first: date, last: date | None, field: str) -> None:
    """An open-ended duty may outlast the assignment: the rights and the routing end with the assignment."""
    if member.role not in COORDINATORS:
        raise ValidationError({field: _("Only coordinators can be on duty or stand in")})
    leaves_before = member.valid_until is not None and member.valid_until < (last or first)
    gone = member.ended_at is not None or not member.user.is_active
    if gone or member.valid_from > first or leaves_before:
        raise ValidationError({field: _("The person has no assignment on some of these days")})


def _must_be_present(member: Membership, first: date, last: date, but: uuid.UUID | None = None) -> None:
    others = Absence.objects.within(first, last).filter(membership=member)
    if (others.exclude(pk=but) if but else others).exists():
        raise ValidationError({"last": _("The person is already registered as absent on some of these days")})


def _must_stand_in(member: Membership, first: date, last: date, deputy: Membership | None) -> None:
    if deputy is None or first > last:
        return
    if deputy.pk == member.pk or deputy.user_id == member.user_id:
        raise ValidationError({"deputy": _("The deputy must be someone else")})
    _must_be_coordinator(deputy, first, last, "deputy")
    if Absence.objects.within(first, last).filter(membership=deputy).exists():
        raise ValidationError({"deputy": _("The deputy is absent on some of these days")})


def _must_be_fresh(row: Duty | Absence, version: int) -> None:
    if row.version != version:
        raise StaleVersion(row)


def _dates(first: date, last: date | None) -> dict[str, Any]:
    return {"first": first.isoformat(), "last": last.isoformat() if last else ""}

"""Who is what at which agency, from when to when; and the dated rights copied from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_people, rights_of
from accounts.enums import NATIONAL_ROLES, Role
from accounts.models import Agency, AgencyPermission, Membership, MembershipQuerySet, User
from accounts.services import leaving
from core import audit, clock
from core.access import Synced, Wanted, sync
from core.errors import StaleVersion

FOLLOWERS: Final[list[Callable[[Membership], None]]] = []
"""Called after a membership changed, in the same transaction, by apps above that keep copies of its dates
(coordinators: rights on desks). An app adds its function in `AppConfig.ready`."""


def sync_permissions(membership: Membership) -> Synced:
    """Make the stored rights of a membership the ones its role carries, with its dates. Idempotent."""
    wanted: list[Wanted] = []
    alive = membership.ended_at is None and membership.user.is_active and membership.agency.active
    if alive:
        wanted = [
            Wanted(
                membership_id=membership.pk,
                user_id=membership.user_id,
                container_id=membership.agency_id,
                codename=right,
                valid_from=membership.valid_from,
                valid_until=membership.valid_until,
            )
            for right in sorted(rights_of(membership.role, membership.agency))
        ]
    changed = sync(AgencyPermission, wanted, within=Q(membership=membership))
    for follow in FOLLOWERS:
        follow(membership)
    return changed


def add_member(
    user: User,
    *,
    agency: Agency,
    role: str,
    is_manager: bool,
    valid_from: date,
    valid_until: date | None,
    by: Assignment | None,
) -> Membership:
    """Put a person in a role at an agency. Joins the caller's transaction."""
    require_people(by, agency.pk, "membership.add", user)
    _refuse_oneself(by, user, "membership.add")
    _check(role, agency, valid_from, valid_until)
    if _overlapping(user, agency, role, valid_from, valid_until).exists():
        raise ValidationError(_("The person already has this role at the agency in that period"))
    membership = Membership.objects.create(
        user=user,
        agency=agency,
        role=role,
        is_manager=is_manager,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    sync_permissions(membership)
    audit.record(
        "membership.add",
        membership,
        by=by,
        target_ids=[user.pk],
        agency=agency.pk,
        new_role=role,
        manager=is_manager,
    )
    return membership


@transaction.atomic(durable=True)
def add_membership(
    user: User,
    *,
    agency: Agency,
    role: str,
    is_manager: bool,
    valid_from: date,
    valid_until: date | None,
    by: Assignment | None,
) -> Membership:
    """Give a person one more assignment, on a screen of its own."""
    return add_member(
        user,
        agency=agency,
        role=role,
        is_manager=is_manager,
        valid_from=valid_from,
        valid_until=valid_until,
        by=by,
    )


@transaction.atomic(durable=True)
def change_membership(
    membership_id: UUID,
    *,
    version: int,
    role: str,
    is_manager: bool,
    valid_from: date,
    valid_until: date | None,
    by: Assignment | None,
) -> Membership:
    """Change dates and the manager mark; another role ends this membership and starts a new one today.

    Rights follow at the next request. Raises StaleVersion when somebody saved in between,
    ValidationError for what cannot be.
    """
    membership = _locked(membership_id)
    require_people(by, membership.agency_id, "membership.change", membership)
    _refuse_oneself(by, membership.user, "membership.change")
    if membership.version != version:
        raise StaleVersion(membership)
    if membership.ended_at is not None:
        raise ValidationError(_("The assignment has ended. Add a new one"))
    _check(role, membership.agency, valid_from, valid_until)
    gone = role != membership.role or (valid_until is not None and valid_until < clock.today())
    if gone and not leaving.still_at(membership.user, membership):
        _refuse_open_work(membership)
    if role != membership.role:
        refuse_last_administrator(membership)
        _end(membership, by)
        return add_member(
            membership.user,
            agency=membership.agency,
            role=role,
            is_manager=is_manager,
            valid_from=max(valid_from, clock.today()),
            valid_until=valid_until,
            by=by,
        )
    _redate(membership, is_manager, valid_from, valid_until, by)
    return membership


@transaction.atomic(durable=True)
def end_membership(
    membership_id: UUID, *, by: Assignment | None, homes: Mapping[str, str] | None = None
) -> Membership:
    """End an assignment at once: the next request of the person finds no rights from it.

    Open work at the agency has the new `homes` (`leaving`). Raises ValidationError by kind without one.
    """
    membership = _locked(membership_id)
    require_people(by, membership.agency_id, "membership.end", membership)
    if membership.ended_at is None:
        refuse_last_administrator(membership)
        if not leaving.still_at(membership.user, membership):
            leaving.rehome(
                membership.user, homes or {}, by=by, agency_id=membership.agency_id, verb="membership.end"
            )
        _end(membership, by)
    return membership


def _refuse_open_work(membership: Membership) -> None:
    """Another role, or a last day that has passed, leaves open work with somebody who cannot do it."""
    if leaving.open_work(membership.user, by=None, agency_id=membership.agency_id):
        raise ValidationError(_("The person has open work at the agency. End the assignment to hand it over"))


def _refuse_oneself(by: Assignment | None, user: User, verb: str) -> None:
    """Whoever lets people in must not let herself in: it takes a second person to reach case content."""
    if by is not None and by.user_id == user.pk:
        audit.refuse(verb, user, by=by, own=True)
        raise ValidationError(_("You cannot change your own assignments. Ask another administrator"))


def resync_permissions() -> int:
    """Compare every membership with its rows and mend; the number of rows that had to change."""
    changed = 0
    for membership in Membership.objects.select_related("user", "agency").iterator(chunk_size=500):
        result = sync_permissions(membership)
        changed += result.added + result.removed
    return changed


def _redate(
    membership: Membership,
    is_manager: bool,
    valid_from: date,
    valid_until: date | None,
    by: Assignment | None,
) -> None:
    others = _overlapping(membership.user, membership.agency, membership.role, valid_from, valid_until)
    if others.exclude(pk=membership.pk).exists():
        raise ValidationError(_("The person already has this role at the agency in that period"))
    if not _covers(valid_from, valid_until, clock.today()):
        refuse_last_administrator(membership)
    before = membership.is_manager
    membership.is_manager, membership.valid_from, membership.valid_until = is_manager, valid_from, valid_until
    membership.version += 1
    membership.save(update_fields=["is_manager", "valid_from", "valid_until", "version"])
    sync_permissions(membership)
    audit.record(
        "membership.change",
        membership,
        by=by,
        target_ids=[membership.user_id],
        old_manager=before,
        new_manager=is_manager,
        first_day=valid_from.isoformat(),
        last_day=valid_until.isoformat() if valid_until else "",
    )


def _end(membership: Membership, by: Assignment | None) -> None:
    now = clock.now()
    yesterday = clock.local(now).date() - timedelta(days=1)
    if membership.valid_until is None or membership.valid_until > yesterday:
        membership.valid_until = max(membership.valid_from, yesterday)
    membership.ended_at = now
    membership.version += 1
    membership.save(update_fields=["valid_until", "ended_at", "version"])
    sync_permissions(membership)
    audit.record(
        "membership.end", membership, by=by, target_ids=[membership.user_id], old_role=membership.role
    )


def _locked(membership_id: UUID) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",), no_key=True).select_related("user", "agency")
    return rows.get(pk=membership_id)


def _check(role: str, agency: Agency, valid_from: date, valid_until: date | None) -> None:
    if role not in Role.values:
        raise ValidationError({"role": _("Choose a role")})
    if Role(role) in NATIONAL_ROLES and not agency.is_national:
        raise ValidationError({"role": _("This role exists only at the National Coordination")})
    if valid_until is not None and valid_until < valid_from:
        raise ValidationError({"valid_until": _("The last day cannot be before the first day")})


def _covers(valid_from: date, valid_until: date | None, day: date) -> bool:
    return valid_from <= day and (valid_until is None or valid_until >= day)


def _overlapping(
    user: User, agency: Agency, role: str, valid_from: date, valid_until: date | None
) -> MembershipQuerySet:
    rows = Membership.objects.filter(user=user, agency=agency, role=role, ended_at__isnull=True)
    rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=valid_from))
    return rows if valid_until is None else rows.filter(valid_from__lte=valid_until)


def refuse_last_administrator(membership: Membership) -> None:
    """The portal is never without somebody who can let people in."""
    if membership.role != Role.ADMINISTRATOR or not membership.agency.is_national:
        return
    # One at a time: two administrators must not remove each other.
    Agency.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.agency_id)
    others = Membership.objects.in_force().filter(agency=membership.agency, role=Role.ADMINISTRATOR)
    if not others.exclude(user=membership.user).exists():
        raise ValidationError(
            _("This is the portal's last administrator. Make somebody else administrator first")
        )

"""Rights on desks: dated copies of duties and absences, never typed by hand."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from accounts.models import Membership
from coordinators.access import RIGHTS
from coordinators.enums import COORDINATORS, NATIONAL_RIGHTS, REGION_RIGHTS
from coordinators.models import Absence, Desk, DeskPermission, Duty
from core import clock, context
from core.access import Synced, Wanted, sync


@dataclass(frozen=True, order=True)
class Days:
    """From a day to and including another; `date.max` stands for "until further notice"."""

    start: date
    end: date

    @staticmethod
    def of(row: Duty | Absence | Membership) -> Days:
        return Days(row.valid_from, row.valid_until or date.max)

    def common(self, other: Days) -> Days | None:
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Days(start, end) if start <= end else None


@transaction.atomic(durable=True)
def sync_rights() -> Synced:
    """Make the rights on every desk follow the duties and absences; what is over is removed.

    May run twice: it compares and changes only what differs."""
    return sync_desk_permissions(Desk.objects.all())


def sync_desk_permissions(desks: Iterable[Desk]) -> Synced:
    """The same for some desks, in the caller's transaction.

    The desks are locked: two changes at once must not each copy the facts without the other's."""
    locked = Desk.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    by_id = {desk.pk: desk for desk in locked.filter(pk__in=[desk.pk for desk in desks])}
    today = clock.today()
    absences: defaultdict[uuid.UUID, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.within(today, None).select_related("deputy"):
        absences[absence.membership_id].append(absence)
    held: defaultdict[tuple[uuid.UUID, uuid.UUID, uuid.UUID], list[Days]] = defaultdict(list)
    for duty in Duty.objects.within(today, None).filter(desk__in=by_id).select_related("membership"):
        on_duty = frozenset({duty.membership_id})
        for member, days in _holders(duty.membership, Days.of(duty), absences, on_duty):
            held[duty.desk_id, member.pk, member.user_id].append(days)
    wanted = [
        Wanted(
            membership_id=membership_id,
            user_id=user_id,
            container_id=desk_id,
            codename=right.value,
            valid_from=days.start,
            valid_until=None if days.end == date.max else days.end,
        )
        for (desk_id, membership_id, user_id), spans in held.items()
        for days in _joined(spans)
        for right in (NATIONAL_RIGHTS if by_id[desk_id].is_national else REGION_RIGHTS)
        if days.end >= today
    ]
    context.forget(RIGHTS)
    return sync(DeskPermission, wanted, within=Q(content_object__in=by_id))


@transaction.atomic
def follow_membership(membership: Membership) -> None:
    """A coordinator's assignment was changed: the rights on desks follow in the same transaction."""
    if membership.role in COORDINATORS:
        sync_desk_permissions(Desk.objects.all())


def _holders(
    member: Membership,
    days: Days,
    absences: dict[uuid.UUID, list[Absence]],
    seen: frozenset[uuid.UUID],
) -> Iterator[tuple[Membership, Days]]:
    """The person on duty, and each deputy on exactly the days of the absence, and the deputy's deputy."""
    own = days.common(Days.of(member))
    if own and member.ended_at is None:
        yield member, own
    for absence in absences.get(member.pk, ()):
        deputy = absence.deputy
        away = days.common(Days.of(absence))
        if away and deputy is not None and deputy.pk not in seen:
            yield from _holders(deputy, away, absences, seen | {deputy.pk})


def _joined(spans: list[Days]) -> list[Days]:
    """Overlapping and touching spans made one, so that a right has one row a period."""
    joined: list[Days] = []
    for days in sorted(spans):
        if joined and days.start.toordinal() <= joined[-1].end.toordinal() + 1:
            joined[-1] = Days(joined[-1].start, max(joined[-1].end, days.end))
        else:
            joined.append(days)
    return joined

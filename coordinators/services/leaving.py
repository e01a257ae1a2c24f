"""Duties and deputyships of somebody who leaves: they go to another coordinator, or to nobody."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from accounts.models import Membership, User
from accounts.services.leaving import OpenWork
from coordinators.access import may_manage
from coordinators.models import Absence, Desk, Duty
from coordinators.services.duties import eligible
from coordinators.services.rights import sync_desk_permissions
from core import audit, clock

DUTIES, DEPUTY = "duties", "deputy"
_DAY = timedelta(days=1)


def duties_of(user: User, agency_id: UUID | None) -> QuerySet[Duty]:
    rows = Duty.objects.within(clock.today(), None).filter(membership__user=user)
    return rows.filter(membership__agency_id=agency_id) if agency_id else rows


def deputyships_of(user: User, agency_id: UUID | None) -> QuerySet[Absence]:
    rows = Absence.objects.within(clock.today(), None).filter(deputy__user=user)
    return rows.filter(deputy__agency_id=agency_id) if agency_id else rows


class Duties:
    """Who covers a desk is decided by those who keep the map; others can only leave it empty."""

    def find(self, user: User, agency_id: UUID | None, by: Assignment | None) -> list[OpenWork]:
        duties = Counter(duties_of(user, agency_id).values_list("desk_id", flat=True))
        desks = Desk.objects.select_related("region").filter(pk__in=duties).order_by("key")
        found = [
            self._work(DUTIES, _("Duties at the desk"), d.pk, d.agency_id, d.name, duties[d.pk], user, by)
            for d in desks
        ]
        standing_in = deputyships_of(user, agency_id).select_related("deputy__agency")
        houses = Counter(row.deputy.agency for row in standing_in if row.deputy)
        return found + [
            self._work(DEPUTY, _("Stands in for others"), a.pk, a.pk, a.name, number, user, by)
            for a, number in houses.items()
        ]

    def _work(
        self, code: str, title: Promise, house: UUID, agency: UUID, name: str | Promise, count: int,
        user: User, by: Assignment | None,
    ) -> OpenWork:  # fmt: skip
        people: tuple[tuple[str, str], ...] = ()
        if by is None or may_manage(by):
            others = {row.user_id: row.user.name for row in eligible() if row.user_id != user.pk}
            people = tuple((str(pk), name_) for pk, name_ in others.items() if by is None or pk != by.user_id)
        nobody = _("Nobody: the national desk is told that the desk is not covered")
        return OpenWork(code, house, agency, name, title, count, people=people, nobody=nobody)

    def move(self, user: User, work: OpenWork, heir_id: UUID | None, by: Assignment | None) -> None:
        heir = next((row for row in eligible() if row.user_id == heir_id), None) if heir_id else None
        if work.code == DUTIES:
            for duty in duties_of(user, None).filter(desk_id=work.house_id).select_related("desk"):
                _give_duty(duty, heir, by)
        elif work.code == DEPUTY:
            for absence in deputyships_of(user, None).filter(deputy__agency_id=work.house_id):
                _give_deputyship(absence, heir, by)
        sync_desk_permissions(Desk.objects.all())


def _give_duty(duty: Duty, heir: Membership | None, by: Assignment | None) -> None:
    """What has been stays; from today on the heir covers the days that are left."""
    today, last = clock.today(), duty.valid_until
    first = max(duty.valid_from, today)
    if heir and not Duty.objects.within(first, last).filter(desk=duty.desk, membership=heir).exists():
        new = Duty.objects.create(
            desk=duty.desk, membership=heir, valid_from=first, valid_until=last, is_primary=duty.is_primary
        )
        audit.record("duty.add", new, by=by, desk=duty.desk.key, membership=heir.pk)
    audit.record("duty.change", duty, by=by, desk=duty.desk.key, last=(today - _DAY).isoformat())
    _end_before(duty, today)


def _end_before(duty: Duty, today: date) -> None:
    if duty.valid_from >= today:
        duty.delete()
        return
    duty.valid_until, duty.version = today - _DAY, duty.version + 1
    duty.save(update_fields=["valid_until", "version"])


def _give_deputyship(absence: Absence, heir: Membership | None, by: Assignment | None) -> None:
    """The absence stays; from today on somebody else stands in, or nobody."""
    today = clock.today()
    member = absence.membership_id
    fits = heir is not None and heir.pk != member and not _is_away(heir, absence)
    deputy = heir if fits else None
    facts: dict[str, Any] = {"membership": member, "deputy": deputy.pk if deputy else None}
    audit.record("absence.change", absence, by=by, **facts)
    if absence.valid_from < today:
        last, absence.valid_until = absence.valid_until, today - _DAY
        absence.version += 1
        absence.save(update_fields=["valid_until", "version"])
        Absence.objects.create(membership_id=member, deputy=deputy, valid_from=today, valid_until=last)
        return
    absence.deputy, absence.version = deputy, absence.version + 1
    absence.save(update_fields=["deputy", "version"])


def _is_away(heir: Membership, absence: Absence) -> bool:
    return (
        Absence.objects.within(absence.valid_from, absence.valid_until).filter(membership=heir).exists()
        or Membership.objects.filter(pk=absence.membership_id, user_id=heir.user_id).exists()
    )

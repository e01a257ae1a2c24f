"""Promised calls and shifts of somebody who leaves: to another operator, or to whoever is on duty (S25)."""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.access import Assignment
from accounts.models import Agency, User
from accounts.services.leaving import OpenWork
from core import audit, clock
from hotline.models import Callback, Shift
from hotline.services import chase, roster

CALLS, SHIFTS = "callbacks", "shifts"
_TITLES: Final = {
    CALLS: (_("Promised calls of the helpline"), _("Nobody: whoever is on duty at the helpline")),
    SHIFTS: (_("Shifts at the helpline"), _("Nobody: they are taken off the roster")),
}


def _rows(code: str, user: User, agency_id: UUID | None) -> QuerySet[Callback] | QuerySet[Shift]:
    found: QuerySet[Callback] | QuerySet[Shift]
    if code == CALLS:
        found = Callback.objects.filter(owner=user, done_at__isnull=True)
    else:
        found = Shift.objects.filter(user=user, starts_at__gt=clock.now())
    return found.filter(agency_id=agency_id) if agency_id else found


class HelplineWork:
    """What the telephone desk has given somebody to do."""

    def find(self, user: User, agency_id: UUID | None, by: Assignment | None) -> list[OpenWork]:
        found = []
        for code, (title, nobody) in _TITLES.items():
            held = Counter(_rows(code, user, agency_id).values_list("agency_id", flat=True))
            for agency in Agency.objects.filter(pk__in=held).order_by("name"):
                others = [row for row in roster.operators(agency.pk) if row.user_id != user.pk]
                people = tuple((str(row.user_id), row.user.name) for row in others) if code == CALLS else ()
                found.append(
                    OpenWork(
                        code, agency.pk, agency.pk, agency.name, title, held[agency.pk], people=people,
                        nobody=nobody,
                    )
                )  # fmt: skip
        return found

    def move(self, user: User, work: OpenWork, heir_id: UUID | None, by: Assignment | None) -> None:
        if work.code == CALLS:
            rows = Callback.objects.select_for_update(of=("self",), no_key=True)
            for row in rows.filter(owner=user, done_at__isnull=True, agency_id=work.house_id):
                row.owner_id, row.version = heir_id, row.version + 1
                row.save(update_fields=["owner", "version"])
                audit.record("callback.take", row, by=by, to=heir_id)
                chase.handed_over(row, user.pk, by.user_id if by else None)
        elif work.code == SHIFTS:
            gone = _rows(SHIFTS, user, work.house_id)
            audit.record("roster.remove", by=by, user=user.pk, shifts=gone.count())
            gone.delete()

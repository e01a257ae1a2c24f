"""Changing when the helpline is staffed. A change holds from a date on and never rewrites what was before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from coordinators.access import require_manager
from core import audit, clock
from hotline.models import OpeningHours, SpecialDay
from hotline.services import chase

_DAY = timedelta(days=1)


@transaction.atomic(durable=True)
def change_week(
    *, weekdays: Iterable[int], opens: time | None, closes: time | None, first: date, confirmed: bool,
    by: Assignment | None,
) -> None:  # fmt: skip
    """Other hours for some weekdays from a day on; no hours: closed. Later plans for them are replaced."""
    require_manager(by, "hours.change")
    chosen = sorted(set(weekdays))
    _must_be_hours(opens, closes)
    if by is not None and first < clock.today():
        raise ValidationError({"first": _("The first day cannot be in the past")})
    rows = OpeningHours.objects.select_for_update(of=("self",), no_key=True).filter(weekday__in=chosen)
    for row in rows.within(first, None):
        if row.valid_from >= first:
            row.delete()
        else:
            row.valid_until = first - _DAY
            row.save(update_fields=["valid_until"])
    if opens and closes:
        OpeningHours.objects.bulk_create(
            [
                OpeningHours(weekday=day, opens=opens, closes=closes, valid_from=first, confirmed=confirmed)
                for day in chosen
            ]
        )
    chase.hours_changed(first)
    audit.record(
        "hours.change", by=by, weekdays=chosen, first=first, closed=opens is None, confirmed=confirmed
    )


@transaction.atomic(durable=True)
def set_day(*, day: date, opens: time | None, closes: time | None, by: Assignment | None) -> SpecialDay:
    """One day differs: closed, or these hours, whatever weekday or holiday. Said twice, the last holds."""
    require_manager(by, "hours.day")
    _must_be_hours(opens, closes)
    if by is not None and day < clock.today():
        raise ValidationError({"day": _("The day cannot be in the past")})
    row, _made = SpecialDay.objects.update_or_create(day=day, defaults={"opens": opens, "closes": closes})
    chase.hours_changed(day, day)
    audit.record("hours.day", by=by, day=day, closed=opens is None)
    return row


@transaction.atomic(durable=True)
def remove_day(*, day_id: int, by: Assignment | None) -> None:
    """The day is like any other again. What has been stays."""
    require_manager(by, "hours.day")
    row = SpecialDay.objects.select_for_update(of=("self",), no_key=True).filter(pk=day_id).first()
    if row is None or row.day < clock.today():
        raise Http404
    audit.record("hours.day", by=by, day=row.day, removed=True)
    row.delete()
    chase.hours_changed(row.day, row.day)


def _must_be_hours(opens: time | None, closes: time | None) -> None:
    if (opens is None) != (closes is None):
        name = "opens" if opens is None else "closes"
        raise ValidationError({name: _("Fill in both times, or neither if it is closed")})
    if opens and closes and opens >= closes:
        raise ValidationError({"closes": _("The helpline must close after it opens")})

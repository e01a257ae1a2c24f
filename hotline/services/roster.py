"""Who answers the helpline when. A shift gives no right; it says whom the chase turns to first."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import AgencyKind
from accounts.models import Agency, AgencyPermission, Membership
from coordinators.access import require_manager
from core import audit, clock
from core.access import members_with
from hotline.library import Calendar, Span
from hotline.models import Shift

LONGEST = timedelta(days=92)
"""As far as one entry of the roster reaches."""
_DAY = timedelta(days=1)


def home() -> Agency | None:
    """The agency that runs the national helpline: questions from the web come to its desk."""
    return Agency.objects.active().filter(kind=AgencyKind.NSPM).order_by("pk").first()


def operators(agency_id: uuid.UUID) -> list[Membership]:
    """Everybody who may answer the helpline of an agency today, by name."""
    holders = members_with(AgencyPermission, agency_id, "log_calls")
    rows = Membership.objects.in_force().filter(pk__in=holders, user__is_active=True)
    return list(rows.select_related("user").order_by("user__name", "pk"))


def on_duty(agency_id: uuid.UUID, at: datetime | None = None) -> list[uuid.UUID]:
    """Those on a shift now who may answer; nobody is on the roster: everybody who may."""
    able = [row.user_id for row in operators(agency_id)]
    shifts = Shift.objects.at(at or clock.now()).filter(agency_id=agency_id, user_id__in=able)
    there = set(shifts.values_list("user_id", flat=True))
    return [user for user in able if user in there] or able


@transaction.atomic(durable=True)
def put(
    *, user_id: uuid.UUID, first: date, last: date | None, opens: time | None, closes: time | None,
    by: Assignment,
) -> int:  # fmt: skip
    """Put somebody on the roster for the days of staffing in a period; returns how many shifts.

    Without times: as long as the helpline is open. Days on which it is closed get no shift.
    """
    require_manager(by, "roster.put")
    end = last or first
    _must_be_possible(first, end, opens, closes)
    Membership.objects.select_for_update(of=("self",), no_key=True).filter(user_id=user_id).first()
    agency = _agency_of(user_id)
    calendar, rows = Calendar.since(first), []
    for number in range((end - first).days + 1):
        for span in calendar.on(first + _DAY * number):
            part = _part(span, opens, closes)
            if part:
                rows.append(
                    Shift(agency_id=agency, user_id=user_id, starts_at=part.opens, ends_at=part.closes)
                )
    if not rows:
        raise ValidationError({"first": _("The helpline is closed then. Nothing was added")})
    taken = Shift.objects.filter(
        user_id=user_id, starts_at__lt=rows[-1].ends_at, ends_at__gt=rows[0].starts_at
    )
    busy = [(row.starts_at, row.ends_at) for row in taken]
    if any(row.starts_at < ends and begins < row.ends_at for row in rows for begins, ends in busy):
        raise ValidationError({"first": _("The person already answers the line on some of these days")})
    Shift.objects.bulk_create(rows)
    audit.record("roster.put", by=by, user=user_id, first=first, last=end, shifts=len(rows))
    return len(rows)


@transaction.atomic(durable=True)
def remove(*, shift_id: uuid.UUID, by: Assignment) -> None:
    """Take a shift off the roster. What has begun stays: it says who was there."""
    require_manager(by, "roster.remove")
    row = Shift.objects.select_for_update(of=("self",), no_key=True).filter(pk=shift_id).first()
    if row is None:
        raise Http404
    if row.starts_at <= clock.now():
        raise ValidationError(_("The shift has begun and stays on the roster"))
    audit.record("roster.remove", by=by, user=row.user_id, day=clock.local(row.starts_at).date())
    row.delete()


def _agency_of(user_id: uuid.UUID) -> uuid.UUID:
    """The helpline desk this person answers at."""
    agency = home()
    if agency is None or user_id not in [row.user_id for row in operators(agency.pk)]:
        raise ValidationError({"user": _("Choose somebody who answers the helpline")})
    return agency.pk


def _part(span: Span, opens: time | None, closes: time | None) -> Span | None:
    day = span.opens.date()
    begins = max(span.opens, datetime.combine(day, opens, clock.STOCKHOLM)) if opens else span.opens
    ends = min(span.closes, datetime.combine(day, closes, clock.STOCKHOLM)) if closes else span.closes
    return Span(begins, ends) if begins < ends else None


def _must_be_possible(first: date, last: date, opens: time | None, closes: time | None) -> None:
    if first < clock.today():
        raise ValidationError({"first": _("The first day cannot be in the past")})
    if last < first:
        raise ValidationError({"last": _("The last day cannot be before the first day")})
    if last - first > LONGEST:
        raise ValidationError({"last": _("Add at most three months at a time")})
    if opens and closes and opens >= closes:
        raise ValidationError({"closes": _("The shift must end after it begins")})

"""The map and the desks: which county belongs where, which desks are open, how they are reached."""

from __future__ import annotations

import uuid
from datetime import date, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.models import Agency
from coordinators import access
from coordinators.enums import Audience
from coordinators.models import County, Desk, MapVersion, Region, RegionCounty
from coordinators.routing import gazetteer
from core import audit, clock, context
from core.errors import StaleVersion

_DAY = timedelta(days=1)
_SUFFIX = {Audience.ADULTS.value: "-adults", Audience.CHILDREN.value: "-children", Audience.ALL.value: ""}


def touch_map() -> None:
    """Every process reads the map anew from the next request on."""
    MapVersion.objects.bulk_create(
        [MapVersion(token=uuid.uuid4())], update_conflicts=True, update_fields=["token"], unique_fields=["id"]
    )
    context.forget(gazetteer.MAP)


@transaction.atomic(durable=True)
def move_county(
    *, county: County, region: Region, first: date, is_confirmed: bool = True, by: Assignment | None
) -> RegionCounty:
    """A county belongs to another region from a day on. What was true before stays, routed cases stay.

    Raises ValidationError by field, PermissionDenied."""
    access.require_manager(by, "region.move_county")
    if first < clock.today():
        raise ValidationError({"first": _("A change of the map cannot begin in the past")})
    links = RegionCounty.objects.select_for_update(of=("self",), no_key=True).filter(county=county)
    if links.filter(valid_from__gt=first).exists():
        raise ValidationError({"first": _("A later change is already planned for this county")})
    current = links.on(first).first()
    if current is not None and current.region_id == region.pk and current.is_confirmed == is_confirmed:
        raise ValidationError({"region": _("The county belongs to this region already")})
    if current is not None and current.valid_from == first:
        current.delete()
    elif current is not None:
        current.valid_until = first - _DAY
        current.save(update_fields=["valid_until"])
    link = RegionCounty.objects.create(
        region=region, county=county, valid_from=first, is_confirmed=is_confirmed
    )
    touch_map()
    before = current.region_id if current else ""
    audit.record(
        "region.move_county", by=by, county=county.pk, before=before, after=region.pk, day=first.isoformat()
    )
    return link


@transaction.atomic(durable=True)
def open_desk(*, region: Region, audience: str, agency: Agency, first: date, by: Assignment | None) -> Desk:
    """A region gets a desk for an age group from a day on."""
    access.require_manager(by, "desk.open")
    if by is not None and first < clock.today():
        raise ValidationError({"first": _("The first day cannot be in the past")})
    same = Desk.objects.filter(region=region, audience=audience)
    if same.within(first, None).exists():
        message = _("The region already has a desk for this age group on these days")
        raise ValidationError({"audience": message})
    desk = Desk.objects.create(
        key=_free_key(f"{region.pk}{_SUFFIX[audience]}"),
        region=region,
        audience=audience,
        agency=agency,
        valid_from=first,
    )
    touch_map()
    audit.record("desk.open", desk, by=by, desk=desk.key, day=first.isoformat())
    return desk


def _free_key(key: str) -> str:
    taken = set(Desk.objects.filter(key__startswith=key).values_list("key", flat=True))
    return next(name for name in [key, *(f"{key}-{n}" for n in range(2, 100))] if name not in taken)


@transaction.atomic(durable=True)
def close_desk(*, desk_id: uuid.UUID, version: int, last: date, by: Assignment | None) -> Desk:
    """The desk takes no new referrals after a day. Its people keep their duty, so that what lies there is
    finished; end their duties when it is empty. The national desk never closes."""
    access.require_manager(by, "desk.close")
    desk = _locked_desk(desk_id, version)
    if desk.is_national:
        raise ValidationError({"last": _("The national desk never closes")})
    if last < clock.today() or last < desk.valid_from:
        raise ValidationError({"last": _("The last day cannot be in the past")})
    desk.valid_until, desk.version = last, version + 1
    desk.save(update_fields=["valid_until", "version"])
    touch_map()
    audit.record("desk.close", desk, by=by, desk=desk.key, day=last.isoformat())
    return desk


@transaction.atomic(durable=True)
def change_desk(
    *,
    desk_id: uuid.UUID,
    version: int,
    agency: Agency,
    mailbox: str,
    phone: str,
    opens: time,
    closes: time,
    hours_confirmed: bool,
    by: Assignment | None,
) -> Desk:
    """How the desk is reached, who hosts it and its office hours. Raises StaleVersion, ValidationError."""
    access.require_manager(by, "desk.change")
    desk = _locked_desk(desk_id, version)
    if closes <= opens:
        raise ValidationError({"closes": _("The desk must close after it opens")})
    desk.agency, desk.mailbox, desk.phone = agency, mailbox, phone
    desk.opens, desk.closes, desk.hours_confirmed = opens, closes, hours_confirmed
    desk.version = version + 1
    fields = ["agency", "mailbox", "phone", "opens", "closes", "hours_confirmed", "version"]
    desk.save(update_fields=fields)
    touch_map()
    audit.record("desk.change", desk, by=by, desk=desk.key)
    return desk


def _locked_desk(desk_id: uuid.UUID, version: int) -> Desk:
    desk = Desk.objects.select_for_update(of=("self",), no_key=True).get(pk=desk_id)
    if desk.version != version:
        raise StaleVersion(desk)
    return desk

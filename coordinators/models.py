"""Regions and who covers them. Everything is dated, first and last day included (no last day: for now).

Nothing here knows a case. A change adds or ends rows and never rewrites what was true before.
"""

from __future__ import annotations

import uuid
from datetime import date, time
from typing import TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from coordinators.enums import Audience
from core.access import ContainerPermission, in_force


class DateRange(Func):
    """The days of a row as a PostgreSQL range."""

    function = "DATERANGE"
    output_field = DateRangeField()


DAYS = DateRange(F("valid_from"), F("valid_until"), RangeBoundary(inclusive_lower=True, inclusive_upper=True))

_Row = TypeVar("_Row", bound=models.Model)


class DatedQuerySet(models.QuerySet[_Row]):
    def on(self, day: date) -> DatedQuerySet[_Row]:
        """The rows in force on a Stockholm date."""
        return self.filter(in_force(day))

    def within(self, first: date, last: date | None) -> DatedQuerySet[_Row]:
        """The rows in force on at least one day from `first` to `last` (None: for ever)."""
        rows = self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=first))
        return rows if last is None else rows.filter(valid_from__lte=last)


def in_order(name: str) -> models.CheckConstraint:
    """A period does not end before it begins."""
    return models.CheckConstraint(
        condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
        name=name,
        violation_error_message=_("The last day cannot be before the first day"),
    )


class County(models.Model):
    """One of the 21 counties; the code is Statistics Sweden's, two digits."""

    code = models.CharField(max_length=2, primary_key=True)
    key = models.SlugField(unique=True)
    iso = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=40)
    name_sv = models.CharField(max_length=40)
    name_en = models.CharField(max_length=40)
    variants = ArrayField(models.CharField(max_length=60), default=list)

    objects = models.Manager["County"]()

    class Privacy:
        kept = ("code", "key", "iso", "name", "name_sv", "name_en", "variants")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^\d{2}$"), name="county_code_two_digits"),
        ]

    def __str__(self) -> str:
        return self.name


class Municipality(models.Model):
    """One of the 290 municipalities; the first two digits of the code are the county."""

    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=40)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="municipalities")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    objects = DatedQuerySet["Municipality"].as_manager()

    class Privacy:
        kept = ("code", "name", "county", "valid_from", "valid_until")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^\d{4}$"), name="municipality_code_four_digits"),
            in_order("municipality_days_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class Region(models.Model):
    """A coordinator region: an area of one or more counties. Not a health region."""

    key = models.SlugField(primary_key=True)
    name_sv = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)

    objects = models.Manager["Region"]()

    class Privacy:
        kept = ("key", "name_sv", "name_en")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("key",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "sv").startswith("en") else self.name_sv


class RegionCounty(models.Model):
    """Which region a county belongs to, from when until when. One region a county on each day."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="county_links")
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="region_links")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    is_confirmed = models.BooleanField(default=True)
    """False: shown as "to be confirmed" (Halland and Gotland follow the police region until settled)."""

    objects = DatedQuerySet["RegionCounty"].as_manager()

    class Privacy:
        kept = ("id", "region", "county", "valid_from", "valid_until", "is_confirmed")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("county_id", "valid_from")
        constraints = [
            in_order("region_county_days_in_order"),
            ExclusionConstraint(
                name="region_county_one_region_a_day",
                expressions=[("county", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
                violation_error_message=_("The county already belongs to a region on some of these days"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county_id} {self.region_id} {self.valid_from}"


class Desk(models.Model):
    """Who answers: a region and an age group, hosted by an agency. No region: the national desk."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(unique=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="desks")
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.ALL)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="desks")
    mailbox = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=30, blank=True, default="")
    opens = models.TimeField(default=time(8, 0))
    closes = models.TimeField(default=time(16, 30))
    hours_confirmed = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DatedQuerySet["Desk"].as_manager()

    class Privacy:
        kept = (
            "id",
            "key",
            "region",
            "audience",
            "agency",
            "mailbox",
            "phone",
            "opens",
            "closes",
            "hours_confirmed",
            "valid_from",
            "valid_until",
            "version",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("key",)
        permissions = [
            ("view_inbox", "Can see the desk's inbox"),
            ("triage", "Can answer referrals"),
            ("assign", "Can assign cases"),
            ("forward", "Can forward cases to another desk"),
            ("place", "Can place cases that no region was found for"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="desk_audience_in_enum"),
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")),
                name="desk_opens_before_it_closes",
                violation_error_message=_("The desk must close after it opens"),
            ),
            in_order("desk_days_in_order"),
            models.CheckConstraint(
                condition=Q(region__isnull=False) | Q(audience=Audience.ALL, valid_until__isnull=True),
                name="desk_national_never_closes",
            ),
            models.UniqueConstraint(
                fields=["audience"], condition=Q(region__isnull=True), name="desk_one_national"
            ),
            ExclusionConstraint(
                name="desk_one_for_each_audience_a_day",
                expressions=[
                    ("region", RangeOperators.EQUAL),
                    ("audience", RangeOperators.EQUAL),
                    (DAYS, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The region already has a desk for this age group on these days"),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_national(self) -> bool:
        return self.region_id is None

    @property
    def name(self) -> str | Promise:
        """What people call the desk, in the reader's language. Reads `region`: select it with the desk."""
        if self.region is None:
            return _("National Coordination")
        if self.audience == Audience.ALL:
            return self.region.name
        audience = _("adults") if self.audience == Audience.ADULTS else _("children")
        return format_lazy("{region}, {audience}", region=self.region.name, audience=audience)


class Duty(models.Model):
    """A person covers a desk for some days, or until further notice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="duties")
    membership = models.ForeignKey("accounts.Membership", on_delete=models.PROTECT, related_name="duties")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    is_primary = models.BooleanField(default=True)
    """Primary people are listed first; the others help out."""
    version = models.PositiveIntegerField(default=1)

    objects = DatedQuerySet["Duty"].as_manager()

    class Privacy:
        kept = ("id", "desk", "membership", "valid_from", "valid_until", "is_primary", "version")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("-is_primary", "valid_from", "id")
        constraints = [
            in_order("duty_days_in_order"),
            ExclusionConstraint(
                name="duty_once_a_day",
                expressions=[
                    ("desk", RangeOperators.EQUAL),
                    ("membership", RangeOperators.EQUAL),
                    (DAYS, RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The person is already on duty here on some of these days"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Absence(models.Model):
    """Somebody is away; the deputy has the same desk rights on exactly these days. The reason is not kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey("accounts.Membership", on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(
        "accounts.Membership", on_delete=models.PROTECT, null=True, blank=True, related_name="deputyships"
    )
    valid_from = models.DateField()
    valid_until = models.DateField()
    version = models.PositiveIntegerField(default=1)

    objects = DatedQuerySet["Absence"].as_manager()

    class Privacy:
        kept = ("id", "membership", "deputy", "valid_from", "valid_until", "version")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("valid_from", "id")
        constraints = [
            in_order("absence_days_in_order"),
            models.CheckConstraint(
                condition=Q(deputy__isnull=True) | ~Q(deputy=F("membership")),
                name="absence_deputy_is_someone_else",
                violation_error_message=_("The deputy must be someone else"),
            ),
            ExclusionConstraint(
                name="absence_once_a_day",
                expressions=[("membership", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
                violation_error_message=_("The person is already registered as absent on some of these days"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class MapVersion(models.Model):
    """One row whose token changes with the map, so that no process answers from an old copy."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField(default=uuid.uuid4)

    objects = models.Manager["MapVersion"]()

    class Privacy:
        kept = ("id", "token")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="map_version_one_row")]

    def __str__(self) -> str:
        return str(self.token)


class DeskPermission(ContainerPermission):
    """A right on a desk, dated, copied from duties and absences by `services.sync_desk_permissions`."""

    content_object = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="permission_rows")
    membership = models.ForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, related_name="desk_permissions"
    )

    class Privacy:
        kept = ("id", "user", "permission", "content_object", "membership", "valid_from", "valid_until")
        scrubbed = ()
        erased = ()

    class Meta(ContainerPermission.Meta):
        abstract = False

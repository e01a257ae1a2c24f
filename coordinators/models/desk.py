"""Desks, who covers them, who is away, and the rights that follow."""

from __future__ import annotations

import uuid
from datetime import time

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordinators.enums import Audience
from coordinators.models.dated import DAYS, DatedQuerySet, in_order
from coordinators.models.places import Region
from core.access import ContainerPermission


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

"""Counties, municipalities and the regions they belong to. Reviewed like code, dated."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from coordinators.models.dated import DAYS, DatedQuerySet, in_order


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

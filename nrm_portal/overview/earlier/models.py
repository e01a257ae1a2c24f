"""Imports of earlier years, and their numbers. Exact here, protected wherever they are shown."""

from __future__ import annotations

import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2199
MOST: Final = 1_000_000


class EarlierUnit(models.TextChoices):
    """What was counted. Units are never added, and each has a trend of its own."""

    PERSONS = "persons"
    REFERRALS = "referrals"


class EarlierGroup(models.TextChoices):
    """Everybody, or one of the groups of the portal's own tables."""

    ALL = "all"
    WOMEN = "women"
    MEN = "men"
    GIRLS = "girls"
    BOYS = "boys"
    OTHER = "other"


class EarlierImport(models.Model):
    """A file of earlier figures: who brought it, when, from where. Taken back, it stays as a record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Nobody: from the command line."""
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    tables = models.JSONField(default=dict)
    """What may be shown of it, by unit and year: `publications.stored`. Written once, with its lines."""
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = models.Manager["EarlierImport"]()

    class Privacy:
        kept = (
            "id",
            "made_at",
            "made_by",
            "file_name",
            "sha256",
            "rows",
            "tables",
            "taken_back_at",
            "taken_back_by",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("-made_at", "id")
        constraints = [
            CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="earlier_import_has_hash"),
            CheckConstraint(condition=Q(rows__gte=1), name="earlier_import_not_empty"),
            CheckConstraint(
                condition=Q(taken_back_by__isnull=True) | Q(taken_back_at__isnull=False),
                name="earlier_import_taken_back_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.made_at:%Y-%m-%d}"


class EarlierCount(models.Model):
    """One line of an import."""

    origin = models.ForeignKey(EarlierImport, on_delete=models.PROTECT, related_name="counts")
    line = models.PositiveIntegerField()
    year = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=12, choices=EarlierUnit)
    group = models.CharField(max_length=8, choices=EarlierGroup)
    amount = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    """Where the number was read: a report with its year and page, as the reader sees it beside the number."""
    is_current = models.BooleanField(default=True)
    """False when its import was taken back."""

    objects = models.Manager["EarlierCount"]()

    class Privacy:
        kept = ("id", "origin", "line", "year", "unit", "group", "amount", "source", "is_current")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        ordering = ("year", "unit", "group")
        constraints = [
            UniqueConstraint(
                fields=["unit", "year", "group"], condition=Q(is_current=True), name="earlier_one_number"
            ),
            UniqueConstraint(fields=["origin", "line"], name="earlier_one_a_line"),
            CheckConstraint(condition=Q(unit__in=EarlierUnit.values), name="earlier_unit_known"),
            CheckConstraint(condition=Q(group__in=EarlierGroup.values), name="earlier_group_known"),
            CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR), name="earlier_year_possible"
            ),
            CheckConstraint(condition=Q(amount__lte=MOST), name="earlier_amount_possible"),
            CheckConstraint(condition=~Q(source=""), name="earlier_says_where_from"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} {self.group}"

"""What was counted of a month that is over, and what was published of a period. Nothing here ever changes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from core import clock
from nrm_portal.overview.earlier.models import EarlierCount, EarlierImport

__all__ = ["EarlierCount", "EarlierImport", "Publication", "Sealed"]

SOURCES = ("cases", "hotline")
TIMES = "times"
"""The family of medians and percentiles; all others hold tables."""
FAMILIES = ("referrals", "answers", "late", "steps", "closings", "calls", TIMES)


class Sealed(models.Model):
    """A sum of the tallies as it stood when its month was sealed: what published tables are made from.

    A row of the unit `SEAL` says that the month of this source is sealed, and its amount how many rows were
    copied: a month in which nothing happened is sealed too.
    """

    append_only: ClassVar[bool] = True
    SEAL: ClassVar[str] = "sealed"

    month = models.DateField()
    """Its first day."""
    source = models.CharField(max_length=8)
    """Whose tallies: of the cases or of the helpline."""
    unit = models.CharField(max_length=32)
    codes = models.JSONField(default=dict)
    amount = models.IntegerField()
    sealed_at = models.DateTimeField(default=clock.now)

    class Privacy:
        kept = ("id", "month", "source", "unit", "codes", "amount", "sealed_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["month", "source", "unit", "codes"], name="sealed_once"),
            CheckConstraint(condition=Q(month__day=1), name="sealed_month_is_a_month"),
            CheckConstraint(condition=Q(source__in=SOURCES), name="sealed_source_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.unit} {self.month:%Y-%m}"


class Publication(models.Model):
    """The tables of one family for one period, as they left. They hold no hidden number."""

    append_only: ClassVar[bool] = True

    family = models.CharField(max_length=16)
    """Tables that are protected together, by the catalogue."""
    period = models.CharField(max_length=7)
    """The code of the period: 2025, 2025-Q3 or 2025-11."""
    made_at = models.DateTimeField(default=clock.now)
    tables = models.JSONField()
    """By key of the catalogue: `publications.stored`. Of `TIMES` by key and code: `Quantiles.as_json`."""

    class Privacy:
        kept = ("id", "family", "period", "made_at", "tables")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["family", "period"], name="publication_once"),
            CheckConstraint(condition=Q(family__in=FAMILIES), name="publication_family_known"),
            CheckConstraint(
                condition=Q(period__regex=r"^\d{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$"),
                name="publication_period_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.period}"

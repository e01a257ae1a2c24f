"""Rows that hold from a day to a day, both included."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from core.access import in_force


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

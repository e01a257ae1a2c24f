"""When the line is staffed, as dated rows."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from coordinators.models import DAYS, DatedQuerySet


class OpeningHours(models.Model):
    """The hours of one weekday from a date on. No row in force: closed that weekday."""

    weekday = models.PositiveSmallIntegerField()
    """0 is Monday."""
    opens = models.TimeField()
    closes = models.TimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    confirmed = models.BooleanField(default=False)
    """False: the agency has not published these hours; pages say "to be confirmed"."""

    objects = DatedQuerySet["OpeningHours"].as_manager()

    class Privacy:
        kept = ("id", "weekday", "opens", "closes", "valid_from", "valid_until", "confirmed")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(weekday__lte=6), name="hours_weekday_known"),
            CheckConstraint(condition=Q(closes__gt=F("opens")), name="hours_close_after_opening"),
            CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="hours_days_in_order",
            ),
            ExclusionConstraint(
                name="hours_one_a_weekday_a_day",
                expressions=[("weekday", RangeOperators.EQUAL), (DAYS, RangeOperators.OVERLAPS)],
                violation_error_message=_("The weekday already has hours on some of these days"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H.%M}-{self.closes:%H.%M}"

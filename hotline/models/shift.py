"""Who answers the line when."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q
from django.utils.translation import gettext_lazy as _


class TimeRange(Func):
    """From the first instant up to the last, which belongs to the next."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class ShiftQuerySet(models.QuerySet["Shift"]):
    def at(self, moment: datetime) -> ShiftQuerySet:
        """The shifts that run at an instant."""
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)


class Shift(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects = ShiftQuerySet.as_manager()

    class Privacy:
        kept = ("id", "agency", "user", "starts_at", "ends_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_begins"),
            ExclusionConstraint(
                name="shift_one_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The person already answers the line at that time"),
            ),
        ]
        indexes = [models.Index(fields=["agency", "starts_at"], name="shift_desk_idx")]

    def __str__(self) -> str:
        return str(self.pk)

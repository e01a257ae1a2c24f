"""A day that differs from the ordinary week: closed, or other hours; also on a holiday."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q

from hotline.models.constraints import both_or_neither


class SpecialDay(models.Model):
    """Goes before both the ordinary hours and the public holiday. No hours: closed all day."""

    day = models.DateField(unique=True)
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)

    class Privacy:
        kept = ("id", "day", "opens", "closes")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            both_or_neither("opens", "closes", "special_day_hours_or_closed"),
            CheckConstraint(
                condition=Q(opens__isnull=True) | Q(closes__gt=F("opens")),
                name="special_day_close_after_opening",
            ),
        ]

    def __str__(self) -> str:
        return str(self.day)

"""What coordinators found wrong in the routing table, for whoever keeps it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.models.constraints import both_or_neither


class RouteCorrection(models.Model):
    """A place was routed to one desk and belongs to another (S11). It names no case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    municipality = models.ForeignKey("coordinators.Municipality", on_delete=models.PROTECT, related_name="+")
    was = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, related_name="+")
    should_be = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, related_name="+")
    suggested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    suggested_at = models.DateTimeField()
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    handled_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id",
            "municipality",
            "was",
            "should_be",
            "suggested_by",
            "suggested_at",
            "handled_by",
            "handled_at",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            both_or_neither("handled_at", "handled_by", "correction_handled_by_whom"),
            CheckConstraint(condition=~Q(was=F("should_be")), name="correction_to_another_desk"),
            models.UniqueConstraint(
                fields=["municipality", "was", "should_be"],
                condition=Q(handled_at__isnull=True),
                name="correction_suggested_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

"""Who answers the line when."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q


class Shift(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "agency", "user", "starts_at", "ends_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_begins"),
            models.UniqueConstraint(fields=["user", "starts_at"], name="shift_once"),
        ]
        indexes = [models.Index(fields=["agency", "starts_at"], name="shift_desk_idx")]

    def __str__(self) -> str:
        return str(self.pk)

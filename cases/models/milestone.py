"""Milestones: dated facts of a case that start deadlines."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.models.constraints import in_enum
from core.vault import EncryptedTextField
from manual.enums import Milestone


class RecordedMilestone(models.Model):
    """A fact with its date. A correction ends the old row and adds a new one, so history stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="milestones")
    kind = models.CharField(max_length=40, choices=Milestone)
    happened_at = models.DateTimeField()
    """The instant; for a fact known by date only, the start of that local day."""
    date_only = models.BooleanField(default=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, null=True, related_name="+")
    source = EncryptedTextField(key="data_key", null=True)
    """The document or person that says so."""

    class Privacy:
        kept = ("id", "case", "kind", "recorded_by", "recorded_at", "replaced_at", "date_only", "data_key")
        scrubbed = ("happened_at",)
        erased = ("source",)

    class Meta:
        constraints = [
            in_enum("kind", Milestone, "milestone"),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(replaced_at__isnull=True), name="milestone_one_current"
            ),
        ]

    def __str__(self) -> str:
        return self.kind

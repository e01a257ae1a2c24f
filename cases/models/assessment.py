"""What has been decided about the person: her age, and whether she is held to be a victim. With history."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from accounts.enums import AgencyKind
from cases.enums import TraffickingStatus
from cases.models.constraints import in_enum
from coordinators.enums import AgeBand
from core.vault import EncryptedTextField


class AgeDecision(models.Model):
    """Until somebody with the right has decided, a person of unsure age is handled as a child (S02)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="age_decisions")
    age_band = models.CharField(max_length=8, choices=AgeBand)
    before = models.CharField(max_length=8, choices=AgeBand)
    decided_on = models.DateField()
    decided_by = models.CharField(max_length=32, choices=AgencyKind)
    """The kind of authority that decided."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    basis = EncryptedTextField(key="data_key")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "case", "decided_by", "data_key", "recorded_by", "recorded_at", "decided_on")
        scrubbed = ("age_band", "before")
        erased = ("basis",)

    class Meta:
        constraints = [
            in_enum("decided_by", AgencyKind, "age_decision"),
            CheckConstraint(
                condition=Q(age_band__in=[AgeBand.CHILD, AgeBand.ADULT]), name="age_decision_decides"
            ),
        ]
        indexes = [models.Index(fields=["case", "-recorded_at"], name="age_decision_case_idx")]

    def __str__(self) -> str:
        return str(self.pk)


class Recognition(models.Model):
    """Who holds the person to be a victim, or not, and since when. The latest row is what holds.

    HTCDS 2.0: Trafficking Status and Trafficking Status Decision Making Organization.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="recognitions")
    status = models.CharField(max_length=10, choices=TraffickingStatus)
    decided_on = models.DateField()
    decided_by = models.CharField(max_length=32, choices=AgencyKind)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    basis = EncryptedTextField(key="data_key", null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "case", "decided_by", "data_key", "recorded_by", "recorded_at", "decided_on")
        scrubbed = ("status",)
        erased = ("basis",)

    class Meta:
        constraints = [
            in_enum("status", TraffickingStatus, "recognition"),
            in_enum("decided_by", AgencyKind, "recognition"),
        ]
        indexes = [models.Index(fields=["case", "-recorded_at"], name="recognition_case_idx")]

    def __str__(self) -> str:
        return str(self.pk)

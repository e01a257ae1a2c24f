"""One event where several persons were found."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import IncidentStatus
from cases.models.constraints import in_enum
from core.vault import EncryptedJSONField


class Incident(models.Model):
    """The facts of an event, written once. Each person found has a referral and a case of her own (S14).

    A draft until sent, seen by its owner alone; afterwards `total` counts the persons of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=IncidentStatus, default=IncidentStatus.DRAFT)
    total = models.PositiveSmallIntegerField(default=0)
    """Persons referred so far."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    event = EncryptedJSONField(key="data_key")
    """Answers that hold for all: question → answer, as in a draft."""
    persons = EncryptedJSONField(key="data_key")
    """Persons not yet sent: a list of answers, each with what is wrong with it."""
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id",
            "owner",
            "agency",
            "status",
            "total",
            "data_key",
            "started_at",
            "saved_at",
            "sent_at",
            "expires_at",
            "version",
        )
        scrubbed = ()
        erased = ("event", "persons")

    class Meta:
        constraints = [
            in_enum("status", IncidentStatus, "incident"),
            CheckConstraint(
                condition=Q(status=IncidentStatus.DRAFT, sent_at__isnull=True)
                | Q(status=IncidentStatus.SENT, sent_at__isnull=False),
                name="incident_sent_has_date",
            ),
        ]
        indexes = [models.Index(fields=["owner", "-saved_at"], name="incident_owner_idx")]

    def __str__(self) -> str:
        return str(self.pk)

"""A draft: a scratch row owned by one person, deleted after four weeks. Not a status."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from core.vault import EncryptedJSONField


class DraftQuerySet(models.QuerySet["Draft"]):
    def owned_by(self, user_id: uuid.UUID, agency_id: uuid.UUID) -> DraftQuerySet:
        """Hers, begun for this agency. Nobody else, also no administrator, can read a draft."""
        return self.filter(owner_id=user_id, agency_id=agency_id)


class Draft(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    answers = EncryptedJSONField(key="data_key")
    done = models.JSONField(default=list)
    """Keys of the sections saved as complete."""
    practice = models.BooleanField(default=False)
    consultation = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="+")
    """The consultation it grows from, now that the person agrees (S09)."""
    version = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)

    objects = DraftQuerySet.as_manager()

    class Privacy:
        kept = (
            "id",
            "owner",
            "agency",
            "data_key",
            "practice",
            "consultation",
            "version",
            "started_at",
            "saved_at",
            "expires_at",
            "warned_at",
            "done",
        )
        scrubbed = ()
        erased = ("answers",)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-saved_at"], name="draft_owner_idx"),
            models.Index(fields=["expires_at"], name="draft_expires_idx"),
        ]

    def __str__(self) -> str:
        return str(self.id)

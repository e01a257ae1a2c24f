"""What was wrong in a call, written later: the call itself is not changed any more."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from core.vault import EncryptedTextField


class CorrectionNote(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey("hotline.Call", on_delete=models.PROTECT, related_name="corrections")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    """The call's."""
    words = EncryptedTextField(key="data_key")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Privacy:
        kept = ("id", "call", "data_key", "by", "at")
        scrubbed = ()
        erased = ("words",)

    class Meta:
        indexes = [models.Index(fields=["call", "at"], name="call_correction_idx")]

    def __str__(self) -> str:
        return str(self.pk)

"""A referral: numbered, frozen as sent, for ever its referrer's to follow."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from core.vault import EncryptedJSONField, EncryptedTextField


class ReferralQuerySet(models.QuerySet["Referral"]):
    def sent_by(self, user_id: uuid.UUID, agency_id: uuid.UUID) -> ReferralQuerySet:
        """Hers, sent for this agency: whoever has left it follows nothing there any more."""
        return self.filter(referrer_id=user_id, agency_id=agency_id)


class Referral(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    draft_id = models.UUIDField(unique=True)
    """The idempotency key: a repeated submit of the same draft finds this row."""
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="referrals")
    referrer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    answers = EncryptedJSONField(key="data_key")
    document = EncryptedJSONField(key="data_key")
    """What was sent, as read: sections with question and answer in the referrer's language."""
    sent_at = models.DateTimeField()
    wanted = EncryptedTextField(key="data_key", null=True)
    """What the coordinator asked for, while the case waits for it."""

    objects = ReferralQuerySet.as_manager()

    class Privacy:
        kept = ("id", "reference", "draft_id", "case", "referrer", "agency", "data_key", "sent_at")
        scrubbed = ()
        erased = ("answers", "document", "wanted")

    class Meta:
        indexes = [
            models.Index(fields=["referrer", "-sent_at"], name="referral_referrer_idx"),
            models.Index(fields=["agency", "-sent_at"], name="referral_agency_idx"),
        ]

    def __str__(self) -> str:
        return self.reference


class Supplement(models.Model):
    """What the referrer added after sending. Never edited; a mistake is corrected by a new one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="supplements")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(key="data_key")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "referral", "data_key", "added_by", "added_at")
        scrubbed = ()
        erased = ("text",)

    class Meta:
        indexes = [models.Index(fields=["referral", "added_at"], name="supplement_referral_idx")]

    def __str__(self) -> str:
        return str(self.id)

"""An agency in a case. It stands on a legal ground and opens the agency's checklist."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import ParticipationStatus
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedTextField


class Participation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="participations")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    ground = models.ForeignKey("cases.LegalGround", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=ParticipationStatus)
    is_referrer = models.BooleanField(default=False)
    """Made at submit for the referrer's own duties; gives no sight of the case."""
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    decline_reason = EncryptedTextField(key="data_key", null=True)
    ended_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id",
            "case",
            "agency",
            "ground",
            "status",
            "is_referrer",
            "invited_by",
            "invited_at",
            "answer_by",
            "answered_by",
            "answered_at",
            "contact",
            "data_key",
            "ended_at",
        )
        scrubbed = ()
        erased = ("decline_reason",)

    class Meta:
        constraints = [
            in_enum("status", ParticipationStatus, "participation"),
            both_or_neither("answered_at", "answered_by", "participation_answered_by_whom"),
            models.UniqueConstraint(
                fields=["case", "agency"],
                condition=Q(
                    status__in=[
                        ParticipationStatus.INVITED,
                        ParticipationStatus.ACCEPTED,
                        ParticipationStatus.PROVISIONAL,
                    ],
                    is_referrer=False,
                ),
                name="participation_once_at_a_time",
            ),
            CheckConstraint(
                condition=Q(status=ParticipationStatus.DECLINED, decline_reason__isnull=False)
                | ~Q(status=ParticipationStatus.DECLINED),
                name="participation_declined_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

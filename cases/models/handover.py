"""Handing a case over from desk to desk, and a coordinator who cannot handle one."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums import ForwardReason, HandoverStatus
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedTextField


class Handover(models.Model):
    """One desk asks another to take a case over. At most one is open in a case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="handovers")
    from_desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, related_name="+")
    to_desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, related_name="+")
    municipality = models.ForeignKey(
        "coordinators.Municipality", on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Where the person is from the day of the handover."""
    ground = models.ForeignKey("cases.LegalGround", on_delete=models.PROTECT, related_name="+")
    """What the asked desk's sight stands on."""
    reason = models.CharField(max_length=12, choices=ForwardReason)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(key="data_key", null=True)
    moves_on = models.DateField()
    """The desk that hands over reads until the end of this day."""
    status = models.CharField(max_length=10, choices=HandoverStatus, default=HandoverStatus.OPEN)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answer = EncryptedTextField(key="data_key", null=True)
    """Why it was sent back."""

    class Privacy:
        kept = (
            "id",
            "case",
            "from_desk",
            "to_desk",
            "ground",
            "reason",
            "data_key",
            "moves_on",
            "status",
            "asked_by",
            "asked_at",
            "answer_by",
            "answered_by",
            "answered_at",
        )
        scrubbed = ("municipality",)
        erased = ("text", "answer")

    class Meta:
        constraints = [
            in_enum("status", HandoverStatus, "handover"),
            in_enum("reason", ForwardReason, "handover"),
            both_or_neither("answered_at", "answered_by", "handover_answered_by_whom"),
            CheckConstraint(condition=~Q(from_desk=F("to_desk")), name="handover_to_another_desk"),
            CheckConstraint(
                condition=Q(status=HandoverStatus.OPEN, answered_at__isnull=True)
                | (~Q(status=HandoverStatus.OPEN) & Q(answered_at__isnull=False)),
                name="handover_answered_when_over",
            ),
            CheckConstraint(
                condition=~Q(status=HandoverStatus.REJECTED) | Q(answer__isnull=False),
                name="handover_rejected_has_reason",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status=HandoverStatus.OPEN), name="handover_one_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Recusal(models.Model):
    """Somebody cannot handle a case: she has no sight of it. Only the national desk reads why (S27)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="recusals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(key="data_key")
    made_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = ("id", "case", "user", "data_key", "made_at", "lifted_at", "lifted_by")
        scrubbed = ()
        erased = ("reason",)

    class Meta:
        constraints = [
            both_or_neither("lifted_at", "lifted_by", "recusal_lifted_by_whom"),
            models.UniqueConstraint(
                fields=["case", "user"], condition=Q(lifted_at__isnull=True), name="recusal_once"
            ),
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(lifted_at__isnull=True), name="recusal_user_idx")
        ]

    def __str__(self) -> str:
        return str(self.pk)

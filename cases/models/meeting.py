"""When agencies meet about a case, and when none of them takes it on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.enums import AgencyKind
from cases.models.constraints import both_or_neither, exactly_one, in_enum
from core.vault import EncryptedTextField


class Dispute(models.Model):
    """Agencies of one kind have all declined. The desk keeps the case; acute protection goes on (S12)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=32, choices=AgencyKind)
    """The kind of agency whose responsibility is disputed."""
    opened_at = models.DateTimeField()
    escalate_at = models.DateTimeField()
    """When the national desk is told, two working days after."""
    escalated_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    responsible = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    """Who takes it on in the end."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    settlement = EncryptedTextField(key="data_key", null=True)

    class Privacy:
        kept = (
            "id",
            "case",
            "kind",
            "opened_at",
            "escalate_at",
            "escalated_at",
            "settled_at",
            "settled_by",
            "responsible",
            "data_key",
        )
        scrubbed = ()
        erased = ("settlement",)

    class Meta:
        constraints = [
            in_enum("kind", AgencyKind, "dispute"),
            both_or_neither("settled_at", "settled_by", "dispute_settled_by_whom"),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(settled_at__isnull=True), name="dispute_one_open"
            ),
        ]
        indexes = [
            models.Index(
                fields=["escalate_at"],
                condition=Q(settled_at__isnull=True, escalated_at__isnull=True),
                name="dispute_escalate_idx",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Meeting(models.Model):
    """The record of a meeting of several agencies. Never edited; corrected by a new one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="meetings")
    held_on = models.DateField()
    present = ArrayField(models.UUIDField(), default=list)
    """Ids of the agencies that were there; the desk always is."""
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    """The earlier record that this one puts right."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    minutes = EncryptedTextField(key="data_key", null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "case", "present", "corrects", "data_key", "recorded_by", "recorded_at")
        scrubbed = ("held_on",)
        erased = ("minutes",)

    class Meta:
        indexes = [models.Index(fields=["case", "-held_on"], name="meeting_case_idx")]

    def __str__(self) -> str:
        return str(self.pk)


class Decision(models.Model):
    """What a meeting decided that somebody does: it is a step of the one who does it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    step = models.OneToOneField("cases.Step", on_delete=models.PROTECT, related_name="decision")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(key="data_key")

    class Privacy:
        kept = ("id", "meeting", "agency", "desk", "step", "data_key")
        scrubbed = ()
        erased = ("text",)

    class Meta:
        constraints = [exactly_one("agency", "desk", "decision_one_owner")]

    def __str__(self) -> str:
        return str(self.pk)

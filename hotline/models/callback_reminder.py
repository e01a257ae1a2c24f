"""Who was told that a promised call is due, when: the ledger of the chase."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q

from hotline.enums import ChaseStage


class CallbackReminder(models.Model):
    """One row for each promise, stage, due time and recipient: nobody is told the same thing twice."""

    callback = models.ForeignKey("hotline.Callback", on_delete=models.CASCADE, related_name="reminders")
    stage = models.PositiveSmallIntegerField(choices=ChaseStage)
    due_at = models.DateTimeField()
    recipient = models.CharField(max_length=50)
    """`user:<id>`, or `mailbox` where nobody could be told."""
    sent_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "callback", "stage", "due_at", "recipient", "sent_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["callback", "stage", "due_at", "recipient"], name="callback_reminder_once"
            ),
            CheckConstraint(
                condition=Q(stage__in=[stage.value for stage in ChaseStage if stage]),
                name="callback_reminder_stage_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.recipient}"

"""A promise to call back, or a question left on the web: chased until somebody has answered."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from core.vault import EncryptedTextField
from hotline.enums import CallbackOutcome, ChaseStage
from hotline.models.constraints import both_or_neither, known_or_blank


class Callback(models.Model):
    """Whom to call back is the professional who called or wrote, never the person concerned."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    """Whose telephone desk answers."""
    call = models.ForeignKey("hotline.Call", on_delete=models.PROTECT, null=True, related_name="callbacks")
    """The call in which it was promised; null for a question left on the web."""
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Who left the question on the web; null for a promise made in a call."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    name = EncryptedTextField(key="data_key", null=True)
    phone = EncryptedTextField(key="data_key", null=True)
    words = EncryptedTextField(key="data_key", null=True)
    """The question, as left on the web."""
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """The operator who answers; null: whoever is on duty."""
    stage = models.PositiveSmallIntegerField(choices=ChaseStage, default=ChaseStage.NONE)
    """The last stage of the chase that was carried out."""
    chase_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=12, choices=CallbackOutcome, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often somebody called and was not answered."""
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "agency", "call", "contact", "data_key", "created_at", "created_by", "due_at", "owner",
            "stage", "chase_at", "done_at", "done_by", "outcome", "attempts", "version",
        )  # fmt: skip
        scrubbed = ()
        erased = ("name", "phone", "words")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(call__isnull=False, contact__isnull=True)
                | Q(call__isnull=True, contact__isnull=False),
                name="callback_from_call_or_web",
            ),
            CheckConstraint(condition=Q(due_at__gt=F("created_at")), name="callback_due_after_promise"),
            both_or_neither("done_at", "done_by", "callback_done_by_whom"),
            known_or_blank("outcome", CallbackOutcome, "callback"),
            CheckConstraint(
                condition=Q(done_at__isnull=True, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="callback_done_with_outcome",
            ),
            CheckConstraint(condition=Q(stage__in=ChaseStage.values), name="callback_stage_known"),
            CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(chase_at__isnull=True),
                name="callback_done_is_not_chased",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agency", "due_at"], condition=Q(done_at__isnull=True), name="callback_queue_idx"
            ),
            models.Index(fields=["chase_at"], condition=Q(chase_at__isnull=False), name="callback_chase_idx"),
            models.Index(fields=["call"], name="callback_call_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

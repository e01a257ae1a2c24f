"""Emergency access: one person reads one case for an hour, for a reason, and answers for it afterwards."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums.guard import Verdict
from cases.models.constraints import both_or_neither
from core.vault import EncryptedTextField

HOUR: Final = timedelta(minutes=60)


class BreakGlass(models.Model):
    """The fact a person-bound grant stands on. Nobody reviews her own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="glasses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    """For whom she acted."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(key="data_key")
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    """When she closed it herself, or its hour was over."""
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    review = EncryptedTextField(key="data_key", null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id",
            "case",
            "user",
            "agency",
            "data_key",
            "opened_at",
            "until",
            "closed_at",
            "verdict",
            "reviewed_by",
            "reviewed_at",
        )
        scrubbed = ()
        erased = ("reason", "review")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(until__gt=F("opened_at"), until__lte=F("opened_at") + HOUR),
                name="break_glass_an_hour_at_most",
            ),
            CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__lte=F("until")),
                name="break_glass_closed_in_time",
            ),
            CheckConstraint(
                condition=Q(verdict="", reviewed_at__isnull=True)
                | Q(verdict__in=Verdict.values, reviewed_at__isnull=False),
                name="break_glass_reviewed_has_verdict",
            ),
            CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("user")),
                name="break_glass_reviewed_by_another",
            ),
            both_or_neither("reviewed_at", "reviewed_by", "break_glass_reviewed_by_whom"),
            models.UniqueConstraint(
                fields=["case", "user"], condition=Q(closed_at__isnull=True), name="break_glass_once"
            ),
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(closed_at__isnull=True), name="break_glass_user_idx"),
            models.Index(fields=["-opened_at"], name="break_glass_newest_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

"""In-portal notices: a reference and a kind, nothing about a person."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.enums import NoticeKind
from cases.models.constraints import in_enum


class Notice(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=NoticeKind)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, null=True, related_name="+")
    referral = models.ForeignKey("cases.Referral", on_delete=models.CASCADE, null=True, related_name="+")
    view = models.ForeignKey("cases.SavedView", on_delete=models.CASCADE, null=True, related_name="+")
    step = models.ForeignKey("cases.Step", on_delete=models.CASCADE, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Who gave it to somebody: said where something changes hands."""
    dedupe_key = models.CharField(max_length=120, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    direct = models.BooleanField(default=False)
    """Mailed at once; the rest waits for the digest."""
    mailed_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id",
            "user",
            "kind",
            "case",
            "referral",
            "view",
            "step",
            "by",
            "dedupe_key",
            "made_at",
            "read_at",
            "direct",
            "mailed_at",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [in_enum("kind", NoticeKind, "notice")]
        indexes = [
            models.Index(F("user"), F("made_at").desc(), name="notice_user_idx"),
            models.Index("user", condition=Q(read_at__isnull=True), name="notice_unread_idx"),
            models.Index("made_at", condition=Q(mailed_at__isnull=True), name="notice_unmailed_idx"),
        ]

    def __str__(self) -> str:
        return self.kind

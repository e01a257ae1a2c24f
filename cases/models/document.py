"""Files in a case: encrypted, scanned before anybody opens them, shown by category."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import Category, DocumentState
from cases.models.constraints import both_or_neither, exactly_one, in_enum
from core.vault import EncryptedTextField


class Document(models.Model):
    """One file. The stored name is its id; the original is sealed, people open the working copy."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="documents")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    category = models.CharField(max_length=12, choices=Category)
    """Read by its own house, the desk, and through grants that name this category and documents."""
    state = models.CharField(max_length=10, choices=DocumentState, default=DocumentState.PENDING)
    media_type = models.CharField(max_length=80)
    """By its content, never by its name."""
    size = models.PositiveIntegerField()
    """Bytes."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    """Its own: removing the file destroys it."""
    digest = models.BinaryField(max_length=32)
    """Keyed, of the original: finds the same file twice in one case."""
    name = EncryptedTextField(key="data_key")
    description = EncryptedTextField(key="data_key")
    has_copy = models.BooleanField(default=False)
    """A working copy without the image's metadata exists beside the original."""
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    scanned_at = models.DateTimeField(null=True)
    scan_attempts = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = (
            "id",
            "case",
            "agency",
            "desk",
            "category",
            "state",
            "media_type",
            "size",
            "data_key",
            "has_copy",
            "uploaded_by",
            "uploaded_at",
            "scanned_at",
            "scan_attempts",
            "removed_at",
            "removed_by",
        )
        scrubbed = ()
        erased = ("name", "description", "digest")

    class Meta:
        constraints = [
            in_enum("state", DocumentState, "document"),
            in_enum("category", Category, "document"),
            exactly_one("agency", "desk", "document_one_home"),
            both_or_neither("removed_at", "removed_by", "document_removed_by_whom"),
            CheckConstraint(
                condition=~Q(state=DocumentState.CLEAN) | Q(scanned_at__isnull=False),
                name="document_clean_was_scanned",
            ),
            models.UniqueConstraint(
                fields=["case", "digest"], condition=Q(removed_at__isnull=True), name="document_once"
            ),
        ]
        indexes = [
            models.Index(fields=["case", "-uploaded_at"], name="document_case_idx"),
            models.Index(
                fields=["uploaded_at"], condition=Q(state=DocumentState.PENDING), name="document_pending_idx"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

"""Internal notes, which never leave their agency, and messages to chosen recipients."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import NoteKind
from cases.models.constraints import both_or_neither, exactly_one, in_enum
from core.vault import EncryptedTextField


class Note(models.Model):
    """Seen by the author's own agency or desk only. Never edited; corrected by a new note."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="notes")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=NoteKind, default=NoteKind.NOTE)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(key="data_key")
    reason = EncryptedTextField(key="data_key", null=True)
    """What a professional view rests on."""
    written_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "case", "agency", "desk", "author", "kind", "data_key", "written_at")
        scrubbed = ()
        erased = ("text", "reason")

    class Meta:
        constraints = [
            exactly_one("agency", "desk", "note_one_home"),
            in_enum("kind", NoteKind, "note"),
            CheckConstraint(
                condition=~Q(kind=NoteKind.VIEW) | Q(reason__isnull=False), name="note_view_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["case", "-written_at"], name="note_case_idx")]

    def __str__(self) -> str:
        return str(self.id)


class Message(models.Model):
    """From one agency or desk in the case to chosen others, or to the referrer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="messages")
    from_agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    from_desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(key="data_key")
    sent_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "case", "from_agency", "from_desk", "author", "data_key", "sent_at")
        scrubbed = ()
        erased = ("text",)

    class Meta:
        constraints = [exactly_one("from_agency", "from_desk", "message_one_sender")]
        indexes = [models.Index(fields=["case", "-sent_at"], name="message_case_idx")]

    def __str__(self) -> str:
        return str(self.id)


class MessageRecipient(models.Model):
    """An agency, a desk, or the referrer of one referral (who may have no other sight of the case)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="recipients")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    referral = models.ForeignKey(
        "cases.Referral", on_delete=models.PROTECT, null=True, related_name="messages"
    )
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = ("id", "message", "agency", "desk", "referral", "read_at", "read_by")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            both_or_neither("read_at", "read_by", "message_read_by_whom"),
            CheckConstraint(
                condition=Q(agency__isnull=False, desk__isnull=True, referral__isnull=True)
                | Q(agency__isnull=True, desk__isnull=False, referral__isnull=True)
                | Q(agency__isnull=True, desk__isnull=True, referral__isnull=False),
                name="message_recipient_is_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

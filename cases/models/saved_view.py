"""What somebody has arranged for herself: her views of the inbox, how she is told, her calendar."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import Channel, NoticeGroup, ViewPage
from cases.models.constraints import in_enum


class SavedView(models.Model):
    """A filter of the inbox, or a choice of the statistics, under a name of one's own. It shows only what its
    owner may see."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="+")
    page = models.CharField(
        max_length=12, choices=ViewPage, default=ViewPage.INBOX, db_default=ViewPage.INBOX.value
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    """The address's words: view and filter, cleaned again when used."""
    notify = models.BooleanField(default=False)
    seen_at = models.DateTimeField()
    """When it was last looked through for news; of figures, when the newest told of were published."""
    known = ArrayField(models.UUIDField(), default=list)
    """The cases that stood in it then: one that does not is news. Of figures none: a new period is."""

    class Privacy:
        kept = ("id", "membership", "page", "query", "notify", "seen_at", "known")
        scrubbed = ("name",)
        erased = ()

    class Meta:
        constraints = [
            in_enum("page", ViewPage, "saved_view"),
            models.UniqueConstraint(fields=["membership", "page", "name"], name="saved_view_name_once"),
            CheckConstraint(condition=Q(page=ViewPage.INBOX) | Q(known=[]), name="saved_view_knows_cases"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class NoticeChoice(models.Model):
    """How one person wants to hear of one group of events. No row: the portal's default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=12, choices=NoticeGroup)
    channel = models.CharField(max_length=8, choices=Channel)

    class Privacy:
        kept = ("id", "user", "group", "channel")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            in_enum("group", NoticeGroup, "notice_choice"),
            in_enum("channel", Channel, "notice_choice"),
            models.UniqueConstraint(fields=["user", "group"], name="notice_choice_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CalendarFeed(models.Model):
    """A secret address with a person's due times and nothing else. Only its hash is kept; revocable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="+")
    token_hash = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Privacy:
        kept = ("id", "membership", "made_at", "read_at", "revoked_at")
        scrubbed = ()
        erased = ("token_hash",)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(revoked_at__isnull=True), name="calendar_feed_one"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

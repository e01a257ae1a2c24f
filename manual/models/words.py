"""What an edition explains beside its chapters: defined words, sources, and paragraphs that are no more."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from manual.models import columns
from manual.models.editions import Edition


class Source(models.Model):
    """Something a text rests on: a law with the version that was read, a page, the portal itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="source_rows")
    key = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = ("id", "edition", "key", "order", "title", "address", "version")
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "key"], name="source_key"),
        ]

    def __str__(self) -> str:
        return self.key


class Definition(models.Model):
    """A word with a meaning of its own in the manual.

    `forms_*` are its other spellings and endings in running text; `paragraph` is where more is said, if
    anywhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="definitions")
    key = models.SlugField(max_length=columns.KEY_LENGTH)
    order = models.PositiveSmallIntegerField()
    term_sv = models.CharField(max_length=100)
    term_en = models.CharField(max_length=100)
    forms_sv = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    forms_en = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    text_sv = models.CharField(max_length=500)
    text_en = models.CharField(max_length=500)
    paragraph = models.CharField(max_length=20, blank=True)
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "edition", "key", "order", "term_sv", "term_en", "forms_sv", "forms_en", "text_sv",
            "text_en", "paragraph", "sources", "version",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "key"], name="definition_key"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def term(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "term")

    @property
    def text(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "text")


class RetiredParagraph(models.Model):
    """An anchor that is no more and never comes back. `moved_to` is the anchor that took over, or empty."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="retired")
    anchor = models.CharField(max_length=20)
    moved_to = models.CharField(max_length=20, blank=True)
    reason_sv = models.CharField(max_length=300)
    reason_en = models.CharField(max_length=300)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = ("id", "edition", "anchor", "moved_to", "reason_sv", "reason_en", "version")
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "anchor"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "anchor"], name="retired_paragraph_anchor"),
            models.CheckConstraint(
                condition=~Q(moved_to=F("anchor")), name="retired_paragraph_moved_elsewhere"
            ),
        ]

    def __str__(self) -> str:
        return self.anchor

    @property
    def reason(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "reason")

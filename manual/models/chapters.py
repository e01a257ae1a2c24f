"""The chapters of an edition, and their numbered paragraphs."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from manual.enums import Confidence, Phase, StepRole
from manual.models import columns
from manual.models.editions import Edition


class Chapter(models.Model):
    """A step of the manual, "Enskilda aktörers ansvar" or "Om manualen". `number` is place and address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="chapters")
    version = models.PositiveIntegerField(default=0)
    number = models.PositiveSmallIntegerField()
    phase = columns.key(Phase, blank=True, default="")
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    intro_sv = models.TextField(blank=True)
    intro_en = models.TextField(blank=True)

    class Privacy:
        kept = ("id", "edition", "version", "number", "phase", "title_sv", "title_en", "intro_sv", "intro_en")
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "number"], name="chapter_number"),
            columns.in_enum("chapter_phase_in_enum", "phase", Phase, blank=True),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title_sv}"

    def get_absolute_url(self) -> str:
        return reverse("manual:chapter", args=[self.number])

    @property
    def title(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "title")

    @property
    def intro(self) -> str:
        """Markdown, in the reader's language."""
        return columns.in_language(self, "intro")


class Paragraph(models.Model):
    """A numbered piece of text. Its anchor never changes its meaning: `2-3` is a section, `2-3-4` a text.

    `actors` empty means everyone. `terms_*` are the titles of the steps that point here, so that search
    finds them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="paragraphs")
    version = models.PositiveIntegerField(default=0)
    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="paragraphs")
    order = models.PositiveSmallIntegerField()
    anchor = models.CharField(max_length=20)
    section = models.CharField(max_length=20)
    actors = columns.keys(StepRole)
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    confidence = columns.key(Confidence, default=Confidence.SOURCE)
    title_sv = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    body_sv = models.TextField(blank=True)
    body_en = models.TextField(blank=True)

    class Privacy:
        kept = (
            "id", "edition", "version", "chapter", "order", "anchor", "section", "actors", "sources",
            "confidence", "title_sv", "title_en", "body_sv", "body_en",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "anchor"], name="paragraph_anchor"),
            columns.all_in_enum("paragraph_actors_in_enum", "actors", StepRole),
            columns.in_enum("paragraph_confidence_in_enum", "confidence", Confidence),
        ]

    def __str__(self) -> str:
        return self.anchor

    def get_absolute_url(self) -> str:
        """Its place on the section's page."""
        return columns.paragraph_url(self.anchor)

    @property
    def title(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "title")

    @property
    def body(self) -> str:
        """Markdown, in the reader's language."""
        return columns.in_language(self, "body")

    @property
    def is_section(self) -> bool:
        """Whether it is the head of a section, not a text of its own."""
        return self.anchor == self.section

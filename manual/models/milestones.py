"""What an edition calls the milestones. Which milestones there are is code (`manual.enums.Milestone`)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from manual.enums import Milestone
from manual.models import columns
from manual.models.editions import Edition


class MilestoneWords(models.Model):
    """The name of a milestone, and which date is meant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="milestones")
    key = columns.key(Milestone)
    order = models.PositiveSmallIntegerField()
    label_sv = models.CharField(max_length=100)
    label_en = models.CharField(max_length=100)
    meaning_sv = models.CharField(max_length=300, blank=True)
    meaning_en = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "edition", "key", "order", "label_sv", "label_en", "meaning_sv", "meaning_en", "version",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "key"], name="milestone_words_key"),
            columns.in_enum("milestone_words_key_in_enum", "key", Milestone),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def label(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "label")

    @property
    def meaning(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "meaning")

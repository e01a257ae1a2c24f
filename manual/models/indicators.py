"""The signs to tick, in groups, as an edition has them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from manual.enums import Dimension, Exploitation, StepAge, Strength
from manual.models import columns
from manual.models.editions import Edition


class IndicatorGroup(models.Model):
    """A heading among the signs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="indicator_groups")
    key = models.CharField(max_length=columns.KEY_LENGTH)
    order = models.PositiveSmallIntegerField()
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = ("id", "edition", "key", "order", "title_sv", "title_en", "version")
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "key"], name="indicator_group_key"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def title(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "title")


class Indicator(models.Model):
    """One sign. `forms` empty means every form; `strength` orders and is never shown to whoever ticks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="indicators")
    group = models.ForeignKey(IndicatorGroup, models.CASCADE, related_name="indicators")
    key = models.CharField(max_length=columns.KEY_LENGTH)
    order = models.PositiveSmallIntegerField()
    strength = columns.key(Strength)
    age = columns.key(StepAge, default=StepAge.ALL)
    forms = columns.keys(Exploitation)
    dimension = columns.key(Dimension)
    text_sv = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "edition", "group", "key", "order", "strength", "age", "forms", "dimension", "text_sv",
            "text_en", "version",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "key"], name="indicator_key"),
            columns.in_enum("indicator_strength_in_enum", "strength", Strength),
            columns.in_enum("indicator_age_in_enum", "age", StepAge),
            columns.in_enum("indicator_dimension_in_enum", "dimension", Dimension),
            columns.all_in_enum("indicator_forms_in_enum", "forms", Exploitation),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def text(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "text")

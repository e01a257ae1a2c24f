"""What the files of an edition hold beside its rows, so that they can be written again as they were read."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from manual.models.editions import Edition


class EditionFile(models.Model):
    """A file that an edition was read from: its place, and what stands in it before the first row.

    `head` is kept as it was written: the comments, what the file says about itself, and the value lists. Of a
    chapter it is empty: all of it are rows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="files")
    path = models.CharField(max_length=120)
    head = models.TextField(blank=True)

    class Privacy:
        kept = ("id", "edition", "path", "head")
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "path"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "path"], name="edition_file_path"),
        ]

    def __str__(self) -> str:
        return self.path

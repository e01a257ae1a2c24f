"""One person, several cases: links, merges, and those who came along."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums import LinkKind, Relation
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedJSONField


class Merge(models.Model):
    """One case was absorbed by another. The ledger says what moved, so that undo returns exactly that."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survivor = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)
    """Table → ids of the rows that were re-pointed."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    before = EncryptedJSONField(key="data_key")
    """Both cases and persons as they were, for the undo."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    undo_until = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = (
            "id",
            "survivor",
            "absorbed",
            "moved",
            "data_key",
            "made_by",
            "made_at",
            "undo_until",
            "undone_at",
            "undone_by",
        )
        scrubbed = ()
        erased = ("before",)

    class Meta:
        constraints = [
            both_or_neither("undone_at", "undone_by", "merge_undone_by_whom"),
            CheckConstraint(condition=~Q(survivor=F("absorbed")), name="merge_of_two"),
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="merge_absorbed_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CaseLink(models.Model):
    """Two cases that belong together and stay two. It gives nobody sight of the other one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="linked_from")
    kind = models.CharField(max_length=12, choices=LinkKind)
    exploited_again = models.BooleanField(default=False)
    """A new exploitation after the earlier case: countable as re-trafficking (S30)."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "case", "other", "kind", "exploited_again", "made_by", "made_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            in_enum("kind", LinkKind, "case_link"),
            CheckConstraint(condition=~Q(case=F("other")), name="case_link_of_two"),
            models.UniqueConstraint(fields=["case", "other", "kind"], name="case_link_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Dependant(models.Model):
    """Somebody who came along with the person: followed here, or in a case of her own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="dependants")
    relation = models.CharField(max_length=10, choices=Relation)
    is_child = models.BooleanField()
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    who = EncryptedJSONField(key="data_key")
    """name, birth, where, needs."""
    own_case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = ("id", "case", "data_key", "own_case", "recorded_by", "recorded_at", "version")
        scrubbed = ("relation", "is_child")
        erased = ("who",)

    class Meta:
        constraints = [in_enum("relation", Relation, "dependant")]

    def __str__(self) -> str:
        return str(self.pk)

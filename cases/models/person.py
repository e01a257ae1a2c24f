"""The person vault: who she is, apart from the case and encrypted."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import NO_ADDRESS, PROTECTED, Protection
from cases.models.constraints import in_enum
from core.vault import EncryptedJSONField, EncryptedTextField


class Person(models.Model):
    """Identity and contact of a presumed victim. Read only through cases.services.casework.open_identity."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    identity = EncryptedJSONField(key="data_key")
    """name, alias, birth, personal_number, citizenships."""
    contact = EncryptedJSONField(key="data_key", null=True)
    """How she can be reached safely: way, times, words."""
    address = EncryptedTextField(key="data_key", null=True)
    protection = models.CharField(max_length=24, choices=Protection, default=Protection.UNKNOWN)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "data_key", "version", "created_at")
        scrubbed = ("protection",)
        erased = ("identity", "contact", "address")

    class Meta:
        constraints = [
            in_enum("protection", Protection, "person"),
            CheckConstraint(
                condition=~Q(protection__in=[p.value for p in NO_ADDRESS]) | Q(address__isnull=True),
                name="person_protected_has_no_address",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_protected(self) -> bool:
        """Protected by marking, registration or fictitious data: identity needs a named handler."""
        return self.protection in PROTECTED


class Identifier(models.Model):
    """A keyed fingerprint of a number, phone or e-mail, for matching only; it cannot be turned back."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=20)
    blind_index = models.BinaryField(max_length=16)

    class Privacy:
        kept = ("id", "person", "kind")
        scrubbed = ()
        erased = ("blind_index",)

    class Meta:
        indexes = [models.Index(fields=["blind_index", "kind"], name="identifier_match_idx")]
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "blind_index"], name="identifier_once")
        ]

    def __str__(self) -> str:
        return self.kind

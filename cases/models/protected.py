"""Protected identity: who is named for it, the way to reach the person, and the two who lift it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums import Protection
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedTextField

A_YEAR: Final = timedelta(days=366)


class NamedPerson(models.Model):
    """Somebody named for a protected identity. Whoever handles the case is named by that alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="named_people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(key="data_key")
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = ("id", "case", "user", "data_key", "named_by", "named_at", "until", "ended_at", "ended_by")
        scrubbed = ()
        erased = ("reason",)

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(user=F("named_by")), name="named_by_another"),
            CheckConstraint(
                condition=Q(until__gt=F("named_at"), until__lte=F("named_at") + A_YEAR),
                name="named_a_year_at_most",
            ),
            CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(ended_at__isnull=False), name="named_ended_has_date"
            ),
            models.UniqueConstraint(
                fields=["case", "user"], condition=Q(ended_at__isnull=True), name="named_once"
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="named_user_idx")]

    def __str__(self) -> str:
        return str(self.pk)


class ContactRoute(models.Model):
    """Through whom a protected person is reached: somebody in the case, or a service outside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="contact_route")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    words = EncryptedTextField(key="data_key", null=True)
    """How: never where she is."""
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = ("id", "case", "user", "data_key", "set_by", "set_at", "version")
        scrubbed = ()
        erased = ("words",)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(user__isnull=False) | Q(words__isnull=False), name="contact_route_names_somebody"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ProtectionLift(models.Model):
    """One asks for a milder tier, or none; another decides. A trigger refuses it without this row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="protection_lifts")
    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, related_name="protection_lifts")
    from_tier = models.CharField(max_length=24, choices=Protection)
    to_tier = models.CharField(max_length=24, choices=Protection)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    reason = EncryptedTextField(key="data_key")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(null=True)
    applied_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id",
            "case",
            "person",
            "data_key",
            "asked_by",
            "asked_at",
            "decided_by",
            "decided_at",
            "approved",
            "applied_at",
        )
        scrubbed = ("from_tier", "to_tier")
        erased = ("reason",)

    class Meta:
        constraints = [
            in_enum("from_tier", Protection, "protection_lift"),
            in_enum("to_tier", Protection, "protection_lift"),
            both_or_neither("decided_at", "decided_by", "protection_lift_decided_by_whom"),
            both_or_neither("decided_at", "approved", "protection_lift_decided_is_yes_or_no"),
            CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="protection_lift_by_two",
            ),
            CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(approved__isnull=False, approved=True),
                name="protection_lift_applied_if_yes",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(decided_at__isnull=True), name="protection_lift_one_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

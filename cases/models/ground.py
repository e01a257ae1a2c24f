"""Consent, and the legal grounds that every participation and grant stands on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import Category, ConsentForm, GroundKind, Provision
from cases.models.constraints import both_or_neither, exactly_one, in_enum


class Consent(models.Model):
    """Consent to break secrecy and take part (OSL 10:1, 12:2); not the GDPR basis."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="consents")
    scope = ArrayField(models.CharField(max_length=32))
    """Agency kinds, and "coordinator"."""
    form = models.CharField(max_length=8, choices=ConsentForm)
    language = models.CharField(max_length=40, blank=True)
    interpreter = models.BooleanField(default=False)
    given_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_on = models.DateField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = (
            "id",
            "case",
            "scope",
            "form",
            "interpreter",
            "given_on",
            "recorded_by",
            "recorded_at",
            "withdrawn_on",
            "withdrawn_by",
        )
        scrubbed = ("language",)
        erased = ()

    class Meta:
        constraints = [
            in_enum("form", ConsentForm, "consent"),
            both_or_neither("withdrawn_on", "withdrawn_by", "consent_withdrawn_by_whom"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class LegalGround(models.Model):
    """Why one recipient may have named categories of data in one case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="grounds")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=GroundKind)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, null=True, related_name="grounds")
    provision = models.CharField(max_length=12, choices=Provision, blank=True)
    categories = ArrayField(models.CharField(max_length=12, choices=Category))
    purpose = models.CharField(max_length=200, blank=True)
    """Why this recipient needs it, in general words: no personal data (said in the form)."""
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id",
            "case",
            "agency",
            "desk",
            "kind",
            "consent",
            "provision",
            "categories",
            "made_by",
            "made_at",
            "ended_at",
        )
        scrubbed = ("purpose",)
        erased = ()

    class Meta:
        constraints = [
            in_enum("kind", GroundKind, "ground"),
            exactly_one("agency", "desk", "ground_one_recipient"),
            CheckConstraint(
                condition=Q(kind=GroundKind.CONSENT, consent__isnull=False, provision="")
                | (Q(kind=GroundKind.PROVISION, consent__isnull=True) & ~Q(provision=""))
                | Q(kind=GroundKind.OWN_REPORT, consent__isnull=True, provision=""),
                name="ground_kind_has_source",
            ),
        ]
        indexes = [models.Index(fields=["case", "agency"], name="ground_case_idx")]

    def __str__(self) -> str:
        return str(self.id)

"""Consent, and the legal grounds that every participation and grant stands on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import Category, ConsentForm, DisclosureKind, GroundEnd, GroundKind, Provision
from cases.models.constraints import both_or_neither, exactly_one, in_enum
from core.vault import EncryptedTextField


class Consent(models.Model):
    """Consent to break secrecy and take part (OSL 10:1, 12:2); not the GDPR basis."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="consents")
    given_scope = ArrayField(models.CharField(max_length=32), default=list)
    """What was given: agency kinds, and "coordinator"."""
    scope = ArrayField(models.CharField(max_length=32))
    """What is left of it after withdrawals."""
    form = models.CharField(max_length=8, choices=ConsentForm)
    language = models.CharField(max_length=40, blank=True)
    interpreter = models.BooleanField(default=False)
    by_representative = models.BooleanField(default=False)
    """Given by a custodian or guardian for a child."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, null=True, related_name="+")
    representative = EncryptedTextField(key="data_key", null=True)
    """Who gave it for a child, and in which capacity."""
    words = EncryptedTextField(key="data_key", null=True)
    """How it was said."""
    given_on = models.DateField()
    valid_until = models.DateField(null=True)
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
            "given_scope",
            "scope",
            "form",
            "interpreter",
            "by_representative",
            "data_key",
            "given_on",
            "valid_until",
            "recorded_by",
            "recorded_at",
            "withdrawn_on",
            "withdrawn_by",
        )
        scrubbed = ("language",)
        erased = ("representative", "words")

    class Meta:
        constraints = [
            in_enum("form", ConsentForm, "consent"),
            CheckConstraint(
                condition=Q(by_representative=False, representative__isnull=True)
                | Q(by_representative=True, representative__isnull=False),
                name="consent_representative_is_named",
            ),
            both_or_neither("withdrawn_on", "withdrawn_by", "consent_withdrawn_by_whom"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Withdrawal(models.Model):
    """What was taken back of a consent: when, how it was said, and from whom. Never edited (S06)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="withdrawals")
    scope = ArrayField(models.CharField(max_length=32))
    form = models.CharField(max_length=8, choices=ConsentForm)
    withdrawn_on = models.DateField()
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    words = EncryptedTextField(key="data_key", null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "consent", "scope", "form", "withdrawn_on", "data_key", "recorded_by", "recorded_at")
        scrubbed = ()
        erased = ("words",)

    class Meta:
        constraints = [in_enum("form", ConsentForm, "withdrawal")]

    def __str__(self) -> str:
        return str(self.pk)


class PrivacyStatement(models.Model):
    """The person was told how her data are handled (GDPR art. 13 and 14): when, how, in which language."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="privacy_statements")
    given_on = models.DateField()
    form = models.CharField(max_length=8, choices=ConsentForm)
    language = models.CharField(max_length=40)
    interpreter = models.BooleanField(default=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "case", "given_on", "form", "interpreter", "recorded_by", "recorded_at")
        scrubbed = ("language",)
        erased = ()

    class Meta:
        constraints = [in_enum("form", ConsentForm, "privacy_statement")]

    def __str__(self) -> str:
        return str(self.pk)


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
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, null=True, related_name="+")
    purpose = EncryptedTextField(key="data_key", null=True)
    """Why this recipient needs it."""
    valid_until = models.DateField(null=True)
    """The last day it holds; the nightly run ends what has run out."""
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=10, choices=GroundEnd, blank=True)

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
            "data_key",
            "valid_until",
            "made_by",
            "made_at",
            "ended_at",
            "end_reason",
        )
        scrubbed = ()
        erased = ("purpose",)

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
            CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="ground_ended_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["case", "agency"], name="ground_case_idx"),
            models.Index(
                fields=["valid_until"],
                condition=Q(ended_at__isnull=True, valid_until__isnull=False),
                name="ground_expires_idx",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Disclosure(models.Model):
    """The ledger: who was let see or told what, when, and on which ground. Only added to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="disclosures")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    outside = EncryptedTextField(key="data_key", null=True)
    """Who was told, when it was nobody of the portal."""
    what = EncryptedTextField(key="data_key", null=True)
    """What was told outside the portal, in short."""
    kind = models.CharField(max_length=10, choices=DisclosureKind)
    categories = ArrayField(models.CharField(max_length=12, choices=Category), default=list)
    ground = models.ForeignKey(LegalGround, on_delete=models.PROTECT, null=True, related_name="+")
    subject_id = models.UUIDField(null=True)
    """The message, document or PDF job it came with."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """Who disclosed it, or took the copy out."""
    at = models.DateTimeField()

    class Privacy:
        kept = (
            "id",
            "case",
            "agency",
            "desk",
            "data_key",
            "kind",
            "categories",
            "ground",
            "subject_id",
            "by",
            "at",
        )
        scrubbed = ()
        erased = ("outside", "what")

    class Meta:
        constraints = [
            in_enum("kind", DisclosureKind, "disclosure"),
            CheckConstraint(
                condition=Q(agency__isnull=False) | Q(desk__isnull=False) | Q(outside__isnull=False),
                name="disclosure_to_somebody",
            ),
        ]
        indexes = [models.Index(fields=["case", "-at"], name="disclosure_case_idx")]

    def __str__(self) -> str:
        return str(self.id)

"""A person asks for everything about her (GDPR article 15): the request, extracts, what was masked (S17)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums.subject import (
    ExtensionReason,
    HandedHow,
    IdentityCheck,
    PackState,
    Protected,
    RequestChannel,
    RequestOutcome,
    Secrecy,
    Verdict,
)
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedJSONField, EncryptedTextField


class SubjectRequest(models.Model):
    """One request. Its words lie under a key of its own: it is there before any case is found."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=40)
    """The language it was asked in, as in the list of languages."""
    channel = models.CharField(max_length=10, choices=RequestChannel)
    received_on = models.DateField()
    due_on = models.DateField()
    """One month after it was received (GDPR article 12.3)."""
    answer_to = EncryptedTextField(key="data_key")
    """How the person can safely be given the answer."""

    checked_how = models.CharField(max_length=16, choices=IdentityCheck, blank=True)
    checked_on = models.DateField(null=True)
    checked_words = EncryptedTextField(key="data_key", null=True)
    """What was shown, and who saw it."""
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    extended_until = models.DateField(null=True)
    extension_reason = models.CharField(max_length=10, choices=ExtensionReason, blank=True)
    extension_words = EncryptedTextField(key="data_key", null=True)
    """As the person was told."""
    told_on = models.DateField(null=True)
    extended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=RequestOutcome, blank=True)
    outcome_words = EncryptedTextField(key="data_key", null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "data_key", "channel", "received_on", "due_on", "checked_how", "checked_on", "checked_by",
            "extended_until", "extension_reason", "told_on", "extended_by", "registered_by", "registered_at",
            "outcome", "closed_at", "closed_by", "version",
        )  # fmt: skip
        scrubbed = ("language",)
        erased = ("answer_to", "checked_words", "extension_words", "outcome_words")

    class Meta:
        constraints = [
            in_enum("channel", RequestChannel, "subject_request"),
            CheckConstraint(condition=Q(due_on__gt=F("received_on")), name="subject_request_due_after"),
            CheckConstraint(
                condition=Q(checked_how="", checked_on__isnull=True, checked_by__isnull=True)
                | Q(checked_how__in=IdentityCheck.values, checked_on__isnull=False, checked_by__isnull=False),
                name="subject_request_checked_how",
            ),
            CheckConstraint(
                condition=Q(extended_until__isnull=True, extension_reason="", told_on__isnull=True)
                | Q(
                    extended_until__isnull=False,
                    told_on__isnull=False,
                    extended_until__gt=F("due_on"),
                    extension_reason__in=ExtensionReason.values,
                    told_on__lte=F("due_on"),
                ),
                name="subject_request_extended_why",
            ),
            both_or_neither("extended_until", "extended_by", "subject_request_extended_by"),
            CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True)
                | Q(outcome__in=RequestOutcome.values, closed_at__isnull=False),
                name="subject_request_closed_how",
            ),
            both_or_neither("closed_at", "closed_by", "subject_request_closed_by"),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(closed_at__isnull=True), name="subject_request_open"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class RequestedCase(models.Model):
    """A case that a request concerns, found by its reference."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="found")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="requests")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "request", "case", "added_by", "added_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "case"], name="requested_case_once")]

    def __str__(self) -> str:
        return str(self.pk)


class DataPack(models.Model):
    """The extract of one responsible agency."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="packs")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=PackState, default=PackState.PREPARING)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    sent_back = EncryptedTextField(key="data_key", null=True)
    """What the second person wanted changed."""
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    prepared_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    given_on = models.DateField(null=True)
    given_how = models.CharField(max_length=16, choices=HandedHow, blank=True)
    interpreter = models.BooleanField(default=False)
    """Explained through an interpreter, or translated."""
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "request", "agency", "state", "data_key", "prepared_by", "prepared_at", "approved_by",
            "approved_at", "given_on", "given_how", "interpreter", "given_by", "version",
        )  # fmt: skip
        scrubbed = ()
        erased = ("sent_back",)

    class Meta:
        constraints = [
            in_enum("state", PackState, "data_pack"),
            both_or_neither("prepared_at", "prepared_by", "data_pack_prepared_by"),
            both_or_neither("approved_at", "approved_by", "data_pack_approved_by"),
            CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (Q(prepared_by__isnull=False) & ~Q(approved_by=F("prepared_by"))),
                name="data_pack_two_persons",
            ),
            CheckConstraint(
                condition=Q(state=PackState.PREPARING, prepared_by__isnull=True)
                | Q(state=PackState.PREPARED, prepared_by__isnull=False, approved_by__isnull=True)
                | Q(state__in=[PackState.APPROVED, PackState.GIVEN], approved_by__isnull=False),
                name="data_pack_state_has_persons",
            ),
            CheckConstraint(
                condition=Q(state=PackState.GIVEN, given_on__isnull=False, given_how__in=HandedHow.values)
                | (~Q(state=PackState.GIVEN) & Q(given_on__isnull=True, given_how="")),
                name="data_pack_given_how",
            ),
            both_or_neither("given_on", "given_by", "data_pack_given_by"),
            models.UniqueConstraint(fields=["request", "agency"], name="data_pack_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PackDecision(models.Model):
    """What one piece of an extract became: given out or left out, with whom that protects and by what law."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pack = models.ForeignKey(DataPack, on_delete=models.CASCADE, related_name="decisions")
    piece = models.CharField(max_length=120)
    """The piece's key: table, row and part."""
    digest = models.BinaryField(max_length=16)
    """Keyed, of what was looked at: a piece that has changed since has to be looked at again."""
    verdict = models.CharField(max_length=10, choices=Verdict)
    protects = models.CharField(max_length=10, choices=Protected, blank=True)
    secrecy = models.CharField(max_length=10, choices=Secrecy, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "pack", "piece", "verdict", "protects", "secrecy", "decided_by", "decided_at")
        scrubbed = ()
        erased = ("digest",)

    class Meta:
        constraints = [
            in_enum("verdict", Verdict, "pack_decision"),
            CheckConstraint(
                condition=Q(verdict=Verdict.RELEASE, protects="", secrecy="")
                | Q(verdict=Verdict.WITHHOLD, protects__in=Protected.values, secrecy__in=Secrecy.values),
                name="pack_decision_has_reason",
            ),
            models.UniqueConstraint(fields=["pack", "piece"], name="pack_decision_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SubjectMask(models.Model):
    """Words that are left out wherever they stand in the extracts of one request."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="masks")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    words = EncryptedJSONField(key="data_key")
    """A list: names, nicknames, numbers, whole sentences."""
    protects = models.CharField(max_length=10, choices=Protected)
    secrecy = models.CharField(max_length=10, choices=Secrecy)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "request", "data_key", "protects", "secrecy", "added_by", "added_at")
        scrubbed = ()
        erased = ("words",)

    class Meta:
        constraints = [
            in_enum("protects", Protected, "subject_mask"),
            in_enum("secrecy", Secrecy, "subject_mask"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

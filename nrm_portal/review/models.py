"""Alerts with the auditor's verdict, and the monthly samples she signs."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from core.vault import EncryptedTextField
from nrm_portal.review.enums import AlertKind, Judgement, Verdict


class Alert(models.Model):
    """Something that stands out. While it is not judged, what follows of the same kind is added to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=AlertKind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """Whose looks stand out; nobody's when the log itself was touched."""
    since = models.DateTimeField()
    until = models.DateTimeField()
    case_ids = ArrayField(models.UUIDField(), default=list)
    count = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    verdict = models.CharField(max_length=11, choices=Verdict, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    note = EncryptedTextField(key="data_key", null=True)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "kind", "user", "since", "until", "case_ids", "count", "found_at", "verdict", "judged_by",
            "judged_at", "data_key", "version",
        )  # fmt: skip
        scrubbed = ()
        erased = ("note",)

    class Meta:
        indexes = [models.Index(fields=["-found_at", "-id"], name="alert_latest")]
        constraints = [
            CheckConstraint(condition=Q(kind__in=AlertKind.values), name="alert_kind_known"),
            CheckConstraint(condition=Q(verdict__in=["", *Verdict.values]), name="alert_verdict_known"),
            CheckConstraint(
                condition=Q(verdict="", judged_by__isnull=True, judged_at__isnull=True)
                | (~Q(verdict="") & Q(judged_by__isnull=False, judged_at__isnull=False, note__isnull=False)),
                name="alert_judged_by_whom",
            ),
            CheckConstraint(
                condition=Q(judged_by__isnull=True) | Q(user__isnull=True) | ~Q(judged_by=F("user")),
                name="alert_not_judged_by_oneself",
            ),
            CheckConstraint(
                condition=Q(kind=AlertKind.SEALS, user__isnull=True)
                | (~Q(kind=AlertKind.SEALS) & Q(user__isnull=False)),
                name="alert_is_about_somebody",
            ),
            CheckConstraint(condition=Q(until__gte=F("since")), name="alert_ends_after_it_began"),
            UniqueConstraint(
                fields=["kind", "user"], condition=Q(verdict=""), nulls_distinct=False, name="alert_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class SampleReport(models.Model):
    """The looks of one month that an auditor goes through, and the numbers of that month."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    month = models.DateField(unique=True)
    """Its first day."""
    made_at = models.DateTimeField()
    figures = models.JSONField(default=dict)
    """Counts by code: nothing else."""
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    signed_at = models.DateTimeField(null=True)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    note = EncryptedTextField(key="data_key", null=True)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = ("id", "month", "made_at", "figures", "signed_by", "signed_at", "data_key", "version")
        scrubbed = ()
        erased = ("note",)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False, note__isnull=False),
                name="samples_signed_by_whom",
            ),
            CheckConstraint(condition=Q(month__day=1), name="samples_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"samples {self.month:%Y-%m}"


class Sample(models.Model):
    """One look of the month, chosen by chance, and what the auditor found."""

    report = models.ForeignKey(SampleReport, on_delete=models.PROTECT, related_name="samples")
    event_id = models.BigIntegerField()
    """The row of the audit; no foreign key, as the audit neither blocks nor follows a deletion."""
    judgement = models.CharField(max_length=8, choices=Judgement, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = ("id", "report", "event_id", "judgement", "judged_by")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["report", "event_id"], name="sample_once"),
            CheckConstraint(
                condition=Q(judgement__in=["", *Judgement.values]), name="sample_judgement_known"
            ),
            CheckConstraint(
                condition=Q(judgement="", judged_by__isnull=True)
                | (~Q(judgement="") & Q(judged_by__isnull=False)),
                name="sample_judged_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"sample {self.event_id}"

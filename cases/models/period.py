"""Spans of time that authorities decide, and clocks that stand still."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums import BlockedOn, PeriodEnd, PeriodKind
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedTextField


class Period(models.Model):
    """A reflection period, permit or support programme as decided. An extension is a row that replaces it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="periods")
    kind = models.CharField(max_length=20, choices=PeriodKind)
    starts_on = models.DateField()
    ends_on = models.DateField()
    """The last day. Calendar days: weekends and holidays play no part (S28)."""
    extends = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="extended_by")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    source = EncryptedTextField(key="data_key")
    """The document that says so: authority, date, number."""
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    """Set when it ended before its last day, or was recorded by mistake."""
    end_reason = models.CharField(max_length=10, choices=PeriodEnd, blank=True)
    end_words = EncryptedTextField(key="data_key", null=True)
    """Why, as somebody wrote it."""
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = ("id", "case", "kind", "extends", "data_key", "recorded_by", "recorded_at", "ended_by",
                "end_reason")  # fmt: skip
        scrubbed = ("starts_on", "ends_on", "ended_on")
        erased = ("source", "end_words")

    class Meta:
        constraints = [
            in_enum("kind", PeriodKind, "period"),
            CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="period_ends_after_start"),
            both_or_neither("ended_on", "ended_by", "period_ended_by_whom"),
            CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="")
                | (Q(ended_on__isnull=False) & Q(end_reason__in=PeriodEnd.values)),
                name="period_ended_says_why",
            ),
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(extends__isnull=True, ended_on__isnull=True),
                name="period_one_first",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ClockStop(models.Model):
    """A step's clock stands still for a reason; resumed, that time is added to its due time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    step = models.ForeignKey("cases.Step", on_delete=models.PROTECT, related_name="stops")
    reason = models.CharField(max_length=12, choices=BlockedOn)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField(key="data_key", null=True)
    stopped_at = models.DateTimeField()
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    resumed_at = models.DateTimeField(null=True)
    """By somebody, or by the portal when the step ended."""
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Privacy:
        kept = ("id", "step", "reason", "data_key", "stopped_at", "stopped_by", "resumed_at", "resumed_by")
        scrubbed = ()
        erased = ("text",)

    class Meta:
        constraints = [
            in_enum("reason", BlockedOn, "clock_stop"),
            CheckConstraint(
                condition=Q(resumed_by__isnull=True) | Q(resumed_at__isnull=False),
                name="clock_stop_resumed_by_whom",
            ),
            CheckConstraint(
                condition=Q(resumed_at__isnull=True) | Q(resumed_at__gte=F("stopped_at")),
                name="clock_stop_resumed_after",
            ),
            models.UniqueConstraint(
                fields=["step"], condition=Q(resumed_at__isnull=True), name="clock_stop_one_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

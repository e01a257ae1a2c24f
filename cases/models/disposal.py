"""How long cases are kept, what keeps one longer, and the batches in which they go."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums import BatchState, HoldReason, ItemState, Obstacle, PeriodUnit, RecordKind
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedTextField


class RetentionRule(models.Model):
    """How long one kind of agency ("": every other) keeps records of one kind. From a reviewed file."""

    record = models.CharField(max_length=16, choices=RecordKind)
    agency_kind = models.CharField(max_length=32, blank=True)
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=8, choices=PeriodUnit)
    is_settled = models.BooleanField(default=False)
    """The law names the period; otherwise it is to be confirmed."""
    basis = models.JSONField(default=dict)
    """Language → where it comes from."""

    class Privacy:
        kept = ("id", "record", "agency_kind", "amount", "unit", "is_settled", "basis")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            in_enum("record", RecordKind, "retention_rule"),
            in_enum("unit", PeriodUnit, "retention_rule"),
            CheckConstraint(condition=Q(amount__gte=1), name="retention_rule_lasts"),
            models.UniqueConstraint(fields=["record", "agency_kind"], name="retention_rule_once"),
        ]

    def __str__(self) -> str:
        return f"{self.record} {self.agency_kind}"


class Retention(models.Model):
    """A case whose end draws near: when, by which rule, and whether its desk has been warned."""

    case = models.OneToOneField("cases.Case", on_delete=models.CASCADE, related_name="retention")
    rule = models.ForeignKey(RetentionRule, on_delete=models.PROTECT, related_name="+")
    counts_from = models.DateField()
    """The last day something was written in the case."""
    due_on = models.DateField()
    warned_first_on = models.DateField(null=True)
    """Sixty days before, or when the job next ran."""
    warned_last_on = models.DateField(null=True)
    """Thirty days before, and never sooner than thirty days after the first warning."""

    class Privacy:
        kept = ("id", "case", "rule", "counts_from", "due_on", "warned_first_on", "warned_last_on")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(due_on__gt=F("counts_from")), name="retention_lasts"),
            CheckConstraint(
                condition=Q(warned_last_on__isnull=True) | Q(warned_last_on__gt=F("warned_first_on")),
                name="retention_warned_in_order",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="retention_due_idx")]

    def __str__(self) -> str:
        return str(self.case_id)


class Hold(models.Model):
    """A case that must be kept for now, whatever its schedule says. It always has an end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=16, choices=HoldReason)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    words = EncryptedTextField(key="data_key")
    """Who asked for it, and under which number."""
    ends_on = models.DateField()
    """The last day; it can be made longer before."""
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Null: its last day passed."""
    lifted_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id",
            "case",
            "reason",
            "data_key",
            "ends_on",
            "placed_by",
            "placed_at",
            "lifted_by",
            "lifted_at",
        )
        scrubbed = ()
        erased = ("words",)

    class Meta:
        constraints = [
            in_enum("reason", HoldReason, "hold"),
            CheckConstraint(
                condition=Q(lifted_by__isnull=True) | Q(lifted_at__isnull=False), name="hold_lifted_when"
            ),
        ]
        indexes = [
            models.Index(fields=["case"], condition=Q(lifted_at__isnull=True), name="hold_living_idx"),
            models.Index(fields=["ends_on"], condition=Q(lifted_at__isnull=True), name="hold_ends_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DisposalBatch(models.Model):
    """Cases that one person proposes to dispose of and another one approves. The row stays."""

    outlives_case = True
    """Its rows stay when the cases go: ids, codes and dates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.PROPOSED)
    decision = models.CharField(max_length=40)
    """The number of the decision on disposal that it rests on."""
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    carried_out_from = models.DateTimeField(null=True)
    """Until then it can be stopped."""
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    stopped_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Privacy:
        kept = (
            "id", "state", "decision", "proposed_by", "proposed_at", "decided_by", "decided_at",
            "carried_out_from", "stopped_by", "stopped_at", "done_at",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            in_enum("state", BatchState, "disposal_batch"),
            both_or_neither("decided_at", "decided_by", "disposal_batch_decided_by_whom"),
            both_or_neither("stopped_at", "stopped_by", "disposal_batch_stopped_by_whom"),
            CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="disposal_batch_two_persons",
            ),
            CheckConstraint(
                condition=Q(state=BatchState.PROPOSED, decided_at__isnull=True)
                | Q(state=BatchState.REFUSED, decided_at__isnull=False, carried_out_from__isnull=True)
                | Q(
                    state__in=[BatchState.APPROVED, BatchState.DONE],
                    decided_at__isnull=False,
                    carried_out_from__isnull=False,
                )
                | Q(state=BatchState.STOPPED, stopped_at__isnull=False),
                name="disposal_batch_decided_when_over",
            ),
            CheckConstraint(
                condition=Q(state=BatchState.DONE, done_at__isnull=False)
                | (~Q(state=BatchState.DONE) & Q(done_at__isnull=True)),
                name="disposal_batch_done_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["carried_out_from"], condition=Q(state=BatchState.APPROVED), name="disposal_next_idx"
            ),
            models.Index(fields=["-proposed_at"], name="disposal_batch_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DisposalItem(models.Model):
    """One case of a batch, and what became of it."""

    outlives_case = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(DisposalBatch, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="disposals")
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.WAITING)
    obstacle = models.CharField(max_length=10, choices=Obstacle, blank=True)
    """Why it was left."""
    ended_at = models.DateTimeField(null=True)

    class Privacy:
        kept = ("id", "batch", "case", "due_on", "state", "obstacle", "ended_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            in_enum("state", ItemState, "disposal_item"),
            CheckConstraint(
                condition=Q(state=ItemState.WAITING, ended_at__isnull=True)
                | (~Q(state=ItemState.WAITING) & Q(ended_at__isnull=False)),
                name="disposal_item_ended_when",
            ),
            CheckConstraint(
                condition=(Q(state=ItemState.SKIPPED) & ~Q(obstacle=""))
                | (~Q(state=ItemState.SKIPPED) & Q(obstacle="")),
                name="disposal_item_left_says_why",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state=ItemState.WAITING), name="disposal_item_one_waiting"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

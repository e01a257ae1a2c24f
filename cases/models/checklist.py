"""Steps of the checklists, and the ledger of reminders."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import LIVE_STEPS, BlockedOn, CancelReason, NotApplicableReason, Stage, StepStatus
from cases.models.constraints import exactly_one, in_enum
from core.vault import EncryptedTextField
from manual.enums import DeadlineKind, Milestone, Phase, Priority

LIVE = [status.value for status in LIVE_STEPS]


class Step(models.Model):
    """One duty of one agency or desk in one case, with its stored due time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="steps")
    template = models.ForeignKey("manual.StepTemplate", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=60)
    occurrence = models.PositiveSmallIntegerField(default=1)
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    phase = models.CharField(max_length=12, choices=Phase)
    priority = models.CharField(max_length=10, choices=Priority)
    deadline_kind = models.CharField(max_length=20, choices=DeadlineKind)
    milestone = models.CharField(max_length=40, choices=Milestone)
    starts_at = models.DateTimeField(null=True)
    """When its milestone happened."""
    due_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=16, choices=StepStatus)
    paused_at = models.DateTimeField(null=True)
    """Set while the clock is stopped (the case waits for the referrer)."""

    chase_at = models.DateTimeField(null=True)
    """When the sweep next has something to do with this step; null when never."""
    stage = models.SmallIntegerField(choices=Stage, default=Stage.NONE)

    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    done_on = models.DateField(null=True)
    counted = models.JSONField(null=True)
    """What an earlier version counted it under; `Counted` says it now, and a recount reads this."""
    not_applicable_reason = models.CharField(max_length=16, choices=NotApplicableReason, blank=True)
    cancel_reason = models.CharField(max_length=20, choices=CancelReason, blank=True)
    blocked_on = models.CharField(max_length=12, choices=BlockedOn, blank=True)
    next_check_on = models.DateField(null=True)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    wording = EncryptedTextField(key="data_key", null=True)
    """What is to be done, of a step that an act in the case opened; else the template's title says it."""
    remark = EncryptedTextField(key="data_key", null=True)
    """Evidence, reason or what blocks it, in the agency's own words."""
    reported_by = EncryptedTextField(key="data_key", null=True)
    """Whom and how, when the coordinator ticks another agency's step as reported."""
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Privacy:
        kept = (
            "id",
            "case",
            "template",
            "key",
            "occurrence",
            "agency",
            "desk",
            "assignee",
            "phase",
            "priority",
            "deadline_kind",
            "milestone",
            "starts_at",
            "due_at",
            "status",
            "paused_at",
            "chase_at",
            "stage",
            "ended_at",
            "ended_by",
            "done_on",
            "counted",
            "not_applicable_reason",
            "cancel_reason",
            "blocked_on",
            "next_check_on",
            "data_key",
            "version",
            "created_at",
        )
        scrubbed = ()
        erased = ("wording", "remark", "reported_by")

    class Meta:
        constraints = [
            in_enum("status", StepStatus, "step"),
            in_enum("stage", Stage, "step"),
            exactly_one("agency", "desk", "step_one_owner"),
            CheckConstraint(
                condition=Q(status=StepStatus.WAITING, starts_at__isnull=True, due_at__isnull=True)
                | Q(status__in=[*LIVE, StepStatus.DONE], starts_at__isnull=False, due_at__isnull=False)
                | Q(status__in=[StepStatus.NOT_APPLICABLE, StepStatus.CANCELLED]),
                name="step_live_has_due_time",
            ),
            CheckConstraint(
                condition=Q(status__in=[StepStatus.WAITING, *LIVE], ended_at__isnull=True)
                | (~Q(status__in=[StepStatus.WAITING, *LIVE]) & Q(ended_at__isnull=False)),
                name="step_ended_has_date",
            ),
            CheckConstraint(
                condition=(Q(status=StepStatus.NOT_APPLICABLE) & ~Q(not_applicable_reason=""))
                | (~Q(status=StepStatus.NOT_APPLICABLE) & Q(not_applicable_reason="")),
                name="step_not_applicable_has_reason",
            ),
            CheckConstraint(
                condition=(Q(status=StepStatus.CANCELLED) & ~Q(cancel_reason=""))
                | (~Q(status=StepStatus.CANCELLED) & Q(cancel_reason="")),
                name="step_cancelled_has_reason",
            ),
            CheckConstraint(
                condition=(Q(status=StepStatus.BLOCKED) & ~Q(blocked_on="") & Q(next_check_on__isnull=False))
                | (~Q(status=StepStatus.BLOCKED) & Q(blocked_on="", next_check_on__isnull=True)),
                name="step_blocked_says_on_what",
            ),
            CheckConstraint(
                condition=Q(chase_at__isnull=True) | Q(status__in=LIVE), name="step_only_live_is_chased"
            ),
            models.UniqueConstraint(
                fields=["case", "key", "agency", "occurrence"],
                condition=Q(agency__isnull=False),
                name="step_agency_once",
            ),
            models.UniqueConstraint(
                fields=["case", "key", "desk", "occurrence"],
                condition=Q(desk__isnull=False),
                name="step_desk_once",
            ),
        ]
        indexes = [
            models.Index("chase_at", "id", condition=Q(chase_at__isnull=False), name="step_chase_idx"),
            models.Index("agency", "due_at", "id", condition=Q(status__in=LIVE), name="step_agency_work_idx"),
            models.Index("desk", "due_at", "id", condition=Q(status__in=LIVE), name="step_desk_work_idx"),
            models.Index("case", "phase", name="step_case_idx"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_STEPS


class Reminder(models.Model):
    """Who has been told about which step at which stage: written once, so a storm cannot start."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="reminders")
    stage = models.SmallIntegerField(choices=Stage)
    due_at = models.DateTimeField()
    """The due time it spoke of: a moved deadline may remind again."""
    days_left = models.PositiveSmallIntegerField(default=0)
    """Whole days before the due time: a step may warn more than once."""
    recipient = models.CharField(max_length=60)
    """user:<id>, agency:<id> (its mailbox) or desk:<id>."""
    sent_at = models.DateTimeField()

    class Privacy:
        kept = ("id", "step", "stage", "due_at", "days_left", "recipient", "sent_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            in_enum("stage", Stage, "reminder"),
            models.UniqueConstraint(
                fields=["step", "stage", "due_at", "days_left", "recipient"], name="reminder_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_id}/{self.stage}"

"""The voluntary return: from informed choice to follow-up at home."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q

from cases.enums import ReturnStage
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedJSONField

_CHOSEN = [ReturnStage.CHOSEN, ReturnStage.ELIGIBLE, ReturnStage.PREPARED, ReturnStage.BOOKED,
           ReturnStage.DEPARTED, ReturnStage.FOLLOWED_UP]  # fmt: skip
_ELIGIBLE = _CHOSEN[1:]
_PREPARED = _CHOSEN[2:]
_BOOKED = _CHOSEN[3:]
_DEPARTED = _CHOSEN[4:]


class ReturnPlan(models.Model):
    """One return of one person. Each stage demands what came before it; a child's the best-interest decision.

    She may change her mind until she boards, without any consequence (S29).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="return_plans")
    stage = models.CharField(max_length=12, choices=ReturnStage, default=ReturnStage.INFORMED)
    for_child = models.BooleanField()
    """The age band of the case when the return was opened, child or unsure; follows an age decision."""
    country = models.CharField(max_length=2, blank=True)
    """ISO 3166-1 alpha-2."""
    informed_on = models.DateField()
    """Told of return, of the alternatives and of the risks, in a language she understands."""
    chosen_on = models.DateField(null=True)
    eligible_on = models.DateField(null=True)
    """When coordinator and IOM found her eligible."""
    eligible_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    risk_assessed_on = models.DateField(null=True)
    best_interest_on = models.DateField(null=True)
    """When authorities in both countries found it best for the child."""
    documents_on = models.DateField(null=True)
    travels_on = models.DateField(null=True)
    reception_on = models.DateField(null=True)
    """When somebody at home confirmed that she is met."""
    departed_on = models.DateField(null=True)
    wants_follow_up = models.BooleanField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    notes = EncryptedJSONField(key="data_key")
    """Part → text: language, risks, best_interest, journey, reception, reintegration, follow_up, stopped."""
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id",
            "case",
            "stage",
            "eligible_by",
            "stopped_at",
            "stopped_by",
            "data_key",
            "opened_by",
            "opened_at",
            "version",
            "wants_follow_up",
        )
        scrubbed = (
            "for_child",
            "country",
            "informed_on",
            "chosen_on",
            "eligible_on",
            "risk_assessed_on",
            "best_interest_on",
            "documents_on",
            "travels_on",
            "reception_on",
            "departed_on",
        )
        erased = ("notes",)

    class Meta:
        constraints = [
            in_enum("stage", ReturnStage, "return_plan"),
            both_or_neither("stopped_at", "stopped_by", "return_plan_stopped_by_whom"),
            both_or_neither("eligible_on", "eligible_by", "return_plan_eligible_by_whom"),
            models.UniqueConstraint(
                fields=["case"],
                condition=~Q(stage__in=[ReturnStage.STOPPED, ReturnStage.FOLLOWED_UP]),
                name="return_plan_one_open",
            ),
            CheckConstraint(
                condition=~Q(stage__in=_CHOSEN) | Q(chosen_on__isnull=False), name="return_plan_chosen"
            ),
            CheckConstraint(
                condition=~Q(stage__in=_ELIGIBLE) | Q(eligible_on__isnull=False), name="return_plan_eligible"
            ),
            CheckConstraint(
                condition=~Q(stage__in=_ELIGIBLE, for_child=True) | Q(best_interest_on__isnull=False),
                name="return_plan_best_interest_of_child",
            ),
            CheckConstraint(
                condition=~Q(stage__in=_PREPARED)
                | Q(risk_assessed_on__isnull=False, documents_on__isnull=False),
                name="return_plan_prepared",
            ),
            CheckConstraint(
                condition=~Q(stage__in=_BOOKED) | Q(travels_on__isnull=False, reception_on__isnull=False),
                name="return_plan_booked",
            ),
            CheckConstraint(
                condition=~Q(stage__in=_DEPARTED) | Q(departed_on__isnull=False), name="return_plan_departed"
            ),
            CheckConstraint(
                condition=~Q(stage=ReturnStage.STOPPED) | Q(stopped_at__isnull=False),
                name="return_plan_stopped",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

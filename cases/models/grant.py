"""Grants: which container (agency or desk) sees which case, and how much. Computed, never typed.

Emergency access is the one grant that names a person; it stands on its own row instead of a legal ground.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums import Category, GrantReason, Level, Status, Urgency
from cases.models.constraints import both_or_neither, exactly_one, in_enum

_CONTAINERS = ("agency", "desk", "user")


def _one_of(name: str) -> Q:
    """This container and no other."""
    return Q(**{f"{one}__isnull": one != name for one in _CONTAINERS})


class CaseGrant(models.Model):
    """Carries the columns lists sort by, so that a list is one index read in the order of the page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="grants")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    """Set for emergency access alone."""
    level = models.SmallIntegerField(choices=Level)
    categories = ArrayField(models.CharField(max_length=12, choices=Category), default=list)
    ground = models.ForeignKey("cases.LegalGround", on_delete=models.PROTECT, null=True, related_name="+")
    break_glass = models.ForeignKey(
        "cases.BreakGlass", on_delete=models.PROTECT, null=True, related_name="grants"
    )
    reason = models.CharField(max_length=16, choices=GrantReason)
    valid_until = models.DateTimeField(null=True)
    is_open = models.BooleanField()
    status = models.CharField(max_length=12, choices=Status, default=Status.RECEIVED)
    urgency = models.SmallIntegerField(choices=Urgency)
    due_at = models.DateTimeField(null=True)
    """The case's answer-by time while unanswered, else its next due step."""
    received_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    is_child = models.BooleanField(default=False)
    """A child, or somebody who may be one."""

    class Privacy:
        kept = (
            "id",
            "case",
            "agency",
            "desk",
            "user",
            "level",
            "categories",
            "ground",
            "break_glass",
            "reason",
            "valid_until",
            "is_open",
            "status",
            "urgency",
            "due_at",
            "received_at",
            "snoozed_until",
            "assignee",
            "is_child",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            in_enum("level", Level, "grant"),
            in_enum("reason", GrantReason, "grant"),
            CheckConstraint(
                condition=_one_of("agency") | _one_of("desk") | _one_of("user"), name="grant_one_container"
            ),
            exactly_one("ground", "break_glass", "grant_stands_on_one"),
            both_or_neither("user", "break_glass", "grant_person_in_emergency"),
            models.UniqueConstraint(
                fields=["case", "agency"], condition=Q(agency__isnull=False), name="grant_agency_once"
            ),
            models.UniqueConstraint(
                fields=["case", "desk"], condition=Q(desk__isnull=False), name="grant_desk_once"
            ),
            models.UniqueConstraint(
                fields=["user", "case"], condition=Q(user__isnull=False), name="grant_person_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["desk", "urgency", "due_at", "case"],
                include=[
                    "status",
                    "snoozed_until",
                    "assignee",
                    "is_child",
                    "valid_until",
                    "reason",
                    "received_at",
                ],
                condition=Q(is_open=True),
                name="grant_desk_queue_idx",
            ),
            models.Index(
                fields=["desk", "urgency", "due_at", "case"],
                include=["valid_until", "reason"],
                condition=Q(is_open=True, status=Status.RECEIVED, snoozed_until__isnull=True),
                name="grant_desk_answer_idx",
            ),
            models.Index(
                fields=["agency", "urgency", "due_at", "case"],
                include=["level", "valid_until"],
                condition=Q(is_open=True),
                name="grant_agency_queue_idx",
            ),
            models.Index(F("desk"), F("received_at").desc(), F("case"), name="grant_desk_newest_idx"),
            models.Index(F("agency"), F("received_at").desc(), F("case"), name="grant_agency_newest_idx"),
        ]

    def __str__(self) -> str:
        return str(self.id)

"""What a desk does that no case tells, as light notes; and the report that is made of it."""

from __future__ import annotations

import uuid
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from coordinators.enums import ActivityKind
from core.vault import EncryptedTextField

MOST_MINUTES: Final = 24 * 60
MOST_PEOPLE: Final = 1_000
STEP: Final = 15
"""Time is noted in quarters of an hour."""


class ActivityNote(models.Model):
    """One thing somebody at a desk did on a day. There is no column for a person or a case, and a note of
    support says how many and how long, never where."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=ActivityKind)
    day = models.DateField()
    minutes = models.PositiveSmallIntegerField(null=True)
    people = models.PositiveSmallIntegerField(null=True)
    """Persons met, or those who took part in a training."""
    municipality = models.ForeignKey(
        "coordinators.Municipality", on_delete=models.PROTECT, null=True, related_name="+"
    )
    """The municipality that was helped, or where the meeting or training was."""
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    words = EncryptedTextField(key="data_key", null=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = models.Manager["ActivityNote"]()

    class Privacy:
        kept = (
            "id", "desk", "author", "kind", "day", "minutes", "people", "municipality", "data_key", "made_at",
            "changed_at", "version",
        )  # fmt: skip
        scrubbed = ()
        erased = ("words",)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["desk", "-day", "-made_at"], name="activity_desk_idx")]
        constraints = [
            CheckConstraint(condition=Q(kind__in=ActivityKind.values), name="activity_kind_known"),
            CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gte=STEP, minutes__lte=MOST_MINUTES),
                name="activity_time_of_a_day",
            ),
            CheckConstraint(
                condition=Q(people__isnull=True) | Q(people__gte=1, people__lte=MOST_PEOPLE),
                name="activity_people_counted",
            ),
            CheckConstraint(
                condition=~Q(kind=ActivityKind.SUPPORT)
                | Q(people__isnull=False, minutes__isnull=False, municipality__isnull=True),
                name="activity_support_says_no_place",
            ),
            CheckConstraint(
                condition=Q(people__isnull=True) | Q(kind__in=[ActivityKind.SUPPORT, ActivityKind.TRAINING]),
                name="activity_people_where_they_count",
            ),
            CheckConstraint(
                condition=~Q(kind=ActivityKind.MUNICIPALITY) | Q(municipality__isnull=False),
                name="activity_help_says_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"


class ActivityReport(models.Model):
    """What a desk has handed in of a quarter or a year, as it left. A corrected one is a further row."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    """2025 or 2025-Q3."""
    number = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    tables = models.JSONField()
    """What counts persons or cases, protected: `core.publish.Published.as_json`. Holds no hidden number."""
    facts = models.JSONField()
    """What counts work alone: minutes, trainings, meetings."""
    sealed = models.JSONField(default=dict)
    """The counts behind `tables`, exact, so that a year is the sum of its quarters; never shown."""

    objects = models.Manager["ActivityReport"]()

    class Privacy:
        kept = ("id", "desk", "period", "number", "made_at", "made_by", "tables", "facts", "sealed")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        constraints = [
            UniqueConstraint(fields=["desk", "period", "number"], name="activity_report_once"),
            CheckConstraint(condition=Q(number__gte=1), name="activity_report_numbered"),
            CheckConstraint(
                condition=Q(period__regex=r"^\d{4}(-Q[1-4])?$"), name="activity_report_of_a_quarter_or_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.period} {self.number}"

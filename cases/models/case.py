"""A case: what coordinators and agencies work on. Columns that lists sort by live on the row."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext as _

from cases.enums import (
    OPEN_STATUSES,
    Citizenship,
    NotTakenReason,
    Outcome,
    PlaceSource,
    Sex,
    Status,
    TraffickingStatus,
    Urgency,
)
from cases.models.constraints import both_or_neither, in_enum
from coordinators.enums import AgeBand
from manual.enums import Exploitation

if TYPE_CHECKING:
    from cases.models.referral import Referral


BARE: Final = {
    **{f"{name}__isnull": True for name in (
        "person", "assignee", "snoozed_until", "municipality", "county", "answered_at", "closed_at",
        "closed_by", "merged_into", "incident", "missing_since", "consultation_of", "next_due_at",
    )},
    "outcome": "", "not_taken_reason": "", "danger": False, "is_protected": False, "has_match": False,
    "sex": Sex.UNKNOWN, "citizenship": Citizenship.UNKNOWN, "main_form": Exploitation.UNKNOWN,
    "age_band": AgeBand.UNSURE, "trafficking_status": TraffickingStatus.POSSIBLE, "urgency": Urgency.NORMAL,
    "place_source": PlaceSource.NONE, "forms": [], "conditions": [], "routing": {}, "overdue_count": 0,
}  # fmt: skip
"""What a case that has been disposed of says about anybody: nothing."""


class Case(models.Model):
    """One presumed victim, or (a consultation) a situation without a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    """Of the referral that opened it, for instance H26-00417-U."""
    is_consultation = models.BooleanField(default=False)
    person = models.ForeignKey("cases.Person", on_delete=models.PROTECT, null=True, related_name="cases")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey("manual.Edition", on_delete=models.PROTECT, related_name="+")

    status = models.CharField(max_length=12, choices=Status, default=Status.RECEIVED)
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True)

    age_band = models.CharField(max_length=8, choices=AgeBand)
    sex = models.CharField(max_length=8, choices=Sex, default=Sex.UNKNOWN)
    citizenship = models.CharField(max_length=10, choices=Citizenship, default=Citizenship.UNKNOWN)
    main_form = models.CharField(max_length=24, choices=Exploitation, default=Exploitation.UNKNOWN)
    forms = ArrayField(models.CharField(max_length=24), default=list)
    conditions = ArrayField(models.CharField(max_length=40), default=list)
    """Facts that decide which steps apply; keys of manual.enums.Condition."""
    danger = models.BooleanField(default=False)
    urgency = models.SmallIntegerField(choices=Urgency, default=Urgency.NORMAL)
    is_protected = models.BooleanField(default=False)
    """Copied from the person: the flag shows without opening the vault."""

    municipality = models.ForeignKey(
        "coordinators.Municipality", on_delete=models.PROTECT, null=True, related_name="+"
    )
    county = models.ForeignKey("coordinators.County", on_delete=models.PROTECT, null=True, related_name="+")
    place_source = models.CharField(max_length=8, choices=PlaceSource, default=PlaceSource.NONE)
    routing = models.JSONField(default=dict)
    """The route as stored at submit or reroute: desk, region, explanation in both languages."""

    received_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    """First answer: accept, ask, forward or not taken."""
    not_taken_reason = models.CharField(max_length=20, choices=NotTakenReason, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    incident = models.ForeignKey("cases.Incident", on_delete=models.PROTECT, null=True, related_name="cases")
    trafficking_status = models.CharField(
        max_length=10, choices=TraffickingStatus, default=TraffickingStatus.POSSIBLE
    )
    """The latest recognition."""
    missing_since = models.DateTimeField(null=True)
    """The person cannot be found: an alarm until she is."""
    consultation_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    """The consultation this full case grew from: counted once."""

    matched_at = models.DateTimeField(null=True)
    """When the portal last looked whether the person is known; null: it has still to look."""
    has_match = models.BooleanField(default=False)
    """Somebody in another case may be the same person: for the desk's eyes only."""

    answer_by = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True)
    overdue_count = models.PositiveIntegerField(default=0)
    practice = models.BooleanField(default=False)
    """The practice case: never counted, never chased."""
    disposed_at = models.DateTimeField(null=True)
    """The row is a tombstone since then: number and date, nothing else (constraint)."""
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id",
            "reference",
            "is_consultation",
            "person",
            "data_key",
            "edition",
            "status",
            "desk",
            "assignee",
            "snoozed_until",
            "received_at",
            "waiting_since",
            "answered_at",
            "not_taken_reason",
            "outcome",
            "closed_at",
            "closed_by",
            "merged_into",
            "consultation_of",
            "incident",
            "missing_since",
            "matched_at",
            "has_match",
            "answer_by",
            "next_due_at",
            "overdue_count",
            "practice",
            "disposed_at",
            "version",
            "urgency",
        )
        scrubbed = (
            "trafficking_status",
            "age_band",
            "sex",
            "citizenship",
            "main_form",
            "forms",
            "conditions",
            "danger",
            "county",
            "place_source",
            "is_protected",
            "municipality",
            "routing",
        )
        erased = ()

    class Meta:
        constraints = [
            in_enum("status", Status, "case"),
            in_enum("age_band", AgeBand, "case"),
            in_enum("trafficking_status", TraffickingStatus, "case"),
            in_enum("sex", Sex, "case"),
            in_enum("citizenship", Citizenship, "case"),
            in_enum("main_form", Exploitation, "case"),
            in_enum("urgency", Urgency, "case"),
            in_enum("place_source", PlaceSource, "case"),
            CheckConstraint(
                condition=Q(is_consultation=True, person__isnull=True)
                | Q(is_consultation=False, person__isnull=False)
                | Q(status=Status.DISPOSED),
                name="case_consultation_has_no_person",
            ),
            CheckConstraint(
                condition=Q(status=Status.CLOSED, closed_at__isnull=False)
                | (~Q(status=Status.CLOSED) & Q(closed_at__isnull=True))
                | Q(status__in=[Status.MERGED, Status.DISPOSED]),
                name="case_closed_has_date",
            ),
            CheckConstraint(
                condition=(Q(status=Status.CLOSED) & ~Q(outcome=""))
                | (~Q(status=Status.CLOSED) & Q(outcome=""))
                | Q(status__in=[Status.MERGED, Status.DISPOSED]),
                name="case_closed_has_outcome",
            ),
            CheckConstraint(
                condition=(Q(status=Status.NOT_TAKEN) & ~Q(not_taken_reason=""))
                | (~Q(status=Status.NOT_TAKEN) & Q(not_taken_reason=""))
                | Q(status__in=[Status.MERGED, Status.DISPOSED]),
                name="case_not_taken_has_reason",
            ),
            CheckConstraint(
                condition=Q(status=Status.WAITING, waiting_since__isnull=False)
                | (~Q(status=Status.WAITING) & Q(waiting_since__isnull=True)),
                name="case_waiting_has_date",
            ),
            CheckConstraint(
                condition=Q(status=Status.MERGED, merged_into__isnull=False)
                | (~Q(status=Status.MERGED) & Q(merged_into__isnull=True)),
                name="case_merged_names_survivor",
            ),
            both_or_neither("closed_at", "closed_by", "case_closed_by_whom"),
            CheckConstraint(
                condition=(~Q(status=Status.DISPOSED) & Q(disposed_at__isnull=True))
                | Q(status=Status.DISPOSED, disposed_at__isnull=False, **BARE),
                name="case_disposed_is_bare",
            ),
        ]
        indexes = [
            models.Index("received_at", condition=Q(matched_at__isnull=True), name="case_unmatched_idx"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def title(self) -> str:
        """Safe parts only: age band, main form, county. Never a name, never a municipality; of a protected
        person the region of the desk alone."""
        place = _("place unknown")
        if self.is_protected:
            place = str(self.desk.region.name) if self.desk.region else place
        elif self.county_id and self.county:
            place = self.county.name
        return f"{self.get_age_band_display()}, {self.get_main_form_display().lower()}, {place}"

    def opening_referral(self) -> Referral:
        return self.referrals.get(reference=self.reference)

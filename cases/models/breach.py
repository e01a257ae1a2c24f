"""Somebody was given or opened what they should not have: what is known, what was decided, what was done."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q

from cases.enums.breach import BreachDecision, BreachKind, BreachRisk, PersonTold, Threat
from cases.models.constraints import both_or_neither, in_enum
from core.vault import EncryptedTextField


class Breach(models.Model):
    """A suspected wrong disclosure, with the clock of GDPR art. 33. Shown to the case's desk and the data
    protection officer alone; never to whoever saw wrongly (S16)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="breaches")
    kind = models.CharField(max_length=8, choices=BreachKind)
    threat = models.CharField(max_length=8, choices=Threat)
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    what = EncryptedTextField(key="data_key")
    """What happened, in the reporter's words."""
    outside = EncryptedTextField(key="data_key", null=True)
    """Who else came to know, when it was nobody of the portal."""
    since = models.DateTimeField(null=True)
    """From when it could be seen; None: from the beginning of the case."""
    noticed_at = models.DateTimeField()
    """When somebody at the responsible agency knew: the clock starts."""
    due_at = models.DateTimeField()
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    stage = models.PositiveSmallIntegerField(default=0)
    """How often it has been chased."""
    chase_at = models.DateTimeField(null=True)
    """When it is chased next; None once it is decided, and notified where it is to be."""
    risk = models.CharField(max_length=8, choices=BreachRisk, blank=True)
    categories = ArrayField(models.CharField(max_length=12), default=list)
    """Which kinds of data it concerns, as assessed."""
    consequences = EncryptedTextField(key="data_key", null=True)
    measures = EncryptedTextField(key="data_key", null=True)
    told = EncryptedTextField(key="data_key", null=True)
    """Who else is told, and why."""
    person_told = models.CharField(max_length=8, choices=PersonTold, blank=True)
    person_told_why = EncryptedTextField(key="data_key", null=True)
    decision = models.CharField(max_length=10, choices=BreachDecision, blank=True)
    decision_why = EncryptedTextField(key="data_key", null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    """When the supervisory authority got the notification."""
    notified_as = EncryptedTextField(key="data_key", null=True)
    """Its number at the authority."""
    late_why = EncryptedTextField(key="data_key", null=True)
    """Why the notification came later than 72 hours (art. 33.1)."""
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Privacy:
        kept = (
            "id", "case", "kind", "data_key", "since", "noticed_at", "due_at", "reported_by",
            "reported_agency", "reported_at", "stage", "chase_at", "risk", "categories", "person_told",
            "decision", "decided_by", "decided_at", "notified_at", "closed_by", "closed_at", "version",
        )  # fmt: skip
        scrubbed = ("threat",)
        erased = (
            "what", "outside", "consequences", "measures", "told", "person_told_why", "decision_why",
            "notified_as", "late_why",
        )  # fmt: skip

    class Meta:
        constraints = [
            in_enum("kind", BreachKind, "breach"),
            in_enum("threat", Threat, "breach"),
            CheckConstraint(condition=Q(risk__in=["", *BreachRisk.values]), name="breach_risk_known"),
            CheckConstraint(
                condition=Q(person_told__in=["", *PersonTold.values]), name="breach_person_told_known"
            ),
            CheckConstraint(
                condition=Q(noticed_at__lte=F("reported_at")) & Q(due_at__gt=F("noticed_at")),
                name="breach_clock_starts_when_noticed",
            ),
            CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, notified_at__isnull=True)
                | (
                    Q(decision__in=BreachDecision.values, decided_at__isnull=False)
                    & Q(decision_why__isnull=False)
                    & ~Q(risk="")
                ),
                name="breach_decision_has_reason",
            ),
            both_or_neither("decided_at", "decided_by", "breach_decided_by_whom"),
            CheckConstraint(
                condition=Q(notified_at__isnull=True)
                | (Q(decision=BreachDecision.NOTIFY) & Q(notified_at__gte=F("noticed_at"))),
                name="breach_notified_as_decided",
            ),
            CheckConstraint(
                condition=Q(notified_at__isnull=True)
                | Q(notified_at__lte=F("due_at"))
                | Q(late_why__isnull=False),
                name="breach_late_says_why",
            ),
            both_or_neither("closed_at", "closed_by", "breach_closed_by_whom"),
            CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | (
                    Q(chase_at__isnull=True)
                    & ~Q(person_told="")
                    & (
                        Q(decision=BreachDecision.NOT_NOTIFY)
                        | Q(decision=BreachDecision.NOTIFY, notified_at__isnull=False)
                    )
                ),
                name="breach_closed_when_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["case", "-reported_at"], name="breach_case_idx"),
            models.Index(fields=["chase_at"], condition=Q(chase_at__isnull=False), name="breach_chase_idx"),
            models.Index(fields=["due_at"], condition=Q(closed_at__isnull=True), name="breach_open_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class BreachRecipient(models.Model):
    """Who was given or opened it: a person, an agency or a desk of the portal; and how sight was cut."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="recipients")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, null=True, related_name="+")
    desk = models.ForeignKey("coordinators.Desk", on_delete=models.PROTECT, null=True, related_name="+")
    had_sight = models.BooleanField()
    """Whether there was still something to cut when it was reported."""
    bar = models.OneToOneField(
        "cases.Recusal", on_delete=models.PROTECT, null=True, related_name="breach_recipient"
    )
    """What keeps a single person out; lifted when she may see the case again."""

    class Privacy:
        kept = ("id", "breach", "user", "agency", "desk", "had_sight", "bar")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(user__isnull=False, agency__isnull=True, desk__isnull=True)
                | Q(user__isnull=True, agency__isnull=False, desk__isnull=True)
                | Q(user__isnull=True, agency__isnull=True, desk__isnull=False),
                name="breach_recipient_one",
            ),
            CheckConstraint(
                condition=Q(bar__isnull=True) | Q(user__isnull=False),
                name="breach_recipient_bar_is_a_persons",
            ),
            models.UniqueConstraint(fields=["breach", "user"], name="breach_recipient_user_once"),
            models.UniqueConstraint(fields=["breach", "agency"], name="breach_recipient_agency_once"),
            models.UniqueConstraint(fields=["breach", "desk"], name="breach_recipient_desk_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class BreachStep(models.Model):
    """A protective step that was taken because of it: it is a step of the case like any other."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="steps")
    step = models.OneToOneField("cases.Step", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=16)
    """Which of the proposals it was."""

    class Privacy:
        kept = ("id", "breach", "step", "code")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["breach", "code"], name="breach_step_once")]

    def __str__(self) -> str:
        return self.code

"""Tables of the ground floor: audit, data keys, outgoing mail, job runs, documents on order."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform

from core import clock
from core.enums import AuditOutcome, JobState, MailState, PdfState
from core.vault.fields import EncryptedBytesField, EncryptedJSONField


class DataKey(models.Model):
    """The wrapped key of one subject. The row outlives the key as a tombstone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    wrapped = models.BinaryField(null=True)
    ring_version = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Privacy:
        kept = ("id", "subject_kind", "subject_id", "ring_version", "created_at", "destroyed_at")
        scrubbed = ()
        erased = ("wrapped",)

    class Meta:
        indexes = [
            models.Index(fields=["subject_id", "subject_kind"], name="datakey_subject"),
            models.Index(
                fields=["ring_version", "-created_at"], condition=Q(destroyed_at=None), name="datakey_ring"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped=None, destroyed_at__isnull=False)
                | Q(wrapped__isnull=False, destroyed_at=None),
                name="datakey_living_or_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} key {self.pk}"


class AuditEvent(models.Model):
    """Who did, read or was refused what, when. Append-only: triggers and missing rights deny all else.

    No foreign keys, so that it neither blocks nor follows a deletion; no values, only ids and codes.
    """

    append_only: ClassVar[bool] = True

    at = models.DateTimeField(default=clock.now)
    request_id = models.UUIDField(null=True, blank=True)
    user_id = models.UUIDField(null=True, blank=True)
    role = models.CharField(max_length=32, blank=True)
    agency_id = models.UUIDField(null=True, blank=True)
    verb = models.CharField(max_length=64)
    target_type = models.CharField(max_length=64, blank=True)
    target_id = models.UUIDField(null=True, blank=True)
    target_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=8, choices=AuditOutcome, default=AuditOutcome.ALLOWED)
    facts = models.JSONField(default=dict, blank=True)

    class Privacy:
        kept = (
            "id", "at", "request_id", "user_id", "role", "agency_id", "verb", "target_type", "target_id",
            "target_ids", "reason", "outcome", "facts",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        indexes = [
            BrinIndex(fields=["at"], name="audit_at"),
            models.Index(
                fields=["target_id", "-at"], condition=Q(target_id__isnull=False), name="audit_target"
            ),
            models.Index(fields=["user_id", "-at"], name="audit_user"),
            models.Index(fields=["-at"], condition=Q(outcome="refused"), name="audit_refused"),
            GinIndex(fields=["target_ids"], name="audit_targets"),
            models.Index(fields=["verb", "-at"], name="audit_verb"),
            models.Index(
                KeyTextTransform("case", "facts"),
                F("at").desc(),
                condition=Q(facts__has_key="case"),
                name="audit_case",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=AuditOutcome.values), name="audit_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_id or ''}"


class AuditSeal(models.Model):
    """A keyed digest over the audit rows that came after the seal before it. See core.seals."""

    append_only: ClassVar[bool] = True

    number = models.PositiveIntegerField(primary_key=True)
    after_id = models.BigIntegerField()
    """The last row of the seal before this one, 0 before the first."""
    last_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    sealed_at = models.DateTimeField(default=clock.now)
    data_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+")
    marks = models.BinaryField()
    """One entry a row, in the order of ids: id, time in microseconds since 1970 UTC, keyed digest."""
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Privacy:
        kept = (
            "number", "after_id", "last_id", "count", "since", "until", "sealed_at", "data_key", "marks",
            "previous", "digest",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__gte=1, count__gte=1, last_id__gt=F("after_id"), until__gte=F("since")),
                name="seal_covers_rows",
            ),
            models.UniqueConstraint(fields=["after_id"], name="seal_follows_one"),
            models.UniqueConstraint(fields=["previous"], name="seal_chain_has_no_fork"),
        ]

    def __str__(self) -> str:
        return f"seal {self.number}"


class OutboundEmail(models.Model):
    """The outbox: a message that leaves the building, written together with what it tells about.

    Content-free: a template name and codes. The address is either looked up at sending time (`user_id`)
    or given, and is forgotten once the message has left.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.CharField(max_length=64)
    language = models.CharField(max_length=10, blank=True)
    user_id = models.UUIDField(null=True, blank=True)
    to = models.EmailField(blank=True)
    context = models.JSONField(default=dict, blank=True)
    dedupe_key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, choices=MailState, default=MailState.QUEUED)
    created_at = models.DateTimeField(default=clock.now)
    next_attempt_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lost_leases = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Privacy:
        kept = (
            "id", "message", "language", "user_id", "dedupe_key", "state", "created_at", "next_attempt_at",
            "lease_until", "attempts", "lost_leases", "error", "sent_at",
        )  # fmt: skip
        scrubbed = ("context",)
        erased = ("to",)

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="queued"), name="mail_waiting"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="mail_leased"),
            models.Index(fields=["created_at"], condition=Q(state="parked"), name="mail_parked"),
            models.Index(fields=["user_id", "-created_at"], name="mail_reader"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="mail_state_known"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="mail_sent_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(state="sending") & Q(lease_until__isnull=False))
                | (~Q(state="sending") & Q(lease_until=None)),
                name="mail_sending_has_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message} {self.state}"


class Destruction(models.Model):
    """What was destroyed for ever, by its number in the list kept outside the database (core.destroyed).

    Number 0 is made with the table: its subject is the id of this installation's list.
    """

    append_only: ClassVar[bool] = True
    outlives_case: ClassVar[bool] = True

    number = models.PositiveIntegerField(primary_key=True)
    kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    at = models.DateTimeField(default=clock.now)

    class Privacy:
        kept = ("number", "kind", "subject_id", "at")
        scrubbed = ()
        erased = ()

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class JobRun(models.Model):
    """One run of a scheduled job, visible to those who keep the portal running."""

    name = models.CharField(max_length=64)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.RUNNING)
    found = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=100, blank=True)

    class Privacy:
        kept = ("id", "name", "started_at", "finished_at", "state", "found", "done", "failed", "error")
        scrubbed = ()
        erased = ()

    class Meta:
        indexes = [
            models.Index(fields=["name", "-started_at"], name="jobrun_latest"),
            models.Index(fields=["-started_at"], name="jobrun_started"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="jobrun_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class PdfJob(models.Model):
    """A document on order: sealed input, and for an hour at most the sealed result, under a key of its own.

    Who may fetch it is decided again at each download by the app that ordered it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    data_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+")
    requester_id = models.UUIDField()
    case_id = models.UUIDField(null=True, blank=True)
    template = models.CharField(max_length=100)
    language = models.CharField(max_length=10)
    filename = models.CharField(max_length=100)
    context = EncryptedJSONField()
    result = EncryptedBytesField(null=True)
    state = models.CharField(max_length=10, choices=PdfState, default=PdfState.WAITING)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=100, blank=True)

    class Privacy:
        kept = (
            "id", "data_key", "requester_id", "case_id", "template", "language", "state", "created_at",
            "expires_at", "lease_until", "attempts", "error",
        )  # fmt: skip
        scrubbed = ("filename",)
        erased = ("context", "result")

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], condition=~Q(state="expired"), name="pdf_living"),
            models.Index(fields=["requester_id", "-created_at"], name="pdf_requester"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PdfState.values), name="pdf_state_known"),
            models.CheckConstraint(
                condition=Q(state="ready", result__isnull=False) | (~Q(state="ready") & Q(result=None)),
                name="pdf_ready_has_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.state}"


class TallyBase(models.Model):
    """Counted facts: services append rows of +1 and -1 in their transaction, `core.tallies.fold` sums
    them up.

    The sum of `amount` is exact at any time, folded or not. `codes` holds the dimensions of the fact by
    name, codes only and the same names for the same unit (an unknown value is a code too), such as
    {"county": "03"}.
    """

    month = models.DateField()
    """First day of the month in which the fact counts, Stockholm time."""
    unit = models.CharField(max_length=32)
    """What is counted, a code: counts of different units are never added."""
    codes = models.JSONField(default=dict)
    amount = models.IntegerField()
    is_folded = models.BooleanField(default=False)

    class Privacy:
        kept: ClassVar[tuple[str, ...]] = ("id", "month", "unit", "codes", "amount", "is_folded")
        scrubbed: ClassVar[tuple[str, ...]] = ()
        erased: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "month", "codes"],
                condition=Q(is_folded=True),
                name="%(app_label)s_%(class)s_folded_once",
            ),
        ]

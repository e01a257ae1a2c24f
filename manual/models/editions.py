"""Editions of the manual, and what was said when they were reviewed."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import BooleanField, F, Func, Q
from django.urls import reverse

from core import clock
from manual.enums import IN_FORCE_BY_DATE, IN_WORK, EditionStatus, ReviewOutcome
from manual.models import columns


class NotAmong(Func):
    """Whether a value is none of an array's."""

    template = "NOT (%(expressions)s))"
    arg_joiner = " = ANY("
    arity = 2
    output_field = BooleanField()


class EditionQuerySet(models.QuerySet["Edition"]):
    def in_force(self, on: date) -> Edition | None:
        """The edition of a day, whatever the statuses say: a job that did not run changes nothing.

        Before the day of the first edition the first one applies: a portal begins with it.
        """
        decided = self.filter(valid_from__isnull=False, withdrawn_at=None)
        return self.until(on).first() or decided.order_by("valid_from", "number").first()

    def until(self, on: date) -> EditionQuerySet:
        """Those whose day has come, the latest first."""
        decided = self.filter(valid_from__lte=on, withdrawn_at=None)
        return decided.order_by("-valid_from", "-number")

    def replaced_by(self, edition: Edition) -> Edition | None:
        """Whose place it took or would take: of those in force on its day, the latest but itself.

        An edition without a day would apply today, or from the day of the one that it builds on.
        """
        day, others = edition.valid_from, self.exclude(pk=edition.pk)
        if day is not None:
            return others.until(day).filter(Q(valid_from__lt=day) | Q(number__lt=edition.number)).first()
        day, base = clock.today(), edition.based_on
        if base is not None and base.valid_from is not None and not base.never_in_force:
            day = max(day, base.valid_from)
        return others.until(day).first()

    def newest(self) -> Edition | None:
        """The last one that has been decided, in force or not yet."""
        decided = self.filter(status__in=IN_FORCE_BY_DATE)
        return decided.order_by("-valid_from", "-number").first()

    def in_work(self) -> Edition | None:
        """The one that is written or reviewed now."""
        return self.filter(status__in=IN_WORK).first()


class Edition(models.Model):
    """One version of the manual. Numbers grow by one.

    `checksum` names the files of the portal it was read from; empty once it has been edited on screen, and
    where people brought the files. Each change of the
    edition or of one of its rows adds one to `version`. `editors` are those who have written in it or handed
    it in: none of them approves it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    status = columns.key(EditionStatus, default=EditionStatus.DRAFT)
    version = models.PositiveIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    editors = ArrayField(models.UUIDField(), default=list, blank=True)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    handed_in_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Empty when the command line published: the clock is no person.
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    # Withdrawn before its day while another was in work: it has never applied.
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Privacy:
        kept = (
            "id", "number", "status", "version", "checksum", "based_on", "title", "reason", "created_at",
            "editors", "handed_in_by", "handed_in_at", "reviewed_by", "reviewed_at", "valid_from",
            "published_at", "published_by", "retired_at", "withdrawn_at",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            columns.in_enum("edition_status_in_enum", "status", EditionStatus),
            # None has been published: that they have in common, so that there is one at most.
            models.UniqueConstraint(
                fields=["published_at"],
                condition=Q(status__in=IN_WORK),
                nulls_distinct=False,
                name="edition_one_in_work",
            ),
            models.UniqueConstraint(
                F("status"), condition=Q(status="published"), name="edition_one_published"
            ),
            models.CheckConstraint(
                condition=Q(status__in=IN_WORK, published_at=None, valid_from=None, published_by=None)
                | (~Q(status__in=IN_WORK) & Q(published_at__isnull=False, valid_from__isnull=False)),
                name="edition_published_together",
            ),
            models.CheckConstraint(
                condition=Q(status="retired", retired_at__isnull=False)
                | (~Q(status="retired") & Q(retired_at__isnull=True)),
                name="edition_retired_at",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(status="retired", withdrawn_at=F("retired_at")),
                name="edition_withdrawn_is_retired",
            ),
            models.CheckConstraint(
                condition=Q(handed_in_by=None, handed_in_at=None)
                | Q(handed_in_by__isnull=False, handed_in_at__isnull=False),
                name="edition_handed_in_together",
            ),
            models.CheckConstraint(
                condition=(~Q(status="draft") | Q(handed_in_at=None))
                & (~Q(status="review") | Q(handed_in_at__isnull=False)),
                name="edition_review_is_handed_in",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_at=None)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False, handed_in_at__isnull=False),
                name="edition_reviewed_together",
            ),
            models.CheckConstraint(
                condition=NotAmong(F("reviewed_by"), F("editors")), name="edition_reviewed_by_another"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("handed_in_by")),
                name="edition_not_reviewed_by_who_hands_in",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | Q(reviewed_by__isnull=False),
                name="edition_published_after_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"

    def get_absolute_url(self) -> str:
        """Its page for those who edit the manual."""
        return reverse("manual:edition", args=[self.number])

    @property
    def is_in_work(self) -> bool:
        """Whether it is written or reviewed: its rows may be other ones tomorrow."""
        return self.status in IN_WORK

    @property
    def is_draft(self) -> bool:
        return bool(self.status == EditionStatus.DRAFT)

    @property
    def is_approved(self) -> bool:
        """Whether a second person has approved it and only a date is missing."""
        return bool(self.status == EditionStatus.REVIEW and self.reviewed_at)

    @property
    def built_on(self) -> list[Edition]:
        """The edition that it builds on, the one which that one builds on, and so on to the first."""
        found, edition = [], self.based_on
        while edition is not None:
            found.append(edition)
            edition = edition.based_on
        return found

    @property
    def never_in_force(self) -> bool:
        """Whether it was withdrawn before its day came."""
        return self.withdrawn_at is not None


class Review(models.Model):
    """What a second person said about an edition that had been handed in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = columns.key(ReviewOutcome)
    words = models.TextField(blank=True)

    class Privacy:
        kept = ("id", "edition", "by", "at", "outcome", "words")
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            columns.in_enum("review_outcome_in_enum", "outcome", ReviewOutcome),
            models.CheckConstraint(
                condition=~Q(outcome="returned") | ~Q(words=""), name="review_returned_with_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id}: {self.outcome}"

"""Editions of the national manual: checklist steps and chapters, as rows.

A published edition is never changed, because running cases keep the one their steps came from. New text is a
new draft edition, and publishing it is an act (`manual.services`).
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, GeneratedField, Q
from django.urls import reverse
from django.utils.translation import get_language

from manual.enums import (
    Condition,
    Confidence,
    ConsentNeed,
    DeadlineKind,
    Direction,
    EditionStatus,
    EscalateTo,
    Exploitation,
    Milestone,
    Origin,
    Phase,
    Priority,
    Scope,
    StepAge,
    StepRole,
    Unit,
)

KEY_LENGTH: Final = 60


def in_language(row: models.Model, field: str) -> str:
    """The Swedish or English text of `field`; Swedish where English is missing."""
    language = "en" if (get_language() or "sv").startswith("en") else "sv"
    return str(getattr(row, f"{field}_{language}") or getattr(row, f"{field}_sv"))


def paragraph_url(anchor: str) -> str:
    """The address of a section (`2-3`) or of a paragraph on its section's page (`2-3-4`)."""
    number, *rest = anchor.split("-")
    url = reverse("manual:section", args=[int(number), f"{number}-{rest[0]}"])
    return url if len(rest) == 1 else f"{url}#{anchor}"


def _key(choices: type[models.TextChoices], **more: Any) -> models.CharField[Any, Any]:
    return models.CharField(max_length=40, choices=choices.choices, **more)


def _keys(choices: type[models.TextChoices]) -> ArrayField[Any, Any]:
    return ArrayField(models.CharField(max_length=40, choices=choices.choices), default=list, blank=True)


def _in_enum(
    name: str, field: str, choices: type[models.TextChoices], *, blank: bool = False
) -> models.CheckConstraint:
    values = [*choices.values, ""] if blank else choices.values
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=name)


def _all_in_enum(name: str, field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__contained_by": choices.values}), name=name)


class Edition(models.Model):
    """One version of the manual. Numbers grow by one; the checksum names the files it was read from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    status = _key(EditionStatus, default=EditionStatus.DRAFT)
    checksum = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    valid_from = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Empty when the command line published: the clock is no person.
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Privacy:
        kept = (
            "id",
            "number",
            "status",
            "checksum",
            "created_at",
            "valid_from",
            "published_at",
            "published_by",
            "retired_at",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            _in_enum("edition_status_in_enum", "status", EditionStatus),
            models.UniqueConstraint(F("status"), condition=Q(status="draft"), name="edition_one_draft"),
            models.UniqueConstraint(
                F("status"), condition=Q(status="published"), name="edition_one_published"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", published_at=None, valid_from=None, published_by=None)
                | (~Q(status="draft") & Q(published_at__isnull=False, valid_from__isnull=False)),
                name="edition_published_together",
            ),
            models.CheckConstraint(
                condition=Q(status="retired", retired_at__isnull=False)
                | (~Q(status="retired") & Q(retired_at__isnull=True)),
                name="edition_retired_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.status})"


class StepTemplate(models.Model):
    """One item of a checklist as the edition has it.

    `exploitation` empty means every form; `conditions` must all hold. `overrides` is a list of {"when":
    "danger"|"child", "amount", "unit"}, first match wins. `warn_days` are extra warnings, so many days
    before the step is due. `recurs_*`: done opens the next, that long after.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="steps")
    key = models.CharField(max_length=KEY_LENGTH)
    order = models.PositiveSmallIntegerField()
    origin = _key(Origin, default=Origin.MANUAL)
    scope = _key(Scope, default=Scope.CASE)
    paragraph = models.CharField(max_length=20)

    phase = _key(Phase)
    agency_role = _key(StepRole)
    age = _key(StepAge, default=StepAge.ALL)
    exploitation = _keys(Exploitation)
    consent = _key(ConsentNeed)
    conditions = _keys(Condition)
    priority = _key(Priority, default=Priority.NORMAL)

    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    description_sv = models.TextField()
    description_en = models.TextField()
    legal_basis = models.CharField(max_length=300, blank=True)
    statutory_wording = models.CharField(max_length=100, blank=True)
    expert_note = models.TextField(blank=True)

    amount = models.PositiveSmallIntegerField()
    unit = _key(Unit)
    from_event = _key(Milestone)
    direction = _key(Direction, default=Direction.AFTER)
    kind = _key(DeadlineKind)
    deadline_confidence = _key(Confidence)
    recurs_amount = models.PositiveSmallIntegerField(null=True, blank=True)
    recurs_unit = _key(Unit, blank=True, default="")
    overrides = models.JSONField(default=list, blank=True)
    warn_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)

    confidence = _key(Confidence)
    escalate_to = _keys(EscalateTo)
    evidence = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Privacy:
        kept = (
            "id", "edition", "key", "order", "origin", "scope", "paragraph", "phase", "agency_role",
            "age", "exploitation", "consent", "conditions", "priority", "title_sv", "title_en",
            "description_sv", "description_en", "legal_basis", "statutory_wording", "expert_note",
            "amount", "unit", "from_event", "direction", "kind", "deadline_confidence", "recurs_amount",
            "recurs_unit", "overrides", "warn_days", "confidence", "escalate_to", "evidence", "sources",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "key"], name="step_template_key"),
            _in_enum("step_template_origin_in_enum", "origin", Origin),
            _in_enum("step_template_scope_in_enum", "scope", Scope),
            _in_enum("step_template_phase_in_enum", "phase", Phase),
            _in_enum("step_template_role_in_enum", "agency_role", StepRole),
            _in_enum("step_template_age_in_enum", "age", StepAge),
            _in_enum("step_template_consent_in_enum", "consent", ConsentNeed),
            _in_enum("step_template_priority_in_enum", "priority", Priority),
            _in_enum("step_template_unit_in_enum", "unit", Unit),
            _in_enum("step_template_event_in_enum", "from_event", Milestone),
            _in_enum("step_template_direction_in_enum", "direction", Direction),
            _in_enum("step_template_kind_in_enum", "kind", DeadlineKind),
            _in_enum("step_template_number_confidence_in_enum", "deadline_confidence", Confidence),
            _in_enum("step_template_confidence_in_enum", "confidence", Confidence),
            _in_enum("step_template_recurs_in_enum", "recurs_unit", Unit, blank=True),
            _all_in_enum("step_template_exploitation_in_enum", "exploitation", Exploitation),
            _all_in_enum("step_template_conditions_in_enum", "conditions", Condition),
            _all_in_enum("step_template_escalate_in_enum", "escalate_to", EscalateTo),
            models.CheckConstraint(
                condition=Q(recurs_amount=None, recurs_unit="")
                | (Q(recurs_amount__gte=1) & ~Q(recurs_unit="")),
                name="step_template_recurs_together",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        """The paragraph of the manual that explains the step."""
        return paragraph_url(self.paragraph)

    @property
    def title(self) -> str:
        """In the reader's language."""
        return in_language(self, "title")

    @property
    def description(self) -> str:
        """In the reader's language."""
        return in_language(self, "description")

    @property
    def condition_labels(self) -> list[str]:
        """Each condition in words."""
        return [str(Condition(condition).label) for condition in self.conditions]

    @property
    def form_labels(self) -> list[str]:
        """Each form of exploitation in words; empty means every form."""
        return [str(Exploitation(form).label) for form in self.exploitation]

    @property
    def is_portal_addition(self) -> bool:
        """Whether the portal added it; such a step is not among the 90 proposed from the manual."""
        return bool(self.origin == Origin.PORTAL)

    @property
    def number_is_unsure(self) -> bool:
        """Whether the deadline must be marked "to be confirmed"."""
        return bool(self.deadline_confidence == Confidence.UNSURE)


class Chapter(models.Model):
    """A step of the manual, "Enskilda aktörers ansvar" or "Om manualen". `number` is place and address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="chapters")
    number = models.PositiveSmallIntegerField()
    phase = _key(Phase, blank=True, default="")
    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    intro_sv = models.TextField(blank=True)
    intro_en = models.TextField(blank=True)

    class Privacy:
        kept = ("id", "edition", "number", "phase", "title_sv", "title_en", "intro_sv", "intro_en")
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "number"], name="chapter_number"),
            _in_enum("chapter_phase_in_enum", "phase", Phase, blank=True),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title_sv}"

    def get_absolute_url(self) -> str:
        return reverse("manual:chapter", args=[self.number])

    @property
    def title(self) -> str:
        """In the reader's language."""
        return in_language(self, "title")

    @property
    def intro(self) -> str:
        """Markdown, in the reader's language."""
        return in_language(self, "intro")


def _search(language: str, config: str) -> GeneratedField:
    """Title before text before the titles of the steps that point here, stemmed."""
    vector = (
        SearchVector(f"title_{language}", weight="A", config=config)
        + SearchVector(f"body_{language}", weight="B", config=config)
        + SearchVector(f"terms_{language}", weight="C", config=config)
    )
    return GeneratedField(expression=vector, output_field=SearchVectorField(), db_persist=True)


class Paragraph(models.Model):
    """A numbered piece of text. Its anchor never changes its meaning: `2-3` is a section, `2-3-4` a text.

    `actors` empty means everyone. `terms_*` are the titles of the steps that point here, so that search
    finds them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="paragraphs")
    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="paragraphs")
    order = models.PositiveSmallIntegerField()
    anchor = models.CharField(max_length=20)
    section = models.CharField(max_length=20)
    actors = _keys(StepRole)
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    confidence = _key(Confidence, default=Confidence.SOURCE)
    title_sv = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    body_sv = models.TextField(blank=True)
    body_en = models.TextField(blank=True)
    terms_sv = models.TextField(blank=True)
    terms_en = models.TextField(blank=True)
    search_sv = _search("sv", "swedish")
    search_en = _search("en", "english")

    class Privacy:
        kept = (
            "id", "edition", "chapter", "order", "anchor", "section", "actors", "sources", "confidence",
            "title_sv", "title_en", "body_sv", "body_en", "terms_sv", "terms_en", "search_sv",
            "search_en",
        )  # fmt: skip
        scrubbed = ()
        erased = ()

    class Meta:
        ordering: ClassVar = ["edition", "order"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "anchor"], name="paragraph_anchor"),
            _all_in_enum("paragraph_actors_in_enum", "actors", StepRole),
            _in_enum("paragraph_confidence_in_enum", "confidence", Confidence),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search_sv"], name="paragraph_search_sv"),
            GinIndex(fields=["search_en"], name="paragraph_search_en"),
        ]

    def __str__(self) -> str:
        return self.anchor

    def get_absolute_url(self) -> str:
        """Its place on the section's page."""
        return paragraph_url(self.anchor)

    @property
    def title(self) -> str:
        """In the reader's language."""
        return in_language(self, "title")

    @property
    def body(self) -> str:
        """Markdown, in the reader's language."""
        return in_language(self, "body")

    @property
    def is_section(self) -> bool:
        """Whether it is the head of a section, not a text of its own."""
        return self.anchor == self.section

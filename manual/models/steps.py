"""The steps of the checklists, as an edition has them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from manual.enums import (
    Condition,
    Confidence,
    ConsentNeed,
    DeadlineKind,
    Direction,
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
from manual.models import columns
from manual.models.editions import Edition


class StepTemplate(models.Model):
    """One item of a checklist as the edition has it.

    `exploitation` empty means every form; `conditions` must all hold. `overrides` is a list of {"when":
    "danger"|"child", "amount", "unit"}, first match wins. `warn_days` are extra warnings, so many days
    before the step is due. `recurs_*`: done opens the next, that long after.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="steps")
    version = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=columns.KEY_LENGTH)
    order = models.PositiveSmallIntegerField()
    origin = columns.key(Origin, default=Origin.MANUAL)
    scope = columns.key(Scope, default=Scope.CASE)
    paragraph = models.CharField(max_length=20)

    phase = columns.key(Phase)
    agency_role = columns.key(StepRole)
    age = columns.key(StepAge, default=StepAge.ALL)
    exploitation = columns.keys(Exploitation)
    consent = columns.key(ConsentNeed)
    conditions = columns.keys(Condition)
    priority = columns.key(Priority, default=Priority.NORMAL)

    title_sv = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    description_sv = models.TextField()
    description_en = models.TextField()
    legal_basis = models.CharField(max_length=300, blank=True)
    statutory_wording = models.CharField(max_length=100, blank=True)
    expert_note = models.TextField(blank=True)

    amount = models.PositiveSmallIntegerField()
    unit = columns.key(Unit)
    from_event = columns.key(Milestone)
    direction = columns.key(Direction, default=Direction.AFTER)
    kind = columns.key(DeadlineKind)
    deadline_confidence = columns.key(Confidence)
    recurs_amount = models.PositiveSmallIntegerField(null=True, blank=True)
    recurs_unit = columns.key(Unit, blank=True, default="")
    overrides = models.JSONField(default=list, blank=True)
    warn_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)

    confidence = columns.key(Confidence)
    escalate_to = columns.keys(EscalateTo)
    evidence = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Privacy:
        kept = (
            "id", "edition", "version", "key", "order", "origin", "scope", "paragraph", "phase",
            "agency_role", "age", "exploitation", "consent", "conditions", "priority", "title_sv", "title_en",
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
            columns.in_enum("step_template_origin_in_enum", "origin", Origin),
            columns.in_enum("step_template_scope_in_enum", "scope", Scope),
            columns.in_enum("step_template_phase_in_enum", "phase", Phase),
            columns.in_enum("step_template_role_in_enum", "agency_role", StepRole),
            columns.in_enum("step_template_age_in_enum", "age", StepAge),
            columns.in_enum("step_template_consent_in_enum", "consent", ConsentNeed),
            columns.in_enum("step_template_priority_in_enum", "priority", Priority),
            columns.in_enum("step_template_unit_in_enum", "unit", Unit),
            columns.in_enum("step_template_event_in_enum", "from_event", Milestone),
            columns.in_enum("step_template_direction_in_enum", "direction", Direction),
            columns.in_enum("step_template_kind_in_enum", "kind", DeadlineKind),
            columns.in_enum("step_template_number_confidence_in_enum", "deadline_confidence", Confidence),
            columns.in_enum("step_template_confidence_in_enum", "confidence", Confidence),
            columns.in_enum("step_template_recurs_in_enum", "recurs_unit", Unit, blank=True),
            columns.all_in_enum("step_template_exploitation_in_enum", "exploitation", Exploitation),
            columns.all_in_enum("step_template_conditions_in_enum", "conditions", Condition),
            columns.all_in_enum("step_template_escalate_in_enum", "escalate_to", EscalateTo),
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
        return columns.paragraph_url(self.paragraph)

    @property
    def title(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "title")

    @property
    def description(self) -> str:
        """In the reader's language."""
        return columns.in_language(self, "description")

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

"""Steps as the reader sees them: every value ready, the template only prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import Role
from core import looks
from manual.enums import Confidence, ConsentNeed, DeadlineKind, Phase, Priority, Scope, StepAge, StepRole
from manual.library import (
    Book,
    amount_words,
    deadline_words,
    edition_steps,
    override_words,
)
from manual.models import StepTemplate

KIND_COLOURS: Final = {
    DeadlineKind.STATUTORY_FIXED: "blue",
    DeadlineKind.STATUTORY_OPEN: "blue",
    DeadlineKind.MANUAL_GUIDANCE: "fjord",
    DeadlineKind.PORTAL_DEFAULT: "grey",
}


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a checklist. The kind of its deadline is always among the tags."""

    key: str
    title: str
    description: str
    role: str
    deadline: str
    tags: tuple[SafeString, ...]
    notes: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """The part of an actor's checklist that belongs to one step of the manual."""

    title: str
    steps: tuple[StepRow, ...]


def own_role(assignment: Assignment | None) -> str:
    """Whose texts are hers: the coordinator's, or those of her agency's kind; empty when there are none."""
    if assignment is None:
        return ""
    if assignment.role == Role.REGIONAL_COORDINATOR:
        return StepRole.REGIONAL_COORDINATOR
    kind = str(assignment.agency.kind)
    return kind if kind in StepRole.values else ""


def checklist(book: Book, role: str, link: Callable[[str], str] = str) -> tuple[PhaseRow, ...]:
    """Every step `role` may get, by phase, whatever the facts. `link`: what its addresses become."""
    phases: dict[str, list[StepRow]] = {}
    for template in edition_steps(book.edition):
        if _may_get(template, role):
            phases.setdefault(template.phase, []).append(step_row(template, link))
    return tuple(PhaseRow(str(phase.label), tuple(phases[phase])) for phase in Phase if phase in phases)


def step_row(template: StepTemplate, link: Callable[[str], str] = str) -> StepRow:
    """One step, with the kind of its deadline and what is unsure."""
    return StepRow(
        key=template.key,
        title=template.title,
        description=template.description,
        role=str(template.get_agency_role_display()),
        deadline=deadline_words(template),
        tags=_step_tags(template),
        notes=_notes(template),
        url=link(template.get_absolute_url()),
    )


def _may_get(template: StepTemplate, role: str) -> bool:
    handed_over = (
        role == StepRole.SOCIAL_SERVICES_CHILD
        and template.agency_role == StepRole.SOCIAL_SERVICES_ADULT
        and template.age == StepAge.ALL
    )
    return template.agency_role == role or handed_over


def _step_tags(template: StepTemplate) -> tuple[SafeString, ...]:
    kind = DeadlineKind(template.kind)
    tags = [looks.tag(kind.label, KIND_COLOURS[kind])]
    if template.number_is_unsure or template.confidence == Confidence.UNSURE:
        tags.append(looks.tag(Confidence.UNSURE.label, "amber"))
    if template.priority == Priority.CRITICAL:
        tags.append(looks.tag(Priority.CRITICAL.label, "red"))
    if template.is_portal_addition:
        tags.append(looks.tag(_("Added by the portal"), "grey"))
    return tuple(tags)


def _notes(template: StepTemplate) -> tuple[str, ...]:
    """For whom, on what conditions, how often, and on which basis."""
    notes = override_words(template)
    if template.recurs_amount:
        notes.append(
            _("Again: %(time)s later") % {"time": amount_words(template.recurs_amount, template.recurs_unit)}
        )
    if template.warn_days:
        days = ", ".join(str(day) for day in template.warn_days)
        notes.append(_("Extra warnings, days before: %(days)s") % {"days": days})
    if template.age != StepAge.ALL:
        notes.append(_("Applies to: %(age)s") % {"age": template.get_age_display()})
    if template.exploitation:
        forms = ", ".join(template.form_labels)
        notes.append(_("Form of exploitation: %(forms)s") % {"forms": forms})
    notes += [_("If: %(condition)s") % {"condition": label} for label in template.condition_labels]
    if template.consent != ConsentNeed.NOT_REQUIRED:
        notes.append(str(template.get_consent_display()))
    if template.scope == Scope.OFFICE:
        notes.append(_("A recurring duty of the office, not part of a case"))
    if template.legal_basis:
        notes.append(_("Basis: %(basis)s") % {"basis": template.legal_basis})
    return tuple(notes)

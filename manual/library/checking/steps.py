"""Steps that can never apply, never be due, never reach anybody, or say too little."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manual.deadlines import Rule
from manual.enums import (
    Condition,
    Confidence,
    ConsentNeed,
    DeadlineKind,
    Direction,
    Milestone,
    Priority,
    Scope,
    StepAge,
    StepRole,
    Unit,
)
from manual.library.checking import known
from manual.library.checking.findings import About, Finding, Material
from manual.library.checking.texts import untranslated
from manual.models import StepTemplate

PARTS: Final = frozenset({StepRole.REFERRER, StepRole.REGIONAL_COORDINATOR})
"""Parts in a case, not kinds of agency: somebody always has them."""


def check(material: Material) -> Iterator[Finding]:
    """Everything about the steps, in their order; first what the portal misses."""
    present = {step.key for step in material.steps}
    for key in sorted(material.needed - present):
        words = _("The step %(key)s is missing. The portal itself opens it, and cannot do without.")
        yield Finding("step_is_needed", About.STEPS, key, words % {"key": key}, blocks=True)
    for step in material.steps:
        for rule in (_texts, _applies, _happens, _due, _owned, _explained, _law):
            yield from rule(step, material)
    if unsure := sum(Confidence.UNSURE in (s.confidence, s.deadline_confidence) for s in material.steps):
        words = ngettext(
            "%(n)s step has a text or a deadline that is still to be confirmed.",
            "%(n)s steps have a text or a deadline that is still to be confirmed.",
            unsure,
        )
        yield Finding("steps_are_unsure", About.STEPS, "", words % {"n": unsure})


def _finding(step: StepTemplate, code: str, words: str, field: str = "", *, blocks: bool = False) -> Finding:
    return Finding(code, About.STEP, step.key, f"{_name(step)}: {words}", blocks, field)


def _name(step: StepTemplate) -> str:
    return _("The step “%(title)s”") % {"title": step.title or step.key}


def _texts(step: StepTemplate, material: Material) -> Iterator[Finding]:
    yield from untranslated(step, About.STEP, step.key, "title", _name(step))
    yield from untranslated(step, About.STEP, step.key, "description", _name(step))


def _applies(step: StepTemplate, material: Material) -> Iterator[Finding]:
    """Whether there can be a case in which the step opens."""
    for condition in map(Condition, step.conditions):
        if step.age == StepAge.ADULT and condition in known.OF_A_CHILD:
            words = _("it can never apply, because it is for adults and “%(condition)s” is about a child.")
            yield _never(step, words, condition)
        elif step.age == StepAge.CHILD and condition in known.OF_AN_ADULT:
            words = _("it can never apply, because it is for children and “%(condition)s” is about an adult.")
            yield _never(step, words, condition)
        elif condition == Condition.CONSENT_MISSING and step.consent == ConsentNeed.REQUIRED:
            words = _("it can never apply, because it needs consent and “%(condition)s”.")
            yield _never(step, words, condition)
        elif condition in known.UNSAID:
            words = _("it does not open, because nothing in the portal says that “%(condition)s” holds.")
            said = words % {"condition": condition.label}
            yield _finding(step, "condition_is_never_said", said, "conditions")
    mixed = {Condition(c) in known.OF_A_CHILD for c in step.conditions if c in known.OF_A_CHILD} | {
        False for c in step.conditions if c in known.OF_AN_ADULT
    }
    if len(mixed) > 1:
        words = _("it can never apply, because its conditions are about both a child and an adult.")
        yield _finding(step, "step_never_applies", words, "conditions", blocks=True)
    if step.scope == Scope.ACT and step.key not in known.ACTS:
        words = _("it never opens, because no act in the portal opens a step with the key %(key)s.")
        yield _finding(step, "step_never_opens", words % {"key": step.key}, "scope", blocks=True)


def _never(step: StepTemplate, words: str, condition: Condition) -> Finding:
    said = words % {"condition": condition.label}
    return _finding(step, "step_never_applies", said, "conditions", blocks=True)


def _happens(step: StepTemplate, material: Material) -> Iterator[Finding]:
    """Whether the milestone it counts from can happen in the cases it is for."""
    milestone = Milestone(step.from_event)
    named = {"milestone": milestone.label}
    if step.scope == Scope.CASE and milestone in known.NEVER_IN_A_CASE:
        words = _("it is never due, because “%(milestone)s” never happens in a case.")
        yield _finding(step, "milestone_never_happens", words % named, "from_event", blocks=True)
    elif step.scope == Scope.CASE and step.age == StepAge.ADULT and milestone in known.OF_A_CHILD:
        words = _("it is never due, because it is for adults and “%(milestone)s” is about a child.")
        yield _finding(step, "milestone_never_happens", words % named, "from_event", blocks=True)
    if step.direction == Direction.BEFORE and milestone not in known.PLANNED:
        words = _("it counts back from “%(milestone)s”, which is not known until it has happened.")
        yield _finding(step, "milestone_known_too_late", words % named, "from_event", blocks=True)


def _due(step: StepTemplate, material: Material) -> Iterator[Finding]:
    """Whether the rule, its exceptions, its warnings and its return make sense."""
    if problem := _bad_rule(step.amount, step.unit, step.direction):
        yield _finding(step, "deadline_is_impossible", problem, "amount", blocks=True)
    for override in step.overrides:
        if problem := _bad_rule(override["amount"], override["unit"], step.direction):
            yield _finding(step, "deadline_is_impossible", problem, "danger_amount", blocks=True)
    yield from _overrides(step)
    days = _days(step.amount, step.unit)
    if days is not None and step.direction == Direction.AFTER and any(d >= days for d in step.warn_days):
        words = _("a warning lies before the time has begun to run.")
        yield _finding(step, "warning_is_too_early", words, "warn_days")
    if step.recurs_amount and step.direction == Direction.BEFORE:
        words = _("it comes again, but counts back from a day that comes once.")
        yield _finding(step, "step_returns_to_once", words, "recurs_amount")


def _overrides(step: StepTemplate) -> Iterator[Finding]:
    """The first that fits wins, danger before child; the others are never used."""
    whens = [override["when"] for override in step.overrides]
    if any(first == second for first, second in pairwise(sorted(whens))):
        words = _("it has the same exception twice; only the first is used.")
        yield _finding(step, "override_is_never_used", words, "danger_amount", blocks=True)
    if step.age == StepAge.ADULT and "child" in whens:
        words = _("it has an exception for children, but is for adults.")
        yield _finding(step, "override_is_never_used", words, "child_amount", blocks=True)


def _bad_rule(amount: int, unit: str, direction: str) -> str:
    """Why no day can be worked out; empty when one can."""
    try:
        Rule(amount, Unit(unit), Direction(direction))
    except ValueError:
        return _("no day can be worked out from its deadline. Office hours count forward only.")
    return ""


def _days(amount: int, unit: str) -> int | None:
    """How many days the time is at the least, None when it is told in hours."""
    return {Unit.CALENDAR_DAYS: amount, Unit.WORKING_DAYS: amount, Unit.MONTHS: amount * 28}.get(Unit(unit))


def _owned(step: StepTemplate, material: Material) -> Iterator[Finding]:
    """Whether there is anybody to carry it out."""
    role = StepRole(step.agency_role)
    if role not in PARTS and role not in material.staffed:
        words = _("nobody can carry it out: no organisation is registered as “%(role)s”.")
        yield _finding(step, "role_has_no_agency", words % {"role": role.label}, "agency_role")
    if step.scope != Scope.CASE:
        return
    if step.age == StepAge.ADULT and role in known.OF_CHILDREN:
        words = _("it is for adults, but “%(role)s” is asked into cases of children.")
        yield _finding(step, "role_does_not_fit_age", words % {"role": role.label}, "age")
    if step.age == StepAge.CHILD and role == StepRole.SOCIAL_SERVICES_ADULT:
        words = _("it is for children, but “%(role)s” is asked into cases of adults.")
        yield _finding(step, "role_does_not_fit_age", words % {"role": role.label}, "age")
    if step.priority == Priority.CRITICAL and not step.escalate_to:
        words = _("it is critical, but nobody is told when it is late.")
        yield _finding(step, "nobody_is_told", words, "escalate_to")


def _explained(step: StepTemplate, material: Material) -> Iterator[Finding]:
    """Whether its paragraph is there, and its sources are known."""
    if step.paragraph not in material.anchors:
        words = _("it points to paragraph %(paragraph)s, which does not exist.")
        said = words % {"paragraph": step.paragraph.replace("-", ".") or "–"}
        yield _finding(step, "paragraph_missing", said, "paragraph", blocks=True)
    if unknown := [source for source in step.sources if source not in material.sources]:
        words = _("it names sources that are not known: %(sources)s.") % {"sources": ", ".join(unknown)}
        yield _finding(step, "source_unknown", words, "sources", blocks=True)


def _law(step: StepTemplate, material: Material) -> Iterator[Finding]:
    """A portal default is never presented as law, and law is named."""
    kind = DeadlineKind(step.kind)
    if kind.is_statutory and not step.legal_basis.strip():
        words = _("its deadline is said to be law, but no law is named.")
        yield _finding(step, "law_is_not_named", words, "legal_basis", blocks=True)
    if kind == DeadlineKind.STATUTORY_OPEN and not step.statutory_wording.strip():
        words = _("the law gives no number; write the law’s own words.")
        yield _finding(step, "law_is_not_quoted", words, "statutory_wording", blocks=True)
    if not kind.is_statutory and step.statutory_wording.strip():
        words = _("it quotes the law, but its deadline does not come from the law.")
        yield _finding(step, "law_is_quoted_in_vain", words, "kind")

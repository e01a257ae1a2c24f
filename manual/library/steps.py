"""Which steps an agency gets, and the rule for when each is due.

Decided editions never change, so their steps are kept in the process, by edition and version (one that is
withdrawn before its day may come back with other steps). The rows are shared
between requests: read them, never change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.utils.translation import gettext, ngettext

from core import clock, context
from manual.deadlines import Rule
from manual.enums import (
    ConsentNeed,
    DeadlineKind,
    Direction,
    Scope,
    StepAge,
    StepRole,
    Unit,
)
from manual.library.milestones import milestone_label
from manual.models import Edition, StepTemplate

COORDINATION: Final = "coordination"
"""The agency kind that employs coordinators; consent given to it is consent for the coordinator."""
NOT_INVITED: Final = frozenset({StepRole.REFERRER, StepRole.REGIONAL_COORDINATOR})


class NoEdition(LookupError):
    """No edition has been published. `bin/manage sync_manual --publish` makes the first."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides which steps apply.

    `age` is child, adult or unsure; unsure is handled as child. `consented_kinds` are the agency kinds that a
    legal ground lets in for this adult (for a child nothing waits for consent).
    """

    age: str
    exploitation: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    danger: bool = False
    consented_kinds: frozenset[str] = frozenset()

    @property
    def is_child(self) -> bool:
        return self.age != StepAge.ADULT


EDITION: Final = "manual.edition"


def current_edition() -> Edition:
    """The edition that applies today; one request works with one. Raises NoEdition before the first."""
    edition = context.read_once(EDITION, lambda: Edition.objects.in_force(clock.today()))
    if edition is None:
        raise NoEdition("no edition of the manual is published")
    return edition


def edition_steps(edition: Edition) -> tuple[StepTemplate, ...]:
    """Every step of an edition, in order. One in work is read anew each time."""
    if edition.is_in_work:
        return _load(edition.pk)
    return _kept(edition.pk, edition.version)


def step(edition: Edition, key: str) -> StepTemplate:
    """One step by its key. Raises KeyError when the edition has none."""
    for template in edition_steps(edition):
        if template.key == key:
            return template
    raise KeyError(key)


def steps_for(role: str, facts: Facts, edition: Edition) -> list[StepTemplate]:
    """The checklist of `role` (an agency kind, referrer or regional coordinator) for these facts, in order.

    A step for adults' social services that applies to all ages is the children's unit's when the person is
    under 18. Duties of an office are no part of a case and are left out.
    """
    return [
        template
        for template in edition_steps(edition)
        if template.scope == Scope.CASE
        and _owner(template, facts) == role
        and _applies(template, role, facts)
    ]


def office_steps(edition: Edition) -> list[StepTemplate]:
    """The recurring duties of offices: statistics, the yearly compilation, the support line."""
    return [template for template in edition_steps(edition) if template.scope == Scope.OFFICE]


def recipient_kinds(facts: Facts, edition: Edition) -> list[StepRole]:
    """The agency kinds that would get at least one step if they were invited with a ground."""
    with_ground = Facts(
        facts.age, facts.exploitation, facts.conditions, facts.danger, frozenset(StepRole.values)
    )
    return [role for role in StepRole if role not in NOT_INVITED and steps_for(role, with_ground, edition)]


def rule_for(template: StepTemplate, facts: Facts) -> Rule:
    """The deadline rule, with the first override that fits: danger before child."""
    fits = {"danger": facts.danger, "child": facts.is_child}
    for override in template.overrides:
        if fits[override["when"]]:
            return Rule(override["amount"], Unit(override["unit"]), Direction(template.direction))
    return Rule(template.amount, Unit(template.unit), Direction(template.direction))


def amount_words(amount: int, unit: str) -> str:
    """3 arbetsdagar, 1 kontorstimme."""
    texts = {
        Unit.HOURS: ngettext("%(n)s hour", "%(n)s hours", amount),
        Unit.OFFICE_HOURS: ngettext("%(n)s office hour", "%(n)s office hours", amount),
        Unit.CALENDAR_DAYS: ngettext("%(n)s day", "%(n)s days", amount),
        Unit.WORKING_DAYS: ngettext("%(n)s working day", "%(n)s working days", amount),
        Unit.MONTHS: ngettext("%(n)s month", "%(n)s months", amount),
    }
    return texts[Unit(unit)] % {"n": amount}


def deadline_words(template: StepTemplate) -> str:
    """The deadline in words. Where the law gives no number, its own words come first."""
    event = _inside(milestone_label(template.from_event, template.edition_id))
    if template.amount == 0:
        at_once = Unit(template.unit).is_clock_time
        text = gettext("At once: %(event)s") if at_once else gettext("The same day: %(event)s")
        return text % {"event": event}
    after = template.direction == Direction.AFTER
    text = gettext("%(time)s after: %(event)s") if after else gettext("%(time)s before: %(event)s")
    words = text % {"time": amount_words(template.amount, template.unit), "event": event}
    if template.kind == DeadlineKind.STATUTORY_OPEN and template.statutory_wording:
        law = gettext("The law says “%(words)s”. The portal reminds: %(deadline)s")
        return law % {"words": template.statutory_wording, "deadline": words}
    return words


def _inside(label: str) -> str:
    """A label within a sentence: a small first letter, unless it is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def override_words(template: StepTemplate) -> list[str]:
    """What the overrides say: Vid akut fara: 1 kontorstimme."""
    names = {
        "danger": gettext("In immediate danger"),
        "child": gettext("For a child or if the age is unsure"),
    }
    return [
        f"{names[override['when']]}: {amount_words(override['amount'], override['unit'])}"
        for override in template.overrides
    ]


def _owner(template: StepTemplate, facts: Facts) -> str:
    if (
        facts.is_child
        and template.agency_role == StepRole.SOCIAL_SERVICES_ADULT
        and template.age == StepAge.ALL
    ):
        return StepRole.SOCIAL_SERVICES_CHILD
    return str(template.agency_role)


def _applies(template: StepTemplate, role: str, facts: Facts) -> bool:
    return (
        template.age in {StepAge.ALL, StepAge.CHILD if facts.is_child else StepAge.ADULT}
        and (not template.exploitation or not facts.exploitation.isdisjoint(template.exploitation))
        and facts.conditions.issuperset(template.conditions)
        and (template.consent != ConsentNeed.REQUIRED or _has_ground(role, facts))
    )


def _has_ground(role: str, facts: Facts) -> bool:
    """The referrer acts on her own report; a child's steps stand on a provision; others need consent."""
    if facts.is_child or role == StepRole.REFERRER:
        return True
    if role == StepRole.REGIONAL_COORDINATOR and COORDINATION in facts.consented_kinds:
        return True
    return role in facts.consented_kinds


@lru_cache(maxsize=8)
def _kept(edition_id: UUID, version: int) -> tuple[StepTemplate, ...]:
    return _load(edition_id)


def _load(edition_id: UUID) -> tuple[StepTemplate, ...]:
    return tuple(StepTemplate.objects.filter(edition_id=edition_id).order_by("order"))

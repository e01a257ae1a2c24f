"""An edition tried on a made-up case: whose checklist would have which steps, due when. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from core import clock, looks
from manual.deadlines import Rule, due_at
from manual.enums import Condition, Direction, Phase, StepRole
from manual.library.steps import COORDINATION, Facts, deadline_words, rule_for, steps_for
from manual.models import Edition, StepTemplate

MORNING: Final = time(9)
"""When on the chosen day what a step waits for is taken to happen."""
EVERYBODY: Final = frozenset({*StepRole.values, COORDINATION})
FROM_STAY: Final = {"none": Condition.NO_RIGHT_OF_STAY, "asylum": Condition.ASYLUM_SEEKER}
"""What the answer about the right to stay says, beside being a foreign national."""
ASKED_APART: Final = frozenset({Condition.FOREIGN_NATIONAL, *FROM_STAY.values()})


@dataclass(frozen=True, slots=True)
class Tried:
    """One step as the made-up case would get it."""

    template: StepTemplate
    deadline: str
    """Its rule in words, with what overrides it in this case."""
    day: str
    """When it would be due if its milestone happened on the chosen day."""
    change: str
    """Beside the edition in force: new, moved or "" for the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """A step of the manual with the items of one actor."""

    title: str
    steps: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """What one actor would get; `dropped` are titles of steps that the edition in force would have given."""

    role: StepRole
    parts: tuple[Part, ...]
    dropped: tuple[str, ...]

    @property
    def count(self) -> int:
        return sum(len(part.steps) for part in self.parts)


def facts_of(
    *,
    age: str,
    forms: list[str],
    danger: bool,
    foreign: bool,
    stay: str,
    others: list[str],
    consent: bool,
) -> Facts:
    """The made-up case. Without consent no agency has a ground; a right to stay is a foreigner's question."""
    conditions = set(others)
    if foreign:
        conditions.add(Condition.FOREIGN_NATIONAL)
        if stay in FROM_STAY:
            conditions.add(FROM_STAY[stay])
    if not consent and age == "adult":
        conditions.add(Condition.CONSENT_MISSING)
    grounds = EVERYBODY if consent else frozenset()
    return Facts(age, frozenset(forms), frozenset(conditions), danger, grounds)


def checklists(edition: Edition, facts: Facts, start: date, beside: Edition | None) -> list[Checklist]:
    """Every actor that would get a step, or would lose one. `beside`: the edition in force, or None."""
    found = []
    for role in StepRole:
        now = steps_for(role, facts, edition)
        before = {row.key: row for row in (steps_for(role, facts, beside) if beside else ())}
        keys = {row.key for row in now}
        dropped = tuple(row.title for key, row in before.items() if key not in keys)
        if now or dropped:
            compared = before if beside else None
            found.append(Checklist(role, _parts(now, facts, start, compared), dropped))
    return found


def _parts(
    rows: list[StepTemplate], facts: Facts, start: date, before: dict[str, StepTemplate] | None
) -> tuple[Part, ...]:
    by_phase: dict[str, list[Tried]] = {}
    for row in rows:
        by_phase.setdefault(row.phase, []).append(_tried(row, facts, start, before))
    return tuple(Part(str(phase.label), tuple(by_phase[phase])) for phase in Phase if phase in by_phase)


def _tried(row: StepTemplate, facts: Facts, start: date, before: dict[str, StepTemplate] | None) -> Tried:
    rule = rule_for(row, facts)
    change = ""
    if before is not None:
        earlier = before.get(row.key)
        if earlier is None:
            change = "new"
        elif (rule_for(earlier, facts), earlier.from_event) != (rule, row.from_event):
            change = "moved"
    return Tried(row, deadline_words(_as_ruled(row, rule)), _day(rule, start), change)


def _as_ruled(row: StepTemplate, rule: Rule) -> StepTemplate:
    """The step with the rule that holds in this case, for its words."""
    if (row.amount, row.unit) == (rule.amount, rule.unit):
        return row
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return StepTemplate(**{**kept, "amount": rule.amount, "unit": rule.unit.value})


def _day(rule: Rule, start: date) -> str:
    if rule.amount == 0 and rule.direction == Direction.AFTER:
        return looks.date_text(start)
    try:
        return looks.deadline_on_paper(due_at(rule, clock.aware(datetime.combine(start, MORNING))))
    except ValueError:
        return ""

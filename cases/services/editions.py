"""The edition of the Manual that a case follows: what another one would change, and taking it over by choice.

One plan says what happens; the page shows it and the act carries it out. No step is deleted: one that the
edition does not have for the case ends with that reason, and comes back if a later edition has it again.
What has ended stays as it was, in the words it was done in.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.access import Assignment
from cases import notifications, workflow
from cases.access import Standing, require
from cases.enums import LIVE_STEPS, OPEN_STATUSES, CancelReason, Stage, StepStatus, Verb
from cases.models import Case, RecordedMilestone, Step
from cases.services import casework, chasing, checklists, clocks
from cases.services.owners import REFERRER_ROLE, Owner
from core import audit, clock
from core.errors import StaleVersion
from manual import deadlines, library
from manual.enums import Scope, Unit
from manual.library import comparing
from manual.models import Edition, StepTemplate

RUNNING: Final = (StepStatus.WAITING, *LIVE_STEPS)
WRITTEN: Final = (
    "starts_at", "due_at", "status", "stage", "chase_at", "version", "cancel_reason", "ended_at", "desk_id",
    "assignee_id", *checklists.FOLLOWED,
)  # fmt: skip
"""Columns of a step that following another edition may change."""


@dataclass(frozen=True)
class Followed:
    """A step as it will be, and how it was."""

    step: Step
    template_before: StepTemplate
    due_before: datetime | None
    comes_back: bool = False
    """It had ended because the facts or an earlier edition had no use for it."""

    @property
    def is_moved(self) -> bool:
        """Whether it is due at another time, or has begun or ceased to be due."""
        return bool(self.due_before != self.step.due_at)

    @cached_property
    def differences(self) -> tuple[comparing.Difference, ...]:
        """What the edition says differently about it."""
        if self.template_before.pk == self.step.template_id:
            return ()
        return comparing.differences(self.template_before, self.step.template, comparing.STEP)


@dataclass(frozen=True)
class Plan:
    """What following `edition` means for a case. The steps are as they will be; nothing is saved yet."""

    case: Case
    edition: Edition
    added: tuple[Step, ...]
    followed: tuple[Followed, ...]
    dropped: tuple[Step, ...]
    ended: int
    """Steps that have ended and stay as they are."""

    @property
    def back(self) -> list[Followed]:
        """Ended steps that are to be done again."""
        return [row for row in self.followed if row.comes_back]

    @property
    def moved(self) -> list[Followed]:
        return [row for row in self.followed if row.is_moved and not row.comes_back]

    @property
    def reworded(self) -> list[Followed]:
        """Due as before, but the edition says something else about them."""
        return [row for row in self.followed if row.differences and not row.is_moved and not row.comes_back]

    @property
    def same(self) -> int:
        """Steps to be done for which nothing changes."""
        return len(self.followed) - len(self.back) - len(self.moved) - len(self.reworded)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.dropped or self.back or self.moved or self.reworded)

    @property
    def touched(self) -> list[Step]:
        """Every step for which something changes."""
        return [*self.added, *self.dropped, *(row.step for row in (*self.back, *self.moved, *self.reworded))]


def newer(case: Case) -> Edition | None:
    """The edition in force, when the case does not follow it. One query in a request."""
    current = library.current_edition()
    return None if current.pk == case.edition_id else current


@transaction.atomic(durable=True)
def take_over(
    *, case_id: uuid.UUID, edition_id: uuid.UUID, version: int | None = None, by: Assignment
) -> Plan:
    """The case follows the edition in force from now on. A second time it changes nothing.

    Raises ValidationError when another edition is in force than the one that was compared, StaleVersion when
    somebody has changed the case since.
    """
    case = casework.lock(case_id)
    require(by, case, workflow.TRANSITIONS[Verb.RENEW].right)
    workflow.check(Verb.RENEW, case)
    edition = library.current_edition()
    if edition.pk != edition_id:
        raise ValidationError(
            _("Another edition is in force now. Look at the comparison again."), code="edition"
        )
    if case.edition_id == edition.pk:
        return Plan(case, edition, (), (), (), ended=0)
    if version is not None and version != case.version:
        raise StaleVersion(case)
    found = plan(case, edition)
    before = case.edition
    _carry_out(found)
    audit.record(
        "case.renew",
        case,
        by=by,
        before=before.number,
        after=edition.number,
        added=len(found.added),
        dropped=len(found.dropped),
        moved=len(found.moved),
        back=len(found.back),
    )
    notifications.edition_taken(case, found.touched, by=by)
    return found


def _carry_out(found: Plan) -> None:
    """Write the plan. The caller holds the lock on the case."""
    case = found.case
    case.edition = found.edition
    case.version += 1
    case.save(update_fields=["edition", "version"])
    clocks.back_to_waiting(row.step for row in found.moved if row.step.status == StepStatus.WAITING)
    for row in found.followed:
        row.step.version += bool(row.comes_back or row.is_moved or row.differences)
    chasing.write([row.step for row in found.followed], *WRITTEN)
    Step.objects.bulk_create(found.added)
    checklists.cancel(found.dropped, CancelReason.EDITION)
    chasing.settle(case)


# --- the plan -----------------------------------------------------------------------------------------------


def plan(case: Case, edition: Edition) -> Plan:
    """What following `edition` means for the case. Reads only."""
    work = _Work(case, edition)
    steps = checklists.with_templates(case.steps.select_related("agency", "desk__region"), case)
    for step in steps:
        step.case = case
        work.look_at(step, steps)
    checklists.bring_home([row.step for row in work.followed if row.comes_back], case)
    work.add_missing(steps)
    ended = sum(step.status not in RUNNING for step in steps) - sum(row.comes_back for row in work.followed)
    return Plan(case, edition, tuple(work.added), tuple(work.followed), tuple(work.dropped), ended)


@dataclass
class _Work:
    """What is known while a plan is made, and the plan so far."""

    case: Case
    edition: Edition
    added: list[Step] = field(default_factory=list)
    followed: list[Followed] = field(default_factory=list)
    dropped: list[Step] = field(default_factory=list)

    @cached_property
    def standing(self) -> Standing:
        return Standing(self.case)

    @cached_property
    def facts(self) -> library.Facts:
        return checklists.facts_of(self.case, self.standing)

    @cached_property
    def milestones(self) -> dict[str, RecordedMilestone]:
        return {row.kind: row for row in self.case.milestones.filter(replaced_at__isnull=True)}

    @cached_property
    def stops(self) -> Mapping[uuid.UUID, list[tuple[datetime, datetime]]]:
        return clocks.stood_still(self.case)

    @cached_property
    def templates(self) -> dict[str, StepTemplate]:
        return {template.key: template for template in library.edition_steps(self.edition)}

    @cached_property
    def wanted(self) -> dict[tuple[object, str], tuple[Owner, StepTemplate]]:
        """Who owes what in the edition: (house, key) → the owner and the step."""
        return {
            (_house(owner), template.key): (owner, template)
            for owner in checklists.owners_of(self.case, self.standing)
            for template in library.steps_for(owner.role, self.facts, self.edition)
            if owner.owes(template)
        }

    @cached_property
    def houses(self) -> frozenset[object]:
        """Everybody who owes something in the case."""
        return frozenset(map(_house, checklists.owners_of(self.case, self.standing)))

    def look_at(self, step: Step, steps: Sequence[Step]) -> None:
        """One step of the case: it goes on, it ends, it comes back, or it stays as it was."""
        found = self.wanted.get((_house(step), step.key))
        if step.status not in RUNNING:
            twins = [other for other in steps if _house(other) == _house(step) and other.key == step.key]
            if found and step.template.scope == Scope.CASE and checklists.has_gone(step, twins):
                _revive(step)
                self._follow(step, found[1], comes_back=True)
        elif step.template.scope == Scope.ACT:
            self._follow(step, self.templates.get(step.key, step.template), counted_by_the_act=True)
        elif found:
            self._follow(step, found[1])
        elif _house(step) in self.houses or step.key not in self.templates:
            self.dropped.append(step)
        else:
            self._follow(step, self.templates[step.key])

    def add_missing(self, steps: Sequence[Step]) -> None:
        """What the edition wants and the case does not have, due by the dates that are known."""
        have = {(_house(step), step.key) for step in steps}
        contacts = {p.agency_id: p.contact_id for p in self.standing.participations if p.is_referrer}
        for house_and_key, (owner, template) in self.wanted.items():
            if house_and_key in have:
                continue
            step = checklists.new_step(self.case, owner, template)
            if owner.agency_id:
                step.agency = owner.ground.agency
                step.assignee_id = contacts.get(owner.agency_id) if owner.role == REFERRER_ROLE else None
            else:
                step.desk = self.case.desk
            checklists.schedule(step, self.milestones, self.facts)
            self.added.append(step)

    def _follow(
        self,
        step: Step,
        template: StepTemplate,
        *,
        comes_back: bool = False,
        counted_by_the_act: bool = False,
    ) -> None:
        before, due_before = step.template, step.due_at
        checklists.follow(step, template)
        if not counted_by_the_act:
            self._count(step, before)
        if comes_back:
            _chase_anew(step)
        self.followed.append(Followed(step, before, due_before, comes_back))

    def _count(self, step: Step, before: StepTemplate) -> None:
        """Its due time, when the rule it stands on is another one now."""
        if step.occurrence > 1 and step.status != StepStatus.WAITING:  # counted from the one before it
            self._count_again(step, before)
        elif step.milestone not in self.milestones:
            _wait(step)
        elif step.due_at is None or self._rule(before) != self._rule(step.template):
            checklists.rescheduled(step, self.milestones, self.facts, self.stops.get(step.pk, []))
        elif _ladder(before) != _ladder(step.template):
            _chase_anew(step)

    def _rule(self, template: StepTemplate) -> tuple[deadlines.Rule, str]:
        return library.rule_for(template, self.facts), template.from_event

    def _count_again(self, step: Step, before: StepTemplate) -> None:
        now = step.template
        if now.recurs_amount and (before.recurs_amount, before.recurs_unit) != (
            now.recurs_amount,
            now.recurs_unit,
        ):
            assert step.starts_at is not None, "a live step has begun (constraint)"
            rule = deadlines.Rule(now.recurs_amount, Unit(now.recurs_unit))
            step.due_at = deadlines.due_at(rule, clock.local(step.starts_at).date())
            clocks.with_stops(step, self.stops.get(step.pk, []))
            step.stage = Stage.NONE
            _chase_anew(step)
        elif _ladder(before) != _ladder(now):
            _chase_anew(step)


def _house(row: Owner | Step) -> object:
    """The agency that owes it; what one desk owes, the desk that took over owes."""
    return row.agency_id or "desk"


def _ladder(template: StepTemplate) -> tuple[object, ...]:
    """What decides when somebody is reminded."""
    return template.priority, tuple(template.warn_days)


def _chase_anew(step: Step) -> None:
    still = step.paused_at or step.case.practice or step.status not in LIVE_STEPS
    step.chase_at = None if still else chasing.next_chase(step, clock.now())


def _revive(step: Step) -> None:
    """To be done again, with its due time as it was."""
    step.status = StepStatus.OPEN if step.due_at else StepStatus.WAITING
    step.cancel_reason, step.ended_at, step.stage = "", None, Stage.NONE


def _wait(step: Step) -> None:
    """The date it stands on now is not known: it waits for it. What was written about it stays."""
    if step.status == StepStatus.WAITING:
        return
    step.status = StepStatus.WAITING
    step.starts_at = step.due_at = step.chase_at = step.paused_at = step.next_check_on = None
    step.stage, step.blocked_on = Stage.NONE, ""


# --- how many follow which ---------------------------------------------------------------------------------


def running_on(*, consultations: bool) -> dict[int, int]:
    """Number of an edition → how many open cases (or consultations) follow it. Never shown exactly."""
    rows = Case.objects.filter(
        status__in=OPEN_STATUSES, is_consultation=consultations, practice=False
    ).values_list("edition__number")
    return dict(rows.annotate(n=Count("pk")).order_by("edition__number"))

"""Opening checklists from the manual, and keeping them true when the facts of a case change."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Final

from cases import notifications
from cases.access import Standing
from cases.enums import (
    LIVE_PARTICIPATIONS,
    LIVE_STEPS,
    CancelReason,
    Stage,
    StepStatus,
)
from cases.models import Case, RecordedMilestone, Step
from cases.services import chasing, clocks, tallies
from cases.services.owners import REFERRER_ROLE as REFERRER_ROLE
from cases.services.owners import Owner
from cases.services.owners import facts_of as facts_of
from cases.services.owners import owners_of as owners_of
from core import clock
from manual import deadlines, library
from manual.enums import Milestone, Scope, Unit
from manual.models import StepTemplate


def open_first(
    standing: Standing,
    milestones: Iterable[RecordedMilestone],
    *,
    by_id: uuid.UUID | None,
    done: Collection[str],
) -> None:
    """The checklists of a case just opened: the desk's, and the referrer's own duties, assigned to her.

    `done`: keys of her steps that the answers show to be done.
    """
    case = standing.case
    facts = facts_of(case, standing)
    known = {milestone.kind: milestone for milestone in milestones}
    new: list[Step] = []
    for owner in owners_of(case, standing):
        steps = [new_step(case, owner, t) for t in library.steps_for(owner.role, facts, case.edition)]
        for step in steps:
            schedule(step, known, facts)
            if owner.role == REFERRER_ROLE:
                step.assignee_id = by_id
                if step.key in done:
                    _end_as_done(step, by_id)
        new += steps
    new += [_next(step) for step in new if step.status == StepStatus.DONE and step.template.recurs_amount]
    Step.objects.bulk_create(new)
    chasing.settle(case)


def refresh(case: Case, standing: Standing | None = None) -> list[Step]:
    """Make the checklists follow the facts: adds, starts, moves, ends and takes up steps; deletes none.

    Returns the steps that had a due time and have another one now, or wait again.

    Called by every service that changes a fact, a participation or a milestone. May run any number
    of times. The caller holds the lock on the case.
    """
    standing = standing or Standing(case)
    facts = facts_of(case, standing)
    milestones = {m.kind: m for m in case.milestones.filter(replaced_at__isnull=True)}
    existing = with_templates(case.steps.all(), case)
    new: list[Step] = []
    for owner in owners_of(case, standing):
        templates = library.steps_for(owner.role, facts, case.edition)
        wanted = {template.key: template for template in templates if owner.owes(template)}
        have = [step for step in existing if owner.owns(step) and step.template.scope == Scope.CASE]
        new += [new_step(case, owner, t) for key, t in wanted.items() if key not in {s.key for s in have}]
        take_up([s for s in have if s.key in wanted and has_gone(s, have)], case, wanted)
        _end_unwanted(
            [s for s in have if is_role(s, owner) and s.key not in wanted], CancelReason.FACTS_CHANGED
        )
    for step in new:
        schedule(step, milestones, facts)
    Step.objects.bulk_create(new)
    changed = _follow_milestones(case, existing, milestones, facts)
    chasing.settle(case)
    return changed


def with_templates(steps: Iterable[Step], case: Case) -> list[Step]:
    """The steps with their templates, which the process knows: wide rows that would come again and again."""
    known = {template.pk: template for template in library.edition_steps(case.edition)}
    found = list(steps)
    if others := {step.template_id for step in found} - known.keys():  # ended under an earlier edition
        known |= StepTemplate.objects.in_bulk(others)
    for step in found:
        if template := known.get(step.template_id):
            step.template = template
    return found


def is_role(step: Step, owner: Owner) -> bool:
    """The referrer's duties are one thing, those of her agency in its own kind another."""
    is_hers: bool = step.template.agency_role == REFERRER_ROLE
    return is_hers == (owner.role == REFERRER_ROLE)


def has_gone(step: Step, have: Iterable[Step]) -> bool:
    """Ended because the agency left, a dispute was settled or a fact changed: wanted again, it comes back."""
    gone = step.cancel_reason in (
        CancelReason.AGENCY_LEFT, CancelReason.FACTS_CHANGED, CancelReason.SETTLED,
        CancelReason.RETURN_STOPPED, CancelReason.CONSENT_WITHDRAWN, CancelReason.AGE_DECIDED,
        CancelReason.EDITION,
    )  # fmt: skip
    twins = [other.occurrence for other in have if other.key == step.key and not _gave_way(other)]
    return gone and step.occurrence == max(twins)


def _gave_way(step: Step) -> bool:
    """To its twin, when two cases became one."""
    return step.cancel_reason == CancelReason.MERGED


def new_step(case: Case, owner: Owner, template: StepTemplate, occurrence: int = 1) -> Step:
    return Step(
        case=case,
        template=template,
        key=template.key,
        occurrence=occurrence,
        agency_id=owner.agency_id,
        desk_id=owner.desk_id,
        assignee_id=case.assignee_id if owner.desk_id else None,
        phase=template.phase,
        priority=template.priority,
        deadline_kind=template.kind,
        milestone=template.from_event,
        status=StepStatus.WAITING,
        data_key_id=case.data_key_id,
        created_at=clock.now(),
    )


def schedule(step: Step, milestones: dict[str, RecordedMilestone], facts: library.Facts) -> None:
    """Give the step its due time when its milestone is known."""
    milestone = milestones.get(step.milestone)
    if milestone is None:
        return
    start = milestone.happened_at
    begin = clock.local(start).date() if milestone.date_only else start
    step.starts_at = min(start, clock.now()) if step.template.direction == "before" else start
    step.due_at = deadlines.due_at(
        library.rule_for(step.template, facts), begin, known_at=milestone.recorded_at
    )
    step.status = StepStatus.OPEN if step.status == StepStatus.WAITING else step.status
    step.stage = Stage.NONE
    step.chase_at = None if step.case.practice else chasing.next_chase(step, clock.now())


def _follow_milestones(
    case: Case, steps: Iterable[Step], milestones: dict[str, RecordedMilestone], facts: library.Facts
) -> list[Step]:
    """Start what waited for a milestone, move what stands on one that moved, let wait what stood on one that
    was withdrawn. Returns those that had been due at another time."""
    moved_steps: list[Step] = []
    started: list[Step] = []
    waiting: list[Step] = []
    stops = None
    for step in steps:
        if step.status not in (StepStatus.WAITING, *LIVE_STEPS) or step.template.scope == Scope.ACT:
            continue
        if step.occurrence > 1 and step.status != StepStatus.WAITING:  # counted from the one before it
            continue
        milestone = milestones.get(step.milestone)
        if milestone is None:
            waiting += [step] if step.status != StepStatus.WAITING else []
            continue
        if step.starts_at == milestone.happened_at and step.due_at:
            continue
        stops = clocks.stood_still(case) if stops is None else stops
        due_before = step.due_at
        if rescheduled(step, milestones, facts, stops.get(step.pk, [])):
            (moved_steps if due_before else started).append(step)
    chasing.write([*moved_steps, *started], "starts_at", "due_at", "status", "stage", "chase_at")
    clocks.back_to_waiting(waiting)
    return moved_steps + waiting


def rescheduled(
    step: Step,
    milestones: dict[str, RecordedMilestone],
    facts: library.Facts,
    stops: list[tuple[datetime, datetime]],
) -> bool:
    """Count the due time anew; whether it or the status changed. What stands still goes on doing so."""
    before = (step.due_at, step.status)
    stage, chase_at, starts_at = step.stage, step.chase_at, step.starts_at
    schedule(step, milestones, facts)
    clocks.with_stops(step, stops)
    if (step.due_at, step.status) == before:
        step.stage, step.chase_at, step.starts_at = stage, chase_at, starts_at
        return False
    if step.paused_at:
        step.chase_at = None
    return True


def _end_unwanted(steps: Iterable[Step], reason: CancelReason) -> None:
    living = [step for step in steps if step.status in (StepStatus.WAITING, *LIVE_STEPS)]
    cancel(living, reason)
    for step in living:
        step.status = StepStatus.CANCELLED


def cancel(steps: Iterable[Step], reason: CancelReason) -> None:
    """End steps by the portal's hand, with the reason kept. Never deletes."""
    ids = [step.pk for step in steps]
    Step.objects.filter(pk__in=ids).update(
        status=StepStatus.CANCELLED,
        cancel_reason=reason,
        ended_at=clock.now(),
        chase_at=None,
        blocked_on="",
        next_check_on=None,
        paused_at=None,
    )
    clocks.end_stops(ids)
    notifications.settled(ids)


def cancel_open(case: Case, reason: CancelReason, **owner: object) -> None:
    """End everything still to be done in the case, or of one owner in it."""
    steps = case.steps.filter(status__in=(StepStatus.WAITING, *LIVE_STEPS), **owner)
    if reason == CancelReason.CASE_CLOSED:  # what follows a return runs on at home (S29)
        steps = steps.exclude(milestone=Milestone.ARRIVAL_HOME, due_at__isnull=False)
    cancel(steps, reason)
    chasing.settle(case)


def revive(case: Case) -> None:
    """After reopening: what the closing cancelled is taken up again, with its due time as it was.

    Of an agency that left while the case was closed nothing is; it waits for the agency to come back.
    """
    closed = case.steps.filter(cancel_reason__in=(CancelReason.CASE_CLOSED, CancelReason.NOT_TAKEN))
    inside = case.participations.filter(status__in=LIVE_PARTICIPATIONS).values("agency_id")
    closed.filter(agency__isnull=False).exclude(agency_id__in=inside).update(
        cancel_reason=CancelReason.AGENCY_LEFT
    )
    take_up(closed.select_related("template"), case)


def bring_home(steps: Iterable[Step], case: Case) -> None:
    """What ended while another desk held the case is owed by the one that holds it now. Does not save."""
    away = [step for step in steps if step.desk_id and step.desk_id != case.desk_id]
    here = case.steps.filter(desk_id=case.desk_id).values_list("key", "occurrence")
    taken = set(here) if away else set()
    for step in away:
        if (step.key, step.occurrence) not in taken:  # of twins of a merge one stays where it was
            taken.add((step.key, step.occurrence))
            step.desk_id, step.assignee_id = case.desk_id, case.assignee_id


def take_up(cancelled: Iterable[Step], case: Case, wanted: Mapping[str, StepTemplate] | None = None) -> None:
    """Ended steps are to be done again; as the case's edition has them now, if `wanted` says so."""
    steps = list(cancelled)
    bring_home(steps, case)
    for step in steps:
        if wanted and step.template_id != wanted[step.key].pk:
            follow(step, wanted[step.key])
        step.status = StepStatus.OPEN if step.due_at else StepStatus.WAITING
        step.cancel_reason, step.ended_at, step.stage = "", None, Stage.NONE
        if step.due_at and not case.practice:
            step.chase_at = chasing.next_chase(step, clock.now())
    chasing.write(
        steps, "status", "cancel_reason", "ended_at", "stage", "chase_at", "desk_id", "assignee_id", *FOLLOWED
    )


FOLLOWED: Final = ("template_id", "phase", "priority", "deadline_kind", "milestone")
"""What a step copies from its template."""


def follow(step: Step, template: StepTemplate) -> None:
    """The step is from now on what this template says. Does not save, and leaves the due time alone."""
    step.template, step.phase, step.priority = template, template.phase, template.priority
    step.deadline_kind, step.milestone = template.kind, template.from_event


def record_milestone(
    case: Case, kind: Milestone, happened_at: datetime, *, by_id: uuid.UUID | None, date_only: bool = True
) -> None:
    """Write a dated fact; an earlier date for the same fact is kept as replaced. Does not refresh."""
    now = clock.now()
    case.milestones.filter(kind=kind, replaced_at__isnull=True).update(replaced_at=now)
    RecordedMilestone.objects.create(
        case=case,
        kind=kind,
        happened_at=happened_at,
        date_only=date_only,
        recorded_by_id=by_id,
        recorded_at=now,
    )
    tallies.dates(case)


def record_first(
    case: Case, facts: dict[Milestone, tuple[datetime, bool]], *, by_id: uuid.UUID | None
) -> list[RecordedMilestone]:
    """The milestones known when a case is opened: fact → (instant, known by date only). Does not refresh."""
    return RecordedMilestone.objects.bulk_create(
        RecordedMilestone(
            case=case,
            kind=kind,
            happened_at=at,
            date_only=date_only,
            recorded_by_id=by_id,
            recorded_at=case.received_at,
        )
        for kind, (at, date_only) in facts.items()
    )


def mark_done(
    step: Step, *, by_id: uuid.UUID | None, done_on: date | None = None, others: Iterable[str] = ()
) -> None:
    """End a step as done, and open its next occurrence when it recurs (at most one open).

    `others`: further columns that were changed. Does not settle.
    """
    _end_as_done(step, by_id, done_on)
    step.save(
        update_fields=[
            "status",
            "ended_at",
            "ended_by",
            "done_on",
            "chase_at",
            "paused_at",
            "blocked_on",
            "next_check_on",
            "version",
            "starts_at",
            "due_at",
            *others,
        ]
    )
    clocks.end_stops([step.pk])
    notifications.settled([step.pk])
    tallies.step_done(step)
    if step.template.recurs_amount:
        Step.objects.bulk_create([_next(step)], ignore_conflicts=True)


def _end_as_done(step: Step, by_id: uuid.UUID | None, done_on: date | None = None) -> None:
    now = clock.now()
    step.status, step.ended_at, step.ended_by_id = StepStatus.DONE, now, by_id
    step.done_on = done_on or clock.today()
    step.chase_at, step.paused_at, step.blocked_on, step.next_check_on = None, None, "", None
    if step.starts_at is None:
        step.starts_at = step.due_at = now
    step.version += 1


def _next(step: Step) -> Step:
    template = step.template
    following = Step(
        case=step.case,
        template=template,
        key=step.key,
        occurrence=step.occurrence + 1,
        agency_id=step.agency_id,
        desk_id=step.desk_id,
        assignee_id=step.assignee_id,
        phase=step.phase,
        priority=step.priority,
        deadline_kind=step.deadline_kind,
        milestone=step.milestone,
        status=StepStatus.OPEN,
        data_key_id=step.data_key_id,
        created_at=clock.now(),
    )
    rule = deadlines.Rule(template.recurs_amount or 1, Unit(template.recurs_unit))
    following.starts_at = clock.now()
    following.due_at = deadlines.due_at(rule, clock.today())
    following.chase_at = None if step.case.practice else chasing.next_chase(following, following.starts_at)
    return following

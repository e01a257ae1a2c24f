"""What of a case counts, read from its facts: by the services for what they change, by a recount for all.

Only the codes of place and person come from what was counted before, since they are those of the fact's own
day; whether something counts, when, and by how much follows from the facts.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Max, Min, Q, QuerySet

from cases import sections
from cases.enums import CancelReason, Counts, Stage, StepStatus
from cases.models import AgeDecision, Case, Counted, Merge, RecordedMilestone, Referral, Step
from cases.services.tallies import assistance, bins, names
from cases.services.tallies.ledger import ASKED, BEFORE, GROWN, OWNER, Shelf, base_of, stated
from coordinators import routing
from core import clock, vault
from manual.enums import Milestone, Scope

REFERRER: Final = "referrer"
FIRST_ANSWER: Final = "ident.rc.acknowledge"
DESK: Final = "coordination"
"""The kind of agency of a duty that a desk owes."""
COUNTABLE: Final = Q(template__scope=Scope.CASE) & ~Q(key=FIRST_ANSWER) & ~Q(template__agency_role=REFERRER)
"""The referrer's own duties and the first answer are no work on the case: every referral has them. What an
act in the case asks for is no duty of the manual."""


def is_countable(step: Step) -> bool:
    """`COUNTABLE` of a step at hand."""
    template = step.template
    return template.scope == Scope.CASE and step.key != FIRST_ANSWER and template.agency_role != REFERRER


def fact(
    case: Case, unit: Counts, at: datetime, shelf: Shelf, *, anchor: Step | None = None, key: str = "",
    **codes: Any,
) -> Counted:  # fmt: skip
    """A fact of a case as it is counted: with the codes it has been counted with, else those of today."""
    of = {"case": case} if anchor is None else {"step": anchor}
    before = shelf.get(case.pk if anchor is None else anchor.pk, unit, key)
    base = before.codes if before else base_of(case, shelf.get(case.pk, Counts.OPENED))
    return Counted(**of, unit=unit, detail=key, at=at, codes=base | codes)


# --- one case -------------------------------------------------------------------------------------


def answered(case: Case, shelf: Shelf) -> list[Counted]:
    if case.answered_at is None:
        return []
    wait = bins.wait_class(case.answered_at - case.received_at)
    return [fact(case, Counts.ANSWERED, case.answered_at, shelf, wait=wait)]


def not_taken(case: Case, shelf: Shelf) -> list[Counted]:
    """The case does not say when: it is when the last of its steps was cancelled for it."""
    if not case.not_taken_reason:
        return []
    before = shelf.get(case.pk, Counts.NOT_TAKEN)
    at = before.at if before else _laid_down(case)
    return [fact(case, Counts.NOT_TAKEN, at, shelf, detail=case.not_taken_reason)]


def _laid_down(case: Case) -> datetime:
    """Without any step to cancel it was at the first answer, or later."""
    steps = case.steps.filter(cancel_reason=CancelReason.NOT_TAKEN)
    found: datetime | None = steps.aggregate(last=Max("ended_at"))["last"]
    return found or case.answered_at or clock.now()


def closed(case: Case, shelf: Shelf) -> list[Counted]:
    """With what it had been given when it ended."""
    if case.closed_at is None or not case.outcome:
        return []
    before = shelf.get(case.pk, Counts.CLOSED)
    given = before.codes["given"] if before else assistance.given(case)
    return [fact(case, Counts.CLOSED, case.closed_at, shelf, detail=case.outcome, given=given)]


def late(step: Step, case: Case, shelf: Shelf, kind: str, at: datetime) -> Counted:
    """Once, in the month in which its due time was found to have passed: `at`, where it is new."""
    before = shelf.get(step.pk, Counts.LATE)
    at = before.at if before else at
    codes = {} if before else {OWNER: kind, "detail": step.phase}
    return fact(case, Counts.LATE, at, shelf, anchor=step, **codes)


def done(step: Step, case: Case, shelf: Shelf, kind: str) -> Counted:
    """In the month in which it was reported; `days` counts to the day on which it was done."""
    before = shelf.get(step.pk, Counts.DONE)
    assert step.ended_at is not None, "what is done has ended (constraint)"
    day = step.done_on or clock.local(step.ended_at).date()
    days = before.codes["days"] if before else bins.day_class(clock.local(case.received_at).date(), day)
    codes = {} if before else _once_counted(step) | {OWNER: kind, "detail": step.phase}
    return fact(case, Counts.DONE, step.ended_at, shelf, anchor=step, days=days, **codes)


def _once_counted(step: Step) -> dict[str, str]:
    """The codes an earlier version kept on the step itself."""
    return {name: code for name, code in (step.counted or {}).items() if name in names.BASE}


def phases(case: Case, duties: Iterable[Counted]) -> list[Counted]:
    """The steps of the manual a case has come to: each by the first duty reported in it, as that is
    counted."""
    first: dict[str, Counted] = {}
    for row in sorted(duties, key=lambda row: (row.at, str(row.step_id))):
        first.setdefault(row.codes["detail"], row)
    return [
        Counted(case=case, unit=Counts.PHASE, detail=phase, at=row.at, codes=dict(row.codes))
        for phase, row in sorted(first.items())
    ]


# --- many cases -----------------------------------------------------------------------------------


def milestones(cases: Mapping[uuid.UUID, Case], shelf: Shelf) -> list[Counted]:
    """Each kind of date that holds, once a case, when one was first recorded. One query."""
    rows = RecordedMilestone.objects.filter(case__in=cases).exclude(kind=Milestone.REFERRAL_RECEIVED)
    found = rows.values_list("case_id", "kind").annotate(
        first=Min("recorded_at"), current=Min("recorded_at", filter=Q(replaced_at__isnull=True))
    )
    return [
        fact(cases[case_id], Counts.MILESTONE, first, shelf, key=kind)
        for case_id, kind, first, current in found.order_by("case_id", "kind")
        if current is not None
    ]


def kinds_of(steps: Iterable[Step]) -> dict[uuid.UUID, str]:
    """Of each step the kind of the agency that owes it. The agencies have been read with them."""
    return {step.pk: str(step.agency.kind) if step.agency else DESK for step in steps}


def wanted(cases: Iterable[Case], shelf: Shelf) -> list[Counted]:
    """Everything of these cases that counts. The shelf holds what has been counted, with that of their
    steps."""
    known = {case.pk: case for case in cases if not case.practice and case.disposed_at is None}
    ages = ages_of(known)
    found = opened(known, shelf, ages)
    for row in found:  # what has never been counted is needed by all that follows
        shelf.rows.setdefault((row.case_id, row.unit, ""), row)  # type: ignore[arg-type]
    for case in known.values():
        found += [*answered(case, shelf), *not_taken(case, shelf), *closed(case, shelf)]
    found += milestones(known, shelf)
    found += _of_steps(known, shelf)
    found += _regrouped(known, shelf, ages)
    return found


def opened(cases: Mapping[uuid.UUID, Case], shelf: Shelf, ages: Mapping[uuid.UUID, Ages]) -> list[Counted]:
    """Every case has been referred. One that was never counted is as its referral tells; where that has been
    erased, as far as it is known today."""
    rows = {pk: shelf.get(pk, Counts.OPENED) for pk in cases}
    new = _as_sent([cases[pk] for pk, row in rows.items() if row is None])
    grown = set(Case.objects.filter(consultation_of__in=cases).values_list("consultation_of", flat=True))
    found = []
    for pk, case in cases.items():
        decided, codes = ages.get(pk, Ages()), dict[str, Any]()
        if pk in new:
            codes = ({"age": decided.first} if decided.first else {}) | new[pk]
        if pk in grown:
            codes[GROWN] = True
        if decided.in_month:
            codes["age"] = decided.in_month
        found.append(fact(case, Counts.OPENED, case.received_at, shelf, **codes))
    return found


def _as_sent(cases: list[Case]) -> dict[uuid.UUID, dict[str, Any]]:
    """Of each case what its own referral tells: who sent it, of whom and where, and what was asked. A
    referral that has moved to another case by a merge keeps its reference."""
    found: dict[uuid.UUID, dict[str, Any]] = {case.pk: {"agency": names.UNKNOWN, ASKED: {}} for case in cases}
    if not cases:
        return found
    ids = {case.reference: case.pk for case in cases}
    sent = Referral.objects.filter(reference__in=ids).select_related("agency").defer("document", "wanted")
    vault.warm({referral.data_key_id for referral in sent})
    places = routing.reference()
    for referral in sent:
        told = found[ids[referral.reference]]
        told["agency"] = str(referral.agency.kind)
        if isinstance(referral.answers, dict):  # erased where what the case held has been removed
            told |= _told(referral, places)
    return found


def _told(referral: Referral, places: routing.Reference) -> dict[str, Any]:
    """Read from the answers as they were sent, in the way they are read at sending."""
    read, on = sections.read(referral.answers), clock.local(referral.sent_at).date()
    facts = sections.facts(read, on)
    asked = sections.known(read, has_county=bool(facts.county_code))
    region = places.region_of(facts.county_code, on)
    codes = {
        "region": region.key if region else names.UNKNOWN,
        "county": facts.county_code or names.UNKNOWN,
        "age": facts.age_band,
        "sex": facts.sex,
        "form": facts.main_form,
        "citizenship": facts.citizenship,
    }
    return stated(codes, asked) | {ASKED: asked}


@dataclass
class Ages:
    """What has been decided of the age in a case's own year."""

    first: str = ""
    """Before anything was decided."""
    in_month: str = ""
    """Decided last in the month of the referral."""
    later: list[AgeDecision] = field(default_factory=list)
    """Decided in a later month: each counts by itself."""


def ages_of(cases: Mapping[uuid.UUID, Case]) -> dict[uuid.UUID, Ages]:
    """Of the cases that are no part of a merge: its decisions stand with another case. Two queries."""
    pairs = Merge.objects.filter(Q(survivor__in=cases) | Q(absorbed__in=cases))
    merged = {pk for pair in pairs.values_list("survivor_id", "absorbed_id") for pk in pair}
    rows = AgeDecision.objects.filter(case__in=cases).exclude(age_band=F("before"))
    found: dict[uuid.UUID, Ages] = defaultdict(Ages)
    for decision in rows.exclude(case__in=merged).order_by("recorded_at", "pk"):
        came = clock.local(cases[decision.case_id].received_at)
        made, ages = clock.local(decision.recorded_at), found[decision.case_id]
        ages.first = ages.first or decision.before
        if (made.year, made.month) == (came.year, came.month):
            ages.in_month = decision.age_band
        elif made.year == came.year:
            ages.later.append(decision)
    return found


def _regrouped(
    cases: Mapping[uuid.UUID, Case], shelf: Shelf, ages: Mapping[uuid.UUID, Ages]
) -> list[Counted]:
    """Decisions of a later month; those of cases that were merged stay as they were counted."""
    found = {row.detail: row for row in shelf.of_unit(Counts.REGROUPED) if row.case_id in cases}
    for pk, decided in ages.items():
        opened = shelf.get(pk, Counts.OPENED)
        if opened is None:
            continue
        before = opened.codes["age"]
        for decision in decided.later:
            name = decision.pk.hex
            if name not in found:
                codes = opened.codes | {BEFORE: before, "age": decision.age_band}
                found[name] = Counted(
                    case=cases[pk], unit=Counts.REGROUPED, detail=name, at=decision.recorded_at, codes=codes
                )
            before = found[name].codes["age"]
    return list(found.values())


def _of_steps(cases: Mapping[uuid.UUID, Case], shelf: Shelf) -> list[Counted]:
    carried_out = _steps(cases, COUNTABLE, status=StepStatus.DONE)
    kinds = kinds_of(carried_out)
    duties = [done(step, cases[step.case_id], shelf, kinds[step.pk]) for step in carried_out]
    by_case: dict[uuid.UUID, list[Counted]] = defaultdict(list)
    for step, row in zip(carried_out, duties, strict=True):
        by_case[step.case_id].append(row)
    passed = {row.step_id for row in shelf.of_unit(Counts.LATE)}
    overdue = _steps(cases, Q(stage__gte=Stage.DUE, due_at__isnull=False) | Q(pk__in=passed))
    kinds = kinds_of(overdue)
    now = clock.now()
    return [
        *duties,
        *(row for pk, rows in by_case.items() for row in phases(cases[pk], rows)),
        *(
            late(step, cases[step.case_id], shelf, kinds[step.pk], min(step.due_at or now, now))
            for step in overdue
        ),
    ]


def _steps(cases: Mapping[uuid.UUID, Case], *where: Q, **also: Any) -> list[Step]:
    rows: QuerySet[Step] = Step.objects.filter(*where, case__in=cases, **also)
    fields = (
        "case_id", "key", "phase", "status", "stage", "due_at", "ended_at", "done_on", "counted",
        "agency__kind",
    )  # fmt: skip
    return list(rows.select_related("agency").only(*fields))

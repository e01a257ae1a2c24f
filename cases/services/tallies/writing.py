"""What the services call when a fact changes: the case is locked, and its row says what holds now.

The practice case is never counted. What is called when nothing has changed changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.db.models import Q, QuerySet

from cases.enums import Counts
from cases.models import AgeDecision, Case, Counted, Step, Tally
from cases.services.tallies import ledger, names, rules
from cases.services.tallies.ledger import ASKED, BEFORE, GROWN, Shelf
from core import clock
from core.tallies import Sums, write


def referral_sent(case: Case, *, agency_kind: str, asked: Mapping[str, str]) -> None:
    """Counted when it is sent, with the dates it tells. `asked`: `sections.known` of its answers."""
    if case.practice:
        return
    told = {"agency": agency_kind, ASKED: dict(asked)}
    codes = ledger.base_of(case, Counted(unit=Counts.OPENED, codes=told)) | told
    opened = Counted(case=case, unit=Counts.OPENED, at=case.received_at, codes=codes)
    shelf = Shelf([opened])
    shelf.put([opened, *rules.milestones({case.pk: case}, shelf)], [])
    if not case.is_consultation:
        month = clock.local(case.received_at).date().replace(day=1)
        write(Tally, Sums({(names.PERSONS, month, names.NO_CODES): 1}))


def grown(consultation: Case) -> None:
    """Its person agreed, and it has become a case: it is counted as that alone."""
    shelf = Shelf.of([consultation.pk])
    opened = shelf.get(consultation.pk, Counts.OPENED)
    if opened is None or opened.codes.get(GROWN):
        return
    shelf.put([_copy(opened, {GROWN: True})], [opened])


def _copy(row: Counted, codes: Mapping[str, object]) -> Counted:
    return Counted(case_id=row.case_id, unit=row.unit, detail=row.detail, at=row.at, codes=row.codes | codes)


Rule = Callable[[Case, Shelf], list[Counted]]


def _follow(case: Case, unit: Counts, rule: Rule) -> None:
    if case.practice:
        return
    shelf = Shelf.of([case.pk])
    shelf.put(rule(case, shelf), shelf.of_unit(unit))


def answered(case: Case) -> None:
    """`answered_at` has been set, or taken away again."""
    _follow(case, Counts.ANSWERED, rules.answered)


def not_taken(case: Case) -> None:
    """The reason for not taking it forward has been set, or taken away."""
    _follow(case, Counts.NOT_TAKEN, rules.not_taken)


def closed(case: Case) -> None:
    """The case has ended, or has been taken up again."""
    _follow(case, Counts.CLOSED, rules.closed)


def dates(case: Case) -> None:
    """Dated facts have been recorded or withdrawn."""
    _follow(case, Counts.MILESTONE, lambda case, shelf: rules.milestones({case.pk: case}, shelf))


def step_done(step: Step) -> None:
    """A duty is carried out; the first one of a step of the manual says that the case has come there."""
    if step.case.practice or not rules.is_countable(step):
        return
    shelf = Shelf.of([step.case_id], steps=True)
    _carried_out(step, shelf, rules.done(step, step.case, shelf, rules.kinds_of([step])[step.pk]))


def step_undone(step: Step) -> None:
    """It is to be done again: as if it had never been reported."""
    _carried_out(step, Shelf.of([step.case_id], steps=True))


def _carried_out(step: Step, shelf: Shelf, *rows: Counted) -> None:
    """The duties of the case, of this one what it is now, and the steps of the manual it came to by them."""
    duties = [*(row for row in shelf.of_unit(Counts.DONE) if row.step_id != step.pk), *rows]
    shelf.put([*duties, *rules.phases(step.case, duties)], shelf.of_unit(Counts.DONE, Counts.PHASE))


def steps_late(steps: Iterable[tuple[Step, str]]) -> None:
    """Steps that passed their due time, with the kind of agency that owes them: each once for ever."""
    found = [(step, kind) for step, kind in steps if not step.case.practice]
    if not found:
        return
    cases = {step.case_id for step, _ in found}
    rows = Counted.objects.filter(
        Q(case__in=cases, unit=Counts.OPENED) | Q(step__in=[step for step, _ in found], unit=Counts.LATE)
    )
    shelf = Shelf(rows)
    new = [pair for pair in found if shelf.get(pair[0].pk, Counts.LATE) is None]
    now = clock.now()
    shelf.put([rules.late(step, step.case, shelf, kind, now) for step, kind in new], [])


def steps_removed(steps: QuerySet[Step]) -> None:
    """These steps are about to go as if they had never been."""
    rows = list(Counted.objects.filter(step__in=steps))
    Shelf(rows).put([], rows)


def age_decided(case: Case, decision: AgeDecision) -> None:
    """The case changes its age group in the figures of the running year (ADR 1111).

    In the month of the referral it is counted as decided. Later in the year the month stays as it was, and
    the change counts by itself; a year that was over stays."""
    shelf = Shelf.of([case.pk])
    opened = shelf.get(case.pk, Counts.OPENED)
    if case.practice or opened is None:
        return
    now, came = clock.local(clock.now()), clock.local(case.received_at)
    if (now.year, now.month) == (came.year, came.month):
        shelf.put([_copy(opened, {"age": decision.age_band})], [opened])
    elif now.year == came.year:
        earlier = max(shelf.of_unit(Counts.REGROUPED), key=lambda row: row.at, default=opened)
        codes = opened.codes | {BEFORE: earlier.codes["age"], "age": decision.age_band}
        row = Counted(
            case=case, unit=Counts.REGROUPED, detail=decision.pk.hex, at=decision.recorded_at, codes=codes
        )
        shelf.put([row], [])


def reconcile(*cases: Case) -> int:
    """Make what is counted of these cases what their facts say, as the database has them.

    For acts that move facts from one case to another, and for `rebuild`. The cases are locked. Returns how
    many facts were counted otherwise."""
    ids = [case.pk for case in cases]
    shelf = Shelf.of(ids, steps=True)
    among = list(shelf.rows.values())
    before = {ledger.key(row): row for row in among}
    found = rules.wanted(Case.objects.filter(pk__in=ids), shelf)
    shelf.put(found, among)
    after = {ledger.key(row): row for row in found}
    same = [name for name in before.keys() & after.keys() if ledger.same(before[name], after[name])]
    return len(before.keys() | after.keys()) - len(same)

"""What the national picture counts: one delta row per fact, in the transaction that changes the fact.

Units are never added to each other: referrals, cases and consultations are different things.
Region and county are those of the event's own date. The practice case is never counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from cases import sections
from cases.models import Case, Referral, Step, Tally
from cases.services import persons
from cases.services.tallies.names import (
    ANSWERS,
    CASES,
    CLOSED,
    CONSULTATIONS,
    DONE_STEPS,
    LATE_STEPS,
    MILESTONES,
    NOT_TAKEN,
    PHASES,
    REFERRALS,
)
from core import clock

UNKNOWN_ANSWERS: Final = "unknown_answer"

REFERRER: Final = "referrer"
FIRST_ANSWER: Final = "ident.rc.acknowledge"

ANSWER_TIMES: Final[tuple[tuple[timedelta, str], ...]] = (
    (timedelta(hours=1), "1h"),
    (timedelta(hours=4), "4h"),
    (timedelta(days=1), "1d"),
    (timedelta(days=3), "3d"),
    (timedelta(days=7), "7d"),
)
"""Upper edges of the classes of time to first answer, elapsed time; later is "later"."""


def _row(
    case: Case, unit: str, amount: int, *, at: datetime | None = None, agency_kind: str = "", detail: str = ""
) -> Tally:
    return Tally(
        month=clock.local(at or clock.now()).date().replace(day=1),
        unit=unit,
        amount=amount,
        codes=of_today(case) | {"agency": agency_kind or "unknown", "detail": detail},
    )


def of_today(case: Case) -> dict[str, str]:
    """The codes under which a fact of today is counted."""
    return {
        "region": case.routing.get("region") or "unknown",
        "county": case.county_id or "unknown",
        "age": case.age_band,
        "sex": case.sex,
        "form": case.main_form,
        "citizenship": case.citizenship,
    }


def _write(case: Case, *rows: Tally) -> None:
    if not case.practice:
        Tally.objects.bulk_create(rows)


def referral_sent(case: Case, *, agency_kind: str, amount: int = +1) -> None:
    """Counted when it is sent. -1: a consultation that became a referral is counted as that alone."""
    unit = CONSULTATIONS if case.is_consultation else CASES
    at = case.received_at
    unknown = [name for name in ("sex", "citizenship") if getattr(case, name) == "unknown"]
    unknown += ["form"] if case.main_form == "unknown" else []
    unknown += ["county"] if case.county_id is None else []
    _write(
        case,
        _row(case, REFERRALS, amount, at=at, agency_kind=agency_kind),
        _row(case, unit, amount, at=at, agency_kind=agency_kind),
        *(_row(case, UNKNOWN_ANSWERS, amount, at=at, detail=name) for name in unknown),
        *persons.opened(case),
    )


def answered(case: Case, amount: int = 1) -> None:
    """The first answer, by class of time since the referral came."""
    assert case.answered_at is not None
    took = case.answered_at - case.received_at
    name = next((code for edge, code in ANSWER_TIMES if took <= edge), "later")
    _write(case, _row(case, ANSWERS, amount, at=case.received_at, detail=name))


def not_taken(case: Case, amount: int) -> None:
    _write(case, _row(case, NOT_TAKEN, amount, detail=case.not_taken_reason))


def closed(case: Case, amount: int) -> None:
    _write(case, _row(case, CLOSED, amount, at=case.closed_at, detail=case.outcome))


def milestone(case: Case, kind: str) -> None:
    """Counted once a case: a corrected date is not a new fact."""
    if case.milestones.filter(kind=kind).count() == 1:
        _write(case, _row(case, MILESTONES, +1, detail=kind))


def step_done(step: Step, agency_kind: str) -> None:
    """A duty carried out; the first one of a phase also counts the case as having entered that phase."""
    case = step.case
    rows = [_row(case, DONE_STEPS, +1, agency_kind=agency_kind, detail=step.phase)]
    if _is_first_of_phase(step):
        rows.append(_row(case, PHASES, +1, detail=step.phase))
    _write(case, *rows)


def _is_first_of_phase(step: Step) -> bool:
    """The referrer's own duties and the first answer are no work on the case: every referral has them."""
    if step.key == FIRST_ANSWER or step.template.agency_role == REFERRER:
        return False
    others = step.case.steps.filter(phase=step.phase, status="done").exclude(key=FIRST_ANSWER)
    return not others.exclude(template__agency_role=REFERRER).exclude(pk=step.pk).exists()


def step_undone(step: Step, agency_kind: str) -> None:
    """The undoing of `step_done`, where it was counted: the case may have moved since."""
    case = step.case
    rows = [_row(case, DONE_STEPS, -1, agency_kind=agency_kind, detail=step.phase)]
    if _is_first_of_phase(step):
        rows.append(_row(case, PHASES, -1, detail=step.phase))
    for row in rows:
        row.codes |= step.counted or {}
    _write(case, *rows)


def steps_late(steps: Iterable[tuple[Step, str]]) -> None:
    """Steps that passed their due time, with the kind of agency that owes them, by due month."""
    Tally.objects.bulk_create(
        _row(step.case, LATE_STEPS, +1, at=step.due_at, agency_kind=kind, detail=step.phase)
        for step, kind in steps
        if not step.case.practice
    )


def age_decided(case: Case, before: str) -> None:
    """The case changes its age group in the figures of the running year, from the month of the decision on.

    A month or a year that was over keeps the group that was valid at its end (ADR 0843): the year of the
    referral is corrected while it runs, a later year has not counted the case. `case` has its new group.
    """
    if clock.local(case.received_at).year != clock.today().year:
        return
    opening = case.opening_referral()
    kind, where = opening.agency.kind, _counted_where(case, opening)
    details = [name for name in ("sex", "citizenship") if getattr(case, name) == "unknown"]
    details += ["form"] if case.main_form == "unknown" else []
    details += ["county"] if where["county"] == "unknown" else []
    rows = [(REFERRALS, kind, ""), (CASES, kind, ""), *((UNKNOWN_ANSWERS, "", name) for name in details)]
    found = []
    for unit, agency_kind, detail in rows:
        for amount, age in ((-1, before), (+1, case.age_band)):
            row = _row(case, unit, amount, agency_kind=agency_kind, detail=detail)
            row.codes |= where | {"age": age}
            found.append(row)
    _write(case, *found)


def _counted_where(case: Case, opening: Referral) -> dict[str, str]:
    """Region and county as they were counted when the referral came, wherever the case has gone since."""
    first = case.grounds.filter(desk__isnull=False).select_related("desk__region").order_by("made_at").first()
    region = first.desk.region if first and first.desk else None
    known = opening.answers if isinstance(opening.answers, dict) else {}
    county = sections.facts(known, clock.local(case.received_at).date()).county_code if known else ""
    return {
        "region": region.key if region else "unknown",
        "county": county or (case.county_id if region else None) or "unknown",
    }

"""What the national picture counts: rows of +1 and -1, in the transaction that changes the fact.

`names` says what is counted and how it is called. The services call `writing`; what counts of a case is read
by `rules`, how it was counted stands in `ledger`, and `recount` compares all with the facts."""

from __future__ import annotations

from cases.services.tallies.names import (
    AGAIN,
    ANSWERS,
    ASSISTANCE,
    ASSISTANCE_KINDS,
    BARE,
    BASE,
    CASES,
    CLOSED,
    CODES,
    CONSULTATIONS,
    DAYS,
    DONE_STEPS,
    GIVEN,
    KNOWN,
    LATE_STEPS,
    MILESTONES,
    NOT_GIVEN,
    NOT_STATED,
    NOT_TAKEN,
    PERSONS,
    PHASES,
    QUESTION_KEYS,
    QUESTIONS,
    REFERRALS,
    REFERRED_AGAIN,
    REGROUPED,
    UNKNOWN,
    WAITS,
    YEARLY,
)
from cases.services.tallies.writing import (
    age_decided,
    answered,
    closed,
    dates,
    grown,
    not_taken,
    reconcile,
    referral_sent,
    step_done,
    step_undone,
    steps_late,
    steps_removed,
)

__all__ = [
    "AGAIN", "ANSWERS", "ASSISTANCE", "ASSISTANCE_KINDS", "BARE", "BASE", "CASES", "CLOSED",
    "CODES", "CONSULTATIONS", "DAYS", "DONE_STEPS", "GIVEN", "KNOWN", "LATE_STEPS", "MILESTONES", "NOT_GIVEN",
    "NOT_STATED", "NOT_TAKEN", "PERSONS", "PHASES", "QUESTIONS", "QUESTION_KEYS", "REFERRALS",
    "REFERRED_AGAIN", "REGROUPED", "UNKNOWN", "WAITS", "YEARLY", "age_decided", "answered", "closed", "dates",
    "grown", "not_taken", "reconcile", "referral_sent", "step_done", "step_undone", "steps_late",
    "steps_removed",
]  # fmt: skip

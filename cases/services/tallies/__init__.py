"""What the national picture counts: rows of +1 and -1, in the transaction that changes the fact.

`names` says what is counted and how it is called; `writing` has what the services call.
"""

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
    ANSWER_TIMES,
    age_decided,
    answered,
    closed,
    milestone,
    not_taken,
    of_today,
    referral_sent,
    step_done,
    step_undone,
    steps_late,
)

__all__ = [
    "AGAIN", "ANSWERS", "ANSWER_TIMES", "ASSISTANCE", "ASSISTANCE_KINDS", "BARE", "BASE", "CASES", "CLOSED",
    "CODES", "CONSULTATIONS", "DAYS", "DONE_STEPS", "GIVEN", "KNOWN", "LATE_STEPS", "MILESTONES", "NOT_GIVEN",
    "NOT_STATED", "NOT_TAKEN", "PERSONS", "PHASES", "QUESTIONS", "QUESTION_KEYS", "REFERRALS",
    "REFERRED_AGAIN", "REGROUPED", "UNKNOWN", "WAITS", "YEARLY", "age_decided", "answered", "closed",
    "milestone", "not_taken", "of_today", "referral_sent", "step_done", "step_undone", "steps_late",
]  # fmt: skip

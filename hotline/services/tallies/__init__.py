"""What is counted about calls: one delta row per fact, in the transaction that changes the fact.

`names` says what is counted and how it is called. The services call `counting`; `recount` compares all with
the calls."""

from __future__ import annotations

from hotline.services.tallies.counting import (
    Counts,
    changed,
    contribution,
    recounted,
    standing,
    stays_counted,
)
from hotline.services.tallies.names import CALLS, MATTERS, NOT_STATED, REFERRALS, TOPICS

__all__ = [
    "CALLS", "MATTERS", "NOT_STATED", "REFERRALS", "TOPICS", "Counts", "changed", "contribution", "recounted",
    "standing", "stays_counted",
]  # fmt: skip

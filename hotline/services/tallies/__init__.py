"""What is counted about calls: one delta row per fact, in the transaction that changes the fact.

`names` says what is counted and how it is called. The services call `counting`; `recount` compares all with
the calls."""

from __future__ import annotations

from hotline.services.tallies.counting import recounted, stays_counted
from hotline.services.tallies.names import CALLS, MATTERS, NOT_STATED, REFERRALS, TOPICS

__all__ = [
    "CALLS", "MATTERS", "NOT_STATED", "REFERRALS", "TOPICS", "recounted", "stays_counted",
]  # fmt: skip

"""How long things took: the middle and the far end of true times, as far as the sample allows it.

The middle is said from ten times on, the 90th percentile from thirty. The interval around the middle comes
from the order of the times alone (no assumption about their shape): it holds with at least 95 % confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from nrm_portal.overview.quantiles import LEAST_MEDIAN, MEDIAN, ranks

EDGES: Final[tuple[tuple[str, timedelta], ...]] = (
    ("4h", timedelta(hours=4)),
    ("1d", timedelta(days=1)),
    ("3d", timedelta(days=3)),
)
LATER: Final = "later"
LEAST_FAR: Final = 30
"""True times of one's own cases: there is nothing to hide, only a sample that must be large enough."""


def class_of(waited: timedelta | None) -> str:
    """The class of a time, as in the published tables; "" without an answer."""
    if waited is None:
        return ""
    return next((code for code, edge in EDGES if waited <= edge), LATER)


@dataclass(frozen=True)
class Times:
    """What can be said about some times. None: there are too few to say it."""

    n: int
    median: timedelta | None = None
    low: timedelta | None = None
    high: timedelta | None = None
    far: timedelta | None = None
    """Nine of ten took no longer."""


def times(found: Sequence[timedelta]) -> Times:
    ordered = sorted(found)
    n = len(ordered)
    if n < LEAST_MEDIAN:
        return Times(n)
    low, high = ranks(n, MEDIAN)
    return Times(
        n=n,
        median=(ordered[(n - 1) // 2] + ordered[n // 2]) / 2,
        low=ordered[low - 1],
        high=ordered[high - 1],
        far=ordered[-(-9 * n // 10) - 1] if n >= LEAST_FAR else None,
    )

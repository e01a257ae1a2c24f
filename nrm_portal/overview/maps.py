"""Where the tints of a map begin: four ascending limits."""

from __future__ import annotations

from collections.abc import Iterable


def doubles(values: Iterable[float | None], first: int) -> list[int]:
    """Doubling limits from `first` on, so that a large county does not make all others look alike."""
    largest = _largest(values)
    while first * 16 < largest:
        first *= 2
    return [first, first * 2, first * 4, first * 8]


def halves(values: Iterable[float | None]) -> list[float]:
    """Even limits by half of a case: rates lie close together."""
    largest, step = _largest(values), 0.5
    while step * 5 < largest:
        step += 0.5
    return [step, step * 2, step * 3, step * 4]


def _largest(values: Iterable[float | None]) -> float:
    return max((value for value in values if value is not None), default=0.0)

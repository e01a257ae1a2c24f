"""The table that the benchmark prints: ratios first, milliseconds only to make them readable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from nrm_portal.bench.rounds import Line

HEAD = ("", "what", "queries", "÷ floor", "limit", "growth", "limit", "ms", "floor ms", "", "floor")
WIDTHS = (3, 24, 8, 8, 6, 7, 6, 8, 9, 5, 0)


def table(lines: Sequence[Line], sizes: Sequence[int]) -> Iterator[str]:
    """One text line each. `growth` is the largest volume ÷ the smallest."""
    yield f"{sizes[-1]:,} cases; growth: {sizes[-1]:,} ÷ {sizes[0]:,}".replace(",", " ")
    yield _row(HEAD)
    for line in lines:
        subject = line.subject
        few, most = line.queries[0], line.queries[-1]
        yield _row(
            (
                subject.code,
                subject.name,
                str(most) if few == most else f"{few}-{most}",
                f"{line.ratio:.2f}",
                _limit(subject.limit),
                f"{line.growth:.2f}",
                _limit(subject.growth),
                f"{median(line.ours[-1]) * 1000:.1f}",
                f"{median(line.floor[-1]) * 1000:.1f}",
                "" if line.holds else "MISS",
                subject.floor_name,
            )
        )


def _limit(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _row(cells: Sequence[str]) -> str:
    return "  ".join(
        cell.ljust(width) if place in (0, 1, 9, 10) else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    ).rstrip()

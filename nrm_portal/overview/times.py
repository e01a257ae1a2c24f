"""Medians and percentiles of a year, as far as they tell nothing that its tables hide.

Each is a statement about how many times lie under an edge. The table of first answers has edges too: one may
narrow what is hidden there. It is kept only while every hidden number still has as many possible
values as the threshold says. How many there are in all must itself be shown. Of a quarter no times are said:
each would be one more thing known when the tables of its year are protected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any, Final

from cases.services import tallies
from core.publish import TOTAL, Cell, CellId, Published, Shown, Split
from nrm_portal.overview.codes import DIMENSIONS, STEPS, WAIT_CLASSES, wait_class
from nrm_portal.overview.counting import Row
from nrm_portal.overview.places import Places
from nrm_portal.overview.quantiles import MEDIAN, P90, Quantiles, quantiles, ranks
from nrm_portal.overview.relations import sums_of

ANSWERS: Final = "answers"
STEP_TIMES: Final = "steps"
NEARLY: Final = 1e-6

Times = dict[str, dict[str, Quantiles]]
"""By what is timed, then by region or step; all together under `TOTAL`."""


def times_of(
    tables: Mapping[str, Published],
    rows: Sequence[Row],
    at: Places,
    before: Sequence[Published],
    splits: Sequence[Split],
) -> Times:
    """From sealed sums, beside the tables of a year. `before` and `splits` are what else is known."""
    found: Times = {}
    if ANSWERS in tables:
        counts = _binned(rows, tallies.ANSWERS, "wait", lambda row: DIMENSIONS["region"].of(row.codes, at))
        found[ANSWERS] = _unrevealing(tables[ANSWERS], counts, before, splits)
    if STEP_TIMES in tables:
        counts = _binned(rows, tallies.PHASES, "days", lambda row: row.codes.get("detail", ""))
        table = tables[STEP_TIMES]
        found[STEP_TIMES] = {
            code: made
            for code in STEPS
            if (made := quantiles(tallies.DAYS, counts[code])) and table[(code,)].value == made.n
        }
    return {name: inner for name, inner in found.items() if inner}


def _binned(rows: Iterable[Row], unit: str, name: str, of: Any) -> dict[str, dict[str, int]]:
    """Counts by class, for each code and in all."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if row.unit == unit and row.codes.get(name):
            for code in (of(row), TOTAL):
                found[code][row.codes[name]] += row.amount
    return found


# --- beside the table of first answers -----------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """So many lie in these cells together: at least, or at most."""

    cells: tuple[CellId, ...]
    number: int
    is_least: bool


def _unrevealing(
    table: Published,
    counts: Mapping[str, Mapping[str, int]],
    before: Sequence[Published],
    splits: Sequence[Split],
) -> dict[str, Quantiles]:
    reader = _Reader([table, *before], splits)
    found: dict[str, Quantiles] = {}
    for code in [TOTAL, *table.dimensions["region"]]:
        made = quantiles(tallies.WAITS, counts.get(code, {}))
        if made is None or table[(code, TOTAL)].value != made.n:
            continue
        for one in (made, replace(made, p90="", p90_low="", p90_high="")):
            said = [_on_table(table, code, statement) for statement in _statements(one)]
            if reader.takes(said):
                found[code] = one
                break
    return found


def _statements(one: Quantiles) -> Iterable[tuple[str, int]]:
    """Each quantile as a class and the rank of the value that lies in it."""
    low, high = ranks(one.n, MEDIAN)
    pairs = [(one.median, ceil(one.n * MEDIAN)), (one.low, low), (one.high, high)]
    if one.p90:
        low, high = ranks(one.n, P90)
        pairs += [(one.p90, ceil(one.n * 9 / 10)), (one.p90_low, low), (one.p90_high, high)]
    return [(code, rank) for code, rank in pairs if code]


def _on_table(table: Published, code: str, said: tuple[str, int]) -> tuple[Statement, ...]:
    """What a quantile says about the cells of a row: up to its class at least so many, below it fewer."""
    name, rank = said
    known = WAIT_CLASSES.index(wait_class(name))
    up_to, below = WAIT_CLASSES[: known + 1], WAIT_CLASSES[:known]
    return (
        Statement(tuple(table.id((code, wait)) for wait in up_to), rank, True),
        Statement(tuple(table.id((code, wait)) for wait in below), rank - 1, False),
    )


class _Reader:
    """What somebody knows who has these tables, and every statement taken so far."""

    def __init__(self, tables: Sequence[Published], splits: Sequence[Split]) -> None:
        self.threshold = tables[0].threshold
        self.low: dict[CellId, float] = {}
        self.high: dict[CellId, float | None] = {}
        self.hidden: set[CellId] = set()
        self.sums: list[tuple[CellId, tuple[CellId, ...]]] = [(one.whole, one.parts) for one in splits]
        self.taken: list[Statement] = []
        for table in tables:
            for key, cell in table.cells.items():
                self._know(table, table.id(key), cell)
            self.sums += sums_of(table)
        for whole, parts in self.sums:
            for one in (whole, *parts):
                self.low.setdefault(one, 0)
                self.high.setdefault(one, None)

    def _know(self, table: Published, one: CellId, cell: Cell) -> None:
        if cell.value is not None:
            self.low[one], self.high[one] = cell.value, cell.value
            return
        self.hidden.add(one)
        small = cell.shown is Shown.SMALL
        self.low[one] = 0 if small or not table.labelled else self.threshold
        self.high[one] = self.threshold - 1 if small else None

    def takes(self, statements: Sequence[tuple[Statement, ...]]) -> bool:
        """Add these, unless a hidden number would be told by them."""
        added = [one for pair in statements for one in pair if one.cells] if self.hidden else []
        kept = self.taken
        self.taken = [*kept, *added]
        if all(self._is_safe(one) for one in sorted(self.hidden, key=sorted)):
            return True
        self.taken = kept
        return False

    def _is_safe(self, one: CellId) -> bool:
        low, high = self._end(one, 1), self._end(one, -1)
        if high is None:
            return True
        values = floor(-high + NEARLY) - ceil((low or 0) - NEARLY) + 1
        return values >= self.threshold

    def _end(self, one: CellId, sign: int) -> float | None:
        """The least of the number (or of its negative); None without end."""
        from scipy.optimize import linprog  # a second to import: only where something is published

        ids = list(self.low)
        place = {name: n for n, name in enumerate(ids)}
        aim = [0.0] * len(ids)
        aim[place[one]] = float(sign)
        equal = [self._line(place, parts, whole) for whole, parts in self.sums]
        under = [
            [-value if one.is_least else value for value in self._line(place, one.cells, None)]
            for one in self.taken
        ]
        limits = [-one.number if one.is_least else one.number for one in self.taken]
        answer = linprog(
            aim,
            A_eq=equal or None,
            b_eq=[0.0] * len(equal) or None,
            A_ub=under or None,
            b_ub=limits or None,
            bounds=[(self.low[name], self.high[name]) for name in ids],
            method="highs",
        )
        return float(answer.fun) if answer.status == 0 else None

    @staticmethod
    def _line(place: Mapping[CellId, int], parts: Iterable[CellId], whole: CellId | None) -> list[float]:
        line = [0.0] * len(place)
        for one in parts:
            line[place[one]] += 1
        if whole is not None:
            line[place[whole]] -= 1
        return line
